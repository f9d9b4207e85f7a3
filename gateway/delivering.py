"""A query whose parts come later: read → plan → first payload → the others.

The flow of `pipeline`, for documents with ``@defer`` and ``@stream``. All steps start
as for one answer; only the telling is split. Must never answer what has no parts: that
is the pipeline's.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, replace
from inspect import isawaitable

from gateway.errors import RequestError
from gateway.execution import parts
from gateway.execution.parts import Parts
from gateway.generation import Generation
from gateway.pipeline import Pipeline
from gateway.plan.groups import groups_of, payloads_of
from gateway.plan.model import Groups
from gateway.preparing import Ready
from gateway.request.deferring import deferral_of
from gateway.request.model import (
    Asking,
    Deferral,
    OperationKind,
    PlanWish,
    RequestContext,
)
from gateway.response.incremental.document import arranged
from gateway.response.incremental.executing import Begun, begin, first_of, others_of
from gateway.response.incremental.model import Payload
from gateway.response.incremental.telling import BROKEN_OFF, Telling
from gateway.response.model import Answer, Verdict
from gateway.response.reference import ErrorView, Finished
from gateway.response.report import plan_report
from gateway.telemetry.events import Answered, Crashed


@dataclass(frozen=True, slots=True)
class Delivery:
    """One query that is answered in parts, before anything of it has run."""

    pipeline: Pipeline
    generation: Generation
    asking: Asking
    request: RequestContext
    ready: Ready
    deferral: Deferral
    groups: Groups

    async def payloads(self) -> AsyncGenerator[Payload, None]:
        """The payloads, as they come. Closing it ends whatever still runs.

        Never raises, but for being cancelled.
        """
        pipeline, request = self.pipeline, self.request
        engine = pipeline.engine(self.generation)
        ready = self.ready
        errors, verdict, telling = 0, Verdict.FAILED, None
        with self.generation.lease:
            waiting = parts.begin(
                engine, ready.course, request, ready.bindings, self.groups.breaking
            )
            try:
                await waiting.settled(self.groups.first)
                telling, told = await self._begun(waiting)
                async with aclosing(told):
                    async for payload in told:
                        errors += len(payload.errors)
                        yield self._shown(payload, waiting)
                verdict = telling.verdict
            except Exception as error:  # noqa: BLE001 - the client learns a code
                pipeline.observe(Crashed(request.request_id, "parts", error))
                errors += 1
                yield _broken_off(telling)
            finally:
                waiting.close()
        seconds = pipeline.clock.now() - request.started
        name = self.asking.operation
        pipeline.observe(
            Answered(request.request_id, name, verdict.value, errors, seconds)
        )

    async def _begun(
        self, waiting: Parts
    ) -> tuple[Telling, AsyncGenerator[Payload, None]]:
        generation, ready, request = self.generation, self.ready, self.request
        document = arranged(self.groups, self.deferral, waiting.unsettled)
        finished = Finished(
            generation.schema, ready.document, self.asking, ready.plan, waiting.reader
        )
        seen = ErrorView(
            request.explain, generation.limits.errors, generation.completeness
        )
        begun = begin(finished, self.groups, document, waiting)
        result = await begun if isawaitable(begun) else begun
        telling = Telling(finished, seen, document.parts)
        return telling, _told(telling, result)

    def _shown(self, payload: Payload, waiting: Parts) -> Payload:
        """The last payload with the plan, where it is asked for."""
        if payload.has_next or self.request.plan is not PlanWish.INCLUDE:
            return payload
        report = {
            **plan_report(self.ready.plan, waiting.reader.store),
            "answered_by": "parts",
            "payloads": payloads_of(self.groups, self.deferral),
        }
        return replace(payload, extensions={**payload.extensions, "plan": report})


async def delivery(
    pipeline: Pipeline, generation: Generation, asking: Asking, request: RequestContext
) -> Delivery | None:
    """A query that has parts; None where it is the pipeline's, refusals included.

    Nothing has run then.
    """
    if request.plan is PlanWish.DRY_RUN:
        return None
    try:
        if not pipeline.preparing.knows(generation, asking):
            await pipeline.turnstile.turn()
        ready = pipeline.prepare(generation, asking, request)
        if ready.plan.kind is not OperationKind.QUERY or ready.document.written is None:
            return None
        deferral = deferral_of(generation.schema, ready.document, asking)
    except RequestError:
        return None
    if not deferral.parts:
        return None
    groups = groups_of(ready.plan, deferral)
    return Delivery(pipeline, generation, asking, request, ready, deferral, groups)


async def _told(telling: Telling, begun: Begun) -> AsyncGenerator[Payload, None]:
    others = others_of(begun)
    if others is None:
        yield telling.first(first_of(begun))
        return
    async with aclosing(others):
        yield telling.first(first_of(begun))
        async for result in others:
            yield telling.next(result)


def _broken_off(telling: Telling | None) -> Payload:
    """The last payload where we have failed, perhaps before there was a first."""
    if telling is None or telling.data is None:
        return Payload(Answer(None, (BROKEN_OFF,), verdict=Verdict.FAILED))
    return telling.broken_off(BROKEN_OFF)
