"""What the macros do with a body: generated code hands it over as a function.

In charge of going over elements and of CEL's forgiveness: `all` and `exists` forget a
fault where another element decides. Must never loop without the budget.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from gateway.expression.kinds import ABSENT, NONE, Fault, Maybe
from gateway.expression.runtime import held, loop_items, no_bool
from gateway.expression.sorting import sorted_values

Body = Callable[[object], object]
Budget = list[int]
SOFT: Final = (Fault, KeyError, TypeError)
"""What generated code raises: faults, and Python's own for `scope['a']['b']`."""


def _decided(value: object, body: Body, budget: Budget, *, decides: bool) -> bool:
    fault: Exception | None = None
    for item in loop_items(value, budget):
        try:
            answer = body(item)
        except SOFT as error:
            fault = error
            continue
        if answer is decides:
            return True
        if answer is not (not decides):
            fault = no_bool(answer)
    if fault is not None:
        raise fault
    return False


def all_(value: object, body: Body, budget: Budget) -> bool:
    """`list.all(x, p)`."""
    return not _decided(value, body, budget, decides=False)


def exists(value: object, body: Body, budget: Budget) -> bool:
    """`list.exists(x, p)`."""
    return _decided(value, body, budget, decides=True)


def _truth(answer: object) -> bool:
    if answer is True or answer is False:
        return answer
    raise no_bool(answer)


def exists_one(value: object, body: Body, budget: Budget) -> bool:
    """`list.exists_one(x, p)`: exactly one; a fault anywhere is a fault."""
    return sum(_truth(body(item)) for item in loop_items(value, budget)) == 1


def filter_(value: object, body: Body, budget: Budget) -> list[object]:
    """`list.filter(x, p)`."""
    return [item for item in loop_items(value, budget) if _truth(body(item))]


def map_(value: object, body: Body, budget: Budget) -> list[object]:
    """`list.map(x, e)`."""
    return [body(item) for item in loop_items(value, budget)]


def map_where(
    value: object, condition: Body, body: Body, budget: Budget
) -> list[object]:
    """`list.map(x, p, e)`."""
    items = loop_items(value, budget)
    return [body(item) for item in items if _truth(condition(item))]


def sort_by(value: object, body: Body, budget: Budget) -> list[object]:
    """`list.sortBy(x, e)`: by what ``e`` gives, equal ones in their order."""
    items = list(loop_items(value, budget))
    return sorted_values(items, [body(item) for item in items])


def opt_map(value: object, body: Body, budget: Budget) -> Maybe:
    """`optional.optMap(x, e)`."""
    del budget
    inner = held(value)
    return NONE if inner is ABSENT else Maybe(body(inner))


def opt_flat_map(value: object, body: Body, budget: Budget) -> Maybe:
    """`optional.optFlatMap(x, e)`: ``e`` gives an optional itself."""
    del budget
    inner = held(value)
    if inner is ABSENT:
        return NONE
    result = body(inner)
    if isinstance(result, Maybe):
        return result
    raise Fault("optFlatMap() needs an expression that gives an optional")


LOOPS: Final[dict[tuple[str, int], Callable[..., object]]] = {
    ("all", 1): all_,
    ("exists", 1): exists,
    ("exists_one", 1): exists_one,
    ("filter", 1): filter_,
    ("map", 1): map_,
    ("map", 2): map_where,
    ("sortBy", 1): sort_by,
    ("optMap", 1): opt_map,
    ("optFlatMap", 1): opt_flat_map,
}
"""By the macro's name and how many bodies it has."""
