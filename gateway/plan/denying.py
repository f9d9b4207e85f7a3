"""A planned root field → the same without what the caller may not read.

In charge of what is denied: steps under a policy, fields under a tag, and everything
that reads them (but for steps that declassify). It works on a finished plan, so who
gives a field never depends on who asks. A denied step stays only where an allowed one
that declassifies needs it; no field reads it then. Pure.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from gateway.plan.marking import marks
from gateway.plan.masking import masked, named
from gateway.plan.model import (
    ConcatOf,
    Denied,
    Evaluate,
    FirstOf,
    LeftOut,
    Parents,
    PlannedField,
    PlannedRoot,
    PlannedStep,
    Read,
)
from gateway.plan.places import steps_of
from gateway.plan.touching import Touching
from gateway.plan.unseen import of_seen_types
from gateway.profile.model import Profile, Protection, strictest
from gateway.record import Struct, field, replace
from gateway.shape import Shapes
from gateway.values import Coordinate, SourceSpan, StepId


def without_denied(
    root: PlannedRoot,
    closed: Collection[SourceSpan],
    protection: Protection,
    shapes: Shapes,
    kind: str,
) -> PlannedRoot:
    """The root field as a caller may have it to whom ``closed`` policies say no.

    ``kind`` is the name of the root type.
    """
    if root.profile is None or not closed:
        return root
    steps = {step.id: step for step in root.steps}
    touching = Touching(root.profile, shapes, steps, protection.denied(closed))
    marked = marks(root.steps, closed, touching)
    work = _Denying(root, root.profile, closed, touching, *marked)
    at = Coordinate(kind, root.field.name)
    instead = work.instead(at)
    made = work.root(at) if instead is None else work.none(instead)
    return replace(made, denied=frozenset(closed))


class _Denying(Struct):
    """One root field at work. ``why`` has the denied steps."""

    before: PlannedRoot
    profile: Profile
    closed: Collection[SourceSpan]
    touching: Touching
    why: Mapping[StepId, Denied]
    declassifying: Sequence[StepId]
    changed: dict[int, Read] = field(default_factory=dict)

    # -- the whole root field ----------------------------------------------------------

    def instead(self, at: Coordinate) -> Read | None:
        """What this caller has of the operation in place of it; None: its own value."""
        policy = self.profile.policy
        if policy is not None and self.profile.span in self.closed:
            return Denied(f"the policy at {policy.span}")
        for step in self.before.steps:
            if step.step.always and step.id in self.why:
                return self.why[step.id]
        condition = self.before.null_if
        if condition is not None:
            found = self._by_steps(steps_of(condition))
            asked = condition.expression, condition.scope
            rule = self.touching.expression(*asked, "", whole=False)
            if found is None and rule is not None:
                found = Denied(named(rule))
            if found is not None:
                return found
        made = self._by_rule(self.before.field, at)
        return None if made.read is self.before.field.read else made.read

    def none(self, read: Read) -> PlannedRoot:
        """The root field without its value; nothing is called for it."""
        return replace(
            self.before,
            field=_covered(self.before.field, read),
            steps=(),
            left_out=dict.fromkeys(self._left_out(()), LeftOut.DENIED),
            null_if=None,
        )

    # -- its parts ---------------------------------------------------------------------

    def root(self, at: Coordinate) -> PlannedRoot:
        """The root field with what of it may be read, and the steps for that."""
        field_ = self.before.field
        made = self._field(self._chosen(field_), at)
        if made.read is not field_.read:
            self.changed[id(field_.read)] = made.read
        steps = tuple(self._kept(made))
        kept = {step.id for step in steps}
        return replace(
            self.before,
            field=made,
            steps=steps,
            left_out=self._left_out(steps),
            declassified=tuple(id_ for id_ in self.declassifying if id_ in kept),
        )

    def _chosen(self, planned: PlannedField) -> PlannedField:
        """Of several steps for one value those that are left; all, where none is."""
        match planned.read:
            case FirstOf(steps) if left := self._left(steps):
                return replace(planned, read=FirstOf(left))
            case ConcatOf(steps, rule) if left := self._left(steps):
                gone = tuple(self.why[step] for step in steps if step in self.why)
                return replace(planned, read=ConcatOf(left, rule, gone))
        return planned

    def _left(self, steps: Iterable[StepId]) -> tuple[StepId, ...]:
        return tuple(step for step in steps if step not in self.why)

    def _field(self, planned: PlannedField, at: Coordinate) -> PlannedField:
        made = self._by_rule(planned, at)
        if made.read is planned.read:
            found = self._by_steps(steps_of(planned.read))
            if found:
                return _covered(made, found)
            touching = self.touching
            told = of_seen_types(made, touching.denied, touching.shapes)
            return self._with_children(told)
        return _covered(made, made.read)

    def _by_rule(self, planned: PlannedField, at: Coordinate) -> PlannedField:
        """A field by its own rule, and by those of what it is computed of."""
        rules = [self.touching.denied.get(at)]
        match planned.read:
            case Evaluate(expression, scope):
                found = self.touching.expression(expression, scope, at.type, whole=True)
                rules.append(found)
        holding = strictest(rules)
        return masked(planned, holding) if holding else planned

    def _with_children(self, planned: PlannedField) -> PlannedField:
        return replace(
            planned,
            fields={
                concrete: {
                    key: self._field(child, Coordinate(concrete, child.name))
                    for key, child in fields.items()
                }
                for concrete, fields in planned.fields.items()
            },
        )

    def _by_steps(self, steps: Iterable[StepId]) -> Denied | None:
        return next((self.why[id_] for id_ in sorted(steps) if id_ in self.why), None)

    # -- the steps that stay ----------------------------------------------------------

    def _kept(self, field_: PlannedField) -> Iterator[PlannedStep]:
        """What the fields need; a step that only a fallback needs sleeps."""
        steps = {step.id: self._allowed(step) for step in self.before.steps}
        wanted = set(_read_below(field_))
        if self.before.null_if is not None:
            wanted |= steps_of(self.before.null_if)
        wanted |= {step.id for step in self.before.steps if step.step.always}
        awake = _closure(wanted, steps)
        kept, ahead = set(awake), list(awake)
        while ahead:
            rungs = {r for r in steps[ahead.pop()].rungs if isinstance(r, StepId)}
            more = _closure(rungs, steps) - kept
            kept |= more
            ahead += more
        for id_, step in steps.items():
            if id_ in kept:
                dormant = id_ not in awake and step.gate is None
                yield replace(step, dormant=dormant)

    def _allowed(self, step: PlannedStep) -> PlannedStep:
        """The step without what only a denied one would have given it."""
        gone = self.why.keys() & set(step.unless)
        opened = step.step.declassify
        rungs = (r for r in step.rungs if opened or r not in self.why)
        return replace(
            step,
            depends_on=step.depends_on - gone,
            unless=tuple(id_ for id_ in step.unless if id_ not in gone),
            rungs=tuple(rungs),
            parents=self._routed(step.parents),
        )

    def _routed(self, parents: Parents | None) -> Parents | None:
        """The way to a step's objects, read as the fields are."""
        if parents is None or not self.changed:
            return parents
        hops = tuple(
            replace(
                hop, field=replace(hop.field, read=self.changed[id(hop.field.read)])
            )
            if id(hop.field.read) in self.changed
            else hop
            for hop in parents.route
        )
        return replace(parents, route=hops)

    def _left_out(self, steps: Collection[PlannedStep]) -> Mapping[str, LeftOut]:
        """Denied, left out before, or no longer needed."""
        stays = {s.id.step for s in steps if s.gate is None and not s.dormant}
        why = {**self.before.left_out}
        why |= {step.id.step: LeftOut.NOT_SELECTED for step in self.before.steps}
        why |= {s.id.step: LeftOut.ONLY_ON_FAILURE for s in steps if s.dormant}
        why |= {s.id.step: s.gate for s in steps if s.gate is not None}
        why |= {id_.step: LeftOut.DENIED for id_ in self.why}
        return {name: reason for name, reason in why.items() if name not in stays}


def _covered(planned: PlannedField, read: Read) -> PlannedField:
    """The field as it is read now, and nothing below it."""
    fields = {
        concrete: {key: _covered(child, read) for key, child in children.items()}
        for concrete, children in planned.fields.items()
    }
    return replace(planned, read=read, convert=None, fields=fields)


def _read_below(planned: PlannedField) -> Iterator[StepId]:
    yield from steps_of(planned.read)
    for fields in planned.fields.values():
        for child in fields.values():
            yield from _read_below(child)


def _closure(ids: Iterable[StepId], steps: Mapping[StepId, PlannedStep]) -> set[StepId]:
    found: set[StepId] = set()
    ahead = list(ids)
    while ahead:
        id_ = ahead.pop()
        if id_ not in found:
            found.add(id_)
            ahead += steps[id_].depends_on
    return found
