"""A thousand requests cancelled at random points leave nothing behind."""

from __future__ import annotations

import asyncio
import random
from dataclasses import dataclass, field
from pathlib import Path

from gateway.request.adapter import adapt
from gateway.request.model import Asking
from gateway.testing import hostile
from gateway.testing.hostile import Exchange, Misbehaviour
from tests.hostile.stand import PATIENCE, Stand, standing

CANCELS = {"lean": 1_000, "httpx": 250}
"""For each transport: the second is asked for by some only, and takes longer."""
BATCH = 40
LIMIT = 16
PROFILE = """
language: 1
operation: customer
deadline: 6m
steps:
  - { name: account, endpoint: "/accounts/{id}", timeout: 5m }
  - { name: risk, endpoint: "/risk/{id}", timeout: 5m }
  - { name: branch, endpoint: "/branches/{account.id}", timeout: 5m }
"""
QUERY = "query ($id: ID!) { customer(id: $id) { account { id } risk { note } branch } }"


def own(id_: str) -> dict[str, object]:
    """The answer that belongs to one request and to no other."""
    body = {"account": {"id": id_}, "risk": {"note": id_}, "branch": id_}
    return {"data": {"customer": body}}


async def echo(exchange: Exchange) -> None:
    """Which request it was, in as many pieces as make a good target."""
    room, id_ = exchange.asked.path[1:].split("/")
    bodies = {"accounts": {"id": id_, "name": id_}, "risk": {"note": id_}}
    wire = hostile.reply(bodies.get(room, id_))
    for piece in (wire[:9], wire[9:30], wire[30:-3], wire[-3:]):
        await exchange.send(piece)
        await asyncio.sleep(0)


async def hang_half_way(exchange: Exchange) -> None:
    """A reply that stops in its body."""
    await exchange.send(hostile.reply(b'{"half', length=50))
    await exchange.left()


@dataclass(slots=True)
class Storm:
    """Requests that are cancelled after a random number of turns of the loop."""

    stand: Stand
    chance: random.Random
    cancelled: int = 0
    answers: dict[str, object] = field(default_factory=dict)

    def start(self, id_: str) -> asyncio.Task[object]:
        return asyncio.create_task(self._ask(id_), name=id_)

    async def batch(self, number: int) -> None:
        """Some requests at a time, each ended at its own moment."""
        tasks = [self.start(f"{number}-{n}") for n in range(BATCH)]
        ends = sorted((self.chance.randrange(120), n) for n in range(BATCH))
        turn = 0
        for at, n in ends:
            while turn < at:
                await asyncio.sleep(0)
                turn += 1
            tasks[n].cancel()
        for came in await asyncio.gather(*tasks, return_exceptions=True):
            self.cancelled += isinstance(came, asyncio.CancelledError)

    async def _ask(self, id_: str) -> object:
        gateway = self.stand.gateway
        generation, pipeline = gateway.current, gateway.pipeline
        admission = generation.admission
        request = adapt({}, admission, request_id=id_, clock=pipeline.clock)
        asking = Asking(QUERY, variables={"id": id_})
        answer = await pipeline.answer(generation, asking, request)
        self.answers[id_] = answer.as_json()
        return answer


def leftovers(before: set[asyncio.Task[object]]) -> list[str]:
    """Tasks that were not there before and are not the upstream's own."""
    return [
        str(task)
        for task in asyncio.all_tasks() - before
        if "HostileUpstream" not in str(task.get_coro())
    ]


async def test_a_thousand_cancels_leave_nothing_behind(
    tmp_path: Path, transport: str
) -> None:
    """No connection, slot or task is held, and every reply belongs to its request."""
    chance = random.Random(1)  # noqa: S311 - the same storm at every run

    async def any_way(exchange: Exchange) -> None:
        behave: Misbehaviour = chance.choice([echo, echo, hang_half_way])
        await behave(exchange)

    async with (
        asyncio.timeout(PATIENCE * 4),
        standing(tmp_path, {"customer": PROFILE}) as stand,
    ):
        for path in ("/accounts/*", "/risk/*", "/branches/*"):
            stand.upstream.script(path, any_way)
        before = asyncio.all_tasks()
        storm = Storm(stand, chance)
        number = 0
        while storm.cancelled < CANCELS[transport]:
            await storm.batch(number)
            number += 1
        assert storm.answers == {id_: own(id_) for id_ in storm.answers}
        await settled(stand, before)
        await whole_again(stand, storm)


async def settled(stand: Stand, before: set[asyncio.Task[object]]) -> None:
    """Everything that was cancelled has ended; what is open is idle."""
    while leftovers(before):  # noqa: ASYNC110 - ends are not events
        await asyncio.sleep(0)
    await stand.upstream.until(lambda upstream: upstream.open <= LIMIT)


async def whole_again(stand: Stand, storm: Storm) -> None:
    """As many calls at a time as ever, over no more connections than allowed."""
    together = asyncio.Barrier(LIMIT)

    async def meet(exchange: Exchange) -> None:
        await together.wait()
        await echo(exchange)

    stand.upstream.script("/risk/*", meet)
    for path in ("/accounts/*", "/branches/*"):
        stand.upstream.script(path, echo)
    names = [f"after-{n}" for n in range(LIMIT)]
    await asyncio.gather(*map(storm.start, names))
    assert {name: storm.answers[name] for name in names} == {n: own(n) for n in names}
    assert stand.upstream.open <= LIMIT
    bulkhead = stand.source.bulkhead
    assert (bulkhead.running, bulkhead.waiting) == (0, 0)
