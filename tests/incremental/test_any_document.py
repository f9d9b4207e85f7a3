"""Whatever is deferred, and whichever way steps settle: all payloads are one answer."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Mapping
from contextlib import aclosing
from functools import cache
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.app import Gateway, build_gateway
from gateway.clock import LoopClock
from gateway.connectors.base import Call, Reply
from gateway.delivering import delivery
from gateway.errors import ErrorClass, UpstreamError
from gateway.execution.guards.bulkhead import Bulkhead
from gateway.execution.upstream import Upstream
from gateway.request.model import Asking, RequestContext
from gateway.response.incremental.merging import merged
from gateway.schema.incremental_forms import bodies_of
from gateway.schema.negotiation import Parts
from gateway.testing import ScriptedSource, run_virtual
from tests.incremental import kit
from tests.incremental.kit import BODIES
from tests.project import ask, write

STEPS = sorted(BODIES)
LEAVES = {
    "Profile": ("name", "nick"),
    "Branch": ("id", "city"),
    "Risk": ("score", "note"),
    "Order": ("id", "total"),
    "Shop": ("name",),
    "Cell": ("x",),
    "Ping": ("value",),
}
OBJECTS = {
    "Query": (('customer(id: "7")', "Customer", False), ("ping", "Ping", False)),
    "Customer": (
        ("profile", "Profile", False),
        ("risk", "Risk", False),
        ("orders", "Order", True),
        ("grid", "Cell", True),
    ),
    "Profile": (("branch", "Branch", False),),
    "Order": (("shop", "Shop", False),),
}


@st.composite
def _selection(draw: st.DrawFn, type_: str, depth: int) -> str:
    """What is selected of a type, some of it in deferred fragments."""
    found = [draw(_field(type_, depth)) for _ in range(draw(st.integers(1, 3)))]
    if depth and draw(st.booleans()):
        inner = draw(_selection(type_, depth - 1))
        found.append(f"... @defer {inner}")
    return f"{{ {' '.join(draw(st.permutations(found)))} }}"


@st.composite
def _field(draw: st.DrawFn, type_: str, depth: int) -> str:
    objects = OBJECTS.get(type_, ()) if depth else ()
    leaves = LEAVES.get(type_, ("__typename",))
    if not objects or (type_ not in ("Query", "Customer") and draw(st.booleans())):
        return draw(st.sampled_from(leaves))
    name, below, is_list = draw(st.sampled_from(objects))
    stream = ""
    if is_list and draw(st.booleans()):
        # one use of a streamed field in a place, as the specification wants
        stream = f" @stream(initialCount: {draw(st.integers(0, 2))})"
        name = f"s{draw(st.integers(0, 10**6))}: {name}"
    return f"{name}{stream} {draw(_selection(below, depth - 1))}"


class Settling:
    """A source whose steps take so long each, and some of which fail."""

    def __init__(self) -> None:
        self.after: Mapping[str, float] = {}
        self.failing: frozenset[str] = frozenset()

    async def behave(self, call: Call[Any]) -> Reply:
        await asyncio.sleep(self.after.get(call.step, 0.0))
        if call.step in self.failing:
            raise UpstreamError("The source is away.", kind=ErrorClass.CONNECT)
        return Reply(BODIES[call.step])


@cache
def _bank(keys: str) -> tuple[Gateway, Settling]:
    settling = Settling()
    source = ScriptedSource({}, otherwise=settling.behave)
    upstream = {"default": Upstream("default", source, Bulkhead(1_000))}
    with tempfile.TemporaryDirectory() as folder:
        gateway = build_gateway(
            [write(Path(folder), kit.files(deployment=keys))],
            {},
            observe=lambda _: None,
            clock=LoopClock(),
            open_sources=lambda _: (upstream, lambda: None),
        )
    return gateway, settling


@given(
    query=_selection("Query", 4),
    after=st.fixed_dictionaries({s: st.sampled_from((0.0, 0.1, 0.2)) for s in STEPS}),
    failing=st.frozensets(st.sampled_from(STEPS), max_size=2),
    keys=st.sampled_from(("", "deferral: { after: 50ms }")),
)
@settings(max_examples=30, deadline=None)
def test_all_payloads_merged_are_the_answer_without_parts(
    query: str, after: Mapping[str, float], failing: frozenset[str], keys: str
) -> None:
    """Data and errors; whatever is within what, and whether it was asked for."""
    gateway, settling = _bank(keys)
    settling.after, settling.failing = after, failing

    async def both() -> tuple[Any, list[Any]]:
        whole = await ask(gateway, query)
        told = await _told(gateway, query)
        await gateway.pipeline.commons.close()
        return whole, told

    whole, told = run_virtual(both())
    if told:
        data, errors = _merged(told)
        assert data == whole["data"]
        assert errors == _plain(whole.get("errors", ()))


async def _told(gateway: Gateway, query: str) -> list[Any]:
    """The payloads; none where there are no parts."""
    clock = gateway.pipeline.clock
    request = RequestContext("test", clock.now(), clock.wall(), explain=True)
    asking = Asking(query)
    found = await delivery(gateway.pipeline, gateway.current, asking, request)
    if found is None:
        return []
    async with aclosing(found.payloads()) as payloads:
        return [b async for p in payloads for b in bodies_of(Parts.CURRENT, p)]


def _merged(told: list[Any]) -> tuple[Any, list[Any]]:
    """What a client of the current format has at the end."""
    data, places = told[0]["data"], {}
    errors = list(told[0].get("errors", ()))
    for part in told:
        places.update({one["id"]: one["path"] for one in part.get("pending", ())})
        for one in part.get("incremental", ()):
            place = [*places[one["id"]], *one.get("subPath", ())]
            data = merged(data, place, one["items"] if "items" in one else one["data"])
            errors += one.get("errors", ())
        for one in part.get("completed", ()):
            errors += one.get("errors", ())
    assert [part["hasNext"] for part in told] == [True] * (len(told) - 1) + [False]
    assert {i["id"] for p in told for i in p.get("completed", ())} == set(places)
    return data, _plain(errors)


def _plain(errors: Any) -> list[Any]:
    """Errors in an order of their own; places in the text are those of one use."""
    found = {repr((one["path"], one["message"], one["extensions"])) for one in errors}
    return sorted(found)
