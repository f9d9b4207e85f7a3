"""One root field's part of the plan: fields find their owners, owners join the plan."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field

from gateway.errors import InternalError
from gateway.plan.model import (
    AnswerOf,
    Composed,
    ConcatOf,
    Evaluate,
    FirstOf,
    Hop,
    JoinOf,
    KeyOf,
    LeftOut,
    Parents,
    PlannedField,
    PlannedStep,
    Read,
    Scope,
)
from gateway.profile.model import (
    Audience,
    Composite,
    Computed,
    Concatenation,
    FirstAnswer,
    FromStep,
    Names,
    OneStep,
    Profile,
    Reads,
    Step,
    TypeBy,
)
from gateway.request.model import SelectedField
from gateway.shape import Shapes
from gateway.values import Coordinate, JsonValue, Path, SourceSpan, StepId

SelectedTypes = Mapping[str, tuple[SelectedField, ...]]
PlannedTypes = Mapping[str, Mapping[str, PlannedField]]


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose body the raw keys below a field belong to, and how it spells them."""

    names: Names = Names.VERBATIM
    type_by: TypeBy | None = None

    @classmethod
    def of(cls, step: Step) -> Owner:
        return cls(step.names, step.type_by)

    def key(self, name: str) -> str:
        return snake(name) if self.names is Names.SNAKE else name


@dataclass(frozen=True, slots=True)
class Place:
    """Where the walk stands: the response path, the way here, and whose body it is."""

    path: Path
    route: tuple[Hop, ...]
    owner: Owner
    type: str = ""


@dataclass
class RootPlanner:
    """Plans one root field. ``steps`` grow in topological order while it walks."""

    selected: SelectedField
    profile: Profile
    audience: Audience
    shapes: Shapes
    shut: Mapping[SourceSpan, LeftOut]
    null_if: Evaluate | None = None
    _steps: dict[StepId, PlannedStep] = field(default_factory=dict)

    @property
    def steps(self) -> tuple[PlannedStep, ...]:
        return tuple(self._steps.values())

    def plan(self) -> PlannedField:
        """The root field with everything below it."""
        for step in self.profile.steps.values():
            if step.always:
                self._instance(step.name)
        if self.profile.null_if:
            self.null_if = self._evaluate(self.profile.null_if)
        read, owner = self._root_read()
        root = self._field(self.selected, read, owner)
        if isinstance(read, Composed):
            return self._with(root, self._composite())
        place = Place((self.selected.key,), (Hop(root),), owner)
        return self._with(root, self._below(self.selected, place))

    # -- the root's own value ---------------------------------------------------

    def _root_read(self) -> tuple[Read, Owner]:
        match self.profile.root:
            case OneStep(step):
                return AnswerOf(self._instance(step)), self._owner(step)
            case Composite():
                return Composed(), Owner()
            case FirstAnswer(steps):
                return FirstOf(self._in_turn(steps)), self._owner(steps[0])
            case Concatenation(steps=steps) as rule:
                ids = tuple(self._instance(name) for name in steps)
                return ConcatOf(ids, rule), self._owner(steps[0])

    def _in_turn(self, names: tuple[str, ...]) -> tuple[StepId, ...]:
        """Each step waits for the ones before it, and runs if none has answered."""
        ids: tuple[StepId, ...] = ()
        for name in names:
            ids = (*ids, self._instance(name, unless=ids))
        return ids

    def _composite(self) -> PlannedTypes:
        """The composite's fields, each with the step or expression that gives it."""
        assert isinstance(self.profile.root, Composite)  # noqa: S101
        provided = self.profile.root.fields
        planned = {}
        for child in self.selected.fields.get(self.profile.returns, ()):
            path = (self.selected.key, child.key)
            provision = provided.get(child.name)
            match provision:
                case FromStep(step, key):
                    owner = self._owner(step)
                    spelled = owner.key(key) if key else None
                    read: Read = AnswerOf(self._instance(step, at=path), spelled)
                case Computed():
                    read, owner = self._evaluate(provision), Owner()
                case None:  # an entity step or an entity file's expression fills it
                    here = Place(path[:1], (), Owner(), self.profile.returns)
                    read, owner = self._owned(child, here)
            top = self._field(child, read, owner)
            place = Place(path, (Hop(top),), owner)
            planned[child.key] = self._with(top, self._below(child, place))
        return {self.profile.returns: planned}

    # -- below the root ----------------------------------------------------------

    def _below(self, parent: SelectedField, place: Place) -> PlannedTypes:
        return {
            concrete: {
                child.key: self._nested(child, parent, place, concrete)
                for child in children
            }
            for concrete, children in parent.fields.items()
        }

    def _nested(
        self, child: SelectedField, parent: SelectedField, place: Place, concrete: str
    ) -> PlannedField:
        path = parent.below(place.path, concrete)
        here = Place(path, place.route, place.owner, concrete)
        read, owner = self._owned(child, here)
        planned = self._field(child, read, owner)
        on = concrete if len(parent.fields) > 1 else None
        below = Place((*path, child.key), (*place.route, Hop(planned, on)), owner)
        return self._with(planned, self._below(child, below))

    def _owned(self, child: SelectedField, here: Place) -> tuple[Read, Owner]:
        """Who gives a nested field: an entity step, an expression, or its parent."""
        coordinate = Coordinate(here.type, child.name)
        step = self._entity_step(coordinate)
        if step:
            owner = Owner.of(step)
            key = step.fields[child.name]
            id_ = self._entity_instance(step, here, (*here.path, child.key))
            return JoinOf(id_, owner.key(key) if key else None), owner
        computed = self._computed(coordinate)
        if computed:
            scope = self._scope(computed.reads, here, filled={child.name})
            return Evaluate(computed.expression, scope), here.owner
        return KeyOf(here.owner.key(child.name)), here.owner

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

    # -- steps join the plan -----------------------------------------------------

    def _instance(
        self, name: str, *, at: Path | None = None, unless: tuple[StepId, ...] = ()
    ) -> StepId:
        """The root step's instance, planned now if it was not yet.

        A step that reads ``args`` has one instance for each response key of its
        field; where other steps read it, one with the arguments' defaults.
        """
        step = self.profile.steps[name]
        root = (self.selected.key,)
        own = at if at and step.reads.field_arguments else None
        id_ = StepId(own or root, name)
        if id_ not in self._steps:
            here = Place(root, (), Owner())
            arguments = own or self._defaults(step)
            scope = self._scope(step.reads, here, arguments=arguments)
            self._add(id_, step, scope, unless=unless)
        return id_

    def _entity_instance(self, step: Step, here: Place, at: Path) -> StepId:
        arguments = at if step.reads.field_arguments else None
        id_ = StepId(arguments or here.path, step.name)
        if id_ not in self._steps:
            scope = self._scope(
                step.reads, here, arguments=arguments, filled=step.fields.keys()
            )
            self._add(id_, step, scope, parents=Parents(here.route, here.type))
        return id_

    def _add(
        self,
        id_: StepId,
        step: Step,
        scope: Scope,
        *,
        parents: Parents | None = None,
        unless: tuple[StepId, ...] = (),
    ) -> None:
        gate = self.shut.get(step.span)
        if gate is not None:
            self._steps[id_] = PlannedStep(
                id_, step, Scope(scope.root), frozenset(), parents, gate=gate
            )
            return
        after = frozenset(self._instance(name) for name in step.after)
        found = frozenset(
            dep for hop in (parents.route if parents else ()) for dep in _steps_in(hop)
        )
        depends_on = after | found | frozenset(unless) | steps_of_scope(scope)
        self._steps[id_] = PlannedStep(id_, step, scope, depends_on, parents, unless)

    def _defaults(self, step: Step) -> Mapping[str, JsonValue] | None:
        if not step.reads.field_arguments:
            return None
        shape = self.shapes.field(self.profile.returns, step.name)
        return shape.defaults() if shape else {}

    # -- expressions -------------------------------------------------------------

    def _evaluate(self, computed: Computed) -> Evaluate:
        here = Place((self.selected.key,), (), Owner())
        return Evaluate(computed.expression, self._scope(computed.reads, here))

    def _scope(
        self,
        reads: Reads,
        here: Place,
        *,
        arguments: Path | Mapping[str, JsonValue] | None = None,
        filled: AbstractSet[str] = frozenset(),
    ) -> Scope:
        return Scope(
            root=(self.selected.key,),
            steps={name: self._named(name, here) for name in sorted(reads.steps)},
            needed=frozenset(n for n, needed in reads.steps.items() if needed),
            own=dict(self._own(reads, here, filled)) if here.type else None,
            arguments=arguments,
        )

    def _named(self, name: str, here: Place) -> StepId:
        """The instance that a step's name means here: the root's, or a sibling's."""
        if name in self.profile.steps:
            return self._instance(name)
        for entities in (self.profile.entities, self.audience.entities):
            entity = entities.get(here.type)
            if entity and name in entity.steps:
                return self._entity_instance(entity.steps[name], here, here.path)
        raise InternalError(f"step {name!r} was not found after loading")

    def _own(
        self, reads: Reads, here: Place, filled: AbstractSet[str]
    ) -> Iterator[tuple[str, Read]]:
        """How each field of ``self`` is read; one's own fields are raw keys."""
        for name in sorted(reads.own):
            if name in filled:
                yield name, KeyOf(here.owner.key(name))
            else:
                type_ = self.shapes.field_type(here.type, name)
                yield name, self._owned(SelectedField(name, name, type_), here)[0]

    # -- small things ------------------------------------------------------------

    def _owner(self, step: str) -> Owner:
        return Owner.of(self.profile.steps[step])

    def _field(self, selected: SelectedField, read: Read, owner: Owner) -> PlannedField:
        abstract = self.shapes.get(selected.type.name)
        type_by = owner.type_by if abstract and abstract.abstract else None
        return PlannedField(selected.key, selected.name, selected.type, read, type_by)

    @staticmethod
    def _with(planned: PlannedField, fields: PlannedTypes) -> PlannedField:
        return PlannedField(
            planned.key,
            planned.name,
            planned.type,
            planned.read,
            planned.type_by,
            fields,
        )


def steps_of(read: Read) -> frozenset[StepId]:
    """The steps that have to settle before a read can be made."""
    match read:
        case AnswerOf(step) | JoinOf(step):
            return frozenset({step})
        case FirstOf(steps) | ConcatOf(steps):
            return frozenset(steps)
        case Evaluate(scope=scope):
            return steps_of_scope(scope)
        case _:
            return frozenset()


def steps_of_scope(scope: Scope) -> frozenset[StepId]:
    own = (steps_of(read) for read in (scope.own or {}).values())
    return frozenset(scope.steps.values()).union(*own)


def _steps_in(hop: Hop) -> frozenset[StepId]:
    return steps_of(hop.field.read)


def snake(name: str) -> str:
    """``partyId`` as a source with snake_case names spells it: ``party_id``."""
    return "".join(
        f"_{c.lower()}" if c.isupper() and i else c.lower() for i, c in enumerate(name)
    )
