"""What happens in a process as server-sent events, for one reader.

In charge of pace: events leave a few times in a second, as many as are there, and who
does not keep up is told how many he missed. Must never keep events for a reader.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping

import orjson

from gateway.record import Model
from gateway.schema.exchange import Receive, Scope, Send, headers_of
from gateway.schema.health import sources_of
from gateway.schema.serving import Serving
from gateway.values import JsonValue
from gateway.watching.feed import Batch
from gateway.watching.live import Live
from gateway.watching.objectives import Objectives

PAUSE = 0.25
"""Seconds between two looks at the feed."""
_STATE_AFTER = 2.0
_ALIVE_AFTER = 15.0
LONGEST = 1_800.0
"""Seconds after which a reader has to come again, and say again who he is."""
_AT_ONCE = 200
_START = (
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-cache, no-store, no-transform"),
    (b"x-accel-buffering", b"no"),
    (b"x-content-type-options", b"nosniff"),
)


class Stream(Model, frozen=True):
    """The ASGI app of one reader. Events are `request`, `happened`, `state`, `lost`.

    The first one is `hello`: which ``worker`` it is, and where its numbers begin anew.
    """

    serving: Serving
    live: Live
    ends: Callable[[], bool]
    worker: Mapping[str, JsonValue]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        gone = asyncio.ensure_future(_gone(receive))
        self.live.readers += 1
        try:
            start = {"type": "http.response.start", "status": 200, "headers": _START}
            await send(start)
            await self._deliver(scope, gone, send)
            if not gone.done():
                await _write(send, b"retry: 1000\n\n", more=False)
        finally:
            self.live.readers -= 1
            gone.cancel()

    async def _deliver(
        self, scope: Scope, gone: asyncio.Future[None], send: Send
    ) -> None:
        """Until the reader goes, the process ends, or nobody may look any more."""
        clock, watch = self.serving.pipeline.clock, self.serving.pipeline.watch
        begun = said = looked = clock.now()
        last = headers_of(scope).get("last-event-id", "")
        upto, again = self._begins(last)
        known = self._state()
        await _write(send, _event("hello", self._hello(again=again)))
        await _write(send, _event("state", known))
        while not gone.done() and not self.ends() and watch.live is self.live:
            batch, now = self.live.feed.after(upto, _AT_ONCE), clock.now()
            upto = batch.upto
            pieces = list(self._pieces(batch))
            if now - looked >= _STATE_AFTER:
                looked, state = now, self._state()
                if state != known:
                    known = state
                    pieces.append(_event("state", state))
            if not pieces and now - said >= _ALIVE_AFTER:
                pieces.append(b":\n\n")
            if pieces:
                said = now
                await _write(send, b"".join(pieces))
            if now - begun >= LONGEST:
                return
            if len(batch.events) < _AT_ONCE:
                await asyncio.wait([gone], timeout=PAUSE)

    def _begins(self, last: str) -> tuple[int, bool]:
        """After which event, and whether a reader goes on where he was."""
        boot, _, number = last.rpartition("-")
        if boot == self.live.boot and number.isascii() and number.isdigit():
            return min(int(number), self.live.feed.last), True
        return 0, False

    def _hello(self, *, again: bool) -> bytes:
        told = {"boot": self.live.boot, "again": again, "worker": self.worker}
        return orjson.dumps(told)

    def _pieces(self, batch: Batch) -> Iterator[bytes]:
        if batch.lost:
            yield _event("lost", orjson.dumps({"count": batch.lost}))
        for number, kind, body in batch.events:
            yield _event(kind, body, f"{self.live.boot}-{number}")

    def _state(self) -> bytes:
        """How sources and promises stand."""
        pipeline, current = self.serving.pipeline, self.serving.current
        counts = pipeline.watch.counted.kept.counts
        told = {
            "generation": current.number,
            "sources": sources_of(current, pipeline.clock),
            "budgets": list(_budgets(current.objectives, counts)),
            "passed": self.live.recent.passed,
        }
        return orjson.dumps(told)


def _budgets(
    objectives: Objectives | None, counts: Mapping[tuple[str, str, str, str], int]
) -> Iterator[JsonValue]:
    """What is promised, and how often it was kept since the process began."""
    if objectives is None:
        return
    promised = {(name, ""): one for name, one in objectives.operations.items()}
    for key, one in {**promised, **objectives.steps}.items():
        for name, share in one.shares.items():
            good, bad = (counts.get((*key, name, o), 0) for o in ("good", "bad"))
            of = ".".join(filter(None, key))
            yield {
                "of": of,
                "objective": name,
                "share": share,
                "good": good,
                "bad": bad,
            }


def _event(kind: str, body: bytes, id_: str = "") -> bytes:
    place = f"id: {id_}\n" if id_ else ""
    return f"{place}event: {kind}\ndata: ".encode() + body + b"\n\n"


async def _write(send: Send, body: bytes, *, more: bool = True) -> None:
    await send({"type": "http.response.body", "body": body, "more_body": more})


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
