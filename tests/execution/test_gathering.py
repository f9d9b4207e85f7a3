"""Keys of several requests go together where nothing but the keys differs."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field

import pytest

from gateway.cache.base import NoCache
from gateway.clock import LoopClock
from gateway.connectors.base import Call, Reply
from gateway.execution.calls.caching import Abroad, Commons
from gateway.execution.engine import Engine
from gateway.execution.model import Failed, Join, Ok
from gateway.expression import template
from gateway.plan.model import Plan
from gateway.record import replace
from gateway.request.model import Caller, OperationKind
from gateway.telemetry.events import unobserved
from gateway.testing import ScriptedSource
from tests.execution.test_batching import BATCH, plan
from tests.kit import request, upstreams

WINDOW = replace(BATCH, window=0.002)


@dataclass
class Process:
    """Requests of one process; each has a customer whose rows have its own keys."""

    released: asyncio.Event = field(default_factory=asyncio.Event)
    abroad: Abroad = field(
        default_factory=lambda: Abroad(Commons(), NoCache(), nullcontext())
    )
    source: ScriptedSource = field(init=False)
    failures: list[str] = field(default_factory=list)
    told: str = "${ request.headers.?locale.orValue('en') }"

    def __post_init__(self) -> None:
        self.source = ScriptedSource({"rows": self._rows, "shop": self._shop})
        self.released.set()

    async def _rows(self, call: Call[object]) -> Reply:
        keys = call.inputs["keys"]
        assert isinstance(keys, list)
        return Reply([{"key": key} for key in keys])

    async def _shop(self, call: Call[object]) -> Reply:
        await self.released.wait()
        keys = call.inputs["ids"]
        assert isinstance(keys, list)
        return Reply([{"id": key, "n": len(keys)} for key in keys])

    async def ask(self, of: Plan, *keys: int, **who: object) -> list[object]:
        """The shops of a request's rows."""
        s = replace(
            upstreams(s=self.source)["s"],
            headers=template({"x-locale": self.told}),
        )
        known = {"s": s, "open": replace(s, headers=None)}
        engine = Engine(known, LoopClock(), unobserved, self.abroad)
        reader = await engine.execute(of, request(**who), bound(of, keys))
        (result,) = (r for i, r in reader.store.results.items() if i.step == "shop")
        assert isinstance(result, Ok)
        assert isinstance(result.value, Join)
        self.failures = [
            one.failure.message
            for one in result.value.outcomes.values()
            if isinstance(one, Failed)
        ]
        ok = [one for one in result.value.outcomes.values() if isinstance(one, Ok)]
        return [one.value["id"] for one in ok]  # type: ignore[index]

    @property
    def asked(self) -> list[object]:
        """The keys of each call."""
        calls = self.source.calls
        return [call.inputs["ids"] for call in calls if call.step == "shop"]


def bound(
    of: Plan, keys: tuple[int, ...]
) -> Mapping[tuple[str, ...], Mapping[str, object]]:
    return {(root.field.key,): {"mine": list(keys)} for root in of.roots}


def windowed(**keys: object) -> Plan:
    """The plan of a request; which rows a customer has is its argument."""
    from tests.kit import value

    made = plan(keys.pop("batch", WINDOW), **keys)  # type: ignore[arg-type]
    (root,) = made.roots
    steps = tuple(
        replace(
            one, step=replace(one.step, source="open", inputs={"keys": value("mine")})
        )
        if one.id.step == "rows"
        else one
        for one in root.steps
    )
    return replace(made, roots=(replace(root, steps=steps),))


async def test_requests_within_the_window_ask_together() -> None:
    """One call for all their keys, each once; everybody gets the rows of its own."""
    process, of = Process(), windowed()
    three = (process.ask(of, *keys) for keys in ((1, 2), (2, 3), (3, 3)))
    came = list(await asyncio.gather(*three))
    assert came == [[1, 2], [2, 3], [3, 3]]
    assert process.asked == [[1, 2, 3]]
    assert len(process.abroad.commons.pots) == 0


async def test_a_header_that_a_request_cannot_fill_fails_its_keys() -> None:
    """It asks together with nobody, and is told why: no bug of ours."""
    process = Process(told="${ request.claims.sub.name }")
    assert await process.ask(windowed(), 1, 2) == []
    said = "A header of the source cannot be made for this request."
    assert (process.failures, process.asked) == ([said, said], [])


async def test_who_comes_after_the_window_asks_for_itself() -> None:
    """A window is no cache."""
    process, of = Process(), windowed()
    assert await process.ask(of, 1) == [1]
    assert await process.ask(of, 1) == [1]
    assert process.asked == [[1], [1]]


async def test_a_call_that_is_full_waits_for_nobody() -> None:
    """What is more goes in the next one."""
    process, of = Process(), windowed(batch=replace(WINDOW, most=2, window=3600.0))
    came = list(await asyncio.gather(process.ask(of, 1, 2), process.ask(of, 3, 4)))
    assert came == [[1, 2], [3, 4]]
    assert process.asked == [[1, 2], [3, 4]]


async def test_without_a_window_every_request_asks_for_itself() -> None:
    """At once."""
    process, of = Process(), windowed(batch=BATCH)
    await asyncio.gather(process.ask(of, 1), process.ask(of, 2))
    assert process.asked == [[1], [2]]
    assert len(process.abroad.commons.pots) == 0


@pytest.mark.parametrize(
    ("one", "other", "calls"),
    [
        ({"tenant": "acme"}, {"tenant": "acme"}, 1),
        ({"tenant": "acme"}, {"tenant": "other"}, 2),
        ({"tenant": "acme"}, {}, 2),
        ({"headers": {"locale": "de"}}, {"headers": {"locale": "fr"}}, 2),
        ({"headers": {"other": "1"}}, {"headers": {"other": "2"}}, 1),
        ({"caller": Caller("ada")}, {"caller": Caller("bob")}, 1),
        ({"request_id": "1"}, {"request_id": "2"}, 1),
    ],
)
async def test_requests_meet_where_only_keys_differ(
    one: Mapping[str, object], other: Mapping[str, object], calls: int
) -> None:
    """Never across tenants, nor across what the call says of the caller."""
    process, of = Process(), windowed()
    came = list(
        await asyncio.gather(process.ask(of, 1, **one), process.ask(of, 2, **other))
    )
    assert came == [[1], [2]]
    assert len(process.asked) == calls


async def test_callers_that_the_call_or_its_reading_depends_on_do_not_meet() -> None:
    """Whether it stands among the keys, beside them, or in what reads the reply."""
    from tests.kit import value

    own = "request.claims.sub"
    for keys in (
        {"inputs": {"ids": value("keys"), "who": value(own)}},
        {"inputs": {"ids": value("keys"), "who": value(f"keys.map(k, {own})")}},
        {"select": f"{own} == '' ? [] : response.body"},
    ):
        process, of = Process(), windowed(**keys)
        callers = [Caller(name, {"sub": name}) for name in ("ada", "bob", "ada")]
        asking = (process.ask(of, n, caller=c) for n, c in enumerate(callers))
        assert await asyncio.gather(*asking) == [[0], [1], [2]]
        assert process.asked == [[0, 2], [1]]


async def test_a_request_that_leaves_ends_nothing_for_the_others() -> None:
    """Neither within the window, nor when the call is in the air."""
    process, of = Process(), windowed()
    process.released.clear()
    first = asyncio.create_task(process.ask(of, 1))
    second = asyncio.create_task(process.ask(of, 2))
    third = asyncio.create_task(process.ask(of, 3))
    await asyncio.sleep(0.001)
    first.cancel()
    await asyncio.sleep(0.01)
    second.cancel()
    await asyncio.sleep(0)
    process.released.set()
    assert await third == [3]
    assert process.asked == [[1, 2, 3]]
    assert process.source.cancelled == []


async def test_the_last_one_to_leave_ends_the_call() -> None:
    """Nobody wants it any more."""
    process, of = Process(), windowed()
    process.released.clear()
    tasks = [asyncio.create_task(process.ask(of, n)) for n in (1, 2)]
    await asyncio.sleep(0.01)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    await asyncio.sleep(0)
    assert process.source.cancelled == ["shop"]
    assert len(process.abroad.commons.pots) == 0


async def test_a_mutation_asks_for_itself() -> None:
    """It must not read what another asked for before it."""
    process = Process()
    of = replace(windowed(), kind=OperationKind.MUTATION)
    await asyncio.gather(process.ask(of, 1), process.ask(of, 2))
    assert process.asked == [[1], [2]]
