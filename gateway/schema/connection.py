"""HTTP/1.1 connections: uvicorn's protocol, with a short way for plain requests.

A POST to the GraphQL path is handed to the endpoint as headers and body, and its answer
is written in one piece: no ASGI scope, no messages, no task. Whatever is not plain, and
whatever the endpoint passes on, goes uvicorn's own way with nothing lost. Must never
decide what a request means, nor read what it answers.
"""

from __future__ import annotations

import asyncio
from typing import Any, ClassVar, NamedTuple, cast

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, RequestResponseCycle

from gateway.crowding import Crowding
from gateway.lapses import LapsesOf
from gateway.schema.bounded import Bounded
from gateway.schema.exchange import Take
from gateway.schema.plain import Plain, PlainExchange
from gateway.schema.shedding import Shedding
from gateway.schema.unread import has_unread

_MOST_HEADS = 8
_LONGEST_HEAD = 4_096
_END = b"\r\n\r\n"
_CROSSING = 0.5
"""Seconds in which whoever has just been answered may be sending his next request."""
_EARLY = 0.001
"""Seconds by which a loop may wake us before it is time."""


class _Head(NamedTuple):
    """A request's head that the parser has read: how long its body is, who takes it."""

    length: int
    take: Take


class Connection(Bounded):
    """One connection. Made for one endpoint by `connecting.connections_to`."""

    plain: ClassVar[Plain]
    path: ClassVar[bytes]
    most: ClassVar[int]
    """Bytes of a body that is held here; a greater one is read by the app."""
    idle: ClassVar[LapsesOf]
    crowding: ClassVar[Crowding]
    shedding: ClassVar[Shedding]

    _held: list[bytes] | None = None
    _room = 0
    _under_way: PlainExchange | None = None
    _taken = False
    """Whether a request of the piece that has come was taken: see Note [one a turn]."""
    _between = True
    """Whether the parser waits for a request's first byte."""
    _come: bytes = b""
    """What has come at once, where it begins with a request."""
    _heads: dict[bytes, _Head]
    """See Note [known heads]."""
    _free_since = 0.0
    """When the last answer was written, on the loop's clock; or since it is open."""
    _ending = False
    """Whether the next answer is the last one."""
    _said: tuple[object, int, bytes] = (None, 0, b"")
    """The first lines of answers, as they were last: by the server's own headers."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        self._heads = {}
        super().connection_made(transport)
        self._free_since = self.loop.time()

    # Note [known heads]
    # A client sends much the same head again and again. One that the parser has read on
    # this connection, and that came in one piece with its body, is known by its bytes:
    # the next such piece is not parsed, nor are its headers looked into. The grammar
    # stays llhttp's, as equal bytes mean the same; the head says how long a body is.
    def data_received(self, data: bytes) -> None:
        if self._between:
            end = data.find(_END) + 4
            known = self._heads.get(data[:end])
            if (
                known is not None
                and len(data) == end + known.length
                and not self.flow.write_paused
                and self._is_free()
            ):
                exchange = PlainExchange(self, keep_alive=True)
                if self._takes(known.take, data[end:], exchange):
                    return
            self._come = data
        super().data_received(data)
        self._come, self._taken = b"", False

    def first_lines(self, status: int) -> bytes:
        """The status, and the headers that every answer has."""
        own = self.server_state.default_headers
        known, of, lines = self._said
        if known is not own or of != status:
            pairs = (b"%s: %s\r\n" % pair for pair in own)
            lines = b"".join((STATUS_LINE[status], *pairs))
            self._said = own, status, lines
        return lines

    def connection_lost(self, exc: Exception | None) -> None:
        under_way, self._under_way, self._held = self._under_way, None, None
        super().connection_lost(exc)
        if under_way is not None:
            self.crowding.now -= 1
            under_way.leave()

    def shutdown(self) -> None:
        """End, after a request that has begun or that may be on its way just now."""
        if self._held is not None:
            self._pass_on()
        elif self._is_free() and self._may_be_asked():
            self._ending = True
            self._heads.clear()
            self._after(_CROSSING, self._end)
            return
        super().shutdown()

    def _may_be_asked(self) -> bool:
        lately = self.loop.time() < self._free_since + _CROSSING
        return lately or has_unread(self.transport)

    def _end(self) -> None:
        if self._is_free() and not has_unread(self.transport):
            self.transport.close()

    # What the parser calls.

    def on_message_begin(self) -> None:
        self._between = False
        super().on_message_begin()

    def _begins(self) -> None:
        if self._is_plain():
            self._held, self._room = [], self.most
        else:
            self._to_app()

    def on_body(self, body: bytes) -> None:
        if self._held is None:
            super().on_body(body)
            return
        self._held.append(body)
        self._room -= len(body)
        if self._room < 0:
            self._pass_on()

    def on_message_complete(self) -> None:
        held = self._held
        if held is None:
            self._between = True
            super().on_message_complete()
            return
        self._arrived()
        body = held[0] if len(held) == 1 else b"".join(held)
        stays = self.parser.should_keep_alive() and not self._ending
        exchange = PlainExchange(self, keep_alive=stays)
        peer = self.client[0] if self.client else None
        take = self.plain.under(self.headers, peer)
        if take is None or not self._takes(take, body, exchange):
            self._pass_on()
            self._between = True
            super().on_message_complete()
            return
        self._held, self._between, self._taken = None, exchange.keep_alive, True
        if exchange.keep_alive:
            self._remember(take, body)

    def _takes(self, take: Take, body: bytes, exchange: PlainExchange) -> bool:
        """Let the endpoint have a request; False where it is more than plain."""
        before, crowding = self.cycle, self.crowding
        self.cycle = exchange  # type: ignore[assignment]
        if crowding.now >= crowding.most:
            self.shedding.refuse(exchange)
            return True
        give_up = take(body, exchange.say)
        if give_up is None:
            self.cycle = before
            return False
        if not exchange.response_complete:
            exchange.give_up, self._under_way = give_up, exchange
            crowding.now += 1
        return True

    def _remember(self, take: Take, body: bytes) -> None:
        """Know the head again, where it came in one piece with its body."""
        come, length = self._come, len(body)
        head = come[: len(come) - length]
        if (
            len(head) <= _LONGEST_HEAD
            and head.find(_END) + 4 == len(head)
            and come.endswith(body)
        ):
            if len(self._heads) >= _MOST_HEADS:
                self._heads.clear()
            self._heads[head] = _Head(length, take)

    def on_response_complete(self) -> None:
        if self._under_way is not None:
            self._under_way = None
            self.crowding.now -= 1
        self._free_since = self.loop.time()
        if self.pipeline or self.transport.is_closing():
            super().on_response_complete()
            return
        self.server_state.total_requests += 1
        if self.flow.read_paused:
            self.flow.resume_reading()
        if self.timeout_keep_alive_task is None:
            self._watch_idle(self._free_since + self.timeout_keep_alive)

    def _watch_idle(self, until: float) -> None:
        """Close it then, unless it is used till then.

        A request does not cancel this and begin it anew: it is looked at when it ends.
        """
        lapses = self.idle(float(self.timeout_keep_alive), self.loop)
        timer = lapses.begin(until, self.timeout_keep_alive_handler)
        self.timeout_keep_alive_task = cast("Any", timer)

    def timeout_keep_alive_handler(self) -> None:
        """It may be idle; uvicorn's own timer cannot know of requests known by head."""
        self.timeout_keep_alive_task = None
        if not self._is_free():
            return  # its end begins it anew
        until = self._free_since + self.timeout_keep_alive
        if until > self.loop.time() + _EARLY:
            self._watch_idle(until)
        else:
            super().timeout_keep_alive_handler()

    # The two ways.

    def _is_plain(self) -> bool:
        parser = self.parser
        return (
            self.url == self.path
            and parser.get_method() == b"POST"
            and self._is_free()
            and not self._taken
            and not self.expect_100_continue
            and not self.flow.write_paused
            and not self.root_path
            and self.limit_concurrency is None
            and not parser.should_upgrade()
            and parser.get_http_version() == "1.1"
            and self._length() <= self.most
        )

    def _is_free(self) -> bool:
        """Whether no request is under way."""
        cycle: RequestResponseCycle | None = self.cycle
        return cycle is None or cycle.response_complete

    def _length(self) -> int:
        """Bytes of the body as it is announced; beyond all bounds where it is not."""
        for name, value in self.headers:
            if name == b"content-length":
                return int(value)  # the parser has seen that it is a number
        return self.most + 1

    def _to_app(self) -> None:
        super()._to_app()
        if self._ending:
            self.cycle.keep_alive = False

    def _pass_on(self) -> None:
        """Let the app have a request whose body is held, as far as it is here."""
        held, self._held = self._held or [], None
        self._to_app()
        for part in held:
            super().on_body(part)


# Note [one a turn]
# A piece of 256 KB may hold thousands of requests. Were all answered at once, whatever
# they ask, nobody else would be served meanwhile: the first of a piece goes the short
# way, the others a turn of the loop each.
