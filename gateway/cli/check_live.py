"""`headwater check --live`: every source tried, without side effects.

In charge of asking all of them at once, each for a bounded time, and of the table of
what came. What trying means is each source's own (`connectors.probing`). Must never
show a secret, nor ask a source for anything itself.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from gateway.cli.project import calling_gateway
from gateway.record import Model

if TYPE_CHECKING:
    from gateway.connectors.base import Source
    from gateway.profile.model import Audience, Step

_SECONDS = 10.0
"""What one source may take, all that it tries included."""


class Tried(Model, frozen=True):
    """What trying one source came to; ``works`` is None where it cannot be tried."""

    source: str
    works: bool | None
    why: str

    def as_json(self) -> Mapping[str, object]:
        """The row as `--json` prints it."""
        return {"source": self.source, "works": self.works, "why": self.why}


def try_sources(config: list[str] | None) -> Sequence[Tried]:
    """Every source of the deployment, tried now, in the order of the file."""
    return asyncio.run(_tried(config))


def print_tried(tried: Sequence[Tried]) -> None:
    """The table."""
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    table = Table("source", "", "", box=None, pad_edge=False)
    for row in tried:
        said = _SAID[row.works]
        table.add_row(escape(row.source), said, escape(row.why))
    Console(highlight=False).print(table if tried else "There are no sources to try.")


async def _tried(config: list[str] | None) -> Sequence[Tried]:
    from gateway.loading.opening import SourcePool
    from gateway.telemetry.events import unobserved

    pool = SourcePool()
    gateway = calling_gateway(config, pool, unobserved)
    current = gateway.current
    try:
        targets = _targets(current.whole)
        return await asyncio.gather(
            *(
                _try(name, upstream.source, targets.get(name, {}))
                for name, upstream in current.upstreams.items()
                if name != "mock"
            )
        )
    finally:
        current.lease.retire()
        await pool.sources.closed()


async def _try(
    name: str, source: Source[object], targets: Mapping[str, object]
) -> Tried:
    from gateway.connectors.probing import Probing
    from gateway.errors import UpstreamError

    if not isinstance(source, Probing):
        return Tried(name, None, "there is nothing to try")
    try:
        async with asyncio.timeout(_SECONDS):
            probed = await source.probe(targets)
    except TimeoutError:
        return Tried(name, works=False, why=f"no answer within {_SECONDS:g} s")
    except UpstreamError as error:
        return Tried(name, works=False, why=error.detail or error.message)
    why = [probed.said, *(f"{step}: {told}" for step, told in probed.failures.items())]
    return Tried(name, not probed.failures, "\n".join(filter(None, why)))


def _targets(audience: Audience) -> Mapping[str, Mapping[str, object]]:
    """What the steps of each source call, by the names of the steps."""
    from gateway.connectors.streams.target import asked_by

    found: dict[str, dict[str, object]] = {}
    for step in _steps(audience):
        name = f"{step.origin}.{step.name}"
        target = asked_by(step.target)
        if step.source is not None and target is not None:
            found.setdefault(step.source, {})[name] = target
        instead = step.retry.instead if step.retry else None
        if instead is not None:
            below = found.setdefault(instead.source, {})
            below[f"{name} (retry.with)"] = instead.target
    return found


def _steps(audience: Audience) -> Iterator[Step]:
    entities = [*audience.entities.values()]
    for profile in audience.profiles.values():
        yield from profile.steps.values()
        entities += profile.entities.values()
    for entity in entities:
        yield from entity.steps.values()
        yield from entity.lookups.values()


_SAID = {True: "[green]ok[/]", False: "[red]failed[/]", None: "[dim]-[/]"}
