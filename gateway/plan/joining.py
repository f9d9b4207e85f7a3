"""Steps join the plan, each with everything it reads, dependencies first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field

from gateway.errors import InternalError
from gateway.held import NOTHING, Fields
from gateway.plan.aliases import Aliases
from gateway.plan.defaults import defaults_of
from gateway.plan.filling import Filling
from gateway.plan.joined import Joined
from gateway.plan.model import (
    AnswerOf,
    Evaluate,
    Given,
    JoinOf,
    KeyOf,
    LeftOut,
    PlannedStep,
    Read,
    Scope,
    Unavailable,
)
from gateway.plan.nearest import Below, Nearest, needs_of
from gateway.plan.places import (
    Owner,
    Place,
    parents_at,
    read_plainly,
    steps_of,
    steps_of_scope,
)
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
from gateway.record import replace
from gateway.shape import Shapes
from gateway.values import JsonValue, Path, SourceSpan, StepId

ArgumentsFrom = Path | Mapping[str, JsonValue] | None


@dataclass(slots=True)
class Joining:
    """The steps of one root field, and how what is wanted is read of them.

    ``root`` is the root field's path; ``shut`` are the steps ruled out early.
    """

    root: Path
    profile: Profile
    audience: Audience
    shapes: Shapes
    shut: Mapping[SourceSpan, LeftOut]
    falling: int = 0
    aliases: Aliases = field(init=False)
    joined: Joined = field(init=False)

    def __post_init__(self) -> None:
        self.aliases = Aliases(self.shapes)
        self.joined = Joined(self.root, self.shut)

    @property
    def filling(self) -> Filling:
        return Filling(self.profile, self.audience)

    @property
    def steps(self) -> tuple[PlannedStep, ...]:
        """Every step that joined; those that only a fallback needs are dormant."""
        return self.joined.steps

    def step(
        self, name: str, *, at: Path | None = None, unless: tuple[StepId, ...] = ()
    ) -> StepId:
        """A step of the operation joins, if it has not yet.

        A step that reads ``args`` has one instance for each response key of its
        field (`at`); where other steps read it, one with the arguments' defaults.
        """
        step = self.profile.steps[name]
        own = at if at and step.reads.field_arguments else None
        id_, here = (
            self.joined.id_of(own or self.root, step),
            Place(self.root, (), Owner()),
        )
        if id_ not in self.joined.planned and not self.joined.is_shut(id_, step, here):
            arguments = own or defaults_of(
                step, self.profile.returns, self.profile, self.shapes
            )
            scope = self._scope(step.reads, here, arguments=arguments)
            self._add(id_, step, scope, here, unless=unless)
            self._let_fall(id_, at)
        self._want(id_)
        return id_

    def _want(self, id_: StepId) -> None:
        if not self.falling:
            self.joined.wanted.add(id_)

    def _let_fall(self, id_: StepId, at: Path | None) -> None:
        """What is tried when a step fails joins too, and is not wanted by that."""
        planned = self.joined.planned[id_]
        self.falling += 1
        rungs = tuple(
            self.step(rung, at=at) if isinstance(rung, str) else rung
            for rung in planned.step.fallback
        )
        self.falling -= 1
        self.joined.planned[id_] = replace(planned, rungs=rungs)

    def of_object(self, step: Step, here: Place) -> StepId:
        """A step that runs for the objects at a place, for its own sake."""
        return self._entity(step, here, None)

    def evaluate(self, computed: Computed) -> Evaluate:
        """An expression of the operation, with the steps it reads."""
        here = Place(self.root, (), Owner())
        return Evaluate(computed.expression, self._scope(computed.reads, here))

    @property
    def nearest(self) -> Nearest:
        return Nearest(self.filling, self.shapes, self.joined.planned)

    def field_of(
        self, name: str, key: str | None, here: Place, below: Below = None
    ) -> tuple[Read, Owner]:
        """How a field of an object is read, and whose body is below it.

        A step of the composite gives it, or an entity step, or an expression, or the
        object's own body. `key` is the response key it is selected under; None where
        an expression reads it, with the defaults of its arguments. ``below`` is what is
        wanted of the objects that the field is.
        """
        provision = self._provision(name, here)
        at = (*here.path, key) if key else None
        if isinstance(provision, FromStep):
            id_ = self.step(provision.step, at=at)
            owner = Owner.of(self.profile.steps[provision.step])
            own = provision.key and self._key(provision.key, key, here, owner)
            return AnswerOf(id_, own), owner.within(self.profile.returns, name)
        if provision is not None:
            return self.evaluate(provision), self._behind(provision, name, here)
        return self._of_object(name, here, key, below)

    def _key(self, name: str, key: str | None, here: Place, owner: Owner) -> str:
        """The key of a body that a field is read by."""
        at = here if here.type else replace(here, type=self.profile.returns)
        return self.aliases.key(name, key, at, owner)

    def _of_object(
        self, name: str, here: Place, key: str | None, below: Below
    ) -> tuple[Read, Owner]:
        """A field that no step of the composite gives."""
        at = (*here.path, key) if key else None
        always = self.filling.given(here).get(name)
        if self.nearest.is_at_hand(name, here, below):
            return self._own_key(name, key, here)
        step = None if always else self.nearest.step(name, here)
        if step:
            owner, own_key = Owner.of(step).within(here.type, name), step.fields[name]
            id_ = self._entity(step, here, at)
            join = JoinOf(id_, own_key and self._key(own_key, key, here, owner))
            return (join if always is None else Given(name, join)), owner
        computed = self.filling.computed(name, here) if always is None else None
        if computed:
            scope = self._scope(computed.reads, here, filled={name})
            owner = self._behind(computed, name, here)
            return Evaluate(computed.expression, scope), owner
        composed = isinstance(self.profile.root, Composite) and here.path == self.root
        stuck = always is None and self.filling.steps(name, here)
        if composed or stuck or self.filling.is_lost(name, here):
            return Unavailable(self.profile.operation, name), Owner()
        return self._own_key(name, key, here)

    def _own_key(self, name: str, key: str | None, here: Place) -> tuple[Read, Owner]:
        """A key of the body that the object stands in."""
        read = KeyOf(self._key(name, key, here, here.owner))
        return read, here.owner.within(here.type, name)

    def _behind(self, computed: Computed, name: str, here: Place) -> Owner:
        """Whose body an expression gives a part of; what it makes is in our spelling.

        Fields that read themselves read the raw key.
        """
        read = read_plainly(computed.expression)
        if read is None:
            return replace(here.owner, conversions={})
        if read.root == "self":
            other = read.path[0]
            return here.owner if other == name else self.field_of(other, None, here)[1]
        step = self.profile.steps.get(read.root)
        return Owner.of(step) if step else Owner()

    # -- who fills a field -------------------------------------------------------

    def _provision(self, name: str, here: Place) -> Provision | None:
        """What the profile says of a field of its composite; None elsewhere."""
        root = self.profile.root
        if isinstance(root, Composite) and here.path == self.root:
            return root.fields.get(name)
        return None

    # -- joining --------------------------------------------------------------------

    def _entity(self, step: Step, here: Place, at: Path | None) -> StepId:
        own = at if step.reads.field_arguments else None
        id_ = self.joined.id_of(own or here.path, step)
        if id_ not in self.joined.planned and not self.joined.is_shut(id_, step, here):
            scope = self._scope(
                step.reads,
                here,
                arguments=own
                or defaults_of(step, here.type, self.profile, self.shapes),
                filled=step.fields.keys(),
                shared=self.filling.is_shared(step, here),
                needs=needs_of(step),
            )
            self._add(id_, step, scope, here)
            self._let_fall(id_, None)
        self._want(id_)
        return id_

    def _add(
        self,
        id_: StepId,
        step: Step,
        scope: Scope,
        here: Place,
        *,
        unless: tuple[StepId, ...] = (),
    ) -> None:
        shared = self.filling.is_shared(step, here)
        after = frozenset(self._named(n, here, shared=shared) for n in step.after)
        found = frozenset(s for hop in here.route for s in steps_of(hop.field.read))
        depends_on = after | found | frozenset(unless) | steps_of_scope(scope)
        parents = parents_at(here)
        self.joined.planned[id_] = PlannedStep(
            id_, step, scope, depends_on, parents, unless
        )

    # -- what expressions read -----------------------------------------------------

    def _scope(  # noqa: PLR0913 - one for each thing that may be in scope
        self,
        reads: Reads,
        here: Place,
        *,
        arguments: ArgumentsFrom = None,
        filled: AbstractSet[str] = frozenset(),
        shared: bool = False,
        needs: Fields = NOTHING,
    ) -> Scope:
        names = sorted(reads.steps)
        return Scope(
            root=self.root,
            steps={name: self._named(name, here, shared=shared) for name in names},
            needed=frozenset(n for n, needed in reads.steps.items() if needed),
            own=dict(self._own(reads, here, filled, needs)) if here.type else None,
            arguments=arguments,
        )

    def _named(self, name: str, here: Place, *, shared: bool) -> StepId:
        """The instance that a step's name means here: the root's, or a sibling's.

        In an entity file (`shared`) it is always a sibling's.
        """
        if name in self.profile.steps and not shared:
            return self.step(name)
        step = self.filling.named(name, here)
        if step is not None:
            return self._entity(step, here, None)
        raise InternalError(f"step {name!r} was not found after loading")

    def _own(
        self, reads: Reads, here: Place, filled: AbstractSet[str], needs: Fields
    ) -> Iterator[tuple[str, Read]]:
        """How each field of ``self`` is read; one's own fields are raw keys.

        What gives nothing but keys of an object reads the other keys as the caller
        named them: else two keys that give each other would wait for each other.
        """
        given = self.filling.given(here)
        whole = {name for name, always in given.items() if always is not None}
        named = given.keys() if filled and filled <= whole else frozenset()
        for name in sorted(reads.own):
            if name in filled or name in named:
                yield name, KeyOf(here.owner.key(name))
            else:
                below = needs.get(name) if needs else None
                yield name, self.field_of(name, None, here, below)[0]
