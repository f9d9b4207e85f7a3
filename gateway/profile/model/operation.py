"""One operation as compiled: what its value is made of, and what a caller is offered.

All frozen. Every field of the composite has one owner. Must never hold anything of a
request.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

from gateway.errors import Problem
from gateway.expression import Expression
from gateway.profile.model.identity import Key
from gateway.profile.model.marks import UNMARKED, Marks
from gateway.profile.model.matching import Matching
from gateway.profile.model.policies import Guard, Idempotency
from gateway.profile.model.protection import UNPROTECTED, Protection
from gateway.profile.model.step import Reads, Step
from gateway.record import Model, field, replace
from gateway.request.model import OperationKind
from gateway.shape import FieldShape, TypeShape
from gateway.values import Coordinate, SourceSpan, digest


class FromStep(Model, frozen=True):
    """A field of the composite that a step gives: the answer, or a key of it."""

    step: str
    key: str | None = None


class Computed(Model, frozen=True):
    """A field whose value is an expression over steps, or over ``self``."""

    expression: Expression
    reads: Reads
    span: SourceSpan


Provision: TypeAlias = FromStep | Computed


class OneStep(Model, frozen=True):
    """The operation's value is one step's answer, whatever it is."""

    step: str


class Composite(Model, frozen=True):
    """The operation's value is an object whose fields come from several steps."""

    fields: Mapping[str, Provision]


class FirstAnswer(Model, frozen=True):
    """The first step, in order, that answers with something."""

    steps: tuple[str, ...]


class Concatenation(Model, frozen=True):
    """The steps' lists one after another; rows with an equal `by` become one."""

    steps: tuple[str, ...]
    by: str | None = None


class ByKey(Model, frozen=True):
    """The operation's value are objects that the caller names by their keys.

    ``step`` gives them as they were named. ``lookups`` run for these objects and for
    no others. ``given`` are the leaves that an object brings itself, by type: whether
    it always does, or only where it is named by a key that has them; None for objects
    of keys, which are read by what gives other keys and by nothing else. ``kinds``
    tell what an object is that was named as one of an interface.
    """

    step: str
    lookups: Mapping[str, Entity]
    given: Mapping[str, Mapping[str, bool | None]]
    kinds: Mapping[str, Step] = field(default_factory=dict)


Root: TypeAlias = OneStep | Composite | FirstAnswer | Concatenation | ByKey


class Entity(Model, frozen=True):
    """Steps and computed fields that hold wherever a type appears.

    ``lookups`` are steps that run only for objects of which a caller knew no more than
    one of the ``keys``. ``nearest``: several steps may give a field, and the one that
    takes fewest calls does, none where the object's own source has it. ``marks`` are
    what SDL says of the type to routers.
    """

    type: str
    steps: Mapping[str, Step]
    computed: Mapping[str, Computed]
    digest: str
    span: SourceSpan
    keys: tuple[Key, ...] = ()
    lookups: Mapping[str, Step] = field(default_factory=dict)
    nearest: bool = False
    marks: Marks = UNMARKED

    def steps_filling(self, field_name: str) -> tuple[Step, ...]:
        """All steps that give a field, in their order."""
        return tuple(s for s in self.steps.values() if field_name in s.fields)

    def step_filling(self, field_name: str) -> Step | None:
        return next((s for s in self.steps.values() if field_name in s.fields), None)


class Profile(Model, frozen=True):
    """One operation as configured.

    ``deadline`` is in seconds; ``deadline_span`` is where it stands, None where nobody
    wrote one.

    ``declares`` are the types and ``field`` the root field that the schema gets from
    this profile where no SDL declares them, ``adds`` the fields that its type gets.
    ``entities`` are the profile's own entity steps by the type they fill; they win
    over entity files. ``owner`` is who is asked about it, for those who operate it.
    """

    operation: str
    kind: OperationKind
    field: FieldShape
    returns: str
    root: Root
    steps: Mapping[str, Step]
    entities: Mapping[str, Entity]
    deadline: float
    digest: str
    span: SourceSpan
    arguments: tuple[str, ...] = ()
    null_if: Computed | None = None
    declares: tuple[TypeShape, ...] = ()
    declares_field: bool = False
    adds: tuple[FieldShape, ...] = ()
    description: str | None = None
    deadline_span: SourceSpan | None = None
    owner: str | None = None
    idempotency: Idempotency | None = None
    slow_consumer: str | None = None
    """What becomes of a subscriber who is slow; None leaves it to the deployment."""
    deferral: float | None = None
    """Seconds that optional steps are waited for where the rest can come later; without
    end where it is switched off, None leaves it to the deployment."""
    policy: Guard | None = None
    """Who may use the operation."""
    name: str = ""
    """The profile's own: several may serve one operation, each other requests."""
    lacks: tuple[str, ...] = ()
    """Fields of its type that none of its steps gives, and another profile's does."""
    drops: frozenset[str] = frozenset()
    """Fields of objects that steps of what it extends fill, and none of its own."""
    bodies: tuple[tuple[str, frozenset[str]], ...] = ()
    """The keys that a step's answer has at most, by step, where that is certain."""
    match: Matching | None = None
    """Whom it serves; None: all whom no other profile of the operation does."""
    priority: int = 0
    """Which profile wins where several match: the highest."""

    def entity(self, coordinate: Coordinate) -> Step | None:
        """The profile's own step that fills the field, if there is one."""
        own = self.entities.get(coordinate.type)
        return own.step_filling(coordinate.field) if own else None


class Audience(Model, frozen=True):
    """What one kind of caller is offered: effective profiles and entity files.

    ``unavailable`` are operations that exist but have no version that can serve.
    ``lost`` are fields by their type whose entity file has no such version.
    ``protection`` says which fields not everybody may read.
    ``hidden`` are the coordinates of the schema that it must not learn of: `Query.a`,
    `A.b`, `A.b(c:)`, `Kind.VALUE`, or a whole type `A`; ``hides_inputs``: what values
    are made of is among them. ``shared`` is the digest of all that the audiences of its
    generation have in common; empty where it is the only one.
    """

    profiles: Mapping[str, Profile]
    entities: Mapping[str, Entity]
    digest: str
    unavailable: Mapping[str, tuple[Problem, ...]] = field(default_factory=dict)
    lost: Mapping[str, frozenset[str]] = field(default_factory=dict)
    protection: Protection = UNPROTECTED
    hidden: frozenset[str] = frozenset()
    hides_inputs: bool = False
    shared: str = ""

    def protected(self, protection: Protection) -> Audience:
        """The same, where some fields are not for everybody."""
        if protection is UNPROTECTED:
            return self
        key = digest(self.digest, protection.digest)
        return replace(self, protection=protection, digest=key)

    @property
    def keeps(self) -> bool:
        """Whether anything is kept for later requests, or what is kept is changed."""
        entities = [*self.entities.values()]
        for profile in self.profiles.values():
            entities += profile.entities.values()
        owned = [profile.steps for profile in self.profiles.values()]
        owned += [entity.steps for entity in entities]
        steps = [step for steps in owned for step in steps.values()]
        return self.keyed or any(step.cache or step.invalidates for step in steps)

    @property
    def keyed(self) -> bool:
        """Whether any operation is known again by a key."""
        return any(profile.idempotency for profile in self.profiles.values())
