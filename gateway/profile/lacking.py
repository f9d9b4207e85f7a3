"""Fields that cannot be null and are given by what may lack: warnings.

In charge of telling where a part's failure takes more with it than the part. A value
that stands in makes a step safe; a required step ends the operation, as it says. Must
never warn of a root field that cannot be null: there is nothing beside it to lose.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

from gateway.errors import Problems
from gateway.expression import Template
from gateway.profile.model import (
    Composite,
    Computed,
    Entity,
    FirstAnswer,
    FromStep,
    Profile,
    Role,
    Step,
)
from gateway.record import Model
from gateway.shape import Shapes


def check_profile_gives(profile: Profile, shapes: Shapes, problems: Problems) -> None:
    """An operation's fields, and those that its own steps give to other types."""
    check = _Check(profile.steps, shapes, problems)
    match profile.root:
        case Composite(fields):
            given: dict[str, dict[str, str | None]] = {}
            for name, provision in fields.items():
                if isinstance(provision, FromStep):
                    given.setdefault(provision.step, {})[name] = provision.key
                else:
                    check.computed(profile.returns, name, provision)
            for step, keys in given.items():
                check.gives(profile.returns, profile.steps[step], keys)
        case FirstAnswer(steps):
            _in_turn([profile.steps[name] for name in steps], problems)
    for entity in profile.entities.values():
        check_entity_gives(entity, shapes, problems, profile.steps)


def check_entity_gives(
    entity: Entity,
    shapes: Shapes,
    problems: Problems,
    others: Mapping[str, Step] | None = None,
) -> None:
    """The fields that steps give to each object; `others` are the operation's."""
    check = _Check({**(others or {}), **entity.steps}, shapes, problems)
    for step in entity.steps.values():
        check.gives(entity.type, step, step.fields)


def _in_turn(steps: Sequence[Step], problems: Problems) -> None:
    """Of steps that are asked in turn only the last can be needed."""
    for step, after in pairwise(steps):
        if step.role is Role.REQUIRED:
            problems.warn(
                step.span,
                f"step {step.name!r} is required: when it fails the operation does, "
                f"and {after.name!r} is not asked",
                hint="make it optional: that one of them answers is enough",
            )


class _Check(Model, frozen=True):
    """What is known of the steps that can be read."""

    steps: Mapping[str, Step]
    shapes: Shapes
    problems: Problems

    def gives(self, type_: str, step: Step, keys: Mapping[str, str | None]) -> None:
        """Warn at most once of a step: its fields lack together."""
        strict = [name for name in keys if self._is_strict(type_, name)]
        lacking = [n for n in strict if self.may_lack(step, keys[n])]
        what = f"step {step.name!r} is optional, but"
        when, fix = "it fails", "make the step required, or the field nullable"
        if not lacking:
            lacking = [n for n in strict if step.when and _is_null(step, keys[n])]
            what = f"step {step.name!r} may be skipped by 'when', and"
            when, fix = "it is", "write 'on_skip', or make the field nullable"
        if lacking:
            self.problems.warn(
                step.span,
                f"{what} {type_}.{lacking[0]} cannot be null: when {when}, all of "
                f"{type_} is null",
                hint=fix,
            )

    def computed(self, type_: str, name: str, given: Computed) -> None:
        """An expression lacks with any step that it cannot do without."""
        if not self._is_strict(type_, name):
            return
        needed = (n for n, needs in given.reads.steps.items() if needs)
        for step in needed:
            if step in self.steps and self.may_lack(self.steps[step]):
                self.problems.warn(
                    given.span,
                    f"{type_}.{name} cannot be null, but it reads step {step!r}, which "
                    f"is optional: when that fails, all of {type_} is null",
                    hint="make the step required, or the field nullable; or read it "
                    f"with a default: {step}.?key.orValue(0)",
                )
                return

    def may_lack(
        self, step: Step, key: str | None = None, seen: frozenset[str] = frozenset()
    ) -> bool:
        """Whether its answer, or a key of it, may be missing while the rest stands."""
        if step.role is Role.REQUIRED or step.name in seen:
            return False
        values = (r for r in step.fallback if isinstance(r, Template))
        if any(_gives(value, key) for value in values):
            return False
        if step.source is not None:
            return True
        needed = (n for n, needs in step.reads.steps.items() if needs)
        read = (self.steps[n] for n in needed if n in self.steps)
        return any(self.may_lack(one, seen=seen | {step.name}) for one in read)

    def _is_strict(self, type_: str, name: str) -> bool:
        shape = self.shapes.field(type_, name)
        return shape is not None and shape.type.non_null


def _gives(value: Template, key: str | None) -> bool:
    """Whether a value that stands in is one; what expressions give is not known."""
    if not value.constant:
        return True
    made = value({})
    if key is not None:
        made = made.get(key) if isinstance(made, Mapping) else None
    return made is not None


def _is_null(step: Step, key: str | None) -> bool:
    """Whether nothing stands in at a field while the step is skipped."""
    given = None if step.on_skip is None else step.on_skip.value
    if key is not None and isinstance(given, Mapping):
        return given.get(key) is None
    return given is None
