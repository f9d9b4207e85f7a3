"""gRPC at run time, against a real server in a process of its own."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from gateway.clock import Deadline, LoopClock
from gateway.connectors.base import Call, Reply, Slot
from gateway.connectors.grpc.descriptors import Descriptors, Method, read_set
from gateway.connectors.grpc.reflection import Asking
from gateway.connectors.grpc.source import TIME_LEFT, GrpcSource
from gateway.connectors.grpc.target import GrpcTarget
from gateway.connectors.probing import Probed
from gateway.connectors.settings import GrpcSettings
from gateway.errors import ErrorClass, UpstreamError
from gateway.testing.contract import SourceContract, Subject, call_of
from tests.connectors.looking import looked_into, told
from tests.grpc_server import SERVICE, GrpcServer

SECRET = "hunter2"
LIMIT = 100_000


@pytest.fixture(scope="session")
def bank(bank_descriptors: Path) -> Descriptors:
    return read_set(bank_descriptors.read_bytes())


@pytest.fixture
async def source(grpc_server: GrpcServer) -> AsyncIterator[GrpcSource]:
    made = GrpcSource(GrpcSettings(grpc_server.target, response_limit=LIMIT))
    yield made
    await made.close()


def target(
    bank: Descriptors | None, rpc: str, message: object = None, **more: Any
) -> GrpcTarget:
    """A compiled step; without descriptors the server is asked for them."""
    method: Method | None = bank.method(SERVICE, rpc) if bank else None
    return GrpcTarget(SERVICE, rpc, message, method=method, **more)


async def ask(
    source: GrpcSource, asked: GrpcTarget, seconds: float = 10.0, **more: Any
) -> Reply:
    deadline = Deadline.after(seconds, LoopClock())
    return await source.call(call_of(asked)._replace(deadline=deadline, **more))


async def refused(source: GrpcSource, asked: GrpcTarget, **more: Any) -> UpstreamError:
    with pytest.raises(UpstreamError) as caught:
        await ask(source, asked, **more)
    return caught.value


async def heard(
    source: GrpcSource, asked: GrpcTarget, **more: Any
) -> Mapping[str, Any]:
    body = (await ask(source, asked, **more)).body
    assert isinstance(body, dict)
    return body


async def running(
    source: GrpcSource, bank: Descriptors, wanted: int
) -> Mapping[str, Any]:
    """What the server says as soon as so many calls wait at it."""
    while (said := await heard(source, target(bank, "Hear")))["running"] != wanted:
        pass
    return said


class TestGrpc(SourceContract):
    """The contract of every source."""

    @pytest.fixture
    def subject(self, grpc_server: GrpcServer, bank: Descriptors) -> Subject:
        def asked(rpc: str, message: object) -> Call[Any]:
            return call_of(
                target(bank, rpc, message, metadata={"authorization": SECRET})
            )

        return Subject(
            open=lambda: GrpcSource(GrpcSettings(grpc_server.target)),
            call=asked("ListEntries", {"count": 1, "bytesEach": 2}),
            body=[{"number": 0, "text": "xx"}],
            other=asked("ListEntries", {"count": 2}),
            refused=(
                asked("Refuse", {"what": "PERMISSION_DENIED"}),
                asked("ListEntries", {"count": "x"}),
            ),
            slow=asked("Wait", {}),
            dead=lambda: GrpcSource(GrpcSettings("[::1]:9")),
            secrets=(SECRET,),
        )


class TestReflecting(SourceContract):
    """The same for a source that is asked what it has."""

    @pytest.fixture
    def subject(self, grpc_server: GrpcServer) -> Subject:
        return Subject(
            open=lambda: GrpcSource(GrpcSettings(grpc_server.target)),
            call=call_of(target(None, "ListEntries", {"count": 1})),
            body=[{"number": 0, "text": ""}],
            other=call_of(target(None, "ListEntries", {"count": 2})),
            refused=(call_of(target(None, "ListEntres", {})),),
            slow=call_of(target(None, "Wait")),
            dead=lambda: GrpcSource(GrpcSettings("[::1]:9")),
        )


# -- answers ---------------------------------------------------------------------------


async def test_a_unary_call_is_answered(source: GrpcSource, bank: Descriptors) -> None:
    """Slots are filled, and the answer comes by JSON names."""
    asked = target(bank, "GetAccount", {"accountId": Slot("id"), "version": 7})
    body = await heard(source, asked, inputs={"id": "42"})
    assert (body["id"], body["holderName"], body["version"]) == (
        "42",
        "Ada Lindqvist",
        7,
    )


async def test_names_can_be_those_of_the_proto_file(
    grpc_server: GrpcServer, bank: Descriptors
) -> None:
    """For sources whose names are snake."""
    source = GrpcSource(GrpcSettings(grpc_server.target, snake=True))
    body = await heard(source, target(bank, "GetAccount"))
    await source.close()
    assert body["holder_name"] == "Ada Lindqvist"


async def test_a_stream_is_a_list(source: GrpcSource, bank: Descriptors) -> None:
    """In the order of its messages; none is an empty list."""
    several = await ask(source, target(bank, "ListEntries", {"count": 3}))
    assert [entry["number"] for entry in several.body] == [0, 1, 2]  # type: ignore[attr-defined]
    none = await ask(source, target(bank, "ListEntries", {"count": 0}))
    assert none.body == []


async def test_a_stream_ends_where_it_is_too_long(
    source: GrpcSource, bank: Descriptors
) -> None:
    """By messages, or by bytes of all of them: nothing is silently cut."""
    error = await refused(source, target(bank, "ListEntries", {"count": 3}, most=2))
    assert (error.kind, error.message) == (
        ErrorClass.INVALID,
        "The source sends more than 2 messages.",
    )
    many = {"count": 20, "bytesEach": 10_000}
    error = await refused(source, target(bank, "ListEntries", many))
    assert error.message == f"The source's answer is larger than {LIMIT} bytes."


async def test_an_answer_that_is_too_large_is_not_taken(
    source: GrpcSource, bank: Descriptors
) -> None:
    """And is no sign that the source is overloaded, which is the same status."""
    error = await refused(source, target(bank, "GetAccount", {"accountId": "huge"}))
    assert (error.kind, error.message) == (
        ErrorClass.INVALID,
        f"The source's answer is larger than {LIMIT} bytes.",
    )


@pytest.mark.parametrize("what", ["utf-8", "cut"])
async def test_what_is_no_message_is_no_answer(
    source: GrpcSource, bank: Descriptors, what: str
) -> None:
    """Invalid UTF-8 and torn bytes; the connection is as good as before."""
    error = await refused(source, target(bank, "Garble", {"what": what}))
    assert error.kind is ErrorClass.INVALID
    assert (await ask(source, target(bank, "ListEntries"))).body == []


# -- what travels ----------------------------------------------------------------------


async def test_metadata_travels(source: GrpcSource, bank: Descriptors) -> None:
    """The source's, the step's over it, what changes by the attempt, and bytes."""
    metadata = {
        "x-a": Slot("a"),
        "X-Number": 5,
        "x-none": None,
        "x-raw-bin": base64.b64encode(b"\x00\xff").decode(),
    }
    said = await heard(
        source,
        target(bank, "Hear", metadata=metadata),
        inputs={"a": "step"},
        headers={"x-a": "source", "x-tenant": "acme", "host": "evil", "te": "x"},
        passing={"traceparent": "00-1", TIME_LEFT: "5000"},
    )
    came = {k: v for k, v in said["metadata"].items() if k != "user-agent"}
    assert came == {
        "x-a": "step",
        "x-number": "5",
        "x-raw-bin": "00ff",
        "x-tenant": "acme",
        "traceparent": "00-1",
    }
    assert said["metadata"]["user-agent"].startswith("headwater ")


@pytest.mark.parametrize(
    ("name", "value", "why"),
    [
        ("x-a", "li\nne", "The value for metadata 'x-a' is not plain ASCII."),
        ("x-a", "Zürich", "The value for metadata 'x-a' is not plain ASCII."),
        ("x-a", {}, "The value for metadata 'x-a' is not text, a number or a time."),
        ("x-a-bin", "%", "The value for metadata 'x-a-bin' is not base64."),
    ],
)
async def test_metadata_that_cannot_travel_is_not_sent(
    source: GrpcSource, bank: Descriptors, name: str, value: object, why: str
) -> None:
    """It is the step's fault, and told by name, never by value."""
    error = await refused(source, target(bank, "Hear", metadata={name: value}))
    assert (error.kind, error.message) == (ErrorClass.REJECTED, why)


async def test_the_server_is_told_how_long_it_has(
    source: GrpcSource, bank: Descriptors
) -> None:
    """What is left of the attempt, or of the operation where that is less."""
    alone = await heard(source, target(bank, "Hear"), seconds=20.0)
    assert 15 < alone["secondsLeft"] <= 20.1
    told = await heard(source, target(bank, "Hear"), passing={TIME_LEFT: "9000"})
    assert 5 < told["secondsLeft"] <= 9.1


# -- failures --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "kind", "status"),
    [
        ("UNAVAILABLE", ErrorClass.STATUS, 503),
        ("DEADLINE_EXCEEDED", ErrorClass.TIMEOUT, None),
        ("RESOURCE_EXHAUSTED", ErrorClass.STATUS, 429),
        ("NOT_FOUND", ErrorClass.STATUS, 404),
        ("UNAUTHENTICATED", ErrorClass.STATUS, 401),
        ("PERMISSION_DENIED", ErrorClass.STATUS, 403),
        ("INVALID_ARGUMENT", ErrorClass.STATUS, 400),
        ("FAILED_PRECONDITION", ErrorClass.STATUS, 400),
        ("ABORTED", ErrorClass.STATUS, 409),
        ("INTERNAL", ErrorClass.STATUS, 500),
        ("DATA_LOSS", ErrorClass.STATUS, 500),
        ("UNIMPLEMENTED", ErrorClass.STATUS, 501),
        ("CANCELLED", ErrorClass.STATUS, 499),
    ],
)
async def test_a_status_means_what_it_means_over_http(
    source: GrpcSource,
    bank: Descriptors,
    name: str,
    kind: ErrorClass,
    status: int | None,
) -> None:
    """So that retries and breakers judge it; the server's words are for operators."""
    error = await refused(source, target(bank, "Refuse", {"what": name}))
    assert (error.kind, error.status) == (kind, status)
    assert error.detail == "the server's own words"


async def test_a_status_can_be_an_answer(source: GrpcSource, bank: Descriptors) -> None:
    """One that the step names: `on_status` gives the value."""
    accepts = frozenset({"NOT_FOUND"})
    asked = target(bank, "GetAccount", {"accountId": "none"}, accepts=accepts)
    assert await ask(source, asked) == Reply(None, 5)


async def test_a_call_that_is_looked_into_tells_its_status(
    source: GrpcSource, bank: Descriptors
) -> None:
    """By gRPC's own number, which its place in HTTP does not tell."""
    asked = {
        "GetAccount": (target(bank, "GetAccount"), ("first", "received"), 0),
        "stream": (
            target(bank, "ListEntries", {"count": 2}),
            ("first", "received"),
            0,
        ),
        "refused": (target(bank, "Refuse", {"what": "ABORTED"}), ("received",), 10),
    }
    for what, points, code in asked.values():
        marks = await looked_into(lambda what=what: ask(source, what))
        assert (told(marks), marks.code) == (points, code)


async def test_a_server_that_does_not_know_the_rpc_says_so(
    source: GrpcSource, bank: Descriptors
) -> None:
    """Descriptors that are newer than the server are no riddle."""
    newer = GrpcTarget("bank.v9.Accounts", "Get", method=bank.method(SERVICE, "Wait"))
    object.__setattr__(newer.method, "service", "bank.v9.Accounts")
    error = await refused(source, newer)
    assert (error.status, error.message) == (
        501,
        "The source answered with status UNIMPLEMENTED.",
    )


async def test_cancelled_calls_are_cancelled_at_the_server(
    grpc_server: GrpcServer, bank: Descriptors
) -> None:
    """Two hundred of them, and the channel is whole."""
    source = GrpcSource(GrpcSettings(grpc_server.target))
    before = (await heard(source, target(bank, "Hear")))["cancelled"]
    wait = target(bank, "Wait")
    calls = [asyncio.ensure_future(ask(source, wait)) for _ in range(200)]
    await running(source, bank, 200)
    for call in calls:
        call.cancel()
    ended = await asyncio.gather(*calls, return_exceptions=True)
    assert {type(each) for each in ended} == {asyncio.CancelledError}
    after = await running(source, bank, 0)
    assert after["cancelled"] - before == 200
    await source.close()


@pytest.fixture
def mortal(bank_descriptors: Path) -> Iterator[GrpcServer]:
    """A server that the test may kill; it does not describe itself."""
    server = GrpcServer(bank_descriptors, reflects=False)
    server.start()
    yield server
    server.kill()


async def test_a_server_may_go_and_come_back(
    mortal: GrpcServer, bank: Descriptors
) -> None:
    """Gone in the middle of a call, away, without reflection, and there again."""
    source = GrpcSource(GrpcSettings(mortal.target))
    error = await refused(source, target(None, "GetAccount"))
    assert (error.kind, error.message, error.detail) == (
        ErrorClass.INVALID,
        "The source does not describe itself.",
        "it has no server reflection: name a file under 'descriptors'",
    )
    under_way = asyncio.ensure_future(refused(source, target(bank, "Wait")))
    await running(source, bank, 1)
    mortal.kill()
    assert (await under_way).kind is ErrorClass.RESET
    gone = await refused(source, target(bank, "Hear"))
    async with asyncio.timeout(60):
        while gone.kind is ErrorClass.RESET:  # the connection's own end comes later
            gone = await refused(source, target(bank, "Hear"))
    assert gone.kind is ErrorClass.CONNECT
    mortal.start()
    async with asyncio.timeout(60):
        while not await _back(source, bank):
            pass
    await source.close()


async def _back(source: GrpcSource, bank: Descriptors) -> bool:
    """Whether it is there again; until then it cannot be reached, and no more."""
    try:
        await ask(source, target(bank, "Hear"))
    except UpstreamError as error:
        if error.kind in (ErrorClass.CONNECT, ErrorClass.RESET):
            return False
        raise
    return True


# -- reflection ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "kind", "why", "detail"),
    [
        (
            GrpcTarget(SERVICE, "GetAcount"),
            ErrorClass.INVALID,
            "The source has no rpc 'GetAcount'.",
            "did you mean 'GetAccount'?",
        ),
        (
            GrpcTarget("bank.v1.Nothing", "Get"),
            ErrorClass.INVALID,
            "The source has no 'bank.v1.Nothing'.",
            "not found",
        ),
        (
            GrpcTarget(SERVICE, "Upload"),
            ErrorClass.REJECTED,
            "'Upload' takes a stream, and a step sends one.",
            None,
        ),
        (
            GrpcTarget(SERVICE, "GetAccount", {"acountId": "1"}),
            ErrorClass.REJECTED,
            "The message does not fit what the rpc takes.",
            'Message type "bank.v1.GetAccountRequest" has no field named "acountId"',
        ),
    ],
)
async def test_what_a_step_cannot_call_is_told_when_it_is_called(
    source: GrpcSource,
    asked: GrpcTarget,
    kind: ErrorClass,
    why: str,
    detail: str | None,
) -> None:
    """Without a file of descriptors nobody knows before."""
    error = await refused(source, asked)
    assert (error.kind, error.message) == (kind, why)
    assert detail is None or (error.detail or "").startswith(detail)


async def test_a_server_is_asked_once_what_it_has(
    source: GrpcSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many calls need to know at one time."""
    asked: list[Any] = []
    really = Asking.describe

    async def counted(asking: Asking, *names: str) -> Descriptors:
        asked.append(names)
        return await really(asking, *names)

    monkeypatch.setattr(Asking, "describe", counted)
    calls = [ask(source, target(None, "ListEntries")) for _ in range(20)]
    assert [reply.body for reply in await asyncio.gather(*calls)] == [[]] * 20
    assert asked == [(SERVICE,)]


async def test_a_source_can_be_tried_without_a_call(
    source: GrpcSource, bank: Descriptors
) -> None:
    """It connects; an rpc that the server does not have is told by its step."""
    targets = {
        "card.account": target(None, "GetAccount"),
        "card.typo": target(None, "GetAcount"),
        "card.known": target(bank, "Wait"),
    }
    assert await source.probe(targets) == Probed(
        "connected", {"card.typo": "The source has no rpc 'GetAcount'."}
    )


def test_a_call_is_shown_without_its_secrets(bank: Descriptors) -> None:
    """As it would go over the wire; nothing is connected for it."""
    source = GrpcSource(GrpcSettings("nowhere.invalid:1"))
    metadata = {"authorization": f"Bearer {SECRET}", "x-a": "b"}
    asked = target(bank, "GetAccount", {"accountId": "42"}, metadata=metadata)
    assert source.describe(call_of(asked)) == {
        "rpc": "/bank.v1.Accounts/GetAccount",
        "metadata": {"authorization": "***", "x-a": "b"},
        "message": {"accountId": "42"},
    }
