"""Which colour stands for which source: the same in every picture, apart in each.

In charge of the choice. A colour never stands alone: the source's name stands beside.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from typing import Final

HUES: Final = 10
"""How many colours `drawing.css` has."""


def hues_of(sources: Iterable[str]) -> Mapping[str, int]:
    """A number below `HUES` for each source: its own, or the next that is free."""
    found: dict[str, int] = {}
    for source in sorted(set(sources)):
        own = hashlib.sha256(source.encode("utf-8", "replace")).digest()[0] % HUES
        turns = [(own + turn) % HUES for turn in range(HUES)]
        taken = set(found.values())
        found[source] = next((hue for hue in turns if hue not in taken), own)
    return found
