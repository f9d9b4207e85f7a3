"""What is decided of a request before anything runs: document, plan, values.

In charge of finding again what was decided before, by the content it depends on: a
reload throws away only what it changed, and a request costs a few look-ups and its
variables' values. No I/O. Must never keep an argument's value.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from graphql import OperationType
from graphql.execution.values import VariableValues

from gateway.cache.bounded import Bounded, Proven
from gateway.clock import Clock
from gateway.errors import RequestError
from gateway.generation import Generation
from gateway.hidden import check_inputs, read_as_seen
from gateway.judging import Judged, calls_beyond
from gateway.left import Left
from gateway.light import is_made, mark_of
from gateway.limiting.excesses import Excesses, Verdict
from gateway.plan.gates import decide
from gateway.plan.planner import shut_by
from gateway.policy.given import beyond
from gateway.policy.limits import LimitError, Limits
from gateway.prepared import (
    Again,
    Hot,
    Key,
    Operation,
    Planned,
    Ready,
    Variant,
    basis_of,
    planned,
    variant_of,
)
from gateway.profile.model import Audience
from gateway.refusing import check_way
from gateway.request.model import Asking, Bindings, RequestContext
from gateway.request.plain import check_switched
from gateway.request.selection import truths_of
from gateway.telemetry.auditing import Declassified
from gateway.telemetry.events import Observer, PlanMade, unobserved
from gateway.usage.counting import Counting
from gateway.values import JsonValue

_QUERY = OperationType.QUERY  # looking it up is a call on Python 3.11
_MOST_WARMED = 200
"""Operations that are prepared before a reload's swap: those that were used last."""


@dataclass(slots=True)
class Preparing:
    """Prepares requests. Keeps operations with all that was made of them, bounded."""

    clock: Clock
    observe: Observer = unobserved
    operations: Proven[Key, Operation] = field(default_factory=lambda: Proven(1_000))
    left: Left = field(default_factory=Left)
    described: Bounded[str, Mapping[str, JsonValue]] = field(
        default_factory=lambda: Bounded(4)  # of some megabytes each
    )
    """What was answered to questions about the schema, by what it depends on."""
    within: float = math.inf
    """Seconds in which a document is read, selected and planned, each, where the limit
    allows more."""
    counting: Counting | None = None
    """What counts that a request was prepared to be run; None: nothing does."""
    excesses: Excesses = field(init=False)

    def __post_init__(self) -> None:
        self.excesses = Excesses(self.observe)

    def prepare(
        self,
        generation: Generation,
        asking: Asking,
        request: RequestContext,
        known: Operation | None = None,
    ) -> Ready:
        """Document, selection, arguments and plan, of an operation that may be `known`.

        Raises:
            RequestError: the request cannot run as it stands.
        """
        again = known.again if known is not None else None
        if (
            again is not None
            and again.audience is generation.audience
            and generation.resolver is None  # one gives audiences to requests
        ):
            ready = again.ready(known.document, asking.variables)  # type: ignore[union-attr]
            if ready is not None:
                return ready
        try:
            return self._prepared(generation, asking, request, known)
        except LimitError as error:
            now = self.clock.now()
            asked = request.request_id, request.started
            self.excesses.note(error.excess, "refused", asked, now)
            raise

    def _prepared(
        self,
        generation: Generation,
        asking: Asking,
        request: RequestContext,
        known: Operation | None,
    ) -> Ready:
        audience = generation.audience
        if generation.resolver is not None:
            audience = generation.resolver(request)
        if audience.hidden:
            operation = self._visible(generation, audience, asking)
        else:
            operation = known or self._operation(generation, asking)
        if operation.kind is not _QUERY:
            check_way(operation.kind, asking)
        if operation.watched:
            variables = self._values(operation, generation.limits, asking, request)
        else:
            variables = operation.variables.coerce(asking.variables)
        switches = operation.switches
        truths = truths_of(switches, variables.coerced) if switches else ()
        variant = operation.variants.get(
            truths, lambda: variant_of(generation, operation, truths, self.within)
        )
        bindings = variant.binder.bind(variables)
        document = operation.document
        planned = self._plan(generation, audience, variant, bindings, request)
        asked = audience if audience.hidden and operation.introspects else None
        course, compiling, parting, _, _, judged = planned
        if judged is not None:
            self._judge(judged, bindings, request)
        elif variant.usual and operation.is_plain and not audience.hidden:
            usual = operation.variables.usual or ()
            operation.again = Again(audience, variant.binder, usual, planned)
        described = None
        if operation.describes and not course.plan.roots:
            described = self.described.peek(mark_of(generation, asking, request))
        given = variables.coerced, asked, described
        return Ready(document, bindings, course, compiling, parting, *given)

    def _judge(
        self, judged: Judged, bindings: Bindings, request: RequestContext
    ) -> None:
        """Hold a plan to the limits, and tell of what it opens.

        Raises:
            LimitError: it costs more, or makes more calls, than it may.
        """
        mark, warn = (request.request_id, request.started), judged.limits.warn
        for excess in judged.beyond(bindings):
            self.excesses.hold(excess, warn, mark, self.clock.now())
        if judged.declassified:
            said = request.request_id, request.caller.subject, judged.declassified
            self.observe(Declassified(*said))

    def _values(
        self,
        operation: Operation,
        limits: Limits,
        asking: Asking,
        request: RequestContext,
    ) -> VariableValues:
        """The variables of an operation that has more to it than scalars.

        Raises:
            RequestError: one does not fit, or is beyond a limit.
        """
        mark = request.request_id, request.started
        if operation.variables.usual is None or limits.variables is not None:
            for excess in beyond(asking.variables, limits):
                self.excesses.hold(excess, limits.warn, mark, self.clock.now())
        variables = operation.variables.coerce(asking.variables)
        document = operation.document
        for excess in document.excesses:
            self.excesses.note(excess, "warned", mark, self.clock.now())
        if document.switched:
            check_switched(document.switched, variables.coerced)
        return variables

    def known(self, generation: Generation, asking: Asking) -> Operation | None:
        """Its operation where that was asked for before; None where it may be new."""
        key = (generation.reading, asking.document, asking.operation)
        return self.operations.found(key)

    def knows(
        self, generation: Generation, asking: Asking, request: RequestContext
    ) -> bool:
        """Whether preparing it costs little: what would take long was made before."""
        key = (generation.reading, asking.document, asking.operation)
        known = self.operations.peek(key)
        if known is None or not known.heavy:
            return known is not None
        return is_made(known, self.described, generation, asking, request)

    def reads(self, generation: Generation, asking: Asking) -> bool:
        """Whether its document is valid; it is kept as one that was read."""
        try:
            self._operation(generation, asking)
        except RequestError:
            return False
        return True

    def _operation(self, generation: Generation, asking: Asking) -> Operation:
        text, name = asking.document, asking.operation
        key = (generation.reading, text, name)
        return self.operations.get(
            key, lambda: self.left.taken(generation, key, self.within)
        )

    def _visible(
        self, generation: Generation, audience: Audience, asking: Asking
    ) -> Operation:
        """An operation that names nothing that is hidden from its caller.

        One that does is refused in the words in which it would be if there were no
        such thing: those of the schema without it.

        Raises:
            RequestError: it is not valid, or there is none such.
        """
        named = False
        try:
            operation = self._operation(generation, asking)
            named = not audience.hidden.isdisjoint(operation.names(generation))
        except LimitError:
            raise  # which names nothing of a schema
        except RequestError:
            pass  # which may name what is hidden: the schema without it has other words
        else:
            if not named:
                check_inputs(generation, audience, operation, asking)
                return operation
        return read_as_seen(generation, audience, asking, named=named)

    def _plan(
        self,
        generation: Generation,
        audience: Audience,
        variant: Variant,
        bindings: Bindings,
        request: RequestContext,
    ) -> Planned:
        selection = variant.selection
        if variant.usual is not None and variant.usual[0] == audience.digest:
            return variant.usual[1]
        basis = variant.bases.get(
            audience.digest, lambda: basis_of(selection, audience, generation)
        )
        conditions = basis.conditions
        closed = (
            decide(conditions, bindings, request.surroundings) if conditions else {}
        )

        def make() -> Planned:
            started = self.clock.now()
            within = self.within
            made = planned(generation, variant.binder, closed, request, within)
            plan, took = made.course.plan, self.clock.now() - started
            steps = len(plan.steps)
            self.observe(PlanMade(request.request_id, plan.digest, steps, took))
            return made

        found = variant.plans.get((basis.digest, *shut_by(closed)), make)
        if not conditions:
            variant.usual = audience.digest, found
        return found

    def too_many_calls(
        self, limits: Limits, request: RequestContext, found: int
    ) -> None:
        """A request that runs wants more calls than it may make: count it."""
        verdict: Verdict = "warned" if "calls" in limits.warn else "refused"
        excess = calls_beyond(found, limits)
        mark = request.request_id, request.started
        self.excesses.note(excess, verdict, mark, self.clock.now())

    # -- before a reload's swap -------------------------------------------------------

    def hot(self, generation: Generation) -> Hot:
        """What is in use of what was prepared for a generation, as it is now."""
        used = self.operations.in_use()[-_MOST_WARMED:]
        return tuple(
            (key, operation, tuple(operation.variants.items()))
            for key, operation in reversed(used)
            if key[0] == generation.reading
        )

    def keep(self, warmed: Iterable[tuple[Key, Operation]]) -> None:
        """Have what was prepared aside."""
        for key, operation in warmed:
            self.operations.keep(key, operation)
