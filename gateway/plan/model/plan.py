"""What will run for one kind of request, and where each field is read.

A plan is a recipe: frozen, free of results and of argument values, so that one plan
serves every request with the same digest (against bramble, whose plan carries its
results). `PlannedField` mirrors the selection; `PlannedStep` is one node of the DAG.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from gateway.conversion import Conversion
from gateway.expression import Template
from gateway.plan.model.reads import Evaluate, Read, Scope
from gateway.profile.model import Profile, Stale, Step, TypeBy
from gateway.record import Model
from gateway.request.model import OperationKind
from gateway.shape import TypeRef
from gateway.values import SourceSpan, StepId


class LeftOut(Enum):
    """Why a plan does without a step of the profile."""

    NOT_SELECTED = "not_selected"
    FLAG_OFF = "flag_off"
    CONDITION_FALSE = "condition_false"
    ONLY_ON_FAILURE = "only_on_failure"
    DENIED = "denied"


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


class Hop(Model, frozen=True):
    """One step on the way from the root to the parents of an entity step.

    Objects that are not of the type ``on`` are left behind before reading.
    """

    field: PlannedField
    on: str | None = None


class Parents(Model, frozen=True):
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


class PlannedRoot(Model, frozen=True):
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
    audited: tuple[str, ...] = ()
    """The fields of it whose reading is recorded."""


_SHORT = 12
"""Characters of a digest that people are shown."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What one request does, and why it does not do the rest."""

    kind: OperationKind
    roots: tuple[PlannedRoot, ...]
    critical_path: tuple[StepId, ...]
    digest: str
    steps: tuple[PlannedStep, ...] = field(init=False, repr=False, compare=False)
    """The steps of all roots; made once, as every request goes through them."""
    declassified: tuple[str, ...] = field(init=False, repr=False, compare=False)
    """Steps that give what comes of denied answers, of all roots."""
    paged: tuple[StepId, ...] = field(init=False, repr=False, compare=False)
    """Those of them whose lists come in pages."""
    served: tuple[str, ...] = field(init=False, repr=False, compare=False)
    """The profile of each root and its digest, for lines of the log."""

    def __post_init__(self) -> None:
        steps = tuple(step for root in self.roots for step in root.steps)
        object.__setattr__(self, "steps", steps)
        opened = tuple(str(one) for root in self.roots for one in root.declassified)
        object.__setattr__(self, "declassified", opened)
        paged = tuple(step.id for step in steps if step.step.pages is not None)
        object.__setattr__(self, "paged", paged)
        profiles = (root.profile for root in self.roots if root.profile is not None)
        served = dict.fromkeys(f"{p.name} {p.digest[:_SHORT]}" for p in profiles)
        object.__setattr__(self, "served", tuple(served))
