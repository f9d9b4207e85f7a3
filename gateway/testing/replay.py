"""All recordings of a folder under a candidate, and what that comes to.

In charge of loading the candidate and of counting. Must never print.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from gateway.comparing.answers import Difference, is_allowed
from gateway.deployment import Deployment
from gateway.errors import Problem, ProfileError
from gateway.generation import Generation
from gateway.loading.loader import Loader
from gateway.loading.written import Written
from gateway.record import Model, replace
from gateway.recording.reading import Recordings
from gateway.testing.replaying import Replayed, replayed
from gateway.testing.runner import closed_sources
from gateway.values import JsonValue

EXAMPLES = 3
"""How many of the same differences are shown."""


class Whole(Model, frozen=True):
    """Chooses one configuration: it serves altogether, or does not load."""

    written: Callable[[Deployment], Written]

    def choices(self, deployment: Deployment) -> Iterator[Written]:
        """That one."""
        yield replace(self.written(deployment), whole=True)

    def taken(self, written: Written) -> None:
        """It loads."""

    def reject(self, written: Written, error: ProfileError) -> None:
        """The load says why."""


def candidate_of(
    config: Sequence[Path],
    environ: Mapping[str, str],
    written: Callable[[Deployment], Written],
) -> Generation:
    """A configuration with no source opened.

    Raises:
        ProfileError: it does not load.
    """
    loader = Loader(config, environ, closed_sources)
    loader.choosing = Whole(written)
    return loader.load()


class Example(Model, frozen=True):
    """One difference, and the place of the recording that it is in."""

    place: str
    difference: Difference


@dataclass(slots=True)
class Change:
    """The differences of one kind at one path of one operation."""

    operation: str
    path: str
    how: str
    allowed: bool
    count: int = 0
    examples: list[Example] = field(default_factory=list)


@dataclass(slots=True)
class Replay:
    """What a candidate would change. ``calls`` are counts of each step by their name.

    ``changed`` counts recordings with a difference that is not allowed.
    """

    allowed: tuple[str, ...] = ()
    recordings: int = 0
    changed: int = 0
    changes: dict[tuple[str, str, str], Change] = field(default_factory=dict)
    calls: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    crashes: list[str] = field(default_factory=list)
    problems: tuple[Problem, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether nothing changes that may not."""
        return not (self.changed or self.crashes)

    def add(self, one: Replayed) -> None:
        """Count a recording."""
        self.recordings += 1
        place, operation = str(one.recording.place), one.recording.operation
        self.crashes += [f"{place}: {crash}" for crash in one.crashes]
        seen = [self._add(operation, place, each) for each in one.differences]
        self.changed += not all(seen)
        counts = one.calls
        for step in {*counts.recorded, *counts.made}:
            before, after = counts.recorded[step], counts.made[step]
            count = self.calls[step]
            count["recorded"] += before
            count["made"] += after
            count["otherwise"] += counts.otherwise[step]
            count["new"] += counts.new[step]

    def _add(self, operation: str, place: str, found: Difference) -> bool:
        path, how = found.path, found.how.value
        change = self.changes.get((operation, path, how))
        if change is None:
            allowed = is_allowed(path, self.allowed)
            change = Change(operation, path, how, allowed)
            self.changes[operation, path, how] = change
        change.count += 1
        if len(change.examples) < EXAMPLES:
            change.examples.append(Example(place, found))
        return change.allowed

    def steps(self) -> Iterable[tuple[str, Counter[str]]]:
        """The steps whose calls are others, or more or less."""
        for step, count in sorted(self.calls.items()):
            if count["recorded"] != count["made"] or count["otherwise"] or count["new"]:
                yield step, count

    def as_json(self) -> Mapping[str, JsonValue]:
        """The whole for tools."""
        return {
            "recordings": self.recordings,
            "changed": self.changed,
            "ok": self.ok,
            "changes": [_shown(one) for one in self.changes.values()],
            "calls": {step: dict(count) for step, count in self.steps()},
            "crashes": list(self.crashes),
            "problems": [one.as_json() for one in self.problems],
        }


def replay(
    recordings: Recordings, candidate: Generation, allowed: Sequence[str] = ()
) -> Replay:
    """Every recording under a candidate."""
    made = Replay(tuple(allowed))
    for one in recordings:
        made.add(replayed(one, candidate))
    made.problems = tuple(recordings.problems)
    return made


def _shown(change: Change) -> Mapping[str, JsonValue]:
    return {
        "operation": change.operation,
        "path": change.path,
        "how": change.how,
        "count": change.count,
        "allowed": change.allowed,
        "examples": [
            {
                "recording": one.place,
                "at": list(one.difference.place),
                "before": one.difference.before,
                "after": one.difference.after,
            }
            for one in change.examples
        ],
    }
