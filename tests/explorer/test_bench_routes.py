"""The workbench over HTTP: who may look, who may save, and what is refused."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from gateway.cli.listening import asgi
from gateway.telemetry.events import Event, Observer, unobserved
from gateway.telemetry.processes import ProfileSaved
from tests.explorer.looking import FILES, INSPECTS, PLANS, loaded

BASE = FILES["profiles/customer.yaml"]


@asynccontextmanager
async def author(
    folder: Path,
    *,
    dev: bool = True,
    peer: str = "127.0.0.1",
    tell: Observer = unobserved,
    **files: str,
) -> AsyncIterator[httpx.AsyncClient]:
    """Who works on the project, with the gateway's whole life around it."""
    gateway = loaded(folder, files, dev=dev)
    gateway.pipeline.observe = tell
    app = asgi(gateway)
    transport = httpx.ASGITransport(app, client=(peer, 4711))
    async with (
        app.rest.router.lifespan_context(app.rest),
        httpx.AsyncClient(transport=transport, base_url="http://localhost") as http,
    ):
        yield http


async def test_every_profile_is_listed_with_its_state(tmp_path: Path) -> None:
    """What it gives, and what is wrong with it, under the generation that serves."""
    broken = {"profiles/odd.yaml": "language: 1\noperation: odd\nsteps: 3\n"}
    async with author(tmp_path, **broken) as http:
        told = (await http.get("/explorer/profiles")).json()
    folder = tmp_path / "profiles"
    keys = ("path", "file", "gives", "state")
    assert [tuple(one[k] for k in keys) for one in told["files"]] == [
        (path, f"{folder}/{path}", gives, state)
        for path, gives, state in (
            ("customer.acme.yaml", ["customer"], "serves"),
            ("customer.yaml", ["customer"], "serves"),
            ("odd.yaml", [], "broken"),
        )
    ]
    assert (told["folder"], told["writable"], told["why"]) == (str(folder), True, None)


async def test_an_author_reads_checks_and_saves(tmp_path: Path) -> None:
    """The file on disk is what was saved; who began earlier is told of it."""
    events: list[Event] = []
    async with author(tmp_path, tell=events.append) as http:
        path = "/explorer/profiles/customer.yaml"
        began = (await http.get(path)).json()
        text = began["text"].replace("scores", "rates", 1)
        said = {"texts": {"customer.yaml": text}, "file": "customer.yaml"}
        checked = (await http.post("/explorer/check", json=said)).json()
        assert checked["problems"][0]["line"] == 6
        fine = began["text"].replace("/scores/", "/rates/")
        saved = await http.put(path, json={"text": fine, "digest": began["digest"]})
        late = await http.put(path, json={"text": "", "digest": began["digest"]})
        planned = await http.post("/explorer/dry-run", json={"query": "{ nothing }"})
        differs = await http.post("/explorer/diff", json={"texts": {}})
    assert (saved.status_code, late.status_code) == (200, 409)
    told = [event for event in events if isinstance(event, ProfileSaved)]
    assert [(e.path, e.by, e.peer) for e in told] == [
        ("customer.yaml", None, "127.0.0.1")
    ]
    assert (tmp_path / "profiles/customer.yaml").read_text() == fine
    assert planned.json()["errors"][0]["code"] == "GRAPHQL_VALIDATION_FAILED"
    assert differs.json()["changes"] == []


@pytest.mark.parametrize(
    ("dev", "peer", "headers", "why"),
    [
        (False, "127.0.0.1", INSPECTS, "read-only"),
        (True, "10.1.2.3", {}, "from the machine alone"),
        (True, "testclient", {}, "from the machine alone"),
        (True, "127.0.0.1", {"x-forwarded-for": "10.1.2.3"}, "from the machine alone"),
    ],
)
async def test_nothing_is_saved_but_by_an_author_on_his_own_machine(
    tmp_path: Path, dev: bool, peer: str, headers: dict[str, str], why: str
) -> None:
    """The list says so before anybody tries, and why."""
    async with author(tmp_path, dev=dev, peer=peer) as http:
        told = (await http.get("/explorer/profiles", headers=headers)).json()
        path = "/explorer/profiles/customer.yaml"
        text = (await http.get(path, headers=headers)).json()
        said = {"text": "x", "digest": text["digest"]}
        refused = await http.put(path, json=said, headers=headers)
    assert (told["writable"], refused.status_code) == (False, 403)
    assert why in told["why"]
    assert refused.json()["errors"][0]["message"] == told["why"]
    assert (tmp_path / "profiles/customer.yaml").read_text() == BASE


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "profiles"),
        ("GET", "profiles/customer.yaml"),
        ("PUT", "profiles/customer.yaml"),
        ("POST", "check"),
        ("POST", "diff"),
        ("POST", "dry-run"),
    ],
)
async def test_it_is_closed_to_all_whom_the_deployment_does_not_name(
    tmp_path: Path, method: str, path: str
) -> None:
    """To those who may see plans, too; and they are told which key opens it."""
    async with author(tmp_path, dev=False) as http:
        said: Any = {} if method == "GET" else {"json": {}}
        found = await http.request(method, f"/explorer/{path}", headers=PLANS, **said)
    assert found.status_code == 403
    assert "plan.inspect" in found.json()["errors"][0]["message"]


@pytest.mark.parametrize(
    "path",
    [
        "%2e%2e/headwater.yaml",
        "%2Fetc%2Fpasswd.yaml",
        "a%00b.yaml",
        "..%5cheadwater.yaml",
        ".hidden.yaml",
        "x" * 500 + ".yaml",
    ],
)
async def test_no_name_leads_out_of_the_folder(tmp_path: Path, path: str) -> None:
    """However it is spelled."""
    async with author(tmp_path) as http:
        got = await http.get(f"/explorer/profiles/{path}")
        said = {"text": "x: 1", "digest": None}
        put = await http.put(f"/explorer/profiles/{path}", json=said)
    assert (got.status_code, put.status_code) == (404, 404)
    there = await asyncio.to_thread(lambda: {one.name for one in tmp_path.iterdir()})
    assert there == {"headwater.yaml", "profiles", "schema"}


async def test_bodies_are_bounded_and_have_a_form(tmp_path: Path) -> None:
    """Five million letters are not read to their end."""
    path = "/explorer/profiles/customer.yaml"
    async with author(tmp_path) as http:
        huge = await http.put(path, json={"text": "x" * 5_000_000, "digest": None})
        check = {"texts": {"a.yaml": "x" * 5_000_000}}
        large = await http.post("/explorer/check", json=check)
        odd = [
            await http.put(path, json=said)
            for said in ({}, {"text": 3}, {"text": "", "digest": 3})
        ]
        foreign = await http.put(
            path,
            json={"text": "", "digest": None},
            headers={"origin": "https://evil.invalid"},
        )
    assert (huge.status_code, large.status_code, foreign.status_code) == (413, 413, 403)
    assert [one.status_code for one in odd] == [400, 400, 400]


async def test_the_json_schema_of_profiles_is_the_commands(tmp_path: Path) -> None:
    """For completion; it is no secret from those who may see plans."""
    async with author(tmp_path, dev=False) as http:
        found = await http.get("/explorer/profile.schema.json", headers=PLANS)
    assert found.json()["title"] == "Headwater profile"
