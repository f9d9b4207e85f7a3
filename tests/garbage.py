"""What of a package has to wait for Python to look for garbage.

Only its own objects count, and only those that were not there before: servers and
gateways of other tests, in threads beside, make rounds of theirs at any moment.
"""

from __future__ import annotations

import gc
from collections.abc import Iterable


def all_of(package: str) -> set[int]:
    """The objects of a package that are there now, by identity."""
    return {id(one) for one in _of(package, gc.get_objects())}


def left_of(package: str, before: set[int]) -> list[object]:
    """New objects of it that nobody holds but they themselves; freed by this."""
    gc.set_debug(gc.DEBUG_SAVEALL)
    try:
        gc.collect()
        return [one for one in _of(package, gc.garbage) if id(one) not in before]
    finally:
        gc.set_debug(0)
        gc.garbage.clear()


def _of(package: str, objects: Iterable[object]) -> list[object]:
    return [one for one in objects if type(one).__module__.startswith(package)]
