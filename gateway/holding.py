"""Requests of those who are limited: counted before they run, and while they do.

In charge of when the limits of those who ask are asked, whichever way a request came:
one answer (`HeldPassage`), an answer in parts, a subscription. A request that counts
for nobody passes. Must never be in the way where nothing is limited.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from gateway.errors import RequestError
from gateway.limiting.model import Limiting
from gateway.passage import Passage
from gateway.policy.limits import Excess
from gateway.prepared import Ready
from gateway.refusing import refused
from gateway.request.model import RequestContext
from gateway.response.model import Answer
from gateway.watched import WatchedPassage

if TYPE_CHECKING:
    from gateway.pipeline import Pipeline


def arrives(pipeline: Pipeline, limiting: Limiting, request: RequestContext) -> None:
    """Count a request, before anything of it is read.

    Raises:
        LimitError: its client or tenant asks too much.
    """
    now = pipeline.clock.now()
    _hold(pipeline, limiting, request, limiting.arrives(request, now))


def runs(
    pipeline: Pipeline, limiting: Limiting, request: RequestContext, ready: Ready
) -> None:
    """Count the operations that it runs.

    Raises:
        LimitError: one of them is asked for too often.
    """
    if limiting.operations:
        names = dict.fromkeys(root.field.name for root in ready.plan.roots)
        now = pipeline.clock.now()
        _hold(pipeline, limiting, request, limiting.runs(request, names, now))


@contextmanager
def among(limiting: Limiting | None, request: RequestContext) -> Iterator[None]:
    """It is one of those of its client that run at a time."""
    crowd = limiting.crowd if limiting is not None else None
    if crowd is None or request.origin is None:
        yield
        return
    crowd.enter(request.origin)
    try:
        yield
    finally:
        crowd.leave(request.origin)


def _hold(
    pipeline: Pipeline,
    limiting: Limiting,
    request: RequestContext,
    found: Iterable[Excess],
) -> None:
    asked, excesses = (request.request_id, request.started), pipeline.preparing.excesses
    for excess in found:
        excesses.hold(excess, limiting.warn, asked, pipeline.clock.now())


class HeldPassage(WatchedPassage, eq=False):
    """One request of somebody who is limited."""

    arrived: bool = False
    entered: bool = False

    def arrive(self) -> None:
        """It is counted, once; before it waits for its turn to be read.

        Raises:
            LimitError: its client or tenant asks too much.
        """
        limiting, request = self.generation.limiting, self.request
        assert limiting is not None, "that is why it is held"  # noqa: S101
        self.arrived = True
        arrives(self.pipeline, limiting, request)
        if limiting.crowd is not None and request.origin is not None:
            limiting.crowd.enter(request.origin)
            self.entered = True

    def begin(self) -> None:
        """Everything that needs no waiting, unless it is one too many."""
        try:
            if not self.arrived:
                self.arrive()
        except RequestError as error:
            self.tell(refused(error, self.asking, self.generation))
        else:
            super().begin()

    def leave(self) -> None:
        """Nobody waits any more."""
        self._out()
        super().leave()

    def tell(self, answer: Answer) -> None:
        """Hand the answer over."""
        self._out()
        super().tell(answer)

    def _runs(self, ready: Ready) -> Callable[[], object]:
        limiting = self.generation.limiting
        assert limiting is not None, "as above"  # noqa: S101
        runs(self.pipeline, limiting, self.request, ready)
        return Passage._runs(self, ready)  # noqa: SLF001 - its own

    def _out(self) -> None:
        limiting, origin = self.generation.limiting, self.request.origin
        if self.entered and limiting and limiting.crowd and origin is not None:
            self.entered = False
            limiting.crowd.leave(origin)
