"""`type: stream` at load time: one thing to listen to, by the kind of its source."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.connectors.base import Slot
from gateway.connectors.registry import step_types
from gateway.connectors.rest_request import RestTarget
from gateway.connectors.streams.events import IDLE_SECONDS, Events
from gateway.connectors.streams.options import StreamOptions
from gateway.connectors.streams.polling import Polled
from gateway.connectors.streams.target import Named, StreamTarget, asked_by
from tests.connectors.section import TestedSection


def compiled(kind: str, **written: Any) -> tuple[StreamTarget, list[str]]:
    """The target, and the problems."""
    section = TestedSection(kind=kind)
    options = StreamOptions.model_validate(written)
    made: Any = step_types()["stream"].compile(section, options)
    return made, section.problems


@pytest.mark.parametrize(
    ("kind", "written", "what"),
    [
        ("redis", {"channel": "a"}, Named("channel", "a")),
        (
            "redis",
            {"channel": "a:${ id }"},
            Named("channel", Slot("channel"), written="a:"),
        ),
        ("redis", {"channel": "${ id }"}, Named("channel", Slot("channel"))),
        ("redis", {"pattern": "a:*"}, Named("pattern", "a:*")),
        ("redis", {"stream": "a"}, Named("stream", "a")),
        ("postgresql", {"channel": "a"}, Named("channel", "a")),
        ("nats", {"channel": "a"}, Named("channel", "a")),
        ("nats", {"channel": "a", "stream": "S"}, Named("channel", "a", "S")),
        ("kafka", {"channel": "a"}, Named("channel", "a")),
        ("webhook", {"channel": "a"}, Named("channel", "a")),
        ("webhook", {}, Named("channel", None)),
    ],
)
def test_what_has_a_name_is_listened_to(
    kind: str, written: dict[str, Any], what: Named
) -> None:
    """A constant, or a slot that is filled for each subscriber."""
    assert compiled(kind, **written) == (StreamTarget(what), [])


def test_server_sent_events_are_a_request_and_the_types_that_count() -> None:
    """Of a REST source; the request is that of `type: api`."""
    target, problems = compiled("rest", endpoint="/events", event="paid", idle="5s")
    assert problems == []
    assert isinstance(target.what, Events)
    assert isinstance(target.what.request, RestTarget)
    assert (target.what.only, target.what.idle) == (frozenset({"paid"}), 5.0)
    usual, _ = compiled("rest", endpoint="/events")
    assert isinstance(usual.what, Events)
    assert (usual.what.only, usual.what.idle) == (None, IDLE_SECONDS)


def test_a_poll_is_the_call_of_the_step_type_that_fits_the_source() -> None:
    """Its target is what `check --live` tries; what is only listened to has none."""
    target, problems = compiled("rest", every="5s", poll={"endpoint": "/a"})
    assert problems == []
    assert isinstance(target.what, Polled)
    assert (target.what.every, target.what.changed, target.states) == (5.0, None, True)
    assert isinstance(asked_by(target), RestTarget)
    assert asked_by(compiled("redis", channel="a")[0]) is None
    assert asked_by("a call's own") == "a call's own"


@pytest.mark.parametrize(
    ("kind", "written", "problem"),
    [
        (
            "redis",
            {},
            ": this step does not say what it listens to — write channel:",
        ),
        (
            "redis",
            {"channel": "a", "stream": "b"},
            (
                "stream: a step listens to one thing, and here is 'channel' already"
                " — make a step of each"
            ),
        ),
        (
            "postgresql",
            {"channel": "a", "pattern": "b"},
            "pattern: a source of type 'postgresql' has no 'pattern' — write channel",
        ),
        (
            "rest",
            {},
            (
                ": this step does not say what it listens to"
                " — write endpoint:, or every: and poll:"
            ),
        ),
        (
            "rest",
            {"endpoint": "/a", "channel": "b"},
            (
                "channel: a source of type 'rest' has no 'channel'"
                " — write endpoint or event or headers or idle or query"
            ),
        ),
        (
            "nats",
            {"stream": "S"},
            (
                ": this step does not say what it listens to"
                " — write channel:, or every: and poll:"
            ),
        ),
        (
            "graphql",
            {"idle": "5s"},
            (
                ": this step does not say what it listens to"
                " — write document:, or every: and poll:"
            ),
        ),
        (
            "duckdb",
            {"channel": "a"},
            (
                "channel: a source of type 'duckdb' has no 'channel'"
                " — it is not listened to: write every: 5s and poll: { ... }"
            ),
        ),
        (
            "redis",
            {"channel": "a", "every": "5s"},
            (
                "every: 'every' is of no use without 'poll'"
                " — add poll: { ... }, the call that is made again and again"
            ),
        ),
        (
            "redis",
            {"channel": "a", "every": "5s", "poll": {"command": ["GET", "a"]}},
            "channel: 'channel' does not go with 'poll' — remove one of them",
        ),
        (
            "rest",
            {"poll": {"endpoint": "/a"}},
            "poll: nothing says how often 'poll' asks — add every: 5s",
        ),
        (
            "rest",
            {"every": "50ms", "poll": {"endpoint": "/a"}},
            "every: this is too often — write 1s or more",
        ),
        (
            "rest",
            {"every": "5s", "poll": {"endpoint": "/a", "method": "POST"}},
            (
                "poll: a call that may change something is not made again and again"
                " — ask for something that only reads"
            ),
        ),
        (
            "webhook",
            {"every": "5s", "poll": {"endpoint": "/a"}},
            "poll: a source of type 'webhook' answers no calls — name another source",
        ),
        (
            "redis",
            {"channel": "a", "from": {"resume": True}},
            (
                "from: nothing is kept of this, so no one can go on where he was"
                " — listen to a stream that its source keeps, or remove 'from'"
            ),
        ),
        (
            "redis",
            {"channel": "a", "key": "customer_id"},
            (
                "key: 'customer_id' cannot be read here"
                " — it reads the event alone: response.body.id, response.headers"
            ),
        ),
    ],
)
def test_what_cannot_be_listened_to_is_told_when_it_loads(
    kind: str, written: dict[str, Any], problem: str
) -> None:
    """One problem for one mistake, with what to write instead."""
    assert compiled(kind, **written)[1] == [problem]


def test_what_is_wrong_in_a_call_is_told_where_it_stands() -> None:
    """Its keys are those of its own step type."""
    _, problems = compiled("rest", every="5s", poll={"endpiont": "/a"})
    assert any(each.startswith("poll.endpiont: ") for each in problems)
    assert all(each.startswith("poll") for each in problems)
