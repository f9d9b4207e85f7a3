"""A lane's calls are those that its source would make, read as it would read them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import cast

import pytest

from gateway.clock import Deadline
from gateway.connectors.base import Call, Slot
from gateway.connectors.hearing import NeverArrivedError
from gateway.connectors.lane import RestLane
from gateway.connectors.rest import RestSource
from gateway.connectors.rest_request import Request, RestTarget
from gateway.connectors.settings import RestSettings
from gateway.connectors.transport.base import (
    Ear,
    Frame,
    StaleError,
    Transport,
    WireReply,
)
from gateway.connectors.transport.lean.writing import RequestWriter
from gateway.errors import ErrorClass, UpstreamError

JSON = {"content-type": "application/json"}
RESET = UpstreamError("gone", kind=ErrorClass.RESET)
URLS: list[tuple[str | Slot, ...]] = [
    ("/all",),
    ("/rows/", Slot("id")),
    ("/rows/", Slot("id"), "/of/", Slot("to"), "?x=1&y=%20"),
    ("/rows?id=", Slot("id"), "&to=", Slot("to")),
]
VALUES: list[dict[str, object]] = [
    {"a": "c7", "b": "X"},
    {"a": "c-7", "b": "X"},
    {"a": "--", "b": "a_b"},
    {"a": "c.7", "b": "X"},
    {"a": "ü", "b": "X"},
    {"a": 7, "b": "X"},
    {"a": "..", "b": ""},
    {"a": None, "b": True},
]
NAMES = {"id": "a", "to": "b"}


class Wired:
    """A transport that keeps what it is asked for; its ear hears what a test says."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.ears: list[Ear] = []
        self.left = 0
        self.is_free = True

    def frame(self, request: Request, limit: int) -> Frame | None:  # noqa: ARG002
        def begin(address: str, ear: Ear) -> Wired | None:
            if not self.is_free:
                return None
            self.asked.append(address)
            self.ears.append(ear)
            return self

        return begin

    def leave(self, _ear: object, /) -> None:
        self.left += 1


class Told:
    """Who waits for a call, and has it read."""

    def __init__(self, lane: RestLane | None) -> None:
        assert lane is not None
        self.lane = lane
        self.heard: list[object] = []

    def done(self) -> bool:
        return False

    def set_result(self, reply: WireReply) -> None:
        self.lane.over()
        try:
            self.heard.append(self.lane.read(reply, None))
        except UpstreamError as error:
            self.heard.append(error)

    def set_exception(self, error: UpstreamError) -> None:
        self.lane.over()
        self.heard.append(self.lane.why(error))


def opened(**settings: object) -> tuple[RestSource, Wired]:
    wired = Wired()
    made = RestSettings(url="http://api.test/base", **settings)  # type: ignore[arg-type]
    return RestSource(made, cast("Transport", wired)), wired


@pytest.mark.parametrize("values", VALUES, ids=str)
@pytest.mark.parametrize("url", URLS, ids=str)
def test_an_address_and_its_key_are_those_of_the_same_call(
    url: tuple[str | Slot, ...], values: Mapping[str, object]
) -> None:
    """Or there is no address, and the call is made as all others are."""
    source, _ = opened()
    target = RestTarget("GET", url)
    lane = source.lane(target, NAMES)
    assert lane is not None
    address = lane.address(values)
    inputs = {slot: values[name] for slot, name in NAMES.items()}
    used = [part.name for part in url if isinstance(part, Slot)]
    plain = all(
        re.fullmatch(r"[\w-]*[a-zA-Z0-9][\w-]*", str(inputs[one]), re.ASCII)
        for one in used
    )
    texts = all(isinstance(inputs[one], str) for one in used)
    assert (address is not None) == (plain and texts)
    if address is not None:
        wire = source.render(Call("a", target, inputs, Deadline(1.0)))
        assert (lane.family, address) == wire.key
        assert cast("Request", wire.request).url == address
        assert address.startswith(lane.begins_with)


QUERIES: list[RestTarget] = [
    RestTarget("GET", ("/all",), query={"ids": Slot("id")}),
    RestTarget("GET", ("/all?y=%20",), query={"ids": Slot("id"), "of": Slot("to")}),
    RestTarget("GET", ("/all",), query={"a b": "c&d", "ids": Slot("id"), "e": ""}),
    RestTarget("GET", ("/of/", Slot("to")), query={"ids": Slot("id")}),
]
ASKED: list[dict[str, object]] = [
    *VALUES,
    {"a": "1,2,3", "b": "X"},
    {"a": "", "b": "X"},
    {"a": "a&b=c d#?", "b": "X"},
    {"a": "..", "b": "X"},
    {"a": "x" * 15_990, "b": "X"},
    {"a": "x," * 9_000, "b": "X"},
    {"a": "\ud800", "b": "X"},
    {"a": ["1", "2"], "b": "X"},
]


@pytest.mark.parametrize("values", ASKED, ids=lambda v: str(v)[:20])
@pytest.mark.parametrize("target", QUERIES, ids=str)
def test_values_of_a_query_are_written_as_in_the_same_call(
    target: RestTarget, values: Mapping[str, object]
) -> None:
    """Whatever is text, but where it makes an address that no server reads."""
    source, _ = opened()
    lane = source.lane(target, NAMES)
    assert lane is not None
    address = lane.address(values)
    inputs = {slot: values[name] for slot, name in NAMES.items()}
    call = Call("a", target, inputs, Deadline(1.0))
    if address is None:
        used = [part.name for part in target.texts or () if isinstance(part, Slot)]
        odd = [inputs[one] for one in used if not is_plain(inputs[one])]
        assert odd
        return
    wire = source.render(call)
    assert (lane.family, address) == wire.key
    assert cast("Request", wire.request).url == address
    assert address.startswith(lane.begins_with)


def is_plain(value: object) -> bool:
    """Text of a usual length that stands for itself in a path."""
    text = str(value)
    usual = re.fullmatch(r"[\w-]*[a-zA-Z0-9][\w-]*", text, re.ASCII) is not None
    return isinstance(value, str) and usual and len(text) < 15_000


def test_what_is_written_around_an_address_is_the_whole_request() -> None:
    """Byte by byte as any other request is written."""
    writer = RequestWriter("http://api.test/base")
    request = Request("GET", "/rows/7", {"accept": "application/json"})
    before, after = writer.around(request)
    assert f"{before}{request.url}{after}".encode() == writer.written(request)


@pytest.mark.parametrize(
    "target",
    [
        RestTarget("GET", ("/a",), query={"x": 1}),
        RestTarget("POST", ("/a",), body={"x": 1}),
        RestTarget("GET", ("a b",)),
        RestTarget("GET", ("/a b",)),
        RestTarget("GET", ("/ü",)),
        RestTarget("GET", (Slot("id"),)),
    ],
    ids=str,
)
def test_what_is_more_than_texts_has_no_lane(target: RestTarget) -> None:
    """It goes the way of all calls, where its parts are looked at."""
    source, _ = opened()
    assert source.lane(target, NAMES) is None


REPLIES = {
    "json": WireReply(200, b'{"a": 1}', JSON, 8),
    "marked": WireReply(200, b"\xef\xbb\xbf[1]", JSON, 6),
    "empty": WireReply(200, b"", JSON, 0),
    "no json": WireReply(200, b"{", JSON, 1),
    "deep": WireReply(200, b"[" * 2_000 + b"]" * 2_000, JSON, 4_000),
    "created": WireReply(201, b"{}", JSON, 2),
    "nothing": WireReply(204, b"", {}, 0),
    "accepted": WireReply(404, b'{"no": 1}', JSON, 9),
    "down": WireReply(503, b"{}", JSON, 2),
    "lines": WireReply(200, b"{}\n{}", {"content-type": "application/x-ndjson"}, 5),
    "a page": WireReply(200, b"<html>", {"content-type": "text/html"}, 6),
    "untyped": WireReply(200, b"1", {}, 1),
}


@pytest.mark.parametrize("unwrap", [None, "a"])
@pytest.mark.parametrize("exact", [False, True])
@pytest.mark.parametrize("reply", REPLIES.values(), ids=REPLIES)
def test_replies_are_read_as_by_their_source(
    reply: WireReply, unwrap: str | None, *, exact: bool
) -> None:
    """Value or failure, and the call is over for the source."""
    source, wired = opened(unwrap=unwrap)
    target = RestTarget("GET", ("/a",), accepts=frozenset({404}), exact=exact)
    lane = source.lane(target, {})
    told = Told(lane)
    assert told.lane.begin("/a", told) is not None
    assert source.running.count == 1
    wired.ears[0].set_result(reply)
    try:
        expected: object = source.read(target, reply, None)
    except UpstreamError as error:
        expected = error
    assert list(map(repr, told.heard)) == [repr(expected)]
    assert source.running.count == 0


def test_the_end_of_a_connection_is_told_as_what_it_is() -> None:
    """A kept one that was closed already has brought nothing; nobody is told twice."""
    source, wired = opened()
    told = Told(source.lane(RestTarget("GET", ("/a",)), {}))
    lane = told.lane
    for error in (RESET, StaleError("stale", kind=ErrorClass.RESET)):
        lane.begin("/a", told)
        wired.ears[-1].set_exception(error)
    assert [type(one) for one in told.heard] == [UpstreamError, NeverArrivedError]
    assert source.running.count == 0
    wired.is_free = False
    assert lane.begin("/a", told) is None
    assert source.running.count == 0
