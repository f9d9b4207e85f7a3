"""How the files of profiles stand under the generation that serves.

In charge of which file gives what, and which has an older version of it serving. Must
never read one.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path

from gateway.errors import Severity
from gateway.generation import Generation
from gateway.loading.files import name_of
from gateway.values import JsonValue


def standing_of(
    root: Path, paths: Iterable[str], generation: Generation
) -> list[JsonValue]:
    """Each file by its path below the folder, with what it is called in problems.

    ``gives`` names the operations and types that it serves now, ``state`` is `serves`,
    `stale` where an older version of it does, `broken` where none does, and `unused`.
    """
    gives, wrong = _gives(generation), _wrong(generation)
    stale = frozenset(generation.stale)
    found: list[JsonValue] = []
    for path in paths:
        file = name_of(root / path)
        given = sorted(gives.get(file, ()))
        state = "serves" if given else "unused"
        if wrong[file, Severity.ERROR]:
            state = "broken"
        if file in stale:
            state = "stale"
        found.append(
            {
                "path": path,
                "file": file,
                "gives": list(given),
                "state": state,
                "errors": wrong[file, Severity.ERROR],
                "warnings": wrong[file, Severity.WARNING],
            }
        )
    return found


def _gives(generation: Generation) -> Mapping[str, set[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    whole = generation.whole
    for profile in whole.profiles.values():
        found[profile.span.file].add(profile.operation)
        for step in profile.steps.values():
            found[step.span.file].add(profile.operation)
    for entity in whole.entities.values():
        found[entity.span.file].add(entity.type)
    return found


def _wrong(generation: Generation) -> Counter[tuple[str, Severity]]:
    return Counter((one.span.file, one.severity) for one in generation.problems)
