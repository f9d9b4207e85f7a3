"""Entity steps: the parents that are there.

In charge of finding them in what has come so far. What is asked for them is `joining`'s
and `batching`'s.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import chain, pairwise
from typing import Any

from gateway.execution.model import Failed, Skipped
from gateway.execution.reading import Reader, type_of
from gateway.plan.model import Hop, PlannedStep

_OBJECT = frozenset({dict})


def parents_of(planned: PlannedStep, reader: Reader) -> list[Mapping[str, object]]:
    """The objects an entity step runs for, each once, in the order of the answer."""
    assert planned.parents is not None, "only entity steps have parents"  # noqa: S101
    route = planned.parents.route
    found: Iterable[object] = _flat(reader.read(route[0].field.read, None))
    for before, hop in pairwise(route):
        found = chain.from_iterable(_hop(reader, found, before, hop))
    last, on, each = route[-1], planned.parents.on, list(found)
    if on is not None or not _OBJECT.issuperset(map(type, each)):
        each = [v for v in each if isinstance(v, Mapping) and _is(v, on, last)]
    parents: dict[int, Any] = dict(zip(map(id, each), each, strict=True))
    return list(parents.values())


def _hop(
    reader: Reader, objects: Iterable[object], before: Hop, hop: Hop
) -> Iterator[Iterable[object]]:
    for value in objects:
        plain = value.__class__ is dict or isinstance(value, Mapping)
        if plain and _is(value, hop.on, before):
            yield _flat(reader.read(hop.field.read, value))


def _is(value: object, wanted: str | None, last: Hop) -> bool:
    """Abstract parents are of several types; the step runs for its own."""
    return wanted is None or type_of(value, last.field) == wanted


def _flat(value: object) -> Iterable[object]:
    """The objects of a list, or of lists in it."""
    if value.__class__ is dict:
        return (value,)
    if value.__class__ is list and _OBJECT.issuperset(map(type, value)):
        return value
    return _each(value)


def _each(value: object) -> Iterator[object]:
    if isinstance(value, Skipped) and value.stands_in and not value.is_failure:
        value = value.stands_in.value  # objects that stand in are parents, too
    if isinstance(value, list | tuple):
        for item in value:
            yield from _flat(item)
    elif value is not None and not isinstance(value, Failed | Skipped):
        yield value
