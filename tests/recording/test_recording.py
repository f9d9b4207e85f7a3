"""A gateway that serves records a sample of what it is asked, redacted."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from gateway.app import build_gateway
from gateway.clock import LoopClock
from gateway.delivering import delivery
from gateway.expression import parse
from gateway.recording.blurring import Hiding
from gateway.recording.model import MadeBy, Taking
from gateway.recording.sampling import Sampler
from gateway.request.model import Asking, PlanWish, RequestContext
from gateway.schema.measures import samples
from tests.cli.conftest import Upstream
from tests.recording.kit import ADA, QUERY, Recorded, asking, caller

SECRETS = ("Ada", "Lindqvist", "sk-canary-0123456789", "subject-of-hers", "127.0.0.1")


@pytest.fixture
def recorded(tmp_path: Path, upstream: Upstream) -> Recorded:
    return Recorded(tmp_path, upstream)


def test_a_request_is_recorded_with_what_its_sources_said(recorded: Recorded) -> None:
    """Document, variables, who asked as far as it decides, calls, and the answer."""
    who = caller(sub="subject-of-hers", roles=["teller"], email=ADA["note"])
    (answer,) = recorded.asked(
        asking(), tenant="acme", caller=who, headers={"x-region": "eu"}
    )
    assert answer["data"]["customer"]["fullName"] == ADA["fullName"]
    (line,) = recorded.lines()
    assert (line["operations"], line["variables"]) == (["customer"], {"id": "7"})
    assert line["document"] == QUERY
    assert line["who"] == {
        "tenant": "acme",
        "client": None,
        "region": None,
        "claims": {"roles": ["teller"]},
        "headers": {},
    }
    called = [(one["step"], one["source"], one["call"]) for one in line["calls"]]
    assert called == [
        ("customer.customer", "bank", {"method": "GET", "url": "/people/7"}),
        ("Customer.city", "bank", {"method": "GET", "url": "/cities/london"}),
    ]
    assert line["calls"][1]["reply"]["body"] == {"name": "London"}
    assert line["answer"]["data"]["customer"]["city"] == {"name": "London"}


def test_what_is_nobodys_business_never_touches_the_disk(recorded: Recorded) -> None:
    """Fields under tags by any name, secrets by theirs, and wherever these stand."""
    mail = '{ customer(id: "7", mail: "ada.lindqvist@example.org") { since } }'
    recorded.asked(asking(), Asking(mail), caller=caller(sub="subject-of-hers"))
    text = recorded.text()
    assert [word for word in SECRETS if word.lower() in text.lower()] == []
    first, second = recorded.lines()
    body = first["calls"][0]["reply"]["body"]
    shown = first["answer"]["data"]["customer"]
    assert shown["fullName"] == body["fullName"]
    assert shown["who"] == body["contact"]["mail_addr"]
    assert body["note"] == f"call {shown['who']} at noon"
    assert (shown["since"], body["town"]) == ("2019-03-04", "london")
    assert len(shown["fullName"]) == len("Ada Lindqvist-Moe")
    assert 10 <= body["age"] < 100 != ADA["age"]
    assert second["calls"][0]["reply"]["body"]["fullName"] != body["fullName"]


def test_names_and_paths_that_are_asked_for_are_hidden_too(
    tmp_path: Path, upstream: Upstream
) -> None:
    """Headers and claims are written where they are named."""
    more = "redact: [since, city.name], headers: [X-Region], claims: [desk]"
    recorded = Recorded(tmp_path, upstream, f"sample: 100%, {more}")
    recorded.asked(asking(), caller=caller(desk=4), headers={"x-region": "eu"})
    assert "2019-03-04" not in recorded.text()
    (line,) = recorded.lines()
    assert line["answer"]["data"]["customer"]["city"]["name"] != "London"
    assert line["who"]["claims"] == {"desk": 4}
    assert line["who"]["headers"] == {"x-region": "eu"}


def test_a_policy_hides_what_is_under_its_tag(
    tmp_path: Path, upstream: Upstream
) -> None:
    """Without a word of it in `record`; what those see who may not is no value."""
    recorded = Recorded(tmp_path, upstream, "sample: 100%, tags: []")
    with recorded.config.open("a") as config:
        config.write("policies: { pii: { when: 'false' } }\n")
    (answer,) = recorded.asked(asking())
    assert answer["data"]["customer"]["fullName"] == "***"
    (line,) = recorded.lines()
    assert line["answer"]["data"]["customer"]["fullName"] == "***"
    assert "Lindqvist" not in recorded.text()


def test_only_requests_of_which_when_is_true_are_recorded(
    tmp_path: Path, upstream: Upstream
) -> None:
    """Others cost nothing, and leave no folder."""
    recorded = Recorded(
        tmp_path, upstream, "sample: 100%, when: request.tenant == 'acme'"
    )
    recorded.asked(asking(), tenant="other")
    assert not recorded.tapes.exists()
    recorded.asked(asking(), tenant="acme")
    assert len(recorded.lines()) == 1


class Nowhere:
    """Forgets what it is offered."""

    def offer(self, make: Callable[[], bytes]) -> None:
        """Forget it."""


@pytest.mark.parametrize(
    ("dice", "when", "wish", "taken"),
    [
        (0.24, None, PlanWish.NONE, True),
        (0.25, None, PlanWish.NONE, False),
        (0.0, None, PlanWish.DRY_RUN, False),
        (0.0, "request.claims.role == 'x'", PlanWish.NONE, False),
        (0.0, "1 / 0 == 1", PlanWish.NONE, False),
    ],
)
def test_a_share_is_taken(
    dice: float, when: str | None, wish: PlanWish, taken: bool
) -> None:
    """Of those that run and that `when` is true of."""
    condition = parse(when) if when else None
    taking, by = Taking(Hiding()), MadeBy("digest")
    made = Sampler(0.25, condition, taking, by, Nowhere(), LoopClock(), lambda: dice)
    request = RequestContext("r", 0.0, datetime(2026, 1, 1, tzinfo=UTC), plan=wish)
    assert (made.taken(request) is not None) is taken


def test_a_failed_call_is_recorded_as_what_it_came_to(recorded: Recorded) -> None:
    """By its code and status; the answer has its error."""
    recorded.upstream.answers["/people/7"] = {**ADA, "town": "nowhere"}
    recorded.asked(asking())
    (line,) = recorded.lines()
    failed = line["calls"][1]["failed"]
    assert (failed["code"], failed["status"]) == ("UPSTREAM_STATUS", 404)
    (error,) = line["answer"]["errors"]
    assert (error["path"], error["code"]) == (["customer", "city"], "UPSTREAM_STATUS")


def test_a_refused_request_is_not_recorded(recorded: Recorded) -> None:
    """No source was asked."""
    (answer,) = recorded.asked(Asking("{ nothing }"))
    assert "errors" in answer
    assert not recorded.tapes.exists()


def test_a_recording_is_a_line_in_a_file_of_its_owner(recorded: Recorded) -> None:
    """Nobody else may read it."""
    recorded.asked(asking(), asking())
    (file,) = recorded.tapes.glob("*.jsonl")
    assert [line["version"] for line in recorded.lines()] == [1, 1]
    assert oct(file.stat().st_mode)[-3:] == "600"
    assert oct(recorded.tapes.stat().st_mode)[-3:] == "700"


def test_what_is_not_recorded_is_counted(recorded: Recorded) -> None:
    """Answers in parts and subscriptions; and of the others how many were written."""

    async def counted() -> dict[str, float]:
        gateway = build_gateway([recorded.config], {}, remember=True)
        async with gateway.serving():
            parts = Asking('{ customer(id: "7") { id ... @defer { since } } }')
            clock = gateway.pipeline.clock
            who = RequestContext("r", clock.now(), clock.wall())
            made = await delivery(gateway.pipeline, gateway.current, parts, who)
            assert made is not None
            assert [one async for one in made.payloads()]
            await gateway.pipeline.answer(gateway.current, asking(), who)
            assert gateway.recorders is not None
            writer = gateway.recorders.writer
            assert writer is not None
            await asyncio.to_thread(writer.drain)
            found = samples(gateway)
            return {
                one.labels["outcome"]: one.value
                for one in found
                if one.name == "headwater_recordings"
            }

    assert asyncio.run(counted()) == {
        "written": 1,
        "dropped": 0,
        "parts": 1,
        "subscription": 0,
    }
    assert len(recorded.lines()) == 1
