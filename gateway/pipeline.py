"""THE FLOW, one screen: read → select → plan → execute → respond.

One request goes through the five rooms in order. Nothing before `execute` does any
I/O; what was parsed, selected and planned before is found again by content digests.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable
from dataclasses import dataclass, field, replace

from graphql import GraphQLError

from gateway.clock import Clock
from gateway.errors import Code, RequestError
from gateway.execution.calls.caching import Abroad, Commons
from gateway.execution.engine import Engine
from gateway.generation import Generation
from gateway.plan.explain import as_json
from gateway.preparing import Preparing, Ready
from gateway.repeating import Repeating, Seen
from gateway.request.document import InvalidDocumentError, mentions
from gateway.request.model import Asking, PlanWish, RequestContext
from gateway.response.answering import Way, build_answer
from gateway.response.model import Answer, FieldError, Verdict, refusal
from gateway.response.reference import ErrorView, Finished
from gateway.response.report import plan_report
from gateway.telemetry.events import Answered, Crashed, Observer
from gateway.turnstile import Turnstile


@dataclass(slots=True)
class Pipeline:
    """Answers GraphQL requests. Keeps what it prepared, bounded."""

    clock: Clock
    observe: Observer
    commons: Commons = field(default_factory=Commons)
    ways: Counter[Way] = field(default_factory=Counter)
    """How many answers were made in which way."""
    preparing: Preparing = field(init=False)
    repeating: Repeating = field(init=False)
    turnstile: Turnstile = field(default_factory=Turnstile)
    _running: tuple[Generation, Engine] | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        self.preparing = Preparing(self.clock, self.observe)
        self.repeating = Repeating(self.clock, self.observe)
        self.commons.observe = self.observe

    async def answer(
        self, generation: Generation, asking: Asking, request: RequestContext
    ) -> Answer:
        """One request, layer by layer. Never raises for bad input."""
        with generation.lease:
            try:
                if not self.preparing.knows(generation, asking):
                    await self.turnstile.turn()
                ready = self.prepare(generation, asking, request)
            except RequestError as error:
                answer = _refused(error, asking, generation)
            else:
                run = self._once if ready.course.keyed else self._run
                answer = await run(generation, asking, request, ready)
        seconds = self.clock.now() - request.started
        verdict, errors = answer.verdict.value, len(answer.errors)
        self.observe(
            Answered(request.request_id, asking.operation, verdict, errors, seconds)
        )
        return answer

    def prepare(
        self, generation: Generation, asking: Asking, request: RequestContext
    ) -> Ready:
        """Document, selection, arguments and plan; no I/O.

        Raises:
            RequestError: the request cannot run as it stands.
        """
        return self.preparing.prepare(generation, asking, request)

    async def _once(
        self,
        generation: Generation,
        asking: Asking,
        request: RequestContext,
        ready: Ready,
    ) -> Answer:
        """A mutation that may have been asked before: done once under its key."""

        def perform(seen: Seen) -> Awaitable[Answer]:
            return self._run(generation, asking, request, ready, seen)

        if request.plan is PlanWish.DRY_RUN:
            return await perform(Seen())
        again = self.repeating
        try:
            return await again.answer(generation, asking, request, ready, perform)
        except RequestError as error:
            return _refused(error, asking, generation)

    async def _run(
        self,
        generation: Generation,
        asking: Asking,
        request: RequestContext,
        ready: Ready,
        seen: Seen | None = None,
    ) -> Answer:
        plan = ready.plan
        if request.plan is PlanWish.DRY_RUN:
            return Answer(data=None, extensions={"plan": as_json(plan)})
        forms = ready.compiling.forms
        engine = self._engine(generation)
        reader = await engine.execute(ready.course, request, ready.bindings, forms)
        if seen is not None:
            seen.store = reader.store
        answer, way = build_answer(
            Finished(generation.schema, ready.document, asking, plan, reader),
            ErrorView(
                request.explain, generation.limits.errors, generation.completeness
            ),
            ready.compiling.code(reader.store),
            lambda error: self.observe(Crashed(request.request_id, "answer", error)),
        )
        self.ways[way] += 1
        if request.plan is PlanWish.INCLUDE:
            report = {**plan_report(plan, reader.store), "answered_by": way.value}
            shown = {**answer.extensions, "plan": report}
            return replace(answer, extensions=shown)
        return answer

    def _engine(self, generation: Generation) -> Engine:
        """What runs the generation's plans, the same for all its requests."""
        if self._running is None or self._running[0] is not generation:
            abroad = Abroad(self.commons, generation.cache, generation.lease)
            engine = Engine(generation.upstreams, self.clock, self.observe, abroad)
            self._running = generation, engine
        return self._running[1]


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
