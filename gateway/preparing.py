"""What is decided of a request before anything runs: document, plan, values.

In charge of finding again what was decided before, by the content it depends on: a
reload throws away only what it changed, and a request costs a few look-ups and its
variables' values. No I/O. Must never keep an argument's value.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from graphql import OperationDefinitionNode, OperationType

from gateway.cache.bounded import Bounded
from gateway.clock import Clock
from gateway.errors import Code, RequestError
from gateway.execution.course import Course
from gateway.generation import Generation
from gateway.plan.gates import Gate, decide, gates
from gateway.plan.model import Plan
from gateway.plan.planner import make_plan, shut_by
from gateway.request.coercion import Binder, Variables
from gateway.request.document import Document, choose, read_document
from gateway.request.model import Asking, Bindings, RequestContext, Selection
from gateway.request.selection import select, switches
from gateway.response.compiling import Compiling
from gateway.telemetry.events import Observer, PlanMade
from gateway.values import digest

_METHOD_NOT_ALLOWED = 405
_MOST_VARIANTS = 8
"""Of one operation, by the truth of its switches. Clients that flip more of them at a
time have them made anew, which costs a millisecond, and hold no memory."""
_MOST_PLANS = 16
"""Of one variant, by its gates and by the audiences of this reload and the last."""


class Ready(NamedTuple):
    """A request that can run: its document, its plan, its argument values.

    ``course`` is the order of the plan's steps; ``compiling`` compiles the operation
    when that is worth it.
    """

    document: Document
    bindings: Bindings
    course: Course
    compiling: Compiling

    @property
    def plan(self) -> Plan:
        return self.course.plan


class _Planned(NamedTuple):
    """A plan with all that is made of it once."""

    course: Course
    compiling: Compiling


@dataclass(slots=True)
class _Variant:
    """An operation under one truth of its ``@skip`` and ``@include``.

    ``plans`` are those made of it, by the audience's digest and the early conditions
    that were false.
    """

    binder: Binder
    conditions: Bounded[str, tuple[Gate, ...]] = field(
        default_factory=lambda: Bounded(4)
    )
    plans: Bounded[tuple[object, ...], _Planned] = field(
        default_factory=lambda: Bounded(_MOST_PLANS)
    )

    @property
    def selection(self) -> Selection:
        return self.binder.selection


@dataclass(slots=True)
class _Operation:
    """One operation of one document, valid for one schema."""

    document: Document
    node: OperationDefinitionNode
    variables: Variables
    switches: tuple[str, ...]
    variants: Bounded[tuple[bool, ...], _Variant] = field(
        default_factory=lambda: Bounded(_MOST_VARIANTS)
    )


@dataclass(slots=True)
class Preparing:
    """Prepares requests. Keeps operations with all that was made of them, bounded."""

    clock: Clock
    observe: Observer
    operations: Bounded[tuple[str, str, str | None], _Operation] = field(
        default_factory=lambda: Bounded(1_000)
    )

    def prepare(
        self, generation: Generation, asking: Asking, request: RequestContext
    ) -> Ready:
        """Document, selection, arguments and plan.

        Raises:
            RequestError: the request cannot run as it stands.
        """
        operation = self._operation(generation, asking)
        if asking.read_only and operation.node.operation is not OperationType.QUERY:
            raise RequestError(
                "A mutation is sent by POST.", status=_METHOD_NOT_ALLOWED
            )
        variables = operation.variables.coerce(asking.variables)
        truths = _truths(operation.switches, variables.coerced)
        variant = operation.variants.get(
            truths, lambda: _variant(generation, operation, truths)
        )
        bindings = variant.binder.bind(variables)
        planned = self._plan(generation, variant, bindings, request)
        return Ready(operation.document, bindings, *planned)

    def _operation(self, generation: Generation, asking: Asking) -> _Operation:
        schema, limits = generation.schema, generation.limits

        def make() -> _Operation:
            key = digest(generation.schema_digest, asking.document)
            document = read_document(asking.document, schema, limits, key)
            node = choose(document, asking.operation)
            return _Operation(
                document, node, Variables.of(schema, node), switches(document)
            )

        key = (generation.reading, asking.document, asking.operation)
        return self.operations.get(key, make)

    def _plan(
        self,
        generation: Generation,
        variant: _Variant,
        bindings: Bindings,
        request: RequestContext,
    ) -> _Planned:
        audience, selection = generation.audience, variant.selection
        conditions = variant.conditions.get(
            audience.digest, lambda: gates(selection, audience)
        )
        closed = (
            decide(conditions, bindings, request.surroundings) if conditions else {}
        )

        def make() -> _Planned:
            plan = self._timed(
                lambda: make_plan(selection, audience, generation.shapes, closed),
                request,
            )
            compiling = Compiling(generation.schema, selection, plan)
            return _Planned(Course.of(plan), compiling)

        return variant.plans.get((audience.digest, *shut_by(closed)), make)

    def _timed(self, make: Callable[[], Plan], request: RequestContext) -> Plan:
        started = self.clock.now()
        plan = make()
        took = self.clock.now() - started
        self.observe(PlanMade(request.request_id, plan.digest, len(plan.steps), took))
        return plan


def _truths(switches: Sequence[str], values: Mapping[str, object]) -> tuple[bool, ...]:
    """What the switches say; those of the document's other operations are not set.

    Raises:
        RequestError: one is null, as a variable with a default may be given as.
    """
    for name in switches:
        if name in values and values[name] is None:
            raise RequestError(
                f"Variable '${name}' is null, but '@skip' or '@include' needs"
                " true or false.",
                code=Code.BAD_USER_INPUT,
            )
    return tuple(bool(values.get(name)) for name in switches)


def _variant(
    generation: Generation, operation: _Operation, truths: tuple[bool, ...]
) -> _Variant:
    named = dict(zip(operation.switches, truths, strict=True))
    made = select(generation.schema, operation.document, operation.node, named)
    return _Variant(Binder.of(made))
