"""REST over real sockets, against upstreams that behave and upstreams that do not."""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import zlib
from collections.abc import AsyncIterator
from decimal import Decimal

import pytest

from gateway.clock import Deadline, LoopClock
from gateway.connectors.base import Call, Reply, Slot
from gateway.connectors.marks import MARKING, Marks
from gateway.connectors.rest import RestSource
from gateway.connectors.rest_request import RestTarget
from gateway.connectors.settings import RestSettings
from gateway.connectors.transport.inflaters import accept_encoding
from gateway.errors import ErrorClass, UpstreamError
from gateway.testing import HostileUpstream, hostile
from gateway.testing.hostile import Asked, Exchange, Misbehaviour, answers, reply

pytestmark = pytest.mark.usefixtures("transport")

GET = RestTarget("GET", ("/x",))


@contextlib.asynccontextmanager
async def asking(
    handler: Misbehaviour, path: str = "", **settings: object
) -> AsyncIterator[tuple[HostileUpstream, RestSource]]:
    async with HostileUpstream(handler) as server:
        source = RestSource(RestSettings(server.url + path, **settings))  # type: ignore[arg-type]
        try:
            yield server, source
        finally:
            await source.close()


def call(
    target: RestTarget = GET, within: float = 20.0, **more: object
) -> Call[RestTarget]:
    return Call("account", target, {}, Deadline.after(within, LoopClock()), **more)  # type: ignore[arg-type]


def zipped(body: bytes, encoding: str = "gzip") -> Misbehaviour:
    return answers(body, headers={"content-encoding": encoding})


async def answered(
    handler: Misbehaviour, target: RestTarget = GET, **more: object
) -> Reply:
    async with asking(handler, **more) as (_, source):  # type: ignore[arg-type]
        return await source.call(call(target))


async def failure(
    handler: Misbehaviour,
    target: RestTarget = GET,
    within: float = 20.0,
    **more: object,
) -> UpstreamError:
    async with asking(handler, **more) as (server, source):  # type: ignore[arg-type]
        with pytest.raises(UpstreamError) as caught:
            await source.call(call(target, within))
        assert server.url.removeprefix("http://") not in caught.value.message
    return caught.value


async def test_a_call_goes_over_the_wire_as_configured() -> None:
    """Base path, headers of source, request and step (the later wins), body."""
    target = RestTarget(
        "POST", ("/accounts/", Slot("id")), {"q": "é"}, {"x-c": "step"}, {"a": 1}
    )
    async with asking(
        answers(b'{"ok": true}', headers={"x-answer": "yes"}),
        path="/api/v1/?k=1",
        headers={"X-A": "source", "X-B": "source", "X-C": "source"},
    ) as (server, source):
        asked = Call(
            "account",
            target,
            {"id": "../../admin"},
            Deadline.after(20, LoopClock()),
            {"x-b": "request", "x-c": "request", "content-length": "99"},
        )
        came = await source.call(asked)
        described = source.describe(asked)
    host = server.url.removeprefix("http://")
    assert server.requests == [
        Asked(
            "POST",
            "/api/v1/accounts/..%2F..%2Fadmin?q=%C3%A9&k=1",
            {
                "host": host,
                "accept": "application/json",
                "accept-encoding": accept_encoding(),
                "user-agent": "headwater",
                "x-a": "source",
                "x-b": "request",
                "x-c": "step",
                "content-type": "application/json",
                "content-length": "7",
            },
            b'{"a":1}',
        )
    ]
    assert came == Reply(
        {"ok": True}, 200, {"content-length": "12", "x-answer": "yes"}, 12
    )
    assert described["url"] == f"{server.url}/api/v1{server.requests[0].target[7:]}"


async def test_a_description_masks_credentials() -> None:
    """What `run --step` prints holds no secret, wherever it was configured."""
    source = RestSource(
        RestSettings(
            "http://me:pw@h.internal/b?api_key=k1", {"Authorization": "Bearer s"}
        )
    )
    headers = {"X-Api-Key": "s", "x-b": "c"}
    body = {"user": {"password": "s", "name": "n"}, "l": [{"secret": 1}]}
    target = RestTarget("POST", ("/x?token=t1",), {"a": 1}, headers, body)
    assert source.describe(call(target)) == {
        "method": "POST",
        "url": "http://h.internal/b/x?token=***&a=1&api_key=***",
        "headers": {
            "accept": "application/json",
            "accept-encoding": accept_encoding(),
            "user-agent": "headwater",
            "authorization": "***",
            "content-type": "application/json",
            "x-api-key": "***",
            "x-b": "c",
        },
        "body": {"user": {"password": "***", "name": "n"}, "l": [{"secret": "***"}]},
    }
    await source.close()


async def test_credentials_in_the_url_are_basic_authorization() -> None:
    """They never stay in the URL."""
    async with HostileUpstream(answers({})) as server:
        host = server.url.removeprefix("http://")
        source = RestSource(RestSettings(f"http://me:p%40w@{host}"))
        await source.call(call())
        await source.close()
    assert server.requests[0].headers["authorization"] == "Basic bWU6cEB3"


@pytest.mark.parametrize(
    ("handler", "body"),
    [
        (answers(b""), None),
        (answers(b"", 204), None),
        (answers(b"null"), None),
        (answers(b'\xef\xbb\xbf{"a": 1.5}'), {"a": 1.5}),
        (zipped(gzip.compress(b'{"a": 1}')), {"a": 1}),
        (
            zipped(gzip.compress(b'{"a":') + gzip.compress(b" 1}")),
            {"a": 1},
        ),
        (zipped(zlib.compress(b'{"a": 1}'), "deflate"), {"a": 1}),
        (zipped(zlib.compress(b"[]")[2:-4], "deflate"), []),
        (answers(b"[1]", 201), [1]),
    ],
)
async def test_a_good_reply_is_decoded(handler: Misbehaviour, body: object) -> None:
    """Empty is null; gzip and deflate, in all their spellings, are inflated."""
    assert (await answered(handler)).body == body


async def test_a_reply_to_head_has_no_body() -> None:
    """Its headers speak of the body that a GET would have."""

    async def head(exchange: Exchange) -> None:
        await exchange.send(reply(b"", length=50, headers={"content-encoding": "gzip"}))

    came = await answered(head, RestTarget("HEAD", ("/x",)))
    assert (came.status, came.body, came.size) == (200, None, 0)


async def test_numbers_are_exact_where_wanted() -> None:
    """An exact target reads Decimals and big integers from the JSON text."""
    handler = answers(b'{"m": 1.10, "n": 123456789012345678901}')
    loose = await answered(handler)
    exact = await answered(handler, RestTarget("GET", ("/x",), exact=True))
    assert loose.body == {"m": 1.1, "n": 1.2345678901234568e20}
    assert exact.body == {"m": Decimal("1.10"), "n": 123456789012345678901}
    assert str(exact.body["m"]) == "1.10"  # type: ignore[index]


async def test_unwrap_takes_the_key_and_wants_it() -> None:
    """`unwrap: data` on the source; an empty answer stays null."""
    assert (await answered(answers(b'{"data": [1]}'), unwrap="data")).body == [1]
    assert (await answered(answers(b""), unwrap="data")).body is None
    for body in (b'{"other": 1}', b"[]"):
        error = await failure(answers(body), unwrap="data")
        assert (error.kind, error.message) == (
            ErrorClass.INVALID,
            "The source's answer has no 'data'.",
        )


@pytest.mark.parametrize("body", [b'{"why": 1}', b"<html>"])
async def test_an_accepted_status_is_an_answer(body: bytes) -> None:
    """`on_status` answers in place of the body, so the body need not be JSON."""
    target = RestTarget("GET", ("/x",), accepts=frozenset({404}))
    came = await answered(answers(body, 404), target, unwrap="data")
    assert (came.status, came.body) == (404, {"why": 1} if body[:1] == b"{" else None)


@pytest.mark.parametrize("status", [302, 304, 400, 404, 500, 503])
async def test_any_other_status_is_a_failure(status: int) -> None:
    """With its number; a redirect is one too, and is not followed."""
    location = "http://127.0.0.1:1/elsewhere"
    body = b"" if status == 304 else b"secret"
    error = await failure(answers(body, status, headers={"location": location}))
    assert (error.kind, error.status, error.message) == (
        ErrorClass.STATUS,
        status,
        f"The source answered with status {status}.",
    )


@pytest.mark.parametrize(
    "body",
    [
        b"<html>",
        b"{",
        b"NaN",
        b'{"a": Infinity}',
        b'"\\ud800"',
        b"\xff",
        b"[" * 100_000,
        b"[" * 100_000 + b"]" * 100_000,
        b"{} {}",
        b"1e999",
    ],
)
@pytest.mark.parametrize("exact", [False, True])
async def test_what_is_no_json_is_invalid(body: bytes, exact: bool) -> None:
    """Strictly, however numbers are read."""
    error = await failure(answers(body), RestTarget("GET", ("/x",), exact=exact))
    assert (error.kind, error.message) == (
        ErrorClass.INVALID,
        "The source's answer is not valid JSON.",
    )


async def test_integers_beyond_any_use_are_invalid() -> None:
    """Python's own limit on digits ends as the source's fault, not as ours."""
    target = RestTarget("GET", ("/x",), exact=True)
    error = await failure(answers(b"9" * 5000), target)
    assert error.kind is ErrorClass.INVALID


@pytest.mark.parametrize(
    "handler",
    [
        answers(b'"' + b"a" * 1000 + b'"'),
        zipped(gzip.compress(b" " * 5_000_000)),
        zipped(zlib.compress(b" " * 5_000_000), "deflate"),
    ],
)
async def test_an_answer_has_a_largest_size(handler: Misbehaviour) -> None:
    """Counted after inflation, while it comes in: a bomb never unfolds."""
    error = await failure(handler, response_limit=1000)
    assert (error.kind, error.message) == (
        ErrorClass.INVALID,
        "The source's answer is larger than 1000 bytes.",
    )


@pytest.mark.parametrize(
    ("handler", "message"),
    [
        (zipped(b"not gzip"), "cannot be inflated."),
        (
            hostile.truncates_gzip([1, 2, 3]),
            "ends in the middle of its encoding.",
        ),
        (hostile.encodes_unasked(b"x"), "has an encoding that nobody asked for."),
    ],
)
async def test_a_broken_encoding_is_invalid(
    handler: Misbehaviour, message: str
) -> None:
    """Said as what it is."""
    error = await failure(handler)
    assert (error.kind, error.message) == (
        ErrorClass.INVALID,
        f"The source's answer {message}",
    )


@pytest.mark.parametrize(
    "handler",
    [hostile.closes(), hostile.resets(), hostile.truncates(), hostile.babbles()],
)
async def test_a_connection_that_breaks_is_a_reset(handler: Misbehaviour) -> None:
    """Closed, reset, cut off, or no HTTP at all."""
    error = await failure(handler)
    assert (error.kind, error.message) == (
        ErrorClass.RESET,
        "The connection broke before the answer.",
    )


@pytest.mark.parametrize(
    "handler", [hostile.hangs(), hostile.hangs_in_body(), hostile.drips_body()]
)
async def test_the_deadline_bounds_the_whole_call(handler: Misbehaviour) -> None:
    """Not each read of it: bytes that drip do not prolong it."""
    error = await failure(handler, within=0.05)
    assert (error.kind, error.message) == (
        ErrorClass.TIMEOUT,
        "The source did not answer in time.",
    )


@pytest.mark.parametrize("host", ["127.0.0.1:{port}", "no-such-host.invalid:{port}"])
async def test_a_source_that_is_not_there_cannot_be_reached(host: str) -> None:
    """A refused connection and an unknown name are the same to a client."""
    async with HostileUpstream(answers({})) as server:
        port = server.url.rpartition(":")[2]
    source = RestSource(RestSettings(f"http://{host.format(port=port)}"))
    with pytest.raises(UpstreamError) as caught:
        await source.call(call())
    assert (caught.value.kind, caught.value.message) == (
        ErrorClass.CONNECT,
        "The source cannot be reached.",
    )
    await source.close()


async def test_no_cookie_of_one_call_goes_with_the_next() -> None:
    """Callers share connections, never sessions."""
    async with asking(hostile.sets_cookie({})) as (server, source):
        for _ in range(3):
            await source.call(call())
    assert [asked.headers.get("cookie") for asked in server.requests] == [None] * 3


async def test_connections_are_kept_and_reused() -> None:
    """Calls one after another need one connection."""
    async with asking(answers({})) as (server, source):
        for _ in range(10):
            await source.call(call())
        assert (len(server.requests), server.connections) == (10, 1)


async def test_a_lying_length_never_gives_one_calls_bytes_to_another() -> None:
    """Bytes behind a reply end the connection; the next call begins a new one."""

    async def smuggle(exchange: Exchange) -> None:
        if exchange.asked.target == "/lies":
            await exchange.send(reply(b'{"mine": 1}') + reply(b'{"stolen": 1}'))
        else:
            await exchange.send(reply(b'{"honest": 1}'))

    async with asking(smuggle) as (_, source):
        for _ in range(5):
            first = await source.call(call(RestTarget("GET", ("/lies",))))
            second = await source.call(call(RestTarget("GET", ("/next",))))
            assert (first.body, second.body) == ({"mine": 1}, {"honest": 1})


async def test_cancelled_calls_leave_nothing_behind() -> None:
    """After 200 cancels mid-flight every answer is one's own and the pool is whole."""
    arrived: asyncio.Queue[str] = asyncio.Queue()

    async def answer(exchange: Exchange) -> None:
        if exchange.asked.target.startswith("/hang"):
            await exchange.send(reply(b'{"half', length=50))
            arrived.put_nowait(exchange.asked.target)
            await exchange.left()
            return
        await exchange.send(reply(exchange.asked.target))

    async with asking(answer, connections=8) as (server, source):
        for round_number in range(25):
            hanging = [
                asyncio.create_task(
                    source.call(call(RestTarget("GET", (f"/hang/{round_number}/{n}",))))
                )
                for n in range(8)
            ]
            for _ in hanging:
                await arrived.get()
            for task in hanging:
                task.cancel()
            ended = await asyncio.gather(*hanging, return_exceptions=True)
            assert [type(end) for end in ended] == [asyncio.CancelledError] * 8
        paths = [f"/good/{n}" for n in range(32)]
        replies = await asyncio.gather(
            *(source.call(call(RestTarget("GET", (path,)))) for path in paths)
        )
        assert [came.body for came in replies] == paths
        assert server.open <= 8


async def test_closing_waits_for_calls_under_way() -> None:
    """A dropped source ends with its last call, not before."""
    arrived, go = asyncio.Event(), asyncio.Event()

    async def wait(exchange: Exchange) -> None:
        arrived.set()
        await go.wait()
        await exchange.send(reply(b"1"))

    async with HostileUpstream(wait) as server:
        source = RestSource(RestSettings(server.url))
        under_way = asyncio.create_task(source.call(call()))
        await arrived.wait()
        closing = asyncio.create_task(source.close())
        await asyncio.sleep(0)
        assert not closing.done()
        go.set()
        assert (await under_way).body == 1
        await closing


async def test_a_call_that_is_looked_into_is_marked_on_its_way(transport: str) -> None:
    """A connection, the first bytes, the last, in this order; others cost nothing."""
    marks = Marks()
    token = MARKING.set(marks)
    try:
        async with asking(answers(b'{"ok": true}')) as (_, source):
            assert transport
            await source.call(call(GET))
            again = marks.connected
            await source.call(call(GET))
    finally:
        MARKING.reset(token)
    found = [again, marks.connected, marks.first, marks.received]
    assert None not in found
    assert found == sorted(found, key=lambda at: at or 0.0)
