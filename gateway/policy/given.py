"""Values of variables, measured: how long their lists are, how deep they are nested.

In charge of what a document cannot say of itself. Level by level: values may be nested
by whoever sends them, and what recursed could be ended by them. Pure.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import orjson

from gateway.errors import Code
from gateway.policy.limits import Excess, Limits, counted
from gateway.policy.measures import too_long

_SUBJECT = "A variable"


def beyond(given: Mapping[str, object], limits: Limits) -> Iterator[Excess]:
    """Every limit that the values of variables are beyond."""
    if limits.variables is not None:
        excess = too_large(given, limits.variables)
        if excess is not None:
            yield excess
    longest, levels, most = 0, 0, limits.nesting
    level: list[object] = [v for v in given.values() if isinstance(v, dict | list)]
    while level:
        levels += 1
        deeper: list[object] = []
        for one in level:
            if isinstance(one, list):
                longest = max(longest, len(one))
                deeper += [v for v in one if isinstance(v, dict | list)]
            elif isinstance(one, dict):
                deeper += [v for v in one.values() if isinstance(v, dict | list)]
        level = deeper
    if longest > limits.list:
        yield too_long(longest, limits.list, _SUBJECT)
    if levels > most:
        what = f"is nested {counted(levels, 'levels')} deep"
        yield Excess("nesting", Code.MAX_NESTING_LIMIT, what, levels, most, _SUBJECT)


def too_large(given: Mapping[str, object], most: int) -> Excess | None:
    """Whether all of them together, as JSON, are larger than so many bytes."""
    size = len(orjson.dumps(given))
    if size <= most:
        return None
    what, code = f"have {counted(size, 'bytes')}", Code.MAX_VARIABLES_LIMIT
    return Excess("variables", code, what, size, most, "The variables")
