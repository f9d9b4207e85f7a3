"""One consumer of a topic: every partition of it, in no group.

In charge of where it begins and of noticing that it is cut off. Must never commit
anything, nor jump over records without a word.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import suppress
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import (
    InvalidTopicError,
    KafkaError,
    TopicAuthorizationFailedError,
    UnknownTopicOrPartitionError,
)
from aiokafka.protocol.metadata import MetadataRequest

from gateway.connectors.kafka.faults import failure, forbidden, missing, unreachable
from gateway.connectors.kafka.places import Kept, begun, told, written
from gateway.connectors.settings import KafkaSettings
from gateway.connectors.streams.base import StreamEvent
from gateway.connectors.streams.ears import broken
from gateway.connectors.streams.reading import Reading
from gateway.errors import UpstreamError
from gateway.tls import trust_of

_QUIET_SECONDS = 15.0
"""After which a broker has to prove that it is there, and for how long it may."""
_METADATA_MS = 60_000
_MISSING = (UnknownTopicOrPartitionError.errno, InvalidTopicError.errno)


class Line:
    """A consumer, from `open` to `close`."""

    __slots__ = ("_consumer", "_places", "_topic")

    def __init__(self, settings: KafkaSettings) -> None:
        protocol = "SSL" if settings.secure else "PLAINTEXT"
        self._topic = ""
        self._places: dict[int, int] = {}
        self._consumer: Any = AIOKafkaConsumer(
            bootstrap_servers=list(settings.hosts),
            client_id="headwater",
            enable_auto_commit=False,
            auto_offset_reset="none",  # a record that is gone is told
            isolation_level="read_committed",
            metadata_max_age_ms=_METADATA_MS,
            security_protocol=protocol if settings.user is None else f"SASL_{protocol}",
            sasl_plain_username=settings.user,
            sasl_plain_password=settings.password,
            ssl_context=trust_of(settings.tls) if settings.secure else None,
        )

    async def open(self) -> None:
        """Connect and log in.

        Raises:
            UpstreamError: connect.
        """
        try:
            await self._consumer.start()
        except (KafkaError, OSError, TimeoutError) as error:
            raise unreachable(error) from None

    async def follow(self, topic: str, after: str | None) -> None:
        """Stand at the end of every partition, or behind a place.

        Raises:
            UpstreamError: it has no such topic, or does not let us; rejected, where
                the place is not kept any more.
        """
        self._topic = topic
        try:
            numbers = await self._partitions()
            asked = [TopicPartition(topic, number) for number in numbers]
            first = await self._consumer.beginning_offsets(asked)
            end = await self._consumer.end_offsets(asked)
        except KafkaError as error:
            raise failure(error) from None
        kept = {each.partition: Kept(first[each], end[each]) for each in asked}
        self._places = begun(kept, after)
        self._consumer.assign(asked)
        for each in asked:  # nothing waits in between: it knows no other place
            self._consumer.seek(each, self._places[each.partition])

    async def events(self, reading: Reading) -> AsyncGenerator[StreamEvent, None]:
        """What is said.

        Raises:
            UpstreamError: the brokers are gone, or the topic has other partitions.
        """
        while True:
            try:
                record = await self._next()
            except KafkaError as error:
                raise failure(error) from None
            self._check()
            if record is None:
                continue
            self._places[record.partition] = record.offset + 1
            yield told(record, reading, written(self._places))

    async def close(self) -> None:
        with suppress(Exception):  # it may break while it is closed
            await self._consumer.stop()

    async def _next(self) -> Any:
        """A record; None where nothing is said and a broker is there."""
        try:
            async with asyncio.timeout(_QUIET_SECONDS):
                return await self._consumer.getone()
        except TimeoutError:
            pass
        try:
            async with asyncio.timeout(_QUIET_SECONDS):
                there = await self._consumer._client.force_metadata_update()  # noqa: SLF001 - no other way to ask
        except TimeoutError:
            there = False
        if not there:
            raise broken("no broker answers")
        return None

    async def _partitions(self) -> list[int]:
        client = self._consumer._client  # noqa: SLF001 - `subscribe` would begin anywhere
        await self._look(client)
        await client.add_topic(self._topic)
        found = client.cluster.partitions_for_topic(self._topic)
        if self._topic in client.cluster.unauthorized_topics:
            raise forbidden()
        if not found:
            raise missing()
        return sorted(found)

    async def _look(self, client: Any) -> None:
        """Whether the topic is there. Values name it, and listening must not make one.

        The library's own question lets a broker create what it is asked about.
        """
        node = client.get_random_node()
        if node is None:
            raise broken("no broker answers")
        asked = MetadataRequest([self._topic], allow_auto_topic_creation=False)
        codes = {one[0] for one in (await client.send(node, asked)).topics}
        if TopicAuthorizationFailedError.errno in codes:
            raise forbidden()
        if not codes.isdisjoint(_MISSING):
            raise missing()

    def _check(self) -> None:
        """A partition that was added is read by whoever goes on."""
        found = self._consumer.partitions_for_topic(self._topic)
        if found is not None and found != self._places.keys():
            error: UpstreamError = broken("the topic has other partitions")
            raise error
