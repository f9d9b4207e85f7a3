"""What operators ask over HTTP: who may, what it does, and what is told of it."""

from __future__ import annotations

import asyncio
import socket
import threading

import pytest

from gateway.admin.tokens import holder
from gateway.cli.administering import administered
from gateway.cli.failures import CommandError
from gateway.release.archive import packed
from gateway.release.model import bundle_of
from gateway.telemetry.releasing import AdminActed, AdminRefused
from tests.admin.conftest import TOKEN, Operated
from tests.release.kit import ADA, FACTS, bundle
from tests.release.test_serving import unfit, version

A, B = bundle(1), bundle(2)
ZIP = {"content-type": "application/zip"}


@pytest.mark.parametrize(
    ("header", "who"),
    [
        (f"Bearer {TOKEN}", "ci"),
        (f"bearer  {TOKEN} ", "ci"),
        (f"Basic {TOKEN}", None),
        (f"Bearer {TOKEN}x", None),
        (f"Bearer {TOKEN[:-1]}", None),
        ("Bearer ", None),
        ("Bearer \xff", None),
        ("", None),
        (None, None),
    ],
)
def test_a_token_is_somebodys_or_nobodys(header: str | None, who: str | None) -> None:
    """Whole, and as a bearer's."""
    assert holder(header, {"eve": "another-token-of-hers", "ci": TOKEN}) == who
    assert holder(header, {}) is None


async def test_without_a_token_nothing_is_answered(operated: Operated) -> None:
    """Not even whether there is such a path; it is told to the log."""
    for method, path in (
        ("GET", "/versions"),
        ("POST", "/reload"),
        ("GET", "/nowhere"),
    ):
        answer = await operated.client.request(
            method, f"/v1{path}", headers={"authorization": "Bearer guess"}
        )
        assert (answer.status_code, answer.headers["www-authenticate"]) == (
            401,
            "Bearer",
        )
    refused = [e for e in operated.heard if isinstance(e, AdminRefused)]
    assert [(e.origin, e.path) for e in refused] == [
        ("127.0.0.1", "/v1/versions"),
        ("127.0.0.1", "/v1/reload"),
        ("127.0.0.1", "/v1/nowhere"),
    ]


@pytest.mark.parametrize("method", ["PATCH", "OPTIONS", "POST", "TRACE"])
async def test_no_method_is_a_way_to_learn_which_paths_there_are(
    operated: Operated, method: str
) -> None:
    """The token comes first for all of them; then one hears what the path takes."""
    for path in ("/versions", "/nowhere"):
        answer = await operated.client.request(
            method, f"/v1{path}", headers={"authorization": "Bearer guess"}
        )
        assert (answer.status_code, "allow" in answer.headers) == (401, False)
    said = {"errors": [{"message": "This is asked by GET."}]}
    assert await operated.ask(method, "/versions") == (405, said)
    said = {"errors": [{"message": "Nothing is at /v1/nowhere."}]}
    assert await operated.ask(method, "/nowhere") == (404, said)


async def test_a_release_goes_all_its_way_over_http(operated: Operated) -> None:
    """Published, activated, served at once, rolled back; the audit has the token."""
    status, told = await operated.ask(
        "POST", "/releases", content=packed(B), headers=ZIP
    )
    assert (status, told["id"], told["new"]) == (200, B.id, True)
    status, told = await operated.ask(
        "POST",
        f"/releases/{B.id[:8]}/activate",
        json={"reason": "CHG-1", "by": "ada"},
    )
    assert (status, told["bundle"], told["new"], told["channel"]) == (
        200,
        B.id,
        True,
        "stable",
    )
    assert (told["by"], told["reason"]) == ("ci (for ada)", "CHG-1")
    assert told["origin"] == f"127.0.0.1 by {socket.gethostname()}"
    assert await version(operated.gateway) == 2
    status, told = await operated.ask("POST", "/releases/rollback")
    assert (status, told["bundle"], told["restores"]) == (200, A.id, 1)
    assert await version(operated.gateway) == 1
    status, told = await operated.ask("GET", "/releases")
    assert [entry["number"] for entry in told["history"]] == [3, 2, 1]
    assert told["published"] == sorted((A.id, B.id))
    assert told["active"]["by"] == "ci"
    acted = [e.action for e in operated.heard if isinstance(e, AdminActed)]
    assert acted == [
        "POST /v1/releases",
        f"POST /v1/releases/{B.id[:8]}/activate",
        "POST /v1/releases/rollback",
    ]


async def test_a_release_is_shown_and_given_back(operated: Operated) -> None:
    """By the beginning of its id."""
    status, told = await operated.ask("GET", f"/releases/{A.id[:8]}")
    assert (status, told["note"], told["signed_by"]) == (200, "first", [])
    answer = await operated.client.get(f"/v1/releases/{A.id}/archive")
    assert answer.content == packed(A)


async def test_what_cannot_be_done_is_said_and_nothing_changes(
    operated: Operated,
) -> None:
    """Each with a status that programs can tell apart."""
    operated.releases.publish(unfit())
    answers = [
        await operated.ask("POST", "/releases/00000000/activate"),
        await operated.ask("POST", f"/releases/{unfit().id}/activate"),
        await operated.ask("POST", "/releases/rollback"),
        await operated.ask("POST", "/releases", content=b"garbage", headers=ZIP),
        await operated.ask("POST", "/releases", content=b"x"),
        await operated.ask(
            "POST",
            "/releases/rollback",
            content=b"[",
            headers={"content-type": "application/json"},
        ),
        await operated.ask("POST", "/releases/rollback", json={"reason": 1}),
        await operated.ask("GET", "/nowhere"),
        await operated.ask("DELETE", "/releases"),
        await operated.ask("POST", "/cache/invalidate", json={"tags": "x"}),
    ]
    statuses = [status for status, _ in answers]
    assert statuses == [404, 422, 404, 422, 415, 400, 400, 404, 405, 400]
    assert all(told["errors"][0]["message"] for _, told in answers)
    assert "profiles/v.yaml:3:" in answers[1][1]["errors"][0]["message"]
    active = operated.releases.active()
    assert active is not None
    assert (active.number, await version(operated.gateway)) == (1, 1)


async def test_of_two_activations_at_once_one_is_told_that_it_lost(
    operated: Operated, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With status 409 and who won."""
    together = threading.Barrier(2)
    for number in (2, 3):
        operated.releases.publish(bundle(number))

    def prove(_self: object, _bundle: object) -> None:
        together.wait(60)

    monkeypatch.setattr("gateway.cli.administering._Shelf.prove", prove)
    answers = await asyncio.gather(
        *(operated.ask("POST", f"/releases/{bundle(n).id}/activate") for n in (2, 3))
    )
    assert sorted(status for status, _ in answers) == [200, 409]
    (lost,) = (told for status, told in answers if status == 409)
    assert lost["errors"][0]["message"].startswith("ci made ")


async def test_a_reload_asks_the_store_and_reads_the_files(operated: Operated) -> None:
    """And says what came of it."""
    operated.releases.publish(B)
    operated.releases.activate(B.id, ADA)
    status, told = await operated.ask("POST", "/reload")
    assert (status, told["taken"], told["rejected"]) == (200, True, [])
    assert told["release"]["serves"]["bundle"] == B.id
    operated.config.write_text("profiles: [\n")
    status, told = await operated.ask("POST", "/reload")
    assert (status, told["taken"], len(told["rejected"])) == (200, False, 1)
    assert await version(operated.gateway) == 2


async def test_a_token_that_is_taken_out_is_out(operated: Operated) -> None:
    """With the reload that takes it out, and no restart."""
    text = operated.config.read_text()
    operated.config.write_text(text.replace(f"ci: {TOKEN}, ", ""))
    assert (await operated.ask("POST", "/reload"))[0] == 200
    assert (await operated.ask("GET", "/versions"))[0] == 401


async def test_versions_say_what_runs_and_which_process(operated: Operated) -> None:
    """Packages, generation, release, worker."""
    status, told = await operated.ask("GET", "/versions")
    assert (status, told["worker"]["number"]) == (200, 1)
    assert told["generation"]["digest"] == operated.gateway.current.digest
    assert told["release"]["serves"]["bundle"] == A.id


async def test_a_body_is_bounded(
    operated: Operated, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever its length says."""
    monkeypatch.setattr("gateway.admin.server._MOST_OTHER", 10)
    status, _ = await operated.ask(
        "POST",
        "/releases",
        content=packed(bundle_of({"profiles/a.yaml": ""}, FACTS)),
        headers=ZIP,
    )
    assert status == 413


async def test_replies_are_taken_out_of_the_cache(operated: Operated) -> None:
    """As by `/-/cache/invalidate`, with a token in place of a condition."""
    status, told = await operated.ask("POST", "/cache/invalidate", json={"tags": ["x"]})
    assert (status, told) == (200, {"invalidated": 0})


async def test_a_port_that_is_taken_is_one_clear_error(operated: Operated) -> None:
    """With the key that names another one."""
    taken = operated.admin.listener.getsockname()[1]
    text = operated.config.read_text()
    operated.config.write_text(text.replace("port: 0", f"port: {taken}"))
    assert await operated.gateway.reload()
    with pytest.raises(CommandError, match=r"the admin API: port .* is in use — write"):
        administered(operated.gateway)


@pytest.mark.parametrize("path", ["/v1/versions", "/v1/nothing", "/elsewhere"])
async def test_every_answer_says_which_request_it_was(
    operated: Operated, path: str
) -> None:
    """With a token and without, found or not."""
    for bearer in ({}, {"authorization": "Bearer nobody"}):
        headers = {"x-request-id": "theirs-17", **bearer}
        answer = await operated.client.get(path, headers=headers)
        assert answer.headers.get_list("x-request-id") == ["theirs-17"]
