"""A request that is recorded takes the usual way, and somebody hears of its calls.

In charge of the engine of such a request, and of handing its answer on first. Must
never change what is answered.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.execution.calls.caching import Abroad
from gateway.execution.calls.hearing import Whole, apart
from gateway.execution.calls.sending import Ear
from gateway.execution.engine import Engine, HeardOn
from gateway.generation import Generation
from gateway.response.model import Answer

if TYPE_CHECKING:
    from gateway.passage import Passage
    from gateway.pipeline import Pipeline


def tape(passage: Passage) -> None:
    """Record a request that has not begun, where it is one of those that are."""
    generation, done = passage.generation, passage.done
    if generation.sampling is None or done is None:
        return
    taken = generation.sampling.taken(passage.request)
    if taken is None:
        return

    def told(answer: Answer) -> None:
        done(answer)
        plan = passage.ready.plan if passage.ready else None
        taken.end(passage.asking, plan, answer)

    passage.done = told
    passage.pipeline = heard_by(passage.pipeline, taken, generation, taken.heard)


def heard_by(
    pipeline: Pipeline, ear: Ear, generation: Generation, heard: HeardOn | None = None
) -> Pipeline:
    """A pipeline like this for one request whose calls somebody hears of.

    ``heard`` are runways on which the ear hears as well.
    """
    commons, cache = apart(pipeline.commons), Whole(generation.cache)
    engine = Engine(
        generation.upstreams,
        pipeline.clock,
        pipeline.observe,
        Abroad(commons, cache, generation.lease),
        ear,
        heard,
        generation.mark,
    )
    pipeline.bound(engine, generation)
    made = _twin(pipeline)
    made.running = generation, engine
    return made


def _twin(pipeline: Pipeline) -> Pipeline:
    """As `copy.copy`, in a tenth of its time."""
    made: Pipeline = object.__new__(pipeline.__class__)
    for name in pipeline.__class__.__slots__:
        setattr(made, name, getattr(pipeline, name))
    return made
