"""One request on its way, and somebody looks at it when it is answered.

In charge of what is looked at: how it ended, and what every step came to. The client
has its answer first. Must never change what is answered.
"""

from __future__ import annotations

from gateway.passage import Passage
from gateway.response.model import Answer
from gateway.telemetry.events import Crashed
from gateway.watching.model import Ended


class WatchedPassage(Passage, eq=False):
    """A passage whose end is told to the pipeline's watch, where it has one."""

    def tell(self, answer: Answer) -> None:
        """Hand the answer over."""
        super().tell(answer)
        generation, ready, reader = self.generation, self.ready, self.reader
        pipeline = self.pipeline
        watch = pipeline.watch
        if (
            reader is None
            or ready is None
            or generation.tracing is not None
            or generation.objectives is not None
            or watch.live is not None
        ):
            self._over(answer)
            return
        request = self.request
        seconds, verdict = pipeline.clock.now() - request.started, answer.verdict
        try:
            watch.counted.ran(ready.course.plan, reader.store, verdict._value_, seconds)
        except Exception as error:  # noqa: BLE001 - the request is answered already
            id_, mark = request.request_id, generation.mark
            pipeline.observe(Crashed(id_, "watch", error, mark))

    def _over(self, answer: Answer) -> None:
        """There may be more to look at than to count."""
        request, ready, reader = self.request, self.ready, self.reader
        pipeline = self.pipeline
        ended = Ended(
            self.generation,
            request,
            self.asking.operation,
            None if ready is None else ready.course.plan,
            None if reader is None else reader.store,
            answer.verdict._value_,
            pipeline.clock.now() - request.started,
            answer,
        )
        pipeline.watch.over(ended, pipeline.observe)
