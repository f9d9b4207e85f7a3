"""What is in use, prepared for the next generation before it serves.

Must share nothing with requests, so that it can be done in a thread.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from gateway.errors import RequestError
from gateway.generation import Generation
from gateway.plan.planner import basis, shut_by
from gateway.prepared import (
    Hot,
    Key,
    Operation,
    Variant,
    no_variants,
    planned,
    read_operation,
    variant_of,
)
from gateway.record import replace


def warmed(hot: Hot, generation: Generation) -> Iterator[tuple[Key, Operation]]:
    """What is in use, prepared for the next generation.

    Shares nothing with requests, so that it can be done in a thread. What the next
    generation refuses is left out: its requests are told why.
    """
    for (reading, text, name), old, variants in hot:
        same = reading == generation.reading
        try:
            made = replace(old, variants=no_variants()) if same else None
            fresh = made or read_operation(generation, text, name)
            for truths, variant in variants:
                again = (
                    Variant(variant.binder)
                    if same
                    else variant_of(generation, fresh, truths)
                )
                fresh.variants.get(truths, lambda again=again: again)  # type: ignore[misc]
                _warm(
                    variant,
                    again,
                    generation,
                    lambda o=fresh: o.names(generation),  # type: ignore[misc]
                )
        except RequestError:
            continue
        yield (generation.reading, text, name), fresh


def _warm(
    old: Variant,
    fresh: Variant,
    generation: Generation,
    used: Callable[[], frozenset[str]],
) -> None:
    for before in old.plans.values():
        audience = generation.offered(before.who)
        if audience.hidden and not audience.hidden.isdisjoint(used()):
            continue
        made = planned(generation, fresh.binder, before.closed, before.who)
        if before.compiling.is_compiled:
            made.compiling.compile_now()
        key = (basis(fresh.selection, audience), *shut_by(before.closed))
        fresh.plans.get(key, lambda made=made: made)  # type: ignore[misc]
