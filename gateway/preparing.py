"""What is decided of a request before anything runs: document, plan, values.

In charge of finding again what was decided before, by the content it depends on: a
reload throws away only what it changed, and a request costs a few look-ups and its
variables' values. No I/O. Must never keep an argument's value.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple, TypeAlias

from graphql import OperationDefinitionNode, OperationType

from gateway.cache.bounded import Bounded, Proven
from gateway.clock import Clock
from gateway.errors import Code, RequestError
from gateway.execution.course import Course
from gateway.generation import Generation
from gateway.parting import Parting
from gateway.plan.gates import Closed, Gates, decide, gates
from gateway.plan.model import Plan
from gateway.plan.planner import make_plan, shut_by
from gateway.request.coercion import Binder, Variables
from gateway.request.document import Document, choose, read_document
from gateway.request.model import Asking, Bindings, RequestContext, Selection
from gateway.request.plain import check_switched
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
_MOST_WARMED = 200
"""Operations that are prepared before a reload's swap: those that were used last."""


class Ready(NamedTuple):
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

    @property
    def plan(self) -> Plan:
        return self.course.plan


class _Planned(NamedTuple):
    """A plan with all that is made of it once, and the steps it does without."""

    course: Course
    compiling: Compiling
    parting: Parting
    closed: Closed


@dataclass(slots=True)
class _Variant:
    """An operation under one truth of its ``@skip`` and ``@include``.

    ``plans`` are those made of it, by the audience's digest and the early conditions
    that were false.
    """

    binder: Binder
    conditions: Bounded[str, Gates] = field(default_factory=lambda: Bounded(4))
    plans: Bounded[tuple[object, ...], _Planned] = field(
        default_factory=lambda: Bounded(_MOST_PLANS)
    )

    @property
    def selection(self) -> Selection:
        return self.binder.selection


def _variants() -> Bounded[tuple[bool, ...], _Variant]:
    return Bounded(_MOST_VARIANTS)


@dataclass(slots=True)
class _Operation:
    """One operation of one document, valid for one schema."""

    document: Document
    node: OperationDefinitionNode
    variables: Variables
    switches: tuple[str, ...]
    variants: Bounded[tuple[bool, ...], _Variant] = field(default_factory=_variants)


Key: TypeAlias = tuple[str, str, str | None]
"""What a document's reading depends on, its text, and the operation's name."""
Hot: TypeAlias = tuple[
    tuple[Key, _Operation, tuple[tuple[tuple[bool, ...], _Variant], ...]], ...
]
"""Operations in use, with their variants."""


@dataclass(slots=True)
class Preparing:
    """Prepares requests. Keeps operations with all that was made of them, bounded."""

    clock: Clock
    observe: Observer
    operations: Proven[Key, _Operation] = field(default_factory=lambda: Proven(1_000))

    def prepare(
        self, generation: Generation, asking: Asking, request: RequestContext
    ) -> Ready:
        """Document, selection, arguments and plan.

        Raises:
            RequestError: the request cannot run as it stands.
        """
        operation = self._operation(generation, asking)
        if operation.node.operation is not OperationType.QUERY:
            _check_way(operation.node.operation, asking)
        variables = operation.variables.coerce(asking.variables)
        document = operation.document
        if document.switched:
            check_switched(document.switched, variables.coerced)
        truths = _truths(operation.switches, variables.coerced)
        variant = operation.variants.get(
            truths, lambda: _variant(generation, operation, truths)
        )
        bindings = variant.binder.bind(variables)
        planned = self._plan(generation, variant, bindings, request)
        course, compiling, parting, _ = planned
        return Ready(document, bindings, course, compiling, parting, variables.coerced)

    def knows(self, generation: Generation, asking: Asking) -> bool:
        """Whether its document was read before, so that preparing it costs little."""
        key = (generation.reading, asking.document, asking.operation)
        return key in self.operations

    def _operation(self, generation: Generation, asking: Asking) -> _Operation:
        text, name = asking.document, asking.operation
        key = (generation.reading, text, name)
        return self.operations.get(key, lambda: _read(generation, text, name))

    def _plan(
        self,
        generation: Generation,
        variant: _Variant,
        bindings: Bindings,
        request: RequestContext,
    ) -> _Planned:
        audience, selection = generation.audience, variant.selection
        conditions = variant.conditions.get(
            audience.digest, lambda: gates(selection, audience, generation.shapes)
        )
        closed = (
            decide(conditions, bindings, request.surroundings) if conditions else {}
        )

        def make() -> _Planned:
            started = self.clock.now()
            made = _planned(generation, selection, closed)
            plan, took = made.course.plan, self.clock.now() - started
            steps = len(plan.steps)
            self.observe(PlanMade(request.request_id, plan.digest, steps, took))
            return made

        return variant.plans.get((audience.digest, *shut_by(closed)), make)

    # -- before a reload's swap -------------------------------------------------------

    def hot(self, generation: Generation) -> Hot:
        """What is in use of what was prepared for a generation, as it is now."""
        used = self.operations.in_use()[-_MOST_WARMED:]
        return tuple(
            (key, operation, tuple(operation.variants.items()))
            for key, operation in reversed(used)
            if key[0] == generation.reading
        )

    def keep(self, warmed: Iterable[tuple[Key, _Operation]]) -> None:
        """Have what was prepared aside."""
        for key, operation in warmed:
            self.operations.keep(key, operation)


def warmed(hot: Hot, generation: Generation) -> Iterator[tuple[Key, _Operation]]:
    """What is in use, prepared for the next generation.

    Shares nothing with requests, so that it can be done in a thread. What the next
    generation refuses is left out: its requests are told why.
    """
    for (reading, text, name), old, variants in hot:
        same = reading == generation.reading
        try:
            made = replace(old, variants=_variants()) if same else None
            fresh = made or _read(generation, text, name)
            for truths, variant in variants:
                again = (
                    _Variant(variant.binder)
                    if same
                    else _variant(generation, fresh, truths)
                )
                fresh.variants.get(truths, lambda again=again: again)  # type: ignore[misc]
                _warm(variant, again, generation)
        except RequestError:
            continue
        yield (generation.reading, text, name), fresh


def _warm(old: _Variant, fresh: _Variant, generation: Generation) -> None:
    for before in old.plans.values():
        made = _planned(generation, fresh.selection, before.closed)
        if before.compiling.is_compiled:
            made.compiling.compile_now()
        key = (generation.audience.digest, *shut_by(before.closed))
        fresh.plans.get(key, lambda made=made: made)  # type: ignore[misc]


def _check_way(kind: OperationType, asking: Asking) -> None:
    """What does more than read, or is answered more than once, goes its own way.

    Raises:
        RequestError: it came another way.
    """
    if kind is OperationType.MUTATION and asking.read_only:
        raise RequestError("A mutation is sent by POST.", status=_METHOD_NOT_ALLOWED)
    if kind is OperationType.SUBSCRIPTION and not asking.live:
        raise RequestError(
            "A subscription is asked for over a WebSocket, or with the header 'accept' "
            "as text/event-stream or multipart/mixed;subscriptionSpec=1.0."
        )


def _read(generation: Generation, text: str, name: str | None) -> _Operation:
    """The operation of a document.

    Raises:
        RequestError: the document has none such, or is not valid.
    """
    schema = generation.schema
    key = digest(generation.schema_digest, text)
    document = read_document(text, schema, generation.limits, key)
    node = choose(document, name)
    return _Operation(document, node, Variables.of(schema, node), switches(document))


def _planned(generation: Generation, selection: Selection, closed: Closed) -> _Planned:
    plan = make_plan(selection, generation.audience, generation.shapes, closed)
    compiling = Compiling(generation.schema, selection, plan)
    return _Planned(Course.of(plan), compiling, Parting(plan), closed)


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
