"""One request on its way, and somebody looks at it when it is answered.

In charge of what is looked at: how it ended, and what every step came to. The client
has its answer first. Must never change what is answered.
"""

from __future__ import annotations

from gateway.execution.reading import Reader
from gateway.passage import Passage
from gateway.response.model import Answer
from gateway.watching.model import Ended


class WatchedPassage(Passage, eq=False):
    """A passage whose end is told to the pipeline's watch, where it has one."""

    reader: Reader | None = None

    def made_of(self, reader: Reader) -> Answer:
        """The answer that the results make."""
        self.reader = reader
        return super().made_of(reader)

    def tell(self, answer: Answer) -> None:
        """Hand the answer over."""
        super().tell(answer)
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
