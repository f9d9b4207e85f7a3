"""The plan: what will run for one kind of request, and where each field is read.

A plan is a recipe: frozen, free of results and of argument values, so that one plan
serves every request with the same digest. `PlannedField` mirrors the selection.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import TypeAlias

from gateway.conversion import Conversion
from gateway.expression import Expression, Template
from gateway.profile.model import Concatenation, Profile, Stale, Step, TypeBy
from gateway.request.model import OperationKind
from gateway.shape import TypeRef
from gateway.values import JsonValue, Path, SourceSpan, StepId


class LeftOut(Enum):
    """Why a plan does without a step of the profile."""

    NOT_SELECTED = "not_selected"
    FLAG_OFF = "flag_off"
    CONDITION_FALSE = "condition_false"
    ONLY_ON_FAILURE = "only_on_failure"
    DENIED = "denied"


@dataclass(frozen=True, slots=True)
class AnswerOf:
    """Read a step's answer, or a key of it."""

    step: StepId
    key: str | None = None


@dataclass(frozen=True, slots=True)
class KeyOf:
    """Read a key of the parent's own object."""

    key: str


@dataclass(frozen=True, slots=True)
class JoinOf:
    """Read what an entity step came to for this parent, or a key of it."""

    step: StepId
    key: str | None = None


@dataclass(frozen=True, slots=True)
class Given:
    """Read a key that some parents bring; of others, what gives it instead."""

    key: str
    otherwise: JoinOf


@dataclass(frozen=True, slots=True)
class Denied:
    """A policy denies the value, of a ``step`` or a field: null, an error if ``told``.

    ``because`` is for those who may see details.
    """

    because: str
    step: StepId | None = None
    told: bool = True


@dataclass(frozen=True, slots=True)
class FirstOf:
    """Read the first of the steps that answered with something."""

    steps: tuple[StepId, ...]


@dataclass(frozen=True, slots=True)
class ConcatOf:
    """Read the steps' lists as one; ``without`` those that a policy denies."""

    steps: tuple[StepId, ...]
    rule: Concatenation
    without: tuple[Denied, ...] = ()


@dataclass(frozen=True, slots=True)
class Kind:
    """What tells which of its types an object of an interface has: a row of a step."""

    row: JoinOf
    type_by: TypeBy | None
    types: frozenset[str]


@dataclass(frozen=True, slots=True)
class Typed:
    """Read objects, some only named as of an interface; ``kinds`` say what they are."""

    named: AnswerOf
    kinds: Mapping[str, Kind]


@dataclass(frozen=True, slots=True)
class Composed:
    """The value is an object that has no body of its own: its fields know."""


@dataclass(frozen=True, slots=True)
class Masked:
    """A policy denies the value: a text of ours stands for it."""

    text: str


@dataclass(frozen=True, slots=True)
class Unavailable:
    """Nothing gives the value; reading it is an error.

    The operation has no version that can serve; or, with ``field``, it is one of
    several that share a type, and does not give that field.
    """

    operation: str
    field: str | None = None


@dataclass(frozen=True, slots=True)
class Scope:
    """What an expression's names stand for in a plan.

    ``root`` is the response path of the operation whose arguments are in scope.
    ``steps`` binds names to step instances; those in ``needed`` must have answered.
    ``own`` says how the fields of ``self`` are read; None where there is no ``self``.
    ``arguments`` is the path of the field whose arguments are ``args``, or the
    field's defaults where no such field is selected. ``selected`` are the arguments
    of fields below a step that are asked for with it, by variable: the field's path
    and the argument.
    """

    root: Path
    steps: Mapping[str, StepId] = field(default_factory=dict)
    needed: frozenset[str] = frozenset()
    own: Mapping[str, Read] | None = None
    arguments: Path | Mapping[str, JsonValue] | None = None
    selected: Mapping[str, tuple[Path, str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Evaluate:
    """Read by evaluating an expression."""

    expression: Expression
    scope: Scope


Read: TypeAlias = (
    AnswerOf
    | KeyOf
    | JoinOf
    | Given
    | FirstOf
    | ConcatOf
    | Typed
    | Composed
    | Evaluate
    | Denied
    | Masked
    | Unavailable
)


@dataclass(frozen=True, slots=True)
class PlannedField:
    """One selected field and how it is read from the results.

    ``fields`` mirrors the selection below it, by concrete type and response key.
    ``convert`` is how its source spells the leaf; None where that is the schema's way.
    """

    key: str
    name: str
    type: TypeRef
    read: Read
    type_by: TypeBy | None = None
    fields: Mapping[str, Mapping[str, PlannedField]] = field(default_factory=dict)
    convert: Conversion | None = None


@dataclass(frozen=True, slots=True)
class Hop:
    """One step on the way from the root to the parents of an entity step.

    Objects that are not of the type ``on`` are left behind before reading.
    """

    field: PlannedField
    on: str | None = None


@dataclass(frozen=True, slots=True)
class Parents:
    """Where an entity step finds the objects it runs for; of several types ``on``."""

    route: tuple[Hop, ...]
    type: str
    on: str | None = None


@dataclass(frozen=True, slots=True)
class PlannedStep:
    """One node of the DAG: it starts when everything in `depends_on` has settled.

    ``unless`` are the steps whose answer makes this one superfluous (strategy
    ``first``). ``gate`` says why it settles as skipped whatever happens: it was
    decided early, pulls nothing and counts as left out. ``rungs`` are tried in turn
    when it fails: a step, a value, or its own expired answer. A ``dormant`` step is
    needed only by such a rung, and starts only when it is reached.
    """

    id: StepId
    step: Step
    scope: Scope
    depends_on: frozenset[StepId]
    parents: Parents | None = None
    unless: tuple[StepId, ...] = ()
    gate: LeftOut | None = None
    rungs: tuple[StepId | Template | Stale, ...] = ()
    dormant: bool = False
    root: str = field(init=False, repr=False, compare=False)
    """The response key of its operation."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "root", self.scope.root[0])


@dataclass(frozen=True, slots=True)
class PlannedRoot:
    """One root field: an operation under its response key.

    ``steps`` are in topological order; ``left_out`` names the profile's other steps.
    ``deadline`` is in seconds from the request's start. ``denied`` are the policies
    that said no, ``declassified`` steps that give what comes of denied answers.
    """

    field: PlannedField
    profile: Profile | None
    steps: tuple[PlannedStep, ...]
    left_out: Mapping[str, LeftOut]
    deadline: float
    null_if: Evaluate | None = None
    declassified: tuple[StepId, ...] = ()
    denied: frozenset[SourceSpan] = frozenset()


@dataclass(frozen=True, slots=True)
class Plan:
    """What one request does, and why it does not do the rest."""

    kind: OperationKind
    roots: tuple[PlannedRoot, ...]
    critical_path: tuple[StepId, ...]
    digest: str
    steps: tuple[PlannedStep, ...] = field(init=False, repr=False, compare=False)
    """The steps of all roots; made once, as every request goes through them."""
    paged: tuple[StepId, ...] = field(init=False, repr=False, compare=False)
    """Those of them whose lists come in pages."""

    def __post_init__(self) -> None:
        steps = tuple(step for root in self.roots for step in root.steps)
        object.__setattr__(self, "steps", steps)
        paged = tuple(step.id for step in steps if step.step.pages is not None)
        object.__setattr__(self, "paged", paged)


@dataclass(frozen=True, slots=True)
class Groups:
    """Which payload of an answer in parts each step of a plan belongs to.

    ``first`` are the steps that the first payload needs, ``later`` the further ones of
    each part, by its number. ``breaking``: required ones that break their root field,
    as it is delivered with them. ``firm``: by root field, what must have settled before
    the field can be judged. ``needs`` are the steps that each `PlannedField` reads, by
    its identity.
    """

    plan: Plan
    first: frozenset[StepId]
    later: Mapping[int, frozenset[StepId]]
    breaking: frozenset[StepId]
    firm: Mapping[str, frozenset[StepId]]
    needs: Mapping[int, frozenset[StepId]]
    reads: Mapping[int, frozenset[StepId]]
    """The steps whose answers the fields of each part read, by its number."""
    must: frozenset[StepId] = frozenset()
    """Of ``first`` those that nobody may leave for later: what is required, what reads
    a field that cannot be null and has nothing nullable above it."""


@dataclass(frozen=True, slots=True)
class Late:
    """A field that comes later, whole. ``steps`` are those that it waits for.

    ``nodes`` are where the document selects it, opaque here.
    """

    path: Path
    steps: frozenset[StepId]
    nodes: tuple[object, ...]
