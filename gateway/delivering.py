"""A query whose parts come later: read → plan → first payload → the others.

The flow of `pipeline`, for documents with ``@defer`` and ``@stream``, and for
operations that wait for optional steps so long only. All steps start as for one
answer; only the telling is split. Must never answer what cannot have parts:
that is the pipeline's.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from inspect import isawaitable

from gateway.auditing.entry import Reading
from gateway.auditing.recording import recorded
from gateway.errors import RequestError
from gateway.execution import parts
from gateway.execution.model import ResultStore
from gateway.execution.parts import Parts
from gateway.generation import Generation
from gateway.holding import among, arrives, runs
from gateway.lateness import NEVER
from gateway.parting import Parted
from gateway.passage import Passage
from gateway.pipeline import Pipeline
from gateway.plan.model import Late, Plan
from gateway.prepared import Ready
from gateway.record import Model, replace
from gateway.request.model import Asking, OperationKind, PlanWish, RequestContext
from gateway.response.incremental.executing import Begun, begin, first_of, others_of
from gateway.response.incremental.model import Payload
from gateway.response.incremental.telling import BROKEN_OFF, Telling
from gateway.response.model import Answer, Verdict
from gateway.response.reference import ErrorView, Finished
from gateway.response.report import plan_report
from gateway.telemetry.events import Answered, Crashed
from gateway.watching.model import Ended


class Delivery(Model, frozen=True):
    """One query that is answered in parts, before anything of it has run."""

    pipeline: Pipeline
    generation: Generation
    asking: Asking
    request: RequestContext
    ready: Ready
    parted: Parted

    @property
    def by_itself(self) -> bool:
        """Whether the document has no parts: some are made where it takes too long."""
        return not self.parted.deferral.parts

    async def payloads(self) -> AsyncGenerator[Payload, None]:
        """The payloads, as they come. Closing it ends whatever still runs.

        Never raises, but for being cancelled.
        """
        pipeline, request = self.pipeline, self.request
        engine = pipeline.engine(self.generation)
        if request.plan is PlanWish.INCLUDE:
            engine = engine.looking()
        ready, groups = self.ready, self.parted.groups
        errors, verdict, telling = 0, Verdict.FAILED, None
        with self.generation.lease, among(self.generation.limiting, request):
            waiting = parts.begin(
                engine, ready.course, request, ready.bindings, groups.breaking
            )
            try:
                await self._patience(waiting)
                if unrecorded := await self._unrecorded():
                    errors, verdict = len(unrecorded.errors), unrecorded.verdict
                    yield Payload(unrecorded)
                elif self.by_itself and not waiting.unsettled:
                    whole = self._whole(waiting)
                    errors, verdict = len(whole.errors), whole.verdict
                    yield Payload(whole)
                else:
                    telling, told = await self._begun(waiting)
                    async with aclosing(told):
                        async for payload in told:
                            errors += len(payload.errors)
                            late = telling.document.late
                            yield self._shown(payload, waiting, late)
                    verdict = telling.verdict
            except Exception as error:  # noqa: BLE001 - the client learns a code
                pipeline.observe(
                    Crashed(request.request_id, "parts", error, self.generation.mark)
                )
                errors += 1
                yield _broken_off(telling)
            finally:
                waiting.close()
        self._answered(verdict, errors, waiting.reader.store)

    async def _patience(self, waiting: Parts) -> None:
        """Wait until the first payload has all that it has to have."""
        groups, started = self.parted.groups, self.request.started
        waits = {
            root.field.key: self.generation.waits_for(root.profile)
            for root in self.ready.plan.roots
        }
        for span in sorted({*waits.values()}):
            those = frozenset(id_ for id_ in groups.first if waits[id_.path[0]] == span)
            if span == NEVER:
                await waiting.settled(those)
            else:
                await waiting.settled_by(those, started + span)
        await waiting.settled(groups.must)
        while not self.parted.says_something(waiting.unsettled):
            await waiting.further()

    async def _unrecorded(self) -> Answer | None:
        """What is said where it cannot be recorded who reads; parts count as read."""
        of = self.request, self.asking.operation, self.ready.plan, self.ready.bindings
        auditing, observe = self.generation.auditing, self.pipeline.observe
        return await recorded(auditing, Reading(*of), None, observe)

    def _whole(self, waiting: Parts) -> Answer:
        passage = Passage(
            self.pipeline, self.generation, self.asking, self.request, None, self.ready
        )
        return passage.made_of(waiting.reader)

    def _answered(self, verdict: Verdict, errors: int, store: ResultStore) -> None:
        request, pipeline = self.request, self.pipeline
        seconds = pipeline.clock.now() - request.started
        name = self.asking.operation
        id_, mark, by = request.request_id, self.generation.mark, self.ready.plan.served
        pipeline.observe(Answered(id_, name, verdict.value, errors, seconds, mark, by))
        plan, said = self.ready.plan, verdict.value
        ended = Ended(self.generation, request, name, plan, store, said, seconds)
        pipeline.watch.over(ended, pipeline.observe)

    async def _begun(
        self, waiting: Parts
    ) -> tuple[Telling, AsyncGenerator[Payload, None]]:
        generation, ready, request = self.generation, self.ready, self.request
        document = self.parted.document(waiting.unsettled)
        finished = Finished(
            ready.schema(generation),
            ready.document,
            self.asking,
            ready.plan,
            waiting.reader,
        )
        seen = ErrorView(
            request.explain, generation.limits.errors, generation.completeness
        )
        begun = begin(finished, self.parted.groups, document, waiting)
        result = await begun if isawaitable(begun) else begun
        telling = Telling(finished, seen, document)
        return telling, _told(telling, result)

    def _shown(
        self, payload: Payload, waiting: Parts, late: tuple[Late, ...]
    ) -> Payload:
        """The last payload with the plan, where it is asked for."""
        if payload.has_next or self.request.plan is not PlanWish.INCLUDE:
            return payload
        report = {
            **plan_report(self.ready.plan, waiting.reader.store),
            "answered_by": "parts",
            **self.parted.shown(late),
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
        if not pipeline.preparing.knows(generation, asking, request):
            await pipeline.turn(generation, asking, request)
        ready = pipeline.prepare(generation, asking, request)
        if ready.plan.kind is not OperationKind.QUERY:
            return None
    except RequestError:
        return None
    parted = ready.parted(generation, asking.operation)
    if not (parted.deferral.parts or _waits(generation, ready.plan)):
        return None
    if generation.limiting is not None:
        try:
            arrives(pipeline, generation.limiting, request)
            runs(pipeline, generation.limiting, request, ready)
        except RequestError:
            return None  # the pipeline says so
    counting = pipeline.preparing.counting
    if counting is not None:
        counting(generation.schema, asking, request, ready.document)
    if generation.sampling is not None:
        generation.sampling.missed(request, "parts")
    return Delivery(pipeline, generation, asking, request, ready, parted)


def _waits(generation: Generation, plan: Plan) -> bool:
    """Whether any of its operations leaves optional steps for later."""
    return generation.defers and any(
        generation.waits_for(root.profile) < NEVER for root in plan.roots
    )


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
