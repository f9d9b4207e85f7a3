"""Whether a condition only asks if something is there. Pure; in doubt it says no."""

from __future__ import annotations

import re

from gateway.expression import Reference


def only_presence(text: str, read: Reference) -> bool:
    """Whether a path is nowhere read but as ``path == null`` or ``size(path)``.

    Longer paths count for themselves; a call (``rows.exists(...)``) looks inside.
    """
    path = r"\s*\.\s*".join(map(re.escape, (read.root, *read.path)))
    here = rf"(?<![\w.]){path}(?!\w)"
    whole = rf"{here}(?!\s*\.\s*\??\s*\w+\b(?!\s*\())"
    asks = (
        rf"{here}\s*[!=]=\s*null\b",
        rf"\bnull\s*[!=]=\s*{here}(?!\s*[.\[(])",
        rf"\bsize\(\s*{here}\s*\)",
    )
    found = len(re.findall(whole, text))
    return found > 0 and found == sum(len(re.findall(one, text)) for one in asks)
