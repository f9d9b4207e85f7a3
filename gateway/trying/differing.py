"""Where a shadow's answers differ from what was answered: counted by path, bounded.

In charge of what is kept of differences, and that no hidden value is among it. Must
never hold an answer, nor judge whether a difference matters.
"""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from hashlib import blake2b

from gateway.comparing.answers import Difference
from gateway.record import Struct
from gateway.values import JsonValue, canonical

_MOST_PATHS = 200
_LONGEST = 80
"""Characters of a value that is shown as an example."""


class Found(Struct):
    """How often answers differed at a path, in which ways, and the first time how."""

    operation: str
    how: Counter[str]
    before: JsonValue
    after: JsonValue


@dataclass(slots=True)
class Differences:
    """What came of a shadow's requests, by outcome, and where answers differed.

    ``counts``: same, different, unfit (it would have called what a shadow must not),
    failed (it came to no answer in time), dropped (too many were under way); and
    calls that were made, or shared with the request itself.
    """

    counts: Counter[str] = field(default_factory=Counter)
    paths: dict[str, Found] = field(default_factory=dict)
    more: int = 0
    _key: bytes = field(default_factory=lambda: secrets.token_bytes(16), repr=False)

    def add(
        self, operation: str, found: Iterable[Difference], hidden: frozenset[str]
    ) -> list[Difference]:
        """One request was compared; gives what differs where nothing has before.

        Under ``hidden`` keys values are only hashed.
        """
        seen: set[str] = set()
        new: list[Difference] = []
        for one in found:
            path = f"{operation}: {one.path}"
            if path in seen:
                continue
            seen.add(path)
            known = self.paths.get(path)
            if known is not None:
                known.how[one.how.value] += 1
            elif len(self.paths) >= _MOST_PATHS:
                self.more += 1
            else:
                both = (self._shown(v, one, hidden) for v in (one.before, one.after))
                how = Counter({one.how.value: 1})
                self.paths[path] = Found(operation, how, *both)
                new.append(one)
        self.counts["different" if seen else "same"] += 1
        return new

    def as_json(self) -> Mapping[str, JsonValue]:
        """The most frequent first."""
        ranked = sorted(self.paths.items(), key=lambda one: -one[1].how.total())
        return {
            "counts": dict(sorted(self.counts.items())),
            "differences": [
                {
                    "path": path.partition(": ")[2],
                    "operation": found.operation,
                    "count": found.how.total(),
                    "how": dict(found.how),
                    "before": found.before,
                    "after": found.after,
                }
                for path, found in ranked
            ],
            "further_paths": self.more,
        }

    def _shown(
        self, value: JsonValue, one: Difference, hidden: frozenset[str]
    ) -> JsonValue:
        """A value as an example: short, and hashed where it is hidden."""
        if value is None or isinstance(value, bool):
            return value
        if isinstance(value, Mapping | list | tuple):
            return f"{len(value)} entries {self._hash(value)}"
        if not hidden.isdisjoint(map(str, one.place)):
            return self._hash(value)
        return value[:_LONGEST] if isinstance(value, str) else value

    def _hash(self, value: JsonValue) -> str:
        return f"#{blake2b(canonical(value), key=self._key, digest_size=4).hexdigest()}"
