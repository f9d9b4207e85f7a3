"""Entity steps: the parents that are there.

In charge of finding them in what has come so far. What is asked for them is `joining`'s
and `batching`'s.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise

from gateway.execution.model import Failed, Skipped
from gateway.execution.reading import Reader, type_of
from gateway.plan.model import Hop, PlannedStep


def parents_of(planned: PlannedStep, reader: Reader) -> list[Mapping[str, object]]:
    """The objects an entity step runs for, each once, in the order of the answer."""
    assert planned.parents is not None, "only entity steps have parents"  # noqa: S101
    route = planned.parents.route
    found: Iterable[object] = _flat(reader.read(route[0].field.read, None))
    for before, hop in pairwise(route):
        found = _hop(reader, found, before, hop)
    last, on = route[-1], planned.parents.on
    unique = {
        id(value): value
        for value in found
        if (value.__class__ is dict or isinstance(value, Mapping))
        and (on is None or _is(value, on, last))
    }
    return list(unique.values())


def _hop(
    reader: Reader, objects: Iterable[object], before: Hop, hop: Hop
) -> Iterator[object]:
    for value in objects:
        plain = value.__class__ is dict or isinstance(value, Mapping)
        if plain and _is(value, hop.on, before):
            yield from _flat(reader.read(hop.field.read, value))


def _is(value: object, wanted: str | None, last: Hop) -> bool:
    """Abstract parents are of several types; the step runs for its own."""
    return wanted is None or type_of(value, last.field) == wanted


def _flat(value: object) -> Iterator[object]:
    if isinstance(value, Skipped) and value.stands_in and not value.is_failure:
        value = value.stands_in.value  # objects that stand in are parents, too
    if isinstance(value, list | tuple):
        for item in value:
            if item.__class__ is dict:
                yield item
            else:
                yield from _flat(item)
    elif value is not None and not isinstance(value, Failed | Skipped):
        yield value
