"""Payloads with the moments they come at, in virtual time."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gateway.app import build_gateway
from gateway.clock import LoopClock
from gateway.delivering import delivery
from gateway.execution.guards.bulkhead import Bulkhead
from gateway.execution.upstream import Upstream
from gateway.request.model import Asking, RequestContext
from gateway.response.incremental.model import Payload
from gateway.schema.incremental_forms import Writer, writer_of
from gateway.schema.negotiation import Parts
from gateway.testing import ScriptedSource, run_virtual
from gateway.testing.source import Behaviour
from tests.project import write

Told = list[tuple[float, Any]]
"""Each payload as it is written, and after how many seconds."""


@dataclass(frozen=True, slots=True)
class Came:
    """What came, and which steps were called how often."""

    told: Told
    calls: Mapping[str, int]
    cancelled: tuple[str, ...] = ()


def asked(
    folder: Path,
    files: Mapping[str, str],
    script: Mapping[str, Behaviour],
    query: str,
    form: Parts = Parts.CURRENT,
) -> Came:
    """One query by somebody who takes parts."""
    source = ScriptedSource(script)
    upstream = {"default": Upstream("default", source, Bulkhead(1_000))}
    gateway = build_gateway(
        [write(folder, files)],
        {},
        observe=lambda _: None,
        clock=LoopClock(),
        open_sources=lambda _: (upstream, lambda: None),
    )

    async def run() -> Told:
        clock, writer, told = LoopClock(), writer_of(form), Told()
        request = RequestContext("test", clock.now(), clock.wall())
        asking = Asking(query)
        found = await delivery(gateway.pipeline, gateway.current, asking, request)
        assert found is not None, "it is answered whole"
        async with aclosing(found.payloads()) as payloads:
            async for payload in payloads:
                told += [(round(clock.now(), 3), b) for b in _bodies(writer, payload)]
        await gateway.pipeline.commons.close()
        return told

    told = run_virtual(run())
    return Came(told, source.counts, tuple(source.cancelled))


def _bodies(writer: Writer, payload: Payload) -> list[Any]:
    return list(writer.bodies(payload))
