"""The compiled path held to the reference path, over many random cases.

``python -m tests.laws.many_projections --cases 20000 --seed 1`` prints how many were
answered in which way; where both ways differ, it shows all it takes to see it again.
"""

from __future__ import annotations

import argparse
import time
from collections import Counter
from dataclasses import dataclass
from random import Random
from unittest.mock import patch

from gateway.plan.model import Plan
from gateway.plan.planner import make_plan
from gateway.policy.limits import Limits
from gateway.request.document import Document, read_document
from gateway.request.model import Asking, Selection
from gateway.request.selection import select
from gateway.response import source
from gateway.response.answering import Way
from gateway.response.model import Showing
from gateway.response.projection import Projection, compile_projection
from gateway.response.reference import ErrorView, Finished
from tests.laws.questions import question
from tests.laws.replies import Mood, always_fails, settled
from tests.laws.worlds import World, world
from tests.response.ways import held_equal

QUESTIONS = 20
REPLIES = 10
"""Of each world and of each question: what is dear to make is used often."""
MOODS = (Mood.GOOD, Mood.GOOD, Mood.NEAR, Mood.NEAR, Mood.ODD, Mood.ODD, Mood.AWFUL)


@dataclass(frozen=True, slots=True)
class Asked:
    """One question of one world, planned and compiled."""

    world: World
    document: Document
    asking: Asking
    selection: Selection
    plan: Plan
    projection: Projection | None

    @property
    def compiles(self) -> bool:
        """Whether the compiled path has to answer where all is good."""
        introspects = any(name != "__typename" for name, _ in _meta(self.selection))
        if introspects or always_fails(self.plan):
            return False
        return self.projection is not None or not self._is_too_long

    @property
    def _is_too_long(self) -> bool:
        """Whether its code would have more lines than are worth it."""
        most = source._MOST_LINES
        with patch.object(source, "_MOST_LINES", most * 100):
            made = compile_projection(self.world.schema, self.selection, self.plan)
        return made is not None and made.source.count("\n") > most


def asked(of: World, rng: Random) -> Asked:
    """A random question of a world."""
    put = question(of, rng)
    document = read_document(put.text, of.schema, Limits(planning=30.0), put.text)
    (operation,) = document.operations.values()
    selection = select(of.schema, document, operation, put.truths)
    plan = make_plan(selection, of.audience, of.shapes, {})
    code = compile_projection(of.schema, selection, plan)
    asking = Asking(put.text, variables=put.truths)
    return Asked(of, document, asking, selection, plan, code)


def held(question: Asked, rng: Random, mood: Mood) -> Way:
    """The way of one answer, which is the same in both.

    Raises:
        AssertionError: it is not; or all is good, and it was not compiled.
    """
    schema, reader = question.world.schema, settled(question.plan, rng, mood)
    finished = Finished(
        schema, question.document, question.asking, question.plan, reader
    )
    showing = rng.choice(list(Showing))
    seen = ErrorView(rng.random() < 0.5, rng.choice([1, 100]), showing)
    answer, way = held_equal(finished, seen, question.projection)
    if mood is Mood.GOOD and question.compiles:
        assert way is Way.COMPILED, f"{way} although all is good: {answer.errors}"
    return way


def tried(cases: int, seed: int) -> Counter[Way]:
    """How many of so many random cases were answered in which way."""
    ways: Counter[Way] = Counter()
    while ways.total() < cases:
        rng = Random(f"{seed} {ways.total()}")  # noqa: S311 - chance, no secret
        of = world(rng)
        for _ in range(QUESTIONS):
            question = asked(of, rng)
            for _ in range(REPLIES):
                mood = rng.choice(MOODS)
                try:
                    ways[held(question, rng, mood)] += 1
                except Exception as error:
                    _show(error, question, mood)
                    raise
    return ways


def _meta(selection: Selection) -> list[tuple[str, int]]:
    return list(selection.meta.values())


def _show(error: Exception, question: Asked, mood: Mood) -> None:
    """Everything about a case that does not hold."""
    error.add_note(question.projection.source if question.projection else "no source")
    error.add_note(question.world.sdl)
    error.add_note(question.asking.document)
    error.add_note(f"variables {dict(question.asking.variables)}, mood {mood.name}")


def main() -> None:
    """Try as many cases as were asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    started = time.process_time()
    ways = tried(given.cases, given.seed)
    shown = ", ".join(f"{way.value} {count}" for way, count in ways.items())
    print(f"{ways.total()} cases: {shown}; {time.process_time() - started:.1f} s CPU")


if __name__ == "__main__":
    main()
