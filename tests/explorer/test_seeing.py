"""Plans and schemas as somebody else sees them, by the endpoints of the page."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from gateway.drawing.compared import side_of
from gateway.explorer.seeing import seeing_routes
from gateway.schema.server import application
from gateway.schema.serving import ServerSettings
from gateway.workbench.bench import Bench
from tests.explorer.looking import FILES, INSPECTS, PLANS, QUERY, asked, client, loaded


async def test_two_audiences_are_compared_step_by_step(tmp_path: Path) -> None:
    """A step is added, removed, changed or the same; a key has values and places."""
    gateway = loaded(tmp_path)
    said = {"query": QUERY, "left": {}, "right": {"as": {"tenant": "acme"}}}
    status, told = await asked(gateway, "compare", said)
    base, own = tmp_path / "profiles/customer.yaml", tmp_path / "profiles"
    timeout = {
        "key": "timeout",
        "left": "2s",
        "right": "700ms",
        "left_at": f"{base}:6:5",
        "right_at": f"{own}/customer.acme.yaml:7:19",
    }
    assert (status, told["steps"]) == (
        200,
        [
            {"id": "customer.body", "mark": "same", "keys": []},
            {"id": "customer.risk", "mark": "changed", "keys": [timeout]},
            {"id": "customer.audit", "mark": "added", "keys": []},
        ],
    )
    assert [(o["key"], o["left"], o["right"]) for o in told["otherwise"]] == [
        (
            "profiles.customer",
            f"customer ({base})",
            f"customer.acme ({own}/customer.acme.yaml)",
        ),
        ("critical_path", "customer.body", "customer.audit"),
        ("cost.total", "22", "32"),
        ("cost.calls", "2", "3"),
    ]
    plans = [[s["id"] for s in told[n]["plan"]["steps"]] for n in ("left", "right")]
    assert plans == [
        ["customer.body", "customer.risk"],
        ["customer.audit", "customer.body", "customer.risk"],
    ]


async def test_a_field_that_one_of_them_lacks_is_an_error_on_his_side_alone(
    tmp_path: Path,
) -> None:
    """And the schemas differ in it, with the place in the SDL."""
    gateway = loaded(tmp_path)
    said = {
        "query": '{ customer(id: "1") { ssn } }',
        "right": {"as": {"claims": {"pii": True}}},
    }
    _, told = await asked(gateway, "compare", said)
    assert told["left"] == {
        "plan": None,
        "drawing": None,
        "errors": [
            {
                "message": "Cannot query field 'ssn' on type 'Customer'.",
                "locations": [{"line": 1, "column": 23}],
                "code": "GRAPHQL_VALIDATION_FAILED",
            }
        ],
    }
    assert told["right"]["errors"] == told["steps"] == []
    assert told["schema"] == [
        {
            "coordinate": "Customer.ssn",
            "mark": "added",
            "message": "Customer.ssn was added",
            "at": f"{tmp_path}/schema/bank.graphql:4:49",
        }
    ]


async def test_the_drawings_say_what_differs_in_words(tmp_path: Path) -> None:
    """Besides colour, and where a pointer rests; what one side runs is on both."""
    acme, nobody = {"as": {"tenant": "acme"}}, {}
    gateway = loaded(tmp_path)
    words = ("+ only on the right", "- only on the left", "± otherwise")
    for left, right, marks in (
        (nobody, acme, ("hw-new", [True, False, True])),
        (acme, nobody, ("hw-gone", [False, True, True])),
    ):
        said = {"query": QUERY, "left": left, "right": right}
        _, told = await asked(gateway, "compare", said)
        for name in ("left", "right"):
            drawing = told[name]["drawing"]
            found = marks[0], [word in drawing for word in words]
            assert found == marks
            assert 'data-step="customer.audit"' in drawing
        there = "right" if marks[0] == "hw-new" else "left"
        lacks = ["hw-is-left-out" in told[n]["drawing"] for n in ("left", "right")]
        assert lacks == [there == "right", there == "left"]


async def test_what_is_left_out_on_one_side_says_that_the_other_runs_it(
    tmp_path: Path,
) -> None:
    """One box for it there, not two."""
    said = {"query": '{ customer(id: "1") { name } }', "left": {}}
    gateway = loaded(tmp_path)
    _, told = await asked(gateway, "compare", said)
    assert "left out: " in told["left"]["drawing"]
    whole = await asked(gateway, "compare", {"query": QUERY})
    steps = {"customer.risk": "removed"}
    drawn = side_of(told["left"]["plan"], steps, "Left")
    assert (drawn.count('class="hw-step'), drawn.count("- only on the left")) == (
        whole[1]["left"]["drawing"].count('class="hw-step'),
        told["left"]["drawing"].count("left out: "),
    )


async def test_an_operation_without_a_valid_profile_says_so_in_a_comparison(
    tmp_path: Path,
) -> None:
    """With what is wrong in its file, for those who may look at files."""
    sdl = FILES["schema/bank.graphql"].replace("type Query {", "type Query { lost: Int")
    wrong = "language: 1\noperation: lost\nstepz: []\n"
    files = {"schema/bank.graphql": sdl, "profiles/lost.yaml": wrong}
    gateway = loaded(tmp_path, files)
    said = {"query": "{ lost }", "left": {}, "right": {"of": "disk"}}
    _, told = await asked(gateway, "compare", said)
    words = "Operation 'lost' has no valid profile at the moment"
    for name in ("left", "right"):
        [error] = told[name]["errors"]
        assert told[name]["plan"] is None
        assert error["message"].startswith(f"{words}: ")
        assert "lost.yaml:3:1" in error["message"]
    _, planned = await asked(gateway, "dry-run", {"query": "{ lost }"})
    assert planned["errors"] == told["right"]["errors"]
    _, own = await asked(gateway, "compare", {"query": "{ lost }"}, PLANS)
    assert own["left"]["errors"][0]["message"] == f"{words}."


async def test_who_may_look_as_nobody_else_learns_nothing_of_tenants(
    tmp_path: Path,
) -> None:
    """The same words for one that profiles name, and for one that there is not."""
    gateway = loaded(tmp_path)
    found = [
        await asked(gateway, "schema", {"as": {"tenant": tenant}}, PLANS)
        for tenant in ("acme", "nobody-has-this-name")
    ]
    assert found[0] == found[1]
    assert found[0][1]["errors"][0]["message"].startswith(
        "This caller sees plans and schemas as himself alone"
    )


async def test_what_serves_is_held_against_what_lies_on_disk(tmp_path: Path) -> None:
    """Plans, schemas, and what is wrong on disk."""
    gateway = loaded(tmp_path)
    profile, sdl = tmp_path / "profiles/customer.yaml", tmp_path / "schema/bank.graphql"
    profile.write_text(FILES["profiles/customer.yaml"].replace("/scores/", "/rates/"))
    sdl.write_text(
        FILES["schema/bank.graphql"].replace("score: Int", "score: Int note: Int")
    )
    said = {"query": QUERY, "left": {}, "right": {"of": "disk"}}
    bench = Bench(gateway.loader.config, {}, dev=False)
    routes = seeing_routes(gateway, bench)
    app = application(gateway, ServerSettings(), routes=routes)
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://x") as http:
        answer = await http.post("/explorer/compare", json=said, headers=INSPECTS)
        own = await http.post("/explorer/compare", json=said, headers=PLANS)
        store = {**said, "right": {"of": "active"}}
        none = await http.post("/explorer/compare", json=store, headers=INSPECTS)
    bench.close()
    told = answer.json()
    changed = next(one for one in told["steps"] if one["id"] == "customer.risk")
    assert [(k["key"], k["right"]) for k in changed["keys"]] == [
        ("endpoint", "GET /rates/{id}")
    ]
    assert [(s["coordinate"], s["mark"]) for s in told["schema"]] == [
        ("Risk.note", "added")
    ]
    assert own.status_code == 403
    assert (none.status_code, "no store" in none.text) == (422, True)


async def test_the_schema_is_that_of_whoever_is_asked_about(tmp_path: Path) -> None:
    """As SDL, and as the introspection that the page's editor reads."""
    gateway = loaded(tmp_path)
    mine = await asked(gateway, "schema", {})
    his = await asked(gateway, "schema", {"as": {"claims": {"pii": True}}})
    assert ["ssn: String" in told["sdl"] for _, told in (mine, his)] == [False, True]
    said = {"as": {"claims": {"pii": True}}, "form": "introspection"}
    _, told = await asked(gateway, "schema", said)
    types = {one["name"]: one for one in told["data"]["__schema"]["types"]}
    names = [one["name"] for one in types["Customer"]["fields"]]
    assert names == ["id", "name", "risk", "ssn"]


@pytest.mark.parametrize(
    ("headers", "said", "status", "code"),
    [
        ({}, {}, 403, "FORBIDDEN"),
        (PLANS, {}, 200, None),
        (PLANS, {"as": {"tenant": "acme"}}, 403, "FORBIDDEN"),
        (PLANS, {"as": {}}, 200, None),
        (INSPECTS, {"as": {"tenant": "acme"}}, 200, None),
        ({"x-claims": '{"inspects": true}'}, {}, 403, "FORBIDDEN"),
    ],
)
async def test_only_whom_the_deployment_names_looks_as_somebody_else(
    tmp_path: Path,
    headers: dict[str, str],
    said: dict[str, object],
    status: int,
    code: str | None,
) -> None:
    """`plan.when` opens one's own plans, `plan.inspect` besides those of others."""
    found, told = await asked(loaded(tmp_path), "schema", said, headers)
    assert (found, told.get("errors", [{}])[0].get("extensions")) == (
        status,
        {"code": code} if code else None,
    )


async def test_in_development_everybody_looks_as_anybody(tmp_path: Path) -> None:
    """It is an author's own machine."""
    gateway = loaded(tmp_path, dev=True)
    said = {"as": {"tenant": "acme", "client": "web", "flags": {"beta": True}}}
    assert (await asked(gateway, "schema", said, {}))[0] == 200


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ({"as": []}, "'as' is not an object."),
        ({"as": {"role": 1}}, "'as' has no 'role': it has tenant, client, flags, cl"),
        ({"as": {"tenant": 7}}, "'as.tenant' is no name of up to 128 characters."),
        ({"as": {"tenant": "x" * 129}}, "'as.tenant' is no name of up to 128 charac"),
        ({"as": {"client": "a\x00b"}}, "'as.client' is no name of up to 128 charact"),
        ({"as": {"flags": [1]}}, "'as.flags' is no object of up to 100 members."),
        ({"as": {"claims": {str(n): n for n in range(101)}}}, "'as.claims' is no obj"),
        ({"form": "xml"}, "'form' is neither 'sdl' nor 'introspection'."),
    ],
)
async def test_what_cannot_be_read_is_named(
    tmp_path: Path, said: dict[str, object], message: str
) -> None:
    """And is refused as the caller's own mistake."""
    status, told = await asked(loaded(tmp_path), "schema", said)
    assert status == 400
    assert told["errors"][0]["message"].startswith(message)


async def test_a_question_is_json_by_post_and_bounded(tmp_path: Path) -> None:
    """A page of another origin cannot send JSON unasked, and nobody a huge body."""
    async with client(loaded(tmp_path)) as http:

        async def status(**said: object) -> httpx.Response:
            headers = {**INSPECTS, **said.pop("headers", {})}  # type: ignore[dict-item]
            return await http.request(
                said.pop("method", "POST"),  # type: ignore[arg-type]
                "/explorer/schema",
                headers=headers,
                **said,  # type: ignore[arg-type]
            )

        plain = await status(content="{}", headers={"content-type": "text/plain"})
        got = await status(method="GET")
        torn = await status(content="{", headers={"content-type": "application/json"})
        huge = await status(json={"x": "x" * 1_000_001})
        other = await status(json={}, headers={"origin": "https://evil.invalid"})
    found = [one.status_code for one in (plain, got, torn, huge, other)]
    assert found == [415, 405, 400, 413, 403]
    assert got.headers["allow"] == "POST"
    assert plain.headers["cache-control"] == "no-store"
