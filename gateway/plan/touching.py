"""Which fields that a caller may not read an expression reads all the same.

In charge of paths: of ``self`` and of steps' answers, as far as the schema knows what
they are of. A whole object is all that it can hold, but for conditions, which only ask
whether it is there. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from gateway.expression import Decision, Expression, Reference, Template
from gateway.held import Fields
from gateway.plan.answers import answer_type, fields_of
from gateway.plan.model import PlannedStep, Scope
from gateway.plan.nearest import needs_of
from gateway.plan.places import snake
from gateway.plan.presence import only_presence
from gateway.plan.reached import expressions_of
from gateway.profile.model import Profile, Step, TagRule, strictest
from gateway.record import Struct, field
from gateway.shape import Shapes
from gateway.values import Coordinate, StepId


class Touching(Struct):
    """What expressions of one root field read of the ``denied`` fields."""

    profile: Profile
    shapes: Shapes
    steps: Mapping[StepId, PlannedStep]
    denied: Mapping[Coordinate, TagRule]
    _held: dict[str, TagRule | None] = field(default_factory=dict)

    def step(self, planned: PlannedStep) -> TagRule | None:
        """The rule of a field that a step reads to be called, or to be judged."""
        if not self.denied:
            return None
        of, step = planned.parents.type if planned.parents else "", planned.step
        needs = needs_of(step)
        conditions = {id(c) for c in _conditions(step)}
        found = (
            self.expression(one, planned.scope, of, whole=id(one) not in conditions)
            for one in expressions_of(step, needs)
        )
        return strictest((self._below(of, needs), *found))

    def expression(
        self,
        expression: Expression | Template | Decision,
        scope: Scope,
        of: str,
        *,
        whole: bool,
    ) -> TagRule | None:
        """The strictest rule of the fields that it reads; None where there is none.

        ``of`` is the type of ``self``. With ``whole`` what it reads is handed on.
        """
        if not self.denied:
            return None
        return strictest(
            self._reference(one, scope, of, whole=whole or not _asks(expression, one))
            for one in expression.references
        )

    def _reference(
        self, read: Reference, scope: Scope, of: str, *, whole: bool
    ) -> TagRule | None:
        if read.root == "self":
            return self._path(of, read.path, whole=whole)
        id_ = scope.steps.get(read.root)
        planned = self.steps.get(id_) if id_ else None
        if planned is None:
            return None
        first = read.path[0] if read.path else None
        for at, key in fields_of(planned.step, self.profile):
            if at in self.denied and (key is None or key == first):
                return self.denied[at]
        known = answer_type(planned.step, self.profile, self.shapes)
        of = planned.step.returns or known
        return self._path(of, read.path, whole=whole)

    def _path(self, of: str, path: Iterable[str], *, whole: bool) -> TagRule | None:
        """Down a path: each field on it, in whichever of both spellings."""
        types = frozenset({of})
        for part in path:
            if part[:1].isdigit():
                continue
            concrete = [c for t in types if self.shapes.get(t) for c in self._all(t)]
            met = {
                (c, name)
                for c in concrete
                for name in self.shapes[c].fields
                if part in (name, snake(name))
            }
            for c, name in sorted(met):
                if rule := self.denied.get(Coordinate(c, name)):
                    return rule
            types = frozenset(self.shapes.field_type(c, name).name for c, name in met)
        if not whole:
            return None
        return next(filter(None, map(self._inside, sorted(types))), None)

    def _all(self, name: str) -> frozenset[str]:
        return (
            self.shapes.concrete(name) if self.shapes[name].composite else frozenset()
        )

    def _inside(self, name: str) -> TagRule | None:
        """A denied field of an object, or of what it can hold."""
        if name not in self._held:
            reachable = self.shapes.reachable((name,))
            rules = (
                self.denied[at] for at in sorted(self.denied) if at.type in reachable
            )
            self._held[name] = next(rules, None)
        return self._held[name]

    def _below(self, of: str, fields: Fields) -> TagRule | None:
        """Of what a source is sent of an object."""
        for name, below in fields.items():
            inner = name.removeprefix("...") if name.startswith("...") else None
            if inner is None and (rule := self.denied.get(Coordinate(of, name))):
                return rule
            next_ = inner or self.shapes.field_type(of, name).name
            if below and (rule := self._below(next_, below)):
                return rule
        return None


def _asks(condition: Expression | Template | Decision, read: Reference) -> bool:
    text = condition.text if isinstance(condition, Expression) else ""
    return only_presence(text, read)


def _conditions(step: Step) -> Iterable[object]:
    """What of a step only asks."""
    if step.when is not None:
        yield step.when.whole
    if step.success_if is not None:
        yield step.success_if
