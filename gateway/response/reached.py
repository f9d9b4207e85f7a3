"""Which fields of an answer a step reaches: those it gives, and those that read it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from gateway.plan.model import (
    AnswerOf,
    ConcatOf,
    Evaluate,
    FirstOf,
    Given,
    JoinOf,
    PlannedField,
    PlannedRoot,
    Read,
    Scope,
    Typed,
)
from gateway.values import Path, StepId


@dataclass(slots=True)
class Reached:
    """Response paths without indices.

    ``gives`` has those of its values, ``reads`` those of what is made with them.
    ``chosen``: its value is one of several, of which the first answer counts.
    """

    gives: dict[Path, None]
    reads: dict[Path, None]
    chosen: bool = False

    @property
    def direct(self) -> tuple[Path, ...]:
        return tuple(self.gives)

    @property
    def everywhere(self) -> tuple[Path, ...]:
        return tuple(self.gives | self.reads)


def reached_by(  # noqa: C901 - one each
    root: PlannedRoot,
) -> Mapping[StepId, Reached]:
    """What every step of a root field reaches; nothing where no field needs it."""
    found: dict[StepId, Reached] = defaultdict(lambda: Reached({}, {}))
    for path, read in _reads(root.field, (root.field.key,)):
        match read:
            case AnswerOf(step) | JoinOf(step) | Given(_, JoinOf(step)):
                found[step].gives[path] = None
            case FirstOf(steps) | ConcatOf(steps):
                for step in steps:
                    found[step].gives[path] = None
                    found[step].chosen = isinstance(read, FirstOf)
            case Typed(named, kinds):
                for step in (named.step, *(one.row.step for one in kinds.values())):
                    found[step].gives[path] = None
            case Evaluate(scope=scope):
                for step in _read_in(scope):
                    found[step].reads[path] = None
    for reader in reversed(root.steps):  # readers stand after what they read
        for step in _read_in(reader.scope):
            found[step].reads |= dict.fromkeys(found[reader.id].everywhere)
    return found


def _reads(field: PlannedField, path: Path) -> Iterator[tuple[Path, Read]]:
    yield path, field.read
    for fields in field.fields.values():
        for key, child in fields.items():
            yield from _reads(child, (*path, key))


def _read_in(scope: Scope) -> Iterator[StepId]:
    yield from scope.steps.values()
    for read in (scope.own or {}).values():
        if isinstance(read, AnswerOf | JoinOf):
            yield read.step
        elif isinstance(read, Given):
            yield read.otherwise.step
        elif isinstance(read, Evaluate):
            yield from _read_in(read.scope)
