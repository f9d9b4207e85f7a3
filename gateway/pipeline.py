"""THE FLOW, one screen: read → select → plan → execute → respond.

One request goes through the five rooms in order. Nothing before `execute` does any
I/O; what was parsed, selected and planned before is found again by content digests.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from graphql import GraphQLError, OperationType

from gateway.cache.bounded import Bounded
from gateway.clock import Clock
from gateway.errors import Code, RequestError
from gateway.execution.caching import Abroad, Commons
from gateway.execution.engine import Engine
from gateway.generation import Generation
from gateway.plan.explain import as_json
from gateway.plan.gates import Gate, decide, gates
from gateway.plan.model import Plan
from gateway.plan.planner import make_plan, plan_key
from gateway.policy.limits import Limits
from gateway.request.arguments import bind
from gateway.request.document import (
    Document,
    InvalidDocumentError,
    choose,
    coerce_variables,
    mentions,
    read_document,
)
from gateway.request.model import (
    Asking,
    Bindings,
    PlanWish,
    RequestContext,
    Selection,
)
from gateway.request.selection import select, switches
from gateway.response.answering import Way, build_answer
from gateway.response.model import Answer, FieldError, Verdict, refusal
from gateway.response.projection import Projection, compile_projection
from gateway.response.reference import ErrorView, Finished
from gateway.response.report import plan_report
from gateway.telemetry.events import Answered, Observer, PlanMade
from gateway.values import digest

if TYPE_CHECKING:
    from graphql import OperationDefinitionNode

_METHOD_NOT_ALLOWED = 405


@dataclass(frozen=True, slots=True)
class Ready:
    """A request that can run: its document, its plan, its argument values.

    ``projection`` is the operation compiled; None where that cannot be.
    """

    document: Document
    plan: Plan
    bindings: Bindings
    projection: Projection | None = None


@dataclass(slots=True)
class Pipeline:
    """Answers GraphQL requests. Keeps documents, selections and plans, bounded."""

    clock: Clock
    observe: Observer
    documents: Bounded[tuple[str, Limits, str], tuple[Document, tuple[str, ...]]] = (
        field(default_factory=lambda: Bounded(1_000))
    )
    selections: Bounded[tuple[object, ...], Selection] = field(
        default_factory=lambda: Bounded(2_000)
    )
    conditions: Bounded[tuple[str, str], tuple[Gate, ...]] = field(
        default_factory=lambda: Bounded(2_000)
    )
    plans: Bounded[str, Plan] = field(default_factory=lambda: Bounded(2_000))
    projections: Bounded[tuple[str, str, str], Projection | None] = field(
        default_factory=lambda: Bounded(2_000)
    )
    commons: Commons = field(default_factory=Commons)
    ways: Counter[Way] = field(default_factory=Counter)
    """How many answers were made in which way."""

    async def answer(
        self, generation: Generation, asking: Asking, request: RequestContext
    ) -> Answer:
        """One request, layer by layer. Never raises for bad input."""
        with generation.lease:
            answer = await self._answer(generation, asking, request)
        self.observe(
            Answered(
                request_id=request.request_id,
                operation=asking.operation,
                verdict=answer.verdict.value,
                errors=len(answer.errors),
                seconds=self.clock.now() - request.started,
            )
        )
        return answer

    async def _answer(
        self, generation: Generation, asking: Asking, request: RequestContext
    ) -> Answer:
        try:
            ready = self.prepare(generation, asking, request)
        except RequestError as error:
            return _refused(error, asking, generation)
        return await self._run(generation, asking, request, ready)

    def prepare(
        self, generation: Generation, asking: Asking, request: RequestContext
    ) -> Ready:
        """Document, selection, arguments and plan; no I/O.

        Raises:
            RequestError: the request cannot run as it stands.
        """
        document, switching = self._document(generation, asking.document)
        operation = choose(document, asking.operation)
        if asking.read_only and operation.operation is not OperationType.QUERY:
            raise RequestError(
                "A mutation is sent by POST.", status=_METHOD_NOT_ALLOWED
            )
        variables = coerce_variables(generation.schema, operation, asking.variables)
        truths = {n: bool(variables.coerced.get(n)) for n in switching}
        selection = self._selection(generation, document, operation, truths)
        bindings = bind(selection, variables)
        plan = self._plan(generation, selection, bindings, request)
        projection = self._projection(generation, selection, plan)
        return Ready(document, plan, bindings, projection)

    async def _run(
        self,
        generation: Generation,
        asking: Asking,
        request: RequestContext,
        ready: Ready,
    ) -> Answer:
        plan = ready.plan
        if request.plan is PlanWish.DRY_RUN:
            return Answer(data=None, extensions={"plan": as_json(plan)})
        abroad = Abroad(self.commons, generation.cache, generation.lease)
        engine = Engine(generation.upstreams, self.clock, self.observe, abroad)
        reader = await engine.execute(plan, request, ready.bindings)
        answer, way = build_answer(
            Finished(generation.schema, ready.document, asking, plan, reader),
            ErrorView(
                request.explain, generation.limits.errors, generation.completeness
            ),
            ready.projection,
        )
        self.ways[way] += 1
        if request.plan is PlanWish.INCLUDE:
            report = {**plan_report(plan, reader.store), "answered_by": way.value}
            shown = {**answer.extensions, "plan": report}
            return replace(answer, extensions=shown)
        return answer

    # -- kept by content ------------------------------------------------------------

    def _document(
        self, generation: Generation, text: str
    ) -> tuple[Document, tuple[str, ...]]:
        def make() -> tuple[Document, tuple[str, ...]]:
            key = digest(generation.schema_digest, text)
            limits = generation.limits
            document = read_document(text, generation.schema, limits, key)
            return document, switches(document)

        key = (generation.schema_digest, generation.limits, text)
        return self.documents.get(key, make)

    def _selection(
        self,
        generation: Generation,
        document: Document,
        operation: OperationDefinitionNode,
        truths: dict[str, bool],
    ) -> Selection:
        name = operation.name.value if operation.name else None
        return self.selections.get(
            (document.digest, name, *truths.values()),
            lambda: select(generation.schema, document, operation, truths),
        )

    def _plan(
        self,
        generation: Generation,
        selection: Selection,
        bindings: Bindings,
        request: RequestContext,
    ) -> Plan:
        audience = generation.audience
        conditions = self.conditions.get(
            (selection.digest, audience.digest), lambda: gates(selection, audience)
        )
        surroundings = {"request": request.scope(), "flags": request.flags}
        closed = decide(conditions, bindings, surroundings) if conditions else {}

        def make() -> Plan:
            started = self.clock.now()
            plan = make_plan(selection, audience, generation.shapes, closed)
            took = self.clock.now() - started
            self.observe(
                PlanMade(request.request_id, plan.digest, len(plan.steps), took)
            )
            return plan

        return self.plans.get(plan_key(selection, audience, closed), make)

    def _projection(
        self, generation: Generation, selection: Selection, plan: Plan
    ) -> Projection | None:
        key = (generation.schema_digest, selection.digest, plan.digest)
        return self.projections.get(
            key, lambda: compile_projection(generation.schema, selection, plan)
        )


# -- what is refused ----------------------------------------------------------------


def _refused(error: RequestError, asking: Asking, generation: Generation) -> Answer:
    unavailable = _unavailable(error, asking, generation)
    if unavailable:
        return Answer(data=None, errors=unavailable, verdict=Verdict.FAILED)
    if isinstance(error, InvalidDocumentError):
        errors = [_graphql_error(one, error.code) for one in error.errors]
        return refusal(*errors, status=error.status)
    return refusal(FieldError(error.message, error.code), status=error.status)


def _unavailable(
    error: RequestError, asking: Asking, generation: Generation
) -> tuple[FieldError, ...]:
    """An operation that has no good version is not an unknown field."""
    missing = generation.audience.unavailable
    if not missing or error.code is not Code.GRAPHQL_VALIDATION_FAILED:
        return ()
    return tuple(
        FieldError(
            f"Operation '{name}' has no valid profile at the moment.",
            Code.PROFILE_UNAVAILABLE,
            (name,),
        )
        for name in mentions(asking.document)
        if name in missing
    )


def _graphql_error(error: GraphQLError, code: Code) -> FieldError:
    where = tuple((one.line, one.column) for one in error.locations or ())
    return FieldError(error.message, code, None, where)
