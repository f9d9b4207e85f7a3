"""Polling in virtual time: what is news, how often it is asked, and never twice."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from gateway.connectors.base import Call, Reply, Wire
from gateway.connectors.streams import polling
from gateway.connectors.streams.base import StreamEvent, stream_of
from gateway.connectors.streams.polling import Polled
from gateway.connectors.streams.target import StreamTarget
from gateway.errors import ErrorClass, UpstreamError
from gateway.expression import parse
from gateway.testing import run_virtual
from gateway.testing.contract.subject import call_of, within
from gateway.values import JsonValue

EVERY = 5.0
DOWN = UpstreamError("The source is down.", kind=ErrorClass.CONNECT)


@dataclass(slots=True)
class Answering:
    """Gives its answers in turn, the last one for ever, each in ``takes`` seconds."""

    answers: list[object]
    takes: float = 0.0
    asked: list[float] = field(default_factory=list)
    under_way: int = 0
    most: int = 0

    async def call(self, _call: Call[Any]) -> Reply:
        self.asked.append(asyncio.get_running_loop().time())
        self.under_way += 1
        self.most = max(self.most, self.under_way)
        await asyncio.sleep(self.takes)
        self.under_way -= 1
        found = self.answers[min(len(self.asked), len(self.answers)) - 1]
        if isinstance(found, UpstreamError):
            raise found
        return found if isinstance(found, Reply) else Reply(found, headers={})

    def render(self, call: Call[Any]) -> Wire:
        return Wire((call.target,))

    def describe(self, _call: Call[Any]) -> Mapping[str, JsonValue]:
        return {"asks": "it"}


@pytest.fixture(autouse=True)
def _in_step(monkeypatch: pytest.MonkeyPatch) -> None:
    """Polls come apart by chance, which these tests leave out."""
    monkeypatch.setattr(polling, "uniform", lambda _low, _high: 1.0)


def _heard(
    source: Answering,
    count: int,
    changed: str | None = None,
    after: str | None = None,
) -> list[StreamEvent]:
    return run_virtual(_listened(source, count, changed, after))


async def _listened(
    source: Answering, count: int, changed: str | None, after: str | None
) -> list[StreamEvent]:
    how = Polled("it", EVERY, parse(changed) if changed else None)
    target = StreamTarget(how, states=True)
    stream = stream_of(source, target)
    async with stream.listen(within(call_of(target)), after) as events:
        return [await anext(events) for _ in range(count)]


def test_an_answer_is_an_event_when_it_is_another() -> None:
    """First how things stand; then only what differs from the answer before."""
    source = Answering([{"a": 1}, {"a": 1}, {"a": 2}, {"a": 2}, {"a": 1}])
    found = _heard(source, 3)
    assert [event.body for event in found] == [{"a": 1}, {"a": 2}, {"a": 1}]
    assert source.asked == [0.0, 5.0, 10.0, 15.0, 20.0]


def test_polls_never_overlap() -> None:
    """The rhythm counts from the answer, so a slow source is asked less often."""
    source = Answering([1, 2, 3], takes=7.0)
    assert [event.body for event in _heard(source, 3)] == [1, 2, 3]
    assert (source.asked, source.most) == ([0.0, 12.0, 24.0], 1)


def test_only_what_is_compared_makes_an_event() -> None:
    """A time of day in the answer is no news."""
    rows: list[object] = [{"a": 1, "at": 1}, {"a": 1, "at": 2}, {"a": 2, "at": 3}]
    found = _heard(Answering(rows), 2, changed="response.body.a")
    assert [event.body for event in found] == [rows[0], rows[2]]


def test_who_knows_the_last_answer_is_not_told_it_again() -> None:
    """An event's id is what was compared: after it, an equal answer is no news."""
    (known,) = _heard(Answering([{"a": 1}]), 1)
    found = _heard(Answering([{"a": 1}, {"a": 2}]), 1, after=known.id)
    assert [event.body for event in found] == [{"a": 2}]


def test_a_source_that_fails_is_asked_less_and_less_often() -> None:
    """Each failure is told and doubles the rest; the first answer ends that."""
    source = Answering([1, DOWN, DOWN, DOWN, 1, 2])
    found = _heard(source, 5)
    told = "asking failed: The source is down."
    assert [event.trouble for event in found] == [None, told, told, told, None]
    assert [event.body for event in found] == [1, None, None, None, 2]
    assert source.asked == [0.0, 5.0, 15.0, 35.0, 75.0, 80.0]


def test_the_longest_rest_is_five_minutes() -> None:
    """A source that comes back is noticed."""
    source = Answering([1, *[DOWN] * 9, 2])
    _heard(source, 11)
    rests = [b - a for a, b in zip(source.asked, source.asked[1:], strict=False)]
    assert rests == [5.0, 10.0, 20.0, 40.0, 80.0, 160.0, *[300.0] * 4]


def test_a_first_call_that_fails_is_no_listening() -> None:
    """Entering raises what the source said, as for every stream."""
    with pytest.raises(UpstreamError) as refused:
        _heard(Answering([DOWN]), 1)
    assert refused.value is DOWN


def test_an_answer_with_parts_missing_is_no_news() -> None:
    """Half an answer differs from a whole one, and says nothing about the system."""
    partial = Reply({"a": None}, headers={}, partial=True)
    found = _heard(Answering([{"a": 1}, partial, {"a": 1}, {"a": 2}]), 3)
    assert [(e.body, e.trouble) for e in found] == [
        ({"a": 1}, None),
        (None, "parts of the answer are missing"),
        ({"a": 2}, None),
    ]


def test_what_cannot_be_compared_is_told() -> None:
    """The stream goes on."""
    found = _heard(Answering([{"a": [1]}, {"a": 1}]), 2, changed="response.body.a[0]")
    assert [event.trouble is None for event in found] == [True, False]


def test_leaving_ends_the_asking() -> None:
    """Nobody listens, nobody asks."""
    source = Answering([1, 2])

    async def left() -> None:
        await _listened(source, 1, None, None)
        await asyncio.sleep(EVERY * 10)

    run_virtual(left())
    assert source.asked == [0.0]


def test_polls_that_compare_otherwise_are_not_shared() -> None:
    """Rhythm and what is compared are part of what is listened to."""
    target = [
        StreamTarget(Polled("it", every, changed))
        for every, changed in ((5.0, None), (6.0, None), (5.0, parse("response.body")))
    ]
    source = Answering([])
    keys = {stream_of(source, t).render(call_of(t)).key for t in target}
    assert len(keys) == 3
