"""Steps join the plan, each with everything it reads, dependencies first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field

from gateway.errors import InternalError
from gateway.plan.model import (
    AnswerOf,
    Evaluate,
    JoinOf,
    KeyOf,
    LeftOut,
    Parents,
    PlannedStep,
    Read,
    Scope,
    Unavailable,
)
from gateway.plan.places import Owner, Place, steps_of, steps_of_scope
from gateway.profile.model import (
    Audience,
    Composite,
    Computed,
    FromStep,
    Profile,
    Provision,
    Reads,
    Step,
)
from gateway.shape import Shapes
from gateway.values import Coordinate, JsonValue, Path, SourceSpan, StepId

ArgumentsFrom = Path | Mapping[str, JsonValue] | None


@dataclass(slots=True)
class Joining:
    """The steps of one root field. ``planned`` grows in topological order.

    ``root`` is the root field's path; ``shut`` are the steps ruled out early.
    """

    root: Path
    profile: Profile
    audience: Audience
    shapes: Shapes
    shut: Mapping[SourceSpan, LeftOut]
    planned: dict[StepId, PlannedStep] = field(default_factory=dict)

    def step(
        self, name: str, *, at: Path | None = None, unless: tuple[StepId, ...] = ()
    ) -> StepId:
        """A step of the operation joins, if it has not yet.

        A step that reads ``args`` has one instance for each response key of its
        field (`at`); where other steps read it, one with the arguments' defaults.
        """
        step = self.profile.steps[name]
        own = at if at and step.reads.field_arguments else None
        id_ = StepId(own or self.root, name)
        if id_ not in self.planned and not self._shut(id_, step):
            arguments = own or self._defaults(step)
            here = Place(self.root, (), Owner())
            scope = self._scope(step.reads, here, arguments=arguments)
            self._add(id_, step, scope, unless=unless)
        return id_

    def evaluate(self, computed: Computed) -> Evaluate:
        """An expression of the operation, with the steps it reads."""
        here = Place(self.root, (), Owner())
        return Evaluate(computed.expression, self._scope(computed.reads, here))

    def field_of(self, name: str, key: str, here: Place) -> tuple[Read, Owner]:
        """How a field of an object is read, and whose body is below it.

        A step of the composite gives it, or an entity step, or an expression, or the
        object's own body.
        """
        provision = self._provision(name, here)
        if isinstance(provision, FromStep):
            id_ = self.step(provision.step, at=(*here.path, key))
            owner = Owner.of(self.profile.steps[provision.step])
            return AnswerOf(id_, provision.key and owner.key(provision.key)), owner
        if provision is not None:
            return self.evaluate(provision), Owner()
        composed = isinstance(self.profile.root, Composite) and here.path == self.root
        coordinate = Coordinate(here.type, name)
        step = self._entity_step(coordinate)
        if step:
            owner, own_key = Owner.of(step), step.fields[name]
            id_ = self._entity(step, here, (*here.path, key))
            return JoinOf(id_, owner.key(own_key) if own_key else None), owner
        computed = self._computed(coordinate)
        if computed:
            scope = self._scope(computed.reads, here, filled={name})
            return Evaluate(computed.expression, scope), here.owner
        if composed:
            return Unavailable(self.profile.operation, name), Owner()
        return KeyOf(here.owner.key(name)), here.owner

    # -- who fills a field -------------------------------------------------------

    def _provision(self, name: str, here: Place) -> Provision | None:
        """What the profile says of a field of its composite; None elsewhere."""
        root = self.profile.root
        if isinstance(root, Composite) and here.path == self.root:
            return root.fields.get(name)
        return None

    def _entity_step(self, coordinate: Coordinate) -> Step | None:
        own = self.profile.entity(coordinate)
        if own:
            return own
        shared = self.audience.entities.get(coordinate.type)
        return shared.step_filling(coordinate.field) if shared else None

    def _computed(self, coordinate: Coordinate) -> Computed | None:
        for entities in (self.profile.entities, self.audience.entities):
            entity = entities.get(coordinate.type)
            if entity and coordinate.field in entity.computed:
                return entity.computed[coordinate.field]
        return None

    # -- joining --------------------------------------------------------------------

    def _entity(self, step: Step, here: Place, at: Path) -> StepId:
        arguments = at if step.reads.field_arguments else None
        id_ = StepId(arguments or here.path, step.name)
        parents = Parents(here.route, here.type, here.on)
        if id_ not in self.planned and not self._shut(id_, step, parents):
            filled = step.fields.keys()
            scope = self._scope(step.reads, here, arguments=arguments, filled=filled)
            self._add(id_, step, scope, parents=parents)
        return id_

    def _shut(self, id_: StepId, step: Step, parents: Parents | None = None) -> bool:
        """Let a step that is ruled out early join as such: it pulls nothing."""
        gate = self.shut.get(step.span)
        if gate is None:
            return False
        scope = Scope(self.root)
        self.planned[id_] = PlannedStep(
            id_, step, scope, frozenset(), parents, gate=gate
        )
        return True

    def _add(
        self,
        id_: StepId,
        step: Step,
        scope: Scope,
        *,
        parents: Parents | None = None,
        unless: tuple[StepId, ...] = (),
    ) -> None:
        after = frozenset(self.step(name) for name in step.after)
        route = parents.route if parents else ()
        found = frozenset(s for hop in route for s in steps_of(hop.field.read))
        depends_on = after | found | frozenset(unless) | steps_of_scope(scope)
        self.planned[id_] = PlannedStep(id_, step, scope, depends_on, parents, unless)

    def _defaults(self, step: Step) -> Mapping[str, JsonValue] | None:
        if not step.reads.field_arguments:
            return None
        shape = self.shapes.field(self.profile.returns, step.name)
        return shape.defaults() if shape else {}

    # -- what expressions read -----------------------------------------------------

    def _scope(
        self,
        reads: Reads,
        here: Place,
        *,
        arguments: ArgumentsFrom = None,
        filled: AbstractSet[str] = frozenset(),
    ) -> Scope:
        return Scope(
            root=self.root,
            steps={name: self._named(name, here) for name in sorted(reads.steps)},
            needed=frozenset(n for n, needed in reads.steps.items() if needed),
            own=dict(self._own(reads, here, filled)) if here.type else None,
            arguments=arguments,
        )

    def _named(self, name: str, here: Place) -> StepId:
        """The instance that a step's name means here: the root's, or a sibling's."""
        if name in self.profile.steps:
            return self.step(name)
        for entities in (self.profile.entities, self.audience.entities):
            entity = entities.get(here.type)
            if entity and name in entity.steps:
                return self._entity(entity.steps[name], here, here.path)
        raise InternalError(f"step {name!r} was not found after loading")

    def _own(
        self, reads: Reads, here: Place, filled: AbstractSet[str]
    ) -> Iterator[tuple[str, Read]]:
        """How each field of ``self`` is read; one's own fields are raw keys."""
        for name in sorted(reads.own):
            if name in filled:
                yield name, KeyOf(here.owner.key(name))
            else:
                yield name, self.field_of(name, name, here)[0]
