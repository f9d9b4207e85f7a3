"""What was decided of operations, as it is kept: documents, variants, plans.

In charge of what is made of a document once, and of what each part of it depends on.
Must never keep an argument's value, and decides for no request: see `preparing`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import NamedTuple, TypeAlias, TypeVar

from graphql import GraphQLSchema, OperationDefinitionNode, OperationType

from gateway.cache.bounded import Bounded
from gateway.execution.course import Course
from gateway.generation import Generation
from gateway.judging import Judged, judged
from gateway.light import MANY, is_large
from gateway.parting import Parted, Parting
from gateway.plan.gates import Closed, Gates, gates
from gateway.plan.model import Plan
from gateway.plan.planner import basis, make_plan
from gateway.profile.model import Audience
from gateway.record import Record
from gateway.request.coercion import Binder
from gateway.request.document import Document, choose, read_document
from gateway.request.introspection import asks_for_schema
from gateway.request.model import Bindings, RequestContext, Selection
from gateway.request.patience import Patience
from gateway.request.selection import select, selects_beyond, switches
from gateway.request.used import INTROSPECTION, used_by
from gateway.request.variables import Usual, Variables
from gateway.response.compiling import Compiling
from gateway.values import JsonValue, digest

T = TypeVar("T")

_MOST_VARIANTS = 8
"""Of one operation, by the truth of its switches. Clients that flip more of them at a
time have them made anew, which costs a millisecond, and hold no memory."""
_MOST_PLANS = 16
"""Of one variant, by its gates and by the audiences of this reload and the last."""


class Ready(Record, frozen=True):
    """A request that can run: its document, its plan, its argument values.

    ``course`` is the order of the plan's steps; ``compiling`` compiles the operation
    when that is worth it. ``parting`` says what of its answers may come later, by the
    ``values`` of the variables.
    """

    document: Document
    bindings: Bindings
    course: Course
    compiling: Compiling
    parting: Parting
    values: Mapping[str, object]
    asked: Audience | None = None
    """Whose schema a document asks about; None where it asks nothing about one."""
    described: Mapping[str, JsonValue] | None = None
    """All its data, where it asks for nothing but the schema and that was made."""

    @property
    def plan(self) -> Plan:
        return self.course.plan

    def parted(self, generation: Generation, name: str | None) -> Parted:
        """What of the named operation's answer may come later."""
        schema = self.schema(generation)
        return self.parting.parted(schema, self.document, name, self.values)

    def schema(self, generation: Generation) -> GraphQLSchema:
        """The schema that answers: as the caller sees it, where he asks about it."""
        if self.asked is None:
            return generation.schema
        return generation.visible(self.asked)


class Planned(NamedTuple):
    """A plan with all that is made of it once, and the steps it does without."""

    course: Course
    compiling: Compiling
    parting: Parting
    closed: Closed
    who: RequestContext
    """Who asked first: a reload has the plan made for whom it is offered to then."""
    judged: Judged | None = None
    """What has to be looked at before each run; of most plans nothing."""


class Basis(NamedTuple):
    """What plans for one audience are decided by: a digest and early conditions.

    The digest is that of what the selection meets, so that audiences which are offered
    the same there have one plan.
    """

    digest: str
    conditions: Gates


@dataclass(slots=True)
class Variant:
    """An operation under one truth of its ``@skip`` and ``@include``.

    ``bases`` are by the audience's digest; ``plans`` those made of it, by the
    basis's digest and the early conditions that were false.
    """

    binder: Binder
    bases: Bounded[str, Basis] = field(default_factory=lambda: Bounded(64))
    plans: Bounded[tuple[object, ...], Planned] = field(
        default_factory=lambda: Bounded(_MOST_PLANS)
    )
    usual: tuple[str, Planned] | None = None
    """The plan for the audience that asked last, where nothing is decided early."""

    @property
    def selection(self) -> Selection:
        return self.binder.selection

    def take(self, other: Variant) -> None:
        """Have what was planned of the same selection elsewhere."""
        for key, one in other.bases.items():
            self.bases.get(key, partial(_same, one))
        for what, plan in other.plans.items():
            self.plans.get(what, partial(_same, plan))


def _same(one: T) -> T:
    return one


def no_variants() -> Bounded[tuple[bool, ...], Variant]:
    return Bounded(_MOST_VARIANTS)


class Again(NamedTuple):
    """A plan that stands for all requests for an operation by one audience."""

    audience: Audience
    binder: Binder
    usual: tuple[Usual, ...]
    planned: Planned

    def ready(self, document: Document, given: Mapping[str, object]) -> Ready | None:
        """A request with these variables; None where one is not as usual."""
        found = self.binder.at_once(self.usual, given)
        if found is None:
            return None
        values, bindings = found
        course, compiling, parting, *_ = self.planned
        return Ready(document, bindings, course, compiling, parting, values)


@dataclass(slots=True)
class Operation:
    """One operation of one document, valid for one schema."""

    document: Document
    node: OperationDefinitionNode
    variables: Variables
    switches: tuple[str, ...]
    kind: OperationType
    watched: bool
    """Whether more than its variables' classes has to be looked at for each request."""
    variants: Bounded[tuple[bool, ...], Variant] = field(default_factory=no_variants)
    used: frozenset[str] | None = None
    """The coordinates it names, once somebody must not see some."""
    again: Again | None = None
    """How it is run again where nothing but its variables' values decides anything."""
    heavy: bool = False
    """Whether it selects so much that planning it may take long, or the schema."""
    describes: bool = False
    """Whether it may ask for the schema."""

    def names(self, generation: Generation) -> frozenset[str]:
        """The coordinates that the document names, worked out once."""
        if self.used is None:
            self.used = used_by(self.document.node, generation.schema)
        return self.used

    def afresh(self) -> Operation:
        """The same with nothing planned of it, for another thread to work on."""
        variants = no_variants()
        for truths, variant in self.variants.items():
            variants.get(truths, partial(Variant, variant.binder))
        return replace(self, variants=variants, again=None)

    def take(self, other: Operation) -> None:
        """Have what was made of the same operation elsewhere."""
        for truths, variant in other.variants.items():
            self.variants.get(truths, partial(_same, variant)).take(variant)

    @property
    def is_plain(self) -> bool:
        """Whether a plan that was found at once stands for whoever asks again."""
        plain = self.kind is OperationType.QUERY and not self.describes
        return plain and not (self.watched or self.switches)

    @property
    def introspects(self) -> bool:
        """Whether it asks what the schema is; known once its names are."""
        return self.used is not None and not INTROSPECTION.isdisjoint(self.used)


Key: TypeAlias = tuple[str, str, str | None]
"""What a document's reading depends on, its text, and the operation's name."""
Hot: TypeAlias = tuple[
    tuple[Key, Operation, tuple[tuple[tuple[bool, ...], Variant], ...]], ...
]
"""Operations in use, with their variants."""


def read_operation(
    generation: Generation, text: str, name: str | None, within: float = math.inf
) -> Operation:
    """The operation of a document, which is read ``within`` so many seconds.

    Raises:
        RequestError: the document has none such, or is not valid.
    """
    schema = generation.schema
    key = digest(generation.schema_digest, text)
    document = read_document(text, schema, generation.limits, key, within)
    node, limits = choose(document, name), generation.limits
    variables = Variables.of(schema, node)
    watched = (
        variables.usual is None
        or limits.variables is not None
        or bool(document.excesses or document.switched)
    )
    switched = switches(document)
    made = Operation(document, node, variables, switched, node.operation, watched)
    made.describes = asks_for_schema(text)
    made.heavy = made.describes or (
        bool(switched)
        and (is_large(text) or selects_beyond(MANY, schema, document, node))
    )
    return made


def variant_of(
    generation: Generation,
    operation: Operation,
    truths: tuple[bool, ...],
    within: float = math.inf,
) -> Variant:
    """What an operation selects under a truth of its switches.

    Raises:
        LimitError: PLANNING_TIME_LIMIT.
    """
    named = dict(zip(operation.switches, truths, strict=True))
    document, schema = operation.document, generation.schema
    fields = 0

    with Patience(min(within, generation.limits.planning), "planned") as left:

        def check() -> None:
            nonlocal fields
            fields += 1
            left.check()

        made = select(schema, document, operation.node, named, check)
    operation.heavy = operation.heavy or fields > MANY
    return Variant(Binder.of(made))


def planned(
    generation: Generation,
    binder: Binder,
    closed: Closed,
    who: RequestContext,
    within: float = math.inf,
) -> Planned:
    """The plan of a selection for those who are ruled out of so much.

    Raises:
        LimitError: PLANNING_TIME_LIMIT.
    """
    selection = binder.selection
    audience, limits = generation.offered(who), generation.limits
    with Patience(min(within, limits.planning), "planned") as left:
        plan = make_plan(selection, audience, generation.shapes, closed, left.check)
    compiling = Compiling(generation.schema, selection, plan)
    found = judged(plan, binder, generation.shapes, limits)
    return Planned(Course.of(plan), compiling, Parting(plan), closed, who, found)


def basis_of(selection: Selection, audience: Audience, generation: Generation) -> Basis:
    decided = gates(selection, audience, generation.shapes)
    return Basis(basis(selection, audience), decided)
