"""Listening to a real nats-server: subjects, and streams that JetStream keeps."""

from __future__ import annotations

import asyncio

import pytest

from gateway.connectors.base import Call, Slot
from gateway.connectors.nats.source import NatsSource
from gateway.connectors.probing import Probed
from gateway.connectors.settings import NatsSettings
from gateway.connectors.streams.target import Named, StreamTarget
from gateway.errors import ErrorClass, UpstreamError
from gateway.testing.contract.subject import call_of, within
from tests.connectors.streams.contract import Heard, StreamContract, some, until
from tests.nats_server import PASSWORD, NatsServer

STREAM = "PAYMENTS"


def listens(
    subject: object, stream: object = None, **inputs: str
) -> Call[StreamTarget]:
    what = Named("channel", subject, stream)
    return call_of(StreamTarget(what, resumes=stream is not None), inputs)


def opened(server: NatsServer, password: str = PASSWORD) -> NatsSource:
    return NatsSource(NatsSettings(server.url.replace(PASSWORD, password)))


async def said(server: NatsServer, subject: str, content: bytes) -> None:
    async with server.client() as client:
        await client.publish(subject, content, headers={"Kind": "test"})
        await client.flush()


async def kept(server: NatsServer, subject: str, content: bytes) -> None:
    async with server.client() as client:
        await client.jetstream().publish(subject, content)


async def made(server: NatsServer, name: str, subject: str, **limits: int) -> None:
    async with server.client() as client:
        await client.jetstream().add_stream(name=name, subjects=[subject], **limits)


class _Nats(StreamContract):
    def heard_of(
        self, server: NatsServer, call: Call[StreamTarget], *, keeps: bool
    ) -> Heard:
        say = kept if keeps else said
        away = NatsSettings(f"nats://ear:{PASSWORD}@127.0.0.1:9")
        return Heard(
            open=lambda: opened(server),
            call=call,
            say=lambda content: say(server, "payments.42", content),
            dead=lambda: NatsSource(away),
            stranger=lambda: opened(server, "hunter3"),
            listeners=lambda: asyncio.to_thread(server.listeners),
            cut=lambda: asyncio.to_thread(server.restart),
            keeps=keeps,
            secrets=(PASSWORD, "hunter3"),
        )


class TestSubject(_Nats):
    """What is published, by a subject with a wildcard."""

    @pytest.fixture
    async def heard(self, nats_server: NatsServer) -> Heard:
        return self.heard_of(nats_server, listens("payments.*"), keeps=False)


class TestStream(_Nats):
    """What a stream keeps, by the numbers that it gives."""

    @pytest.fixture
    async def heard(self, nats_server: NatsServer) -> Heard:
        await made(nats_server, STREAM, "payments.*")
        return self.heard_of(nats_server, listens("payments.42", STREAM), keeps=True)


async def test_all_who_listen_share_a_connection(nats_server: NatsServer) -> None:
    """Thousands of subjects cost one; each hears its own, with headers and subject."""
    source = opened(nats_server)
    async with (
        source.listen(within(listens("a.1")), None) as one,
        source.listen(within(listens("b.>")), None) as two,
    ):
        assert nats_server.listeners() == 1
        await said(nats_server, "b.1.2", b"text")
        await said(nats_server, "a.1", b"7")
        found = [(await some(events, 1))[0] for events in (one, two)]
    await until(lambda: asyncio.to_thread(nats_server.listeners), 0)
    await source.close()
    assert [(e.body, dict(e.headers)) for e in found] == [
        (7, {"subject": "a.1", "kind": "test"}),
        ("text", {"subject": "b.1.2", "kind": "test"}),
    ]


async def test_a_cancellation_is_obeyed_whenever_it_comes(
    nats_server: NatsServer,
) -> None:
    """The library swallows some while it flushes; nobody may wait for ever for it."""
    for turns in range(60):
        source = opened(nats_server)
        waiting = asyncio.create_task(_hears(source))
        for _ in range(turns):
            await asyncio.sleep(0)
        waiting.cancel()
        async with asyncio.timeout(60):
            await asyncio.wait((waiting,))
        assert waiting.cancelled()
        await source.close()
    await until(lambda: asyncio.to_thread(nats_server.listeners), 0)


async def _hears(source: NatsSource) -> None:
    async with source.listen(within(listens("a.1")), None) as events:
        await anext(events)


async def test_what_is_not_kept_any_more_is_told(nats_server: NatsServer) -> None:
    """A gap is never hidden: neither one that was, nor one to come."""
    await made(nats_server, "SHORT", "short", max_msgs=2)
    for number in range(4):
        await kept(nats_server, "short", b"%d" % number)
    source = opened(nats_server)
    for place in ("1", "5"):
        with pytest.raises(UpstreamError) as refused:
            async with source.listen(within(listens("short", "SHORT")), place):
                pass
        assert refused.value.kind is ErrorClass.REJECTED
    async with source.listen(within(listens("short", "SHORT")), "2") as events:
        found = await some(events, 2)
    await source.close()
    assert [(e.body, e.id) for e in found] == [(2, "3"), (3, "4")]


async def test_a_stream_that_is_not_there_is_told(nats_server: NatsServer) -> None:
    """Not waited for."""
    source = opened(nats_server)
    with pytest.raises(UpstreamError) as refused:
        async with source.listen(within(listens("a", "NOWHERE")), None):
            pass
    await source.close()
    assert (refused.value.kind, refused.value.detail) == (
        ErrorClass.QUERY,
        "no such stream",
    )


async def test_who_may_not_listen_is_told(nats_server: NatsServer) -> None:
    """The server's refusal comes beside the answer; it is waited for."""
    url = nats_server.url.replace("ear", "mouse")
    source = NatsSource(NatsSettings(url))
    with pytest.raises(UpstreamError) as refused:
        async with source.listen(within(listens("a")), None):
            pass
    await source.close()
    assert (refused.value.kind, refused.value.detail) == (
        ErrorClass.QUERY,
        "permission",
    )


async def test_it_is_tried_by_logging_in(nats_server: NatsServer) -> None:
    """Nothing is listened to."""
    source = opened(nats_server)
    probed = await source.probe({})
    await source.close()
    assert probed.said.startswith("NATS 2.")
    assert probed == Probed(probed.said)


@pytest.mark.parametrize(
    ("subject", "stream"),
    [
        ("", None),
        ("a b", None),
        ("a..b", None),
        (".a", None),
        ("a.>.b", None),
        ("a\r\nPUB b 0", None),
        (Slot("wide"), None),
        (Slot("all"), None),
        ("a", "S.T"),
        ("a", "*"),
        ("a", ""),
        (7.5j, None),
    ],
)
async def test_what_is_no_subject_is_rejected(subject: object, stream: object) -> None:
    """A value never listens to more than itself, and says nothing to the server."""
    source = NatsSource(NatsSettings("nats://127.0.0.1:9"))
    call = listens(subject, stream, wide="payments.*", all=">")
    with pytest.raises(UpstreamError) as refused:
        async with source.listen(within(call), None):
            pass
    await source.close()
    assert refused.value.kind is ErrorClass.REJECTED
