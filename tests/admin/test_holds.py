"""Holds by the admin API: who may, what is refused, and whom it counts for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import pytest

from gateway.app import build_gateway
from gateway.cli.administering import administered
from gateway.release.model import bundle_of
from gateway.telemetry.releasing import AdminActed, StepHeld
from tests.admin.conftest import TOKEN, Operated
from tests.project import ask, write
from tests.release.kit import ADA, FACTS
from tests.release.test_holding import PROFILE, SDL

FRAUD = "v.fraud"
HOLD = {"step": FRAUD, "for": "30m", "reason": "INC-77", "by": "ada"}


@pytest.fixture
async def holding(operated: Operated) -> Operated:
    """One whose active release has a step to hold."""
    config = operated.config.read_text()
    operated.config.write_text(
        config + "sources: { bureau: { url: 'http://127.0.0.1:9' } }\n"
    )
    assert await operated.gateway.reload()
    made = bundle_of({"profiles/v.yaml": PROFILE, "schema/v.graphql": SDL}, FACTS)
    operated.releases.publish(made)
    operated.releases.activate(made.id, ADA)
    assert await operated.gateway.take_release()
    return operated


async def test_a_hold_counts_for_the_channel_and_is_live_here_at_once(
    holding: Operated,
) -> None:
    """It is in the log with the token's name, and in the log of what was done."""
    status, told = await holding.ask("POST", "/holds", json=HOLD)
    assert (status, told["by"], told["counts_for"]) == (
        200,
        "ci (for ada)",
        "every gateway of channel stable",
    )
    answer: Any = await ask(holding.gateway, "{ v { fraud } }")
    assert answer["extensions"]["completeness"]["v"]["fallback"][0]["because"] == "held"
    status, listed = await holding.ask("GET", "/holds")
    assert (status, [h["steps"] for h in listed["holds"]]) == (200, [[FRAUD]])
    assert [entry["act"] for entry in listed["history"]] == ["hold"]
    status, told = await holding.ask("POST", f"/holds/{FRAUD}/release", json={})
    assert (status, told["act"], told["holds"]) == (200, "unhold", [])
    assert holding.gateway.current.holds == ()
    status, refused = await holding.ask("POST", f"/holds/{FRAUD}/release", json={})
    assert (status, refused["errors"][0]["message"]) == (404, "'v.fraud' is not held")
    acted = [e.action for e in holding.heard if isinstance(e, AdminActed)]
    assert acted == ["POST /v1/holds", *["POST /v1/holds/v.fraud/release"] * 2]


@pytest.mark.parametrize(
    ("change", "status", "said"),
    [
        ({"step": "v.frod"}, 422, ("there is no step 'v.frod'", "did you mean")),
        ({"step": "v.n"}, 422, ("step 'v.n' calls nothing", None)),
        ({"step": "source:buro"}, 422, ("no step calls a 'source:buro'", "did you")),
        ({"step": "v.*"}, 422, ("'v.*' is not one step", "source:NAME")),
        ({"for": "25h"}, 422, ("a hold of 25h is longer than a day", "until-unheld")),
        ({"for": "soon"}, 400, ("'for': this is no duration", "write 500ms")),
        ({"for": ""}, 400, ("Write either 'for'", None)),
        ({"until_unheld": True}, 400, ("Write either 'for'", None)),
        ({"reason": ""}, 422, ("a hold needs a reason", None)),
    ],
)
async def test_what_cannot_be_held_is_refused_and_nothing_is_held(
    holding: Operated, change: Any, status: int, said: tuple[str, str | None]
) -> None:
    """With what may be meant."""
    found = await holding.ask("POST", "/holds", json={**HOLD, **change})
    (error,) = found[1]["errors"]
    assert (found[0], said[0] in error["message"]) == (status, True), error
    assert said[1] is None or said[1] in error["hint"]
    assert holding.gateway.current.holds == ()


async def test_without_a_token_nobody_holds_anything(holding: Operated) -> None:
    """Nor learns what is held."""
    for method, path in (("POST", "/v1/holds"), ("GET", "/v1/holds")):
        guess = {"authorization": f"Bearer {TOKEN}x"}
        answer = await holding.client.request(method, path, json=HOLD, headers=guess)
        assert answer.status_code == 401
    assert holding.gateway.current.holds == ()


async def test_without_a_store_a_hold_counts_for_this_process_alone(
    tmp_path: Path,
) -> None:
    """And says so."""
    config = write(
        tmp_path,
        {
            "headwater.yaml": "sources: { bureau: { url: 'http://127.0.0.1:9' } }\n"
            f"admin: {{ port: 0, tokens: {{ ci: {TOKEN} }} }}\n",
            "profiles/v.yaml": PROFILE,
            "schema/v.graphql": SDL,
        },
    )
    heard: list[object] = []
    gateway = build_gateway([config], {}, observe=heard.append, remember=True)
    admin = administered(gateway)
    assert admin is not None
    bearer = {"authorization": f"Bearer {TOKEN}"}
    async with (
        gateway.serving(),
        admin.serving(),
        httpx.AsyncClient(base_url=admin.url, headers=bearer) as client,
    ):
        answer = await client.post("/v1/holds", json=HOLD)
        assert answer.json()["counts_for"] == "this process"
        assert [e.steps for e in heard if isinstance(e, StepHeld)] == [(FRAUD,)]
        assert [h.step for h in gateway.current.holds] == [FRAUD]
        assert await gateway.reload()
        assert [h.step for h in gateway.current.holds] == [FRAUD]


async def test_nobody_writes_a_second_entry_into_his_own(holding: Operated) -> None:
    """Logs are read in terminals: what is said of an entry stays one plain line."""
    said = {"reason": "CHG-1\n9  \x1b[2Jactivate", "by": "ada)\r\n\u202eroot"}
    by, reason = "ci (for ada)   root)", "CHG-1 9   [2Jactivate"
    status, told = await holding.ask("POST", "/holds", json=HOLD | said)
    assert (status, told["by"], told["reason"]) == (200, by, reason)
    assert (told["holds"][0]["by"], told["holds"][0]["reason"]) == (by, reason)
    status, told = await holding.ask("POST", "/releases/rollback", json=said)
    assert (status, told["by"], told["reason"]) == (200, by, reason)
    blank = HOLD | {"reason": "\n\x00"}
    assert (await holding.ask("POST", "/holds", json=blank))[0] == 422
