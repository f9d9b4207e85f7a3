"""Requests at a rate of their own, whatever the answers do: an open loop.

In charge of when requests leave and of what came of each. A closed loop (so many
callers, each waiting for his answer) asks less just when answers get slow, and so
hides it; here a request's time is counted from when it was due. Must never know what
a right answer is: that is handed in. Borrowed from Gil Tene's wrk2.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

_LENGTH: Final = re.compile(rb"(?i)\r\ncontent-length: *(\d+)")
_CLOSES: Final = re.compile(rb"(?i)\r\nconnection: *close")
LOST: Final = 0
"""The status of a request whose connection ended first."""
LATE: Final = -1
"""The status of one that had no answer in time."""


@dataclass(frozen=True, slots=True)
class Answered:
    """What came of a request.

    ``due`` is counted from the run's beginning, ``seconds`` from when it was due.
    """

    kind: int
    due: float
    seconds: float
    status: int
    body: bytes


@dataclass(frozen=True, slots=True)
class Load:
    """``requests`` are the bytes of each kind, taken in turns; ``rate`` is a second's.

    At most ``connections`` are open, what waits for one is late; ``patience`` is in
    seconds.
    """

    url: str
    requests: Sequence[bytes]
    rate: float
    seconds: float
    connections: int = 64
    patience: float = 20.0


@dataclass(slots=True)
class Report:
    """How a run went."""

    statuses: Counter[int] = field(default_factory=Counter)
    times: list[float] = field(default_factory=list)
    wall: float = 0.0

    def hear(self, answered: Answered) -> None:
        self.statuses[answered.status] += 1
        if answered.status == 200:
            self.times.append(answered.seconds)

    def within(self, share: float) -> float:
        """Seconds in which this share of the good answers came."""
        times = sorted(self.times)
        return times[min(len(times) - 1, int(share * len(times)))] if times else 0.0

    def told(self) -> str:
        """One line: good answers a second, their times, all statuses."""
        good = self.statuses[200] / self.wall if self.wall else 0.0
        times = ", ".join(
            f"p{share} {self.within(share / 100) * 1000:.0f} ms"
            for share in (50, 90, 99)
        )
        return f"{good:.0f} good answers/s; {times}; {dict(self.statuses)}"


def post(body: bytes, *lines: str) -> bytes:
    """A POST to ``/graphql`` as bytes; the driver adds no header of its own."""
    head = ["POST /graphql HTTP/1.1", "host: 127.0.0.1", *lines]
    head += ["content-type: application/json", f"content-length: {len(body)}"]
    return "\r\n".join([*head, "", ""]).encode() + body


async def run(load: Load, hear: Callable[[Answered], None]) -> float:
    """Send all of it and wait for the last answer; how many seconds it took."""
    loop = asyncio.get_running_loop()
    lines: asyncio.LifoQueue[_Line] = asyncio.LifoQueue()
    address = urlsplit(load.url)
    for _ in range(load.connections):
        lines.put_nowait(_Line(address.hostname or "", address.port or 80))
    began, tasks = loop.time(), set[asyncio.Task[None]]()

    async def one(number: int, due: float) -> None:
        kind = number % len(load.requests)
        line = await lines.get()
        try:
            left = max(0.0, due + load.patience - loop.time())
            async with asyncio.timeout(left):
                status, body = await line.ask(load.requests[kind])
        except TimeoutError:
            line.close()
            status, body = LATE, b""
        finally:
            lines.put_nowait(line)
        hear(Answered(kind, due - began, loop.time() - due, status, body))

    for number in range(int(load.rate * load.seconds)):
        due = began + number / load.rate
        if (wait := due - loop.time()) > 0:
            await asyncio.sleep(wait)
        elif number % 64 == 0:
            await asyncio.sleep(0)
        task = loop.create_task(one(number, due))
        tasks.add(task)
        task.add_done_callback(tasks.discard)
    while tasks:
        await asyncio.gather(*tasks)
    while not lines.empty():
        lines.get_nowait().close()
    return loop.time() - began


@dataclass(slots=True)
class _Line:
    """One connection, kept as long as the other side keeps it."""

    host: str
    port: int
    streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def ask(self, sent: bytes) -> tuple[int, bytes]:
        """Status and body; `LOST` where the connection ended, and never sent again."""
        try:
            if self.streams is None:
                self.streams = await asyncio.open_connection(self.host, self.port)
            reader, writer = self.streams
            writer.write(sent)
            head = await reader.readuntil(b"\r\n\r\n")
            length = _LENGTH.search(head)
            body = await reader.readexactly(int(length[1]) if length else 0)
        except (OSError, asyncio.IncompleteReadError):
            self.close()
            return LOST, b""
        if _CLOSES.search(head) or reader.at_eof():
            self.close()
        return int(head[9:12]), body

    def close(self) -> None:
        """The next request opens another."""
        if self.streams is not None:
            with contextlib.suppress(OSError):
                self.streams[1].close()
            self.streams = None
