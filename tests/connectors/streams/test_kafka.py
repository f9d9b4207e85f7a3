"""A Kafka without a broker: places, records as events, and brokers that are not there.

No broker runs in these tests but a small one that knows topics: how records travel is
not tried here.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Mapping

import pytest
from aiokafka.errors import (
    KafkaError,
    OffsetOutOfRangeError,
    TopicAuthorizationFailedError,
)
from aiokafka.structs import ConsumerRecord

from gateway.connectors.base import Slot
from gateway.connectors.kafka.faults import failure
from gateway.connectors.kafka.places import Kept, begun, read, told, written
from gateway.connectors.kafka.source import EXTRA, KafkaSource
from gateway.connectors.settings import KafkaSettings
from gateway.connectors.streams.base import StreamEvent
from gateway.connectors.streams.reading import Reading
from gateway.connectors.streams.target import Named, StreamTarget
from gateway.errors import ErrorClass, UpstreamError
from gateway.testing.contract.subject import call_of, within
from tests import ports
from tests.connectors.streams.kafka_broker import broker

PASSWORD = "hunter2"
KEPT = {0: Kept(10, 42), 1: Kept(0, 7)}


def target(name: object) -> StreamTarget:
    return StreamTarget(Named("channel", name), resumes=True)


def source(port: int, user: str | None = None) -> KafkaSource:
    password = None if user is None else PASSWORD
    return KafkaSource(KafkaSettings((f"127.0.0.1:{port}",), user, password))


async def refused(
    asked: KafkaSource, name: object, after: str | None = None, **inputs: str
) -> UpstreamError:
    with pytest.raises(UpstreamError) as raised:
        async with asked.listen(within(call_of(target(name), inputs)), after):
            pass
    await asked.close()
    return raised.value


@pytest.fixture
def closed_port() -> int:
    return ports.free()


def test_a_place_is_an_offset_of_each_partition() -> None:
    """In the order of the partitions, and read as it was written."""
    assert written({1: 7, 0: 41, 10: 0}) == "0:41,1:7,10:0"
    assert read("0:41,1:7,10:0") == {0: 41, 1: 7, 10: 0}


@pytest.mark.parametrize(
    "text", ["", "7", "0:", "0:-1", "0:1,", "0:1,0:2", "0:1;1:2", "a:1", "0:1\n"]
)
async def test_what_is_no_place_is_rejected(text: str) -> None:
    """Before anybody is connected to."""
    error = await refused(source(9), "payments", text)
    assert (error.kind, error.message) == (
        ErrorClass.REJECTED,
        "There is no such event to go on after.",
    )


@pytest.mark.parametrize(
    ("after", "found"),
    [
        (None, {0: 42, 1: 7}),
        ("0:10,1:0", {0: 10, 1: 0}),
        ("0:42,1:7", {0: 42, 1: 7}),
        ("0:20", {0: 20, 1: 0}),
    ],
)
def test_listening_begins_at_the_end_or_behind_a_place(
    after: str | None, found: Mapping[int, int]
) -> None:
    """A partition that a place does not name is read from its beginning."""
    assert begun(KEPT, after) == found


@pytest.mark.parametrize("after", ["0:9,1:0", "0:43,1:0", "0:20,1:8", "0:20,2:0"])
def test_what_is_not_kept_is_rejected(after: str) -> None:
    """Gone, not yet said, or of a partition that is not there: never skipped."""
    with pytest.raises(UpstreamError) as error:
        begun(KEPT, after)
    assert error.value.kind is ErrorClass.REJECTED


@pytest.mark.parametrize(
    ("key", "value", "headers", "event"),
    [
        (
            b"k",
            b'{"id": 1}',
            (("Trace", b"t"), ("offset", b"0")),
            StreamEvent(
                {"id": 1},
                "1:8",
                {
                    "trace": "t",
                    "topic": "payments",
                    "partition": "1",
                    "offset": "7",
                    "key": "k",
                },
                9,
            ),
        ),
        (
            None,
            None,
            (("key", b"forged"), ("Empty", None)),
            StreamEvent(
                None,
                "1:8",
                {"empty": "", "topic": "payments", "partition": "1", "offset": "7"},
            ),
        ),
        (
            None,
            b"x" * 21,
            (),
            StreamEvent(
                None,
                "1:8",
                {"topic": "payments", "partition": "1", "offset": "7"},
                21,
                "it is too large",
            ),
        ),
    ],
)
def test_a_record_is_an_event(
    key: bytes | None,
    value: bytes | None,
    headers: tuple[tuple[str, bytes]],
    event: StreamEvent,
) -> None:
    """Its headers never pass for what Kafka says; a tombstone says null."""
    record = ConsumerRecord("payments", 1, 7, 0, 0, key, value, None, -1, -1, headers)
    assert told(record, Reading(20), "1:8") == event


@pytest.mark.parametrize(
    ("error", "kind", "detail"),
    [
        (OffsetOutOfRangeError({}), ErrorClass.REJECTED, None),
        (TopicAuthorizationFailedError("t"), ErrorClass.QUERY, "permission"),
        (KafkaError("any"), ErrorClass.RESET, "KafkaError"),
    ],
)
def test_an_error_has_its_class(
    error: KafkaError, kind: ErrorClass, detail: str | None
) -> None:
    """By which it is decided whether to go on."""
    found = failure(error)
    assert (found.kind, found.detail or None) == (kind, detail)


@pytest.mark.parametrize("user", [None, "ear"])
async def test_nobody_there_is_a_connect_error(
    closed_port: int, user: str | None
) -> None:
    """To who listens and who tries it; the consumer is freed, no secret is told."""
    error = await refused(source(closed_port, user), "payments", "0:1")
    with pytest.raises(UpstreamError) as probed:
        await source(closed_port, user).probe({})
    for each in (error, probed.value):
        assert (each.kind, each.detail) == (
            ErrorClass.CONNECT,
            "KafkaConnectionError",
        )
        assert PASSWORD not in f"{each!r} {each}"


@pytest.mark.parametrize(
    ("topic", "detail"), [("customer-7", "no such topic"), ("audit", "permission")]
)
async def test_listening_makes_no_topic(topic: str, detail: str) -> None:
    """A name that a request fills in is asked about, and created by nobody."""
    async with broker(topics={"payments"}, forbidden={"audit"}) as there:
        error = await refused(source(there.port), topic)
        assert (error.kind, error.detail) == (ErrorClass.QUERY, detail)
        assert there.topics == {"payments"}


async def test_who_gives_up_while_it_connects_frees_the_connection() -> None:
    """A broker that takes connections and says nothing holds nobody."""
    came, ended = asyncio.Event(), asyncio.Event()

    async def silent(said: asyncio.StreamReader, to: asyncio.StreamWriter) -> None:
        came.set()
        while await said.read(1000):
            pass
        to.close()
        ended.set()

    async with await asyncio.start_server(silent, "127.0.0.1", 0) as server:
        asked = source(server.sockets[0].getsockname()[1])
        listening = asyncio.create_task(refused(asked, "payments"))
        await came.wait()
        listening.cancel()
        with pytest.raises(asyncio.CancelledError):
            await listening
        async with asyncio.timeout(60):
            await ended.wait()
        await asked.close()


async def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """What to install, not a traceback."""
    monkeypatch.delitem(sys.modules, "gateway.connectors.kafka.line", raising=False)
    monkeypatch.setitem(sys.modules, "aiokafka", None)
    error = await refused(source(9), "payments")
    assert (error.kind, error.detail) == (ErrorClass.CONNECT, EXTRA)


@pytest.mark.parametrize(
    "topic", ["", ".", "..", "a b", "a/b", "a,b", "a" * 250, "é", Slot("own"), 7.5j]
)
async def test_what_is_no_topic_is_rejected(topic: object) -> None:
    """A value listens to no topic of Kafka's own either."""
    error = await refused(source(9), topic, own="__consumer_offsets")
    assert error.kind is ErrorClass.REJECTED


def test_who_listens_to_the_same_shares_it() -> None:
    """The topic and how it is read; it is told as written."""
    call = call_of(target("payments"), {})
    one = source(9)
    assert one.render(call).key == ("kafka", "payments", None)
    assert one.describe(call) == {"listens": {"channel": "payments"}}
