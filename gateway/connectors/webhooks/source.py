"""A system that tells by calling us, as a source that is listened to.

In charge of what a delivery is, of telling each once, and of who hears it. The door
hands deliveries in. Must never keep one for later, nor show a header that is a secret.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import AsyncIterator, Mapping
from contextlib import aclosing, asynccontextmanager
from typing import Any, cast
from urllib.parse import parse_qsl

import orjson

from gateway.connectors.base import Call, Reply, Wire
from gateway.connectors.masking import is_secret
from gateway.connectors.probing import Probed
from gateway.connectors.rendering import rejected
from gateway.connectors.running import Running
from gateway.connectors.settings import WebhookSettings
from gateway.connectors.streams.base import StreamEvent
from gateway.connectors.streams.ears import Ear, Ears
from gateway.connectors.streams.reading import Reading, name_of
from gateway.connectors.streams.target import Named, StreamTarget
from gateway.connectors.webhooks.verifying import Delivery, objection
from gateway.errors import ErrorClass, RequestError, UpstreamError
from gateway.expression import EvaluationError
from gateway.values import JsonValue

FORM = "application/x-www-form-urlencoded"
_UNVERIFIED, _UNREADABLE = 401, 400
_REMEMBERED = 10_000
"""Deliveries that are known again; senders repeat within minutes."""
_MOST_FIELDS = 1_000
_EVERYTHING = ""


class WebhookSource:
    """One system's deliveries in this process."""

    __slots__ = ("_ears", "_running", "_settings", "_told")

    def __init__(self, settings: WebhookSettings) -> None:
        self._settings = settings
        self._ears = Ears()
        self._running = Running()
        self._told: OrderedDict[str, None] = OrderedDict()

    @property
    def body_limit(self) -> int:
        """How many bytes a delivery may have."""
        return self._settings.body

    def take(self, headers: Mapping[str, str], content: bytes, now: float) -> bool:
        """Tell a delivery to whoever listens. ``now`` in Unix seconds.

        False where it had been told before.

        Raises:
            RequestError: 401, it is not verified; 400, it cannot be read.
        """
        own = self._settings.delivery
        number = headers.get(own) if own is not None else None
        delivery = Delivery(headers, content, number)
        why = objection(self._settings.verifying, delivery, now)
        if why is not None:
            raise RequestError(why, status=_UNVERIFIED)
        body = _read(headers, content)
        channel = self._channel(body, headers)
        if number is not None and self._is_known(number):
            return False
        shown = self._shown(headers)
        said = orjson.dumps(body)
        self._ears.say(_EVERYTHING, said, shown)
        if channel:
            self._ears.say(channel, said, {**shown, "channel": channel})
        return True

    def render(self, call: Call[StreamTarget]) -> Wire:
        return Wire(("webhook", _topic(call), call.target.decode))

    @asynccontextmanager
    async def listen(
        self, call: Call[StreamTarget], after: str | None
    ) -> AsyncIterator[AsyncIterator[StreamEvent]]:
        """What is delivered from now on; `streams.base.Stream.listen`."""
        topic = _topic(call)
        if after is not None:
            raise rejected("Deliveries are not kept to go on with.")
        ear = Ear(Reading(self._settings.body * 2, call.target.decode))
        with self._running:
            self._ears.add(topic, ear)
            try:
                async with aclosing(ear.events()) as events:
                    yield events
            finally:
                self._ears.remove(topic, ear)

    async def call(self, _call: Call[Any]) -> Reply:
        message = "The source answers no calls."
        raise UpstreamError(message, kind=ErrorClass.REJECTED)

    def describe(self, call: Call[StreamTarget]) -> Mapping[str, JsonValue]:
        return {"listens": {"channel": _topic(call) or None}}

    async def probe(self, _targets: Mapping[str, object]) -> Probed:
        """It calls us: there is nothing to reach."""
        return Probed("is waited for")

    async def close(self) -> None:
        await self._running.ended()

    def _channel(self, body: object, headers: Mapping[str, str]) -> str:
        found: object = ""
        made = self._settings.channel
        if made is not None:
            try:
                found = made({"body": body, "headers": headers})
            except EvaluationError:
                found = None
        if isinstance(found, int) and not isinstance(found, bool):
            return str(found)
        if not isinstance(found, str):
            message = "The delivery does not say what the source's channel reads."
            raise RequestError(message, status=_UNREADABLE)
        return found

    def _is_known(self, number: str) -> bool:
        """Whether this delivery was told before; it is from now on."""
        known = number in self._told
        self._told[number] = None
        self._told.move_to_end(number)
        if len(self._told) > _REMEMBERED:
            self._told.popitem(last=False)
        return known

    def _shown(self, headers: Mapping[str, str]) -> Mapping[str, str]:
        how = self._settings.verifying
        own = None if how is None else how.header
        return {n: v for n, v in headers.items() if n != own and not is_secret(n)}


def _topic(call: Call[StreamTarget]) -> str:
    """The channel; everything where the step names none."""
    what = cast("Named", call.target.what)
    return _EVERYTHING if what.name is None else name_of(call)


def _read(headers: Mapping[str, str], content: bytes) -> object:
    """The body as a value.

    Raises:
        RequestError: it is neither JSON nor a form.
    """
    media = headers.get("content-type", "").partition(";")[0].strip().lower()
    try:
        if media != FORM:
            found: object = orjson.loads(content)
            return found
        text = content.decode("ascii")
        pairs = parse_qsl(
            text, keep_blank_values=True, errors="strict", max_num_fields=_MOST_FIELDS
        )
    except ValueError:
        why = "The delivery's body cannot be read as its content-type says."
        raise RequestError(why, status=_UNREADABLE) from None
    fields: dict[str, list[str]] = {}
    for name, value in pairs:
        fields.setdefault(name, []).append(value)
    return {
        n: values[0] if len(values) == 1 else values for n, values in fields.items()
    }
