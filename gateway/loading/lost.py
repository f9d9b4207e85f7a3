"""Which fields a broken entity file would have given, as far as its text tells.

Without it such a field would be read from its parent's body, as any other, and be null
without a reason. Must never judge the file: others have said what is wrong with it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping


def fields_said(written: object) -> frozenset[str]:
    """The names of the fields that steps and ``fields`` of an entity file give."""
    if not isinstance(written, Mapping):
        return frozenset()
    computed = written.get("fields")
    names = list(computed) if isinstance(computed, Mapping) else []
    own = (str(name).rpartition(".")[2] for name in names)
    return frozenset((*own, *_of_steps(written.get("steps"))))


def _of_steps(steps: object) -> Iterator[str]:
    for step in steps if isinstance(steps, list) else ():
        if not isinstance(step, Mapping):
            continue
        provided = step.get("provides")
        for name in provided if isinstance(provided, list) else [step.get("name")]:
            if isinstance(name, str):
                yield name
