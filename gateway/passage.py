"""One request on its way through the rooms, from its text to its answer.

In charge of who is told, once, and of holding the generation until then. It never
waits by itself: what waits goes on as a callback, or as a task of a mutation.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING

from gateway.auditing.entry import Reading
from gateway.auditing.model import Auditing
from gateway.auditing.recording import recording
from gateway.chosen import chosen_for
from gateway.errors import RequestError
from gateway.execution.reading import Reader
from gateway.generation import Generation
from gateway.plan.explain import as_json
from gateway.prepared import Operation, Ready
from gateway.record import Struct
from gateway.refusing import crashed, refused
from gateway.repeating import Seen
from gateway.request.model import Asking, PlanWish, RequestContext
from gateway.response.answering import Projected, Way, build_answer, is_told, projected
from gateway.response.model import Answer
from gateway.response.reference import ErrorView, Finished
from gateway.response.report import plan_report, times_of
from gateway.taping import tape
from gateway.telemetry.events import Answered, Crashed

if TYPE_CHECKING:
    from gateway.pipeline import Pipeline

_COMPILED = Way.COMPILED  # looking members up are calls on Python 3.11
_DRY_RUN, _INCLUDE = PlanWish.DRY_RUN, PlanWish.INCLUDE


class Passage(Struct, eq=False):
    """One request and its way through the rooms. ``done`` is told of its answer, once.

    It holds its generation until then, or until nobody waits any more.
    """

    pipeline: Pipeline
    generation: Generation
    asking: Asking
    request: RequestContext
    done: Callable[[Answer], None] | None
    ready: Ready | None = None
    known: Operation | None = None
    give_up: Callable[[], object] | None = None
    reader: Reader | None = None
    """What came, once all has."""

    def arrive(self) -> None:
        """It will wait for its turn: what has to be decided before that is."""

    def begin(self) -> None:
        """Everything that needs no waiting; what waits goes on by itself."""
        if self.generation.sampling is not None:
            tape(self)
        generation, request = self.generation, self.request
        generation.lease.hold()
        try:
            prepare = self.pipeline.preparing.prepare
            ready = self.ready = prepare(generation, self.asking, request, self.known)
            if request.plan is _DRY_RUN:
                parted = ready.parted(generation, self.asking.operation)
                plan = {**as_json(ready.plan), **parted.shown()}
                shown = {**plan, **chosen_for(generation, request, ready)}
                self._answered(Answer(data=None, extensions={"plan": shown}))
                return
            if (counting := self.pipeline.preparing.counting) is not None:
                counting(generation.schema, self.asking, request, ready.document)
            give_up = self._runs(ready)
            self.give_up = give_up if self.done is not None else None
        except RequestError as error:
            self._answered(refused(error, self.asking, generation))
        except Exception as error:  # noqa: BLE001 - the client learns a code, no trace
            self._answered(crashed(error, request, self.pipeline.observe, generation))

    def leave(self) -> None:
        """Nobody waits any more: what still runs is cancelled."""
        if self.done is not None:
            self.done = None
            if self.give_up is not None:
                self.give_up()
                self.give_up = None
            self.generation.lease.release()

    def tell(self, answer: Answer) -> None:
        """Hand the answer over, to whoever asked and to those who look on."""
        done, self.done, self.give_up = self.done, None, None
        if not self.pipeline.quiet:
            self._say(answer)
        if done is not None:
            done(answer)

    def _say(self, answer: Answer) -> None:
        request, name, mark = self.request, self.asking.operation, self.generation.mark
        verdict, errors = answer.verdict.value, len(answer.errors)
        seconds = self.pipeline.clock.now() - request.started
        by = self.ready.course.plan.served if self.ready is not None else ()
        said = request.request_id, name, verdict, errors, seconds, mark, by
        self.pipeline.observe(Answered(*said))

    def _answered(self, answer: Answer) -> None:
        auditing = self.generation.auditing
        if auditing is not None and self._records(auditing, answer):
            return
        self.generation.lease.release()
        self.tell(answer)

    def _records(self, auditing: Auditing, answer: Answer) -> bool:
        """Whether the answer waits until it is recorded that it is given."""
        if self.ready is None:
            return False

        def then(instead: Answer | None) -> None:
            if self.done is not None:
                self.generation.lease.release()
                self.tell(instead or answer)

        return recording(auditing, self.reading, answer, self.pipeline.observe, then)

    @property
    def reading(self) -> Reading:
        """Who reads what, for the record."""
        ready = self.ready
        assert ready is not None, "it was planned"  # noqa: S101
        operation = self.asking.operation
        return Reading(self.request, operation, ready.plan, ready.bindings)

    def _runs(self, ready: Ready) -> Callable[[], object]:
        """The plan under way, and what ends it before its end."""
        if ready.course.series:
            return asyncio.create_task(self._acts(ready)).cancel
        engine, forms = self.pipeline.engine(self.generation), ready.compiling.forms
        if self.request.plan is _INCLUDE:
            engine = engine.looking()
        return engine.begin(
            ready.course, self.request, ready.bindings, self._ran, forms
        ).leave

    async def _acts(self, ready: Ready) -> None:
        """A mutation: its roots one after the other; once, where it has a key."""
        generation, asking, request = self.generation, self.asking, self.request

        async def perform(seen: Seen) -> Answer:
            engine, forms = self.pipeline.engine(generation), ready.compiling.forms
            if request.plan is _INCLUDE:
                engine = engine.looking()
            reader = await engine.execute(ready.course, request, ready.bindings, forms)
            seen.store = reader.store
            return self.made_of(reader)

        try:
            if ready.course.keyed:
                once = self.pipeline.repeating.answer
                answer = await once(generation, asking, request, ready, perform)
            else:
                answer = await perform(Seen())
        except RequestError as error:
            answer = refused(error, asking, generation)
        except Exception as error:  # noqa: BLE001 - as below
            answer = crashed(error, request, self.pipeline.observe, generation)
        if self.done is not None:
            self._answered(answer)

    def _ran(self, reader: Reader) -> None:
        """Every step has settled."""
        try:
            answer = self.made_of(reader)
        except Exception as error:  # noqa: BLE001 - as above
            observe = self.pipeline.observe
            answer = crashed(error, self.request, observe, self.generation)
        self._answered(answer)

    def made_of(self, reader: Reader) -> Answer:
        """The answer that the results make."""
        self.reader = reader
        generation, request, ready = self.generation, self.request, self.ready
        assert ready is not None, "a plan has run"  # noqa: S101
        data = projected(ready.compiling.code(reader.store), reader)
        if ready.described is not None:
            answer, way = Answer(ready.described), Way.REFERENCE
        elif (
            data is None
            or isinstance(data, Exception)
            or is_told(generation.completeness, ready.course.plan, reader)
        ):
            answer, way = self._told(reader, ready, data)
        else:
            answer, way = Answer(data), _COMPILED
        self.pipeline.ways[way] += 1
        if request.plan is _INCLUDE:
            report = {
                **plan_report(ready.plan, reader.store),
                "answered_by": way.value,
                "times": times_of(reader.store, request.started, self.pipeline.clock),
                **chosen_for(generation, request, ready),
            }
            return answer._replace(extensions={**answer.extensions, "plan": report})
        return answer

    def _told(
        self, reader: Reader, ready: Ready, data: Projected
    ) -> tuple[Answer, Way]:
        """An answer of which there is more to tell."""
        generation, request = self.generation, self.request
        observe = self.pipeline.observe
        shown = generation.limits.errors, generation.completeness
        schema = ready.schema(generation)
        finished = Finished(schema, ready.document, self.asking, ready.plan, reader)
        return build_answer(
            finished,
            ErrorView(request.explain, *shown),
            data,
            lambda error: observe(
                Crashed(request.request_id, "answer", error, generation.mark)
            ),
        )
