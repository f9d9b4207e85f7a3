"""Everything that may happen to a call at once: nothing is left behind by any of it.

Cancels, deadlines, retries, hedges, calls that requests share, an open breaker, a line
that is half full or full, and fewer connections than calls want.
"""

from __future__ import annotations

import asyncio
import random
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from gateway.execution.upstream import Upstream
from gateway.request.adapter import adapt
from gateway.request.model import Asking
from gateway.testing import hostile
from gateway.testing.hostile import Exchange
from gateway.values import JsonValue
from tests.hostile.stand import DEPLOYMENT, PATIENCE, Stand, standing

CANCELS = {6: 25, 500: 200}
"""By the length of the line. Where it is short, most are told at once."""
BATCH = 40
IDS = 12
"""Few enough for requests to ask for the same at the same time."""
LIMIT = 4
LIMITS = f"limits: {{{{ concurrency: {LIMIT}, queue: QUEUE, response: 5MB }}}}"
GUARDS = "breaker: { min_calls: 20, failures: 70%, window: 1s, open: 100ms }"
PROFILE = """
language: 1
operation: customer
deadline: 400ms
steps:
  - { name: account, endpoint: "/accounts/{id}", timeout: 300ms, share: all }
  - name: risk
    endpoint: "/risk/{id}"
    timeout: 200ms
    retry: { attempts: 2, errors: [reset, timeout, 5xx] }
  - { name: branch, endpoint: "/branches/{id}", timeout: 250ms, hedge: { after: 20ms } }
"""
QUERY = "query ($id: ID!) { customer(id: $id) { account { id } risk { note } branch } }"
OWN = {"accounts": "account", "risk": "risk", "branches": "branch"}


def deployment(queue: int) -> str:
    """A small source: few connections, a line of this length, and a breaker."""
    made = DEPLOYMENT.replace("limits: {{ concurrency: 16, response: 5MB }}", LIMITS)
    guards = GUARDS.replace("{", "{{").replace("}", "}}")
    return made.replace("QUEUE", str(queue)) + f"    {guards}\n"


def own(key: str, id_: str) -> JsonValue:
    """What belongs under a key of one request's answer, and under no other's."""
    every: dict[str, JsonValue] = {
        "account": {"id": id_},
        "risk": {"note": id_},
        "branch": id_,
    }
    return every[key]


async def echo(exchange: Exchange) -> None:
    """Which object it was, in pieces."""
    room, number = exchange.asked.path[1:].split("/")
    body = own(OWN[room], number)
    wire = hostile.reply({**body, "name": number} if isinstance(body, dict) else body)
    for piece in (wire[:9], wire[9:30], wire[30:]):
        await exchange.send(piece)
        await asyncio.sleep(0)


async def closing(exchange: Exchange) -> None:
    """The same on a connection that ends with it."""
    await echo(exchange)
    exchange.close()


async def hang(exchange: Exchange) -> None:
    """A reply that stops in its body."""
    await exchange.send(hostile.reply(b'{"half', length=50))
    await exchange.left()


WAYS = (
    *(echo, echo, echo, echo, closing, hang),
    hostile.refuses(503),
    hostile.resets_in_body(),
    hostile.drops_kept(echo),
)


@dataclass(slots=True)
class Storm:
    """Requests that end as they like, or are ended."""

    stand: Stand
    chance: random.Random
    cancelled: int = 0
    wrong: list[object] = field(default_factory=list)
    seen: set[str] = field(default_factory=set)

    async def batch(self) -> None:
        """Some requests at a time; most are cancelled, each at its own moment."""
        ids = [str(self.chance.randrange(IDS)) for _ in range(BATCH)]
        tasks = [asyncio.create_task(self.ask(id_)) for id_ in ids]
        for turn in range(120):
            await asyncio.sleep(0)
            if turn % 5 == 0:
                self.chance.choice(tasks).cancel()
        if self.chance.random() < 0.9:
            for task in self.chance.sample(tasks, BATCH - 4):
                task.cancel()
        for came in await asyncio.gather(*tasks, return_exceptions=True):
            self.cancelled += isinstance(came, asyncio.CancelledError)
            if isinstance(came, Exception):
                self.wrong.append(came)

    async def ask(self, id_: str) -> None:
        gateway = self.stand.gateway
        generation, pipeline = gateway.current, gateway.pipeline
        request = adapt({}, generation.admission, request_id=id_, clock=pipeline.clock)
        asking = Asking(QUERY, variables={"id": id_})
        came = await pipeline.answer(generation, asking, request)
        answer: Any = came.as_json()
        customer = answer["data"]["customer"] or {}
        for key, value in customer.items():
            if value is not None and value != own(key, id_):
                self.wrong.append((id_, key, value))
        codes = [error["extensions"]["code"] for error in answer.get("errors", ())]
        self.seen.update(codes or ["whole"])


def alive(upstream: Upstream) -> int:
    """Spans that would still end somebody's attempt."""
    lines = [each._line for each in upstream.lapses._known.values()]
    return sum(lapse.end is not None for line in lines for lapse in line)


@pytest.mark.parametrize("queue", CANCELS)
async def test_whatever_ends_a_call_it_leaves_nothing_behind(
    tmp_path: Path, transport: str, queue: int
) -> None:
    """No slot, place in line, span, shared call or task; no body of another's."""
    chance = random.Random(queue)  # noqa: S311 - the same storm at every run

    async def any_way(exchange: Exchange) -> None:
        await chance.choice(WAYS)(exchange)

    async with (
        asyncio.timeout(PATIENCE * 4),
        standing(
            tmp_path, {"customer": PROFILE}, deployment=deployment(queue)
        ) as stand,
    ):
        for room in OWN:
            stand.upstream.script(f"/{room}/*", any_way)
        before = asyncio.all_tasks()
        storm = Storm(stand, chance)
        ends = {"whole", "UPSTREAM_UNREACHABLE"}
        while storm.cancelled < CANCELS[queue] or not storm.seen >= ends:
            await storm.batch()  # until it has met what it is here to meet
        assert storm.wrong == []
        await ended(stand, before)
        source = stand.source
        assert (source.bulkhead.running, source.bulkhead.waiting) == (0, 0)
        assert alive(source) == 0
        assert len(stand.gateway.pipeline.commons.in_flight) == 0


async def ended(stand: Stand, before: set[asyncio.Task[object]]) -> None:
    """Nothing runs any more that was not there before, but the upstream's own."""

    def left() -> list[str]:
        tasks = asyncio.all_tasks() - before
        told = (str(task.get_coro()) for task in tasks)
        return [each for each in told if "HostileUpstream" not in each]

    while left():  # noqa: ASYNC110 - ends are not events
        await asyncio.sleep(0)
    await stand.upstream.until(lambda upstream: upstream.open <= LIMIT)
