"""Trials by the admin API and its command: who may, and what is told of it."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner

from gateway.cli.main import app as command
from gateway.release.archive import packed
from gateway.telemetry.releasing import AdminActed, AdminRefused, TrialBegun, TrialEnded
from gateway.trying.shadowing import Shadow
from gateway.trying.splitting import Split
from tests.admin.conftest import TOKEN, Operated
from tests.release.kit import bundle
from tests.release.test_serving import unfit, version

A, B, C = bundle(1), bundle(2), bundle(3)
TENTH = {"terms": {"share": 0.1, "by": "request.tenant"}, "reason": "CHG-7"}
ZIP = {"content-type": "application/zip"}


@pytest.fixture
async def tried(operated: Operated) -> Operated:
    """Two releases to try, besides the one that serves."""
    for one in (B, C):
        await operated.ask("POST", "/releases", content=packed(one), headers=ZIP)
    operated.heard.clear()
    return operated


def acted(operated: Operated) -> list[tuple[str, str, int]]:
    told = (event for event in operated.heard if isinstance(event, AdminActed))
    return [(one.by, one.action, one.status) for one in told]


async def test_a_canary_goes_all_its_way_over_http(tried: Operated) -> None:
    """Begun, live here at once, widened, promoted; each with who and why."""
    path = f"/releases/{B.id[:8]}/canary"
    status, told = await tried.ask("POST", path, json={**TENTH, "by": "ada"})
    assert (status, told["act"], told["bundle"]) == (200, "canary", B.id)
    assert (told["by"], told["reason"]) == ("ci (for ada)", "CHG-7")
    split = tried.gateway.pipeline.splitting
    assert isinstance(split, Split)
    assert (split.release, split.terms.share) == (B.id, 0.1)
    await tried.ask("POST", path, json={"terms": {"share": 0.5}})
    widened = tried.gateway.pipeline.splitting
    assert isinstance(widened, Split)
    assert widened.terms.share == 0.5
    status, counted = await tried.ask("GET", "/trial")
    assert (counted["state"], counted["processes"]) == ("tried", 1)
    assert counted["figures"] == {"stable": {}, "candidate": {}}
    status, listed = await tried.ask("GET", "/releases")
    assert (listed["active"]["bundle"], listed["trial"]["bundle"]) == (A.id, B.id)
    status, told = await tried.ask("POST", "/releases/promote", json={"reason": "fine"})
    assert (status, told["act"], told["by"]) == (200, "promote", "ci")
    assert tried.gateway.pipeline.splitting is None
    assert await version(tried.gateway) == 2
    assert acted(tried) == [
        ("ci", f"POST /v1{path}", 200),
        ("ci", f"POST /v1{path}", 200),
        ("ci", "POST /v1/releases/promote", 200),
    ]


async def test_a_shadow_is_begun_read_and_ended_over_http(tried: Operated) -> None:
    """A rollback ends it: what serves goes on serving."""
    path = f"/releases/{B.id[:8]}/shadow"
    terms = {"share": 1.0, "operations": ["v"]}
    status, told = await tried.ask("POST", path, json={"terms": terms})
    assert (status, told["act"]) == (200, "shadow")
    shadow = tried.gateway.pipeline.splitting
    assert isinstance(shadow, Shadow)
    assert (shadow.terms.share, shadow.terms.operations) == (1.0, ("v",))
    status, found = await tried.ask("GET", "/shadow")
    assert (status, found["bundle"], found["counts"]) == (200, B.id, {})
    status, told = await tried.ask("POST", "/releases/rollback", json={"reason": "r"})
    assert (status, told["act"], told["bundle"]) == (200, "withdraw", B.id)
    assert tried.gateway.pipeline.splitting is None
    assert await version(tried.gateway) == 1
    kinds = [type(e) for e in tried.heard if isinstance(e, TrialBegun | TrialEnded)]
    assert kinds == [TrialBegun, TrialEnded]
    assert [action for _, action, _ in acted(tried)] == [
        f"POST /v1{path}",
        "POST /v1/releases/rollback",
    ]


async def test_what_cannot_be_tried_is_said_and_nothing_changes(
    tried: Operated,
) -> None:
    """Each with a status that programs can tell apart, and an entry of the audit."""
    tried.releases.publish(unfit())
    await tried.ask("POST", f"/releases/{B.id}/canary", json=TENTH)
    number = len(tried.releases.history())
    bad: Any = [
        (f"/releases/{C.id}/canary", TENTH),
        (f"/releases/{A.id}/canary", TENTH),
        (f"/releases/{B.id}/canary", {}),
        (f"/releases/{B.id}/canary", {"terms": {"share": 2}}),
        (f"/releases/{B.id}/canary", {"terms": {"share": "all"}}),
        (f"/releases/{B.id}/canary", {"terms": {"share": 1, "by": "args.id"}}),
        (f"/releases/{B.id}/canary", {"terms": {"share": 1, "by": "((("}}),
        (f"/releases/{B.id}/shadow", {"terms": {"share": 0}}),
        ("/releases/00000000/canary", TENTH),
    ]
    answers = [await tried.ask("POST", path, json=body) for path, body in bad]
    assert [status for status, _ in answers] == [422] * 8 + [404]
    assert all(told["errors"][0]["message"] for _, told in answers)
    assert len(tried.releases.history()) == number
    assert len(acted(tried)) == 1 + len(bad)
    await tried.ask("POST", "/releases/rollback")
    status, told = await tried.ask("POST", f"/releases/{unfit().id}/canary", json=TENTH)
    assert status == 422
    assert "profiles/v.yaml:3:" in told["errors"][0]["message"]


async def test_without_a_token_nobody_tries_anything(tried: Operated) -> None:
    """And it is told where from, never with what."""
    async with httpx.AsyncClient(base_url=tried.admin.url) as stranger:
        paths = [f"/v1/releases/{B.id}/canary", f"/v1/releases/{B.id}/shadow"]
        paths += ["/v1/releases/promote", "/v1/releases/rollback"]
        answers = [await stranger.post(path, json=TENTH) for path in paths]
        answers.append(await stranger.get("/v1/shadow"))
        answers.append(await stranger.get("/v1/trial"))
    assert {answer.status_code for answer in answers} == {401}
    assert len(tried.releases.history()) == 1
    assert acted(tried) == []
    assert len([e for e in tried.heard if isinstance(e, AdminRefused)]) == len(answers)


async def test_the_commands_are_clients_of_it(tried: Operated, tmp_path: Path) -> None:
    """`canary`, `promote`, `shadow`, both reports, and `rollback`, with a token."""
    token = tmp_path / "token"
    token.write_text(f"{TOKEN}\n")
    asked = ("--admin", tried.admin.url, "--token-file", str(token))

    async def run(*words: str) -> str:
        ran = await asyncio.to_thread(
            CliRunner().invoke, command, ["release", *words, *asked]
        )
        assert ran.exit_code == 0, ran.output
        return ran.output

    said = await run("canary", B.id[:8], "--percent", "10", "--by", "ada", "--json")
    assert json.loads(said)["by"] == "ci (for ada)"
    assert isinstance(tried.gateway.pipeline.splitting, Split)
    assert "1 process told what they count; 0 requests" in await run("report")
    assert "active, after its trial" in await run("promote")
    assert await version(tried.gateway) == 2
    said = await run("shadow", C.id[:8], "--sample", "50%", "--reason", "CHG-8")
    assert "runs 50% of queries aside" in said
    found = json.loads(await run("shadow", "--report", "--json"))
    assert (found["bundle"], found["counts"]) == (C.id, {})
    await run("rollback", "--reason", "seen enough")
    assert tried.gateway.pipeline.splitting is None
    acts = [entry.act for entry in tried.releases.history()]
    assert acts == ["activate", "canary", "promote", "shadow", "withdraw"]
    assert tried.releases.history()[-1].reason == "seen enough"
    assert {by for by, _, _ in acted(tried)} <= {"ci", "ci (for ada)"}
    assert [status for _, _, status in acted(tried)] == [200] * 4
