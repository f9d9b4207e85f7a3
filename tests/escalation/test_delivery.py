"""Bringing a message to its source: again until it is heard, in virtual time."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import pytest

from gateway.clock import LoopClock
from gateway.connectors.base import Call
from gateway.errors import ErrorClass, UpstreamError
from gateway.escalation import delivery
from gateway.escalation.delivery import Backoff, Delivery
from gateway.escalation.message import Message, Reason, State
from gateway.execution.guards.bulkhead import Bulkhead
from gateway.execution.upstream import Upstream
from gateway.expression import template
from gateway.record import replace
from gateway.telemetry.events import Event, IncidentUndelivered
from gateway.testing import ScriptedSource, answers, fails, hangs
from gateway.testing.source import Behaviour
from tests.escalation.moments import ALARM, BAD, FRAUD, NOON

pytestmark = pytest.mark.virtual_time
DOWN = fails(status=503)
HEARD = answers({})


def message(incident: str = "i1", state: State = State.OPEN) -> Message:
    """What is told of an incident of the alarm."""
    over = state is State.RESOLVED
    until, reason = (NOON, Reason.ANSWERED) if over else (None, None)
    return Message(incident, state, ALARM, NOON, 3, BAD, "host:1", until, reason)


@dataclass
class Pager:
    """A source that is told, by script, and when it was asked."""

    source: ScriptedSource
    events: list[Event] = field(default_factory=list)
    upstream: Upstream | None = None
    asked: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.upstream = Upstream("pager", self.source, Bulkhead(2))

    @contextlib.contextmanager
    def borrow(self, source: str) -> Iterator[Upstream | None]:
        assert source == "pager"
        self.asked.append(LoopClock().now())
        yield self.upstream

    def delivery(self, **backoff: float) -> Delivery:
        """With pauses of exactly 1, 2, 4 ... seconds."""
        longest = Backoff(**backoff)
        return Delivery(
            self.borrow, LoopClock(), self.events.append, longest, lambda: 1.0
        )


def pager(*script: Behaviour) -> Pager:
    return Pager(ScriptedSource({FRAUD: script}))


def said(calls: Sequence[Call[object]]) -> list[tuple[object, object]]:
    """Incident and state of each call."""
    bodies = [call.inputs["body"] for call in calls]
    return [(b["incident"], b["state"]) for b in bodies]  # type: ignore[index]


async def settled() -> None:
    """Let everything happen that will, without closing anything."""
    await asyncio.sleep(10_000)


async def test_a_message_is_one_post() -> None:
    """With its JSON, and a key by which a receiver knows it again."""
    told = pager(HEARD)
    told.delivery().send(message())
    await settled()
    (call,) = told.source.calls
    target = call.target
    assert (target.method, target.url) == ("POST", ("/incidents",))
    assert dict(target.headers) == {"idempotency-key": "i1-open"}
    assert call.inputs == {"body": message().as_json()}
    assert call.deadline.at == ALARM.timeout
    assert told.events == []


async def test_the_headers_of_the_source_travel() -> None:
    """Those that need a request are left out: there is none."""
    told = pager(HEARD)
    headers = {"X-Key": "secret", "x-tenant": "${ request.tenant }"}
    made = Upstream("pager", told.source, Bulkhead(1), template(headers), ("x-other",))
    told.upstream = made
    told.delivery().send(message())
    await settled()
    assert told.source.calls[0].headers == {"x-key": "secret"}


async def test_a_failed_attempt_is_made_again_later_and_later() -> None:
    """After 1, 2, 4, 8 seconds; and never again once it was heard."""
    told = pager(DOWN, fails(ErrorClass.CONNECT), fails(status=429), DOWN, HEARD)
    told.delivery().send(message())
    await settled()
    assert told.asked == [0, 1, 3, 7, 15]
    assert said(told.source.calls) == [("i1", "open")] * 5
    assert told.events == []


async def test_pauses_have_a_longest() -> None:
    """A pager that is back is told within a minute or so."""
    told = pager(*[DOWN] * 8, HEARD)
    told.delivery(longest=10).send(message())
    await settled()
    assert told.asked == [0, 1, 3, 7, 15, 25, 35, 45, 55]


def test_processes_that_failed_together_come_back_apart() -> None:
    """By chance, each pause is between half and all of what it could be."""
    pauses = Backoff(first=4, longest=10).pauses(iter((0.0, 0.5, 1.0)).__next__)
    assert [next(pauses) for _ in range(3)] == [2, 6, 10]


async def test_a_source_says_how_long_it_wants_to_be_left_alone() -> None:
    """Retry-After is kept where it is longer than the pause."""

    async def busy(_call: Call[object]) -> object:
        raise UpstreamError(
            "busy", kind=ErrorClass.STATUS, status=429, retry_after=30.0
        )

    told = pager(busy, HEARD)  # type: ignore[arg-type]
    told.delivery().send(message())
    await settled()
    assert told.asked == [0, 30]


async def test_a_source_that_stays_down_is_given_up() -> None:
    """After ten minutes, with one line.

    The end of the incident is told all the same, and its failure adds no line.
    """
    told = pager(DOWN)
    sender = told.delivery()
    sender.send(message())
    await settled()
    assert told.asked[-1] <= 600
    assert len(told.asked) == 15
    sender.send(message(state=State.RESOLVED))
    await settled()
    assert len(told.asked) == 30
    assert told.events == [
        IncidentUndelivered(
            "i1", FRAUD, "pager", "open", "The source answered with status 503."
        )
    ]


@pytest.mark.parametrize(
    ("behaviour", "detail"),
    [
        (fails(status=404), "The source answered with status 404."),
        (fails(ErrorClass.REJECTED), "The source's answer cannot be used."),
    ],
)
async def test_a_refusal_is_final(behaviour: Behaviour, detail: str) -> None:
    """The same POST would be refused in the same way."""
    told = pager(behaviour)
    told.delivery().send(message())
    await settled()
    assert told.asked == [0]
    assert told.events == [IncidentUndelivered("i1", FRAUD, "pager", "open", detail)]


async def test_a_source_that_is_gone_is_not_waited_for() -> None:
    """A reload took it away."""
    told = pager()
    told.upstream = None
    told.delivery().send(message())
    await settled()
    assert told.events == [
        IncidentUndelivered(
            "i1", FRAUD, "pager", "open", "there is no source 'pager' any more"
        )
    ]


async def test_an_answer_that_is_no_json_was_heard() -> None:
    """Pagers say `OK`; asking again would page twice."""
    told = pager(fails(ErrorClass.INVALID))
    told.delivery().send(message())
    await settled()
    assert (told.asked, told.events) == ([0], [])


async def test_an_attempt_ends_by_the_timeout_of_its_source() -> None:
    """Waiting for a slot included; the slot is free again afterwards."""
    told = pager(hangs(), HEARD)
    told.delivery().send(message())
    await settled()
    assert told.asked == [0, 6]
    assert told.source.cancelled == [FRAUD]
    assert told.source.running == 0


async def test_the_end_of_an_incident_is_told_after_its_beginning() -> None:
    """However long the beginning takes; other incidents do not wait."""
    told = pager(DOWN, HEARD)
    sender = told.delivery()
    sender.send(message("i1"))
    sender.send(message("i1", State.RESOLVED))
    sender.send(message("i2"))
    await settled()
    assert said(told.source.calls) == [
        ("i1", "open"),
        ("i2", "open"),
        ("i1", "open"),
        ("i1", "resolved"),
    ]


async def test_deliveries_share_the_slots_of_their_source() -> None:
    """Ten incidents at once are two calls at a time."""
    told = pager(answers({}, after=1))
    sender = told.delivery()
    for number in range(6):
        sender.send(message(f"i{number}"))
    await settled()
    assert (told.source.most_running, len(told.source.calls)) == (2, 6)


async def test_what_waits_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """One incident too many is a line in the log at once."""
    monkeypatch.setattr(delivery, "MOST_MESSAGES", 1)
    told = pager(HEARD)
    sender = told.delivery()
    sender.send(message("i1"))
    sender.send(message("i2"))
    await settled()
    assert said(told.source.calls) == [("i1", "open")]
    assert told.events == [
        IncidentUndelivered(
            "i2", FRAUD, "pager", "open", "too many incidents wait to be told"
        )
    ]


async def test_the_end_of_the_process_is_one_more_attempt() -> None:
    """No pause is waited for; what is not heard then is a line in the log."""
    told = pager(DOWN, DOWN, HEARD, DOWN)
    sender = told.delivery(first=100)
    sender.send(message("i1"))
    await asyncio.sleep(1)
    sender.send(replace(message("i1"), state=State.RESOLVED))
    await sender.close(3)
    assert told.asked == [0, 1, 1]
    assert LoopClock().now() == 1
    assert [e.state for e in told.events if isinstance(e, IncidentUndelivered)] == [
        "open"
    ]


async def test_a_source_that_hangs_does_not_hold_up_the_end() -> None:
    """Three seconds, and the process goes."""
    told = pager(hangs())
    sender = told.delivery()
    sender.send(message())
    await asyncio.sleep(1)
    await sender.close(3)
    assert LoopClock().now() == 4
    assert told.source.cancelled == [FRAUD]
    assert told.events == [
        IncidentUndelivered(
            "i1", FRAUD, "pager", "open", "the process ended before it was heard"
        )
    ]
