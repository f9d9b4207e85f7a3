"""What was decided of operations, as it is kept: documents, variants, plans.

In charge of what is made of a document once, and of what each part of it depends on.
Must never keep an argument's value, and decides for no request: see `preparing`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple, TypeAlias

from graphql import GraphQLSchema, OperationDefinitionNode, OperationType

from gateway.cache.bounded import Bounded
from gateway.execution.course import Course
from gateway.generation import Generation
from gateway.judging import Judged, judged
from gateway.parting import Parted, Parting
from gateway.plan.gates import Closed, Gates, gates
from gateway.plan.model import Plan
from gateway.plan.planner import basis, make_plan
from gateway.profile.model import Audience
from gateway.record import Record
from gateway.request.coercion import Binder, Variables
from gateway.request.document import Document, choose, read_document
from gateway.request.model import Bindings, RequestContext, Selection
from gateway.request.selection import select, switches
from gateway.request.used import INTROSPECTION, used_by
from gateway.response.compiling import Compiling
from gateway.values import digest

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


def no_variants() -> Bounded[tuple[bool, ...], Variant]:
    return Bounded(_MOST_VARIANTS)


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

    def names(self, generation: Generation) -> frozenset[str]:
        """The coordinates that the document names, worked out once."""
        if self.used is None:
            self.used = used_by(self.document.node, generation.schema)
        return self.used

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


def read_operation(generation: Generation, text: str, name: str | None) -> Operation:
    """The operation of a document.

    Raises:
        RequestError: the document has none such, or is not valid.
    """
    schema = generation.schema
    key = digest(generation.schema_digest, text)
    document = read_document(text, schema, generation.limits, key)
    node, limits = choose(document, name), generation.limits
    variables = Variables.of(schema, node)
    watched = (
        variables.usual is None
        or limits.variables is not None
        or bool(document.excesses or document.switched)
    )
    kind = node.operation
    return Operation(document, node, variables, switches(document), kind, watched)


def variant_of(
    generation: Generation, operation: Operation, truths: tuple[bool, ...]
) -> Variant:
    named = dict(zip(operation.switches, truths, strict=True))
    made = select(generation.schema, operation.document, operation.node, named)
    return Variant(Binder.of(made))


def planned(
    generation: Generation, binder: Binder, closed: Closed, who: RequestContext
) -> Planned:
    selection = binder.selection
    plan = make_plan(selection, generation.offered(who), generation.shapes, closed)
    compiling = Compiling(generation.schema, selection, plan)
    found = judged(plan, binder, generation.shapes, generation.limits)
    return Planned(Course.of(plan), compiling, Parting(plan), closed, who, found)


def basis_of(selection: Selection, audience: Audience, generation: Generation) -> Basis:
    decided = gates(selection, audience, generation.shapes)
    return Basis(basis(selection, audience), decided)
