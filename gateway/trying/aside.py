"""One request run once more in a candidate, and its answer held against the first.

In charge of its beginning, its budget and its end. It begins when whoever waited for
the first answer has been told it, and nobody waits for it. Must never raise to anybody.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import chain
from typing import NamedTuple

from gateway.comparing.answers import (
    Difference,
    data_differences,
    error_differences,
)
from gateway.generation import Generation
from gateway.lapses import Lapse
from gateway.passage import Passage
from gateway.pipeline import Pipeline
from gateway.plan.guarded import guarded_keys, guards_of
from gateway.plan.model import Plan, PlannedField
from gateway.request.model import Asking, RequestContext
from gateway.response.model import Answer
from gateway.response.written import Written
from gateway.schema.encoding import to_json
from gateway.telemetry.events import Crashed, Observer
from gateway.telemetry.releasing import ShadowDiffers, ShadowMissed
from gateway.trying.differing import Differences
from gateway.trying.hearing import Replies
from gateway.values import Coordinate, JsonValue

BUDGET = 5.0
"""Seconds that one may take."""


class Told(NamedTuple):
    """What a client was told, and by which plan."""

    asking: Asking
    request: RequestContext
    plan: Plan
    answer: Answer

    @property
    def roots(self) -> list[str]:
        """The operations that were asked for."""
        return [root.field.name for root in self.plan.roots]


class Place(NamedTuple):
    """Where a request is run aside: what keeps its differences, and what it hides."""

    pipeline: Pipeline
    candidate: Generation
    release: str
    found: Differences
    hidden: frozenset[Coordinate]

    def miss(self, why: str) -> None:
        """One more is not compared."""
        missed(self.found, self.release, self.pipeline.observe, why)


class Aside:
    """A request on its way through a candidate; ``over`` is told once, at its end."""

    __slots__ = ("_ear", "_over", "_passage", "_place", "_timer", "_told")

    def __init__(
        self,
        told: Told,
        place: Place,
        ear: Replies,
        over: Callable[[Aside], None],
    ) -> None:
        self._told, self._place, self._ear = told, place, ear
        self._over: Callable[[Aside], None] | None = over
        self._passage: Passage | asyncio.Task[None] | None = None
        self._timer: Lapse | asyncio.TimerHandle | None = None

    def begin(self) -> None:
        """Let it run: at once where its document is prepared, else in its turn."""
        if self._over is None:
            return
        try:
            self._begin()
        except Exception as error:  # noqa: BLE001 - a bug of ours costs the comparison
            self._crashed(error)

    def _begin(self) -> None:
        pipeline, candidate = self._place.pipeline, self._place.candidate
        loop, spans = asyncio.get_running_loop(), pipeline.commons.deadlines
        self._timer = spans(BUDGET, loop).begin(loop.time() + BUDGET, self._late)
        asking, request = self._told.asking, self._told.request
        passage = pipeline.begin(candidate, asking, request, self._done)
        if self._over is not None:
            self._passage = passage or asyncio.create_task(self._in_turn())

    async def _in_turn(self) -> None:
        pipeline, candidate, *_ = self._place
        asking, request = self._told.asking, self._told.request
        answer = await pipeline.answer(candidate, asking, request)
        self._passage = None  # it ends by itself
        self._done(answer)

    def leave(self) -> None:
        """Nobody wants to know any more."""
        over, self._over = self._over, None
        passage, self._passage = self._passage, None
        timer, self._timer = self._timer, None
        if timer is not None:
            timer.cancel()
        if isinstance(passage, Passage):
            passage.leave()
        elif passage is not None:
            passage.cancel()
        if over is not None:
            over(self)

    def _done(self, other: Answer) -> None:
        """Both answers are there."""
        if self._over is None:
            return
        self._passage = None
        try:
            self._compare(other)
        except Exception as error:  # noqa: BLE001 - as above
            self._crashed(error)
        else:
            self.leave()

    def _compare(self, other: Answer) -> None:
        found, told = self._place.found, self._told
        if self._ear.unfit:
            self._place.miss("unfit")
        elif is_same(told.answer, other):
            found.counts["same"] += 1
        else:
            name, hidden = ",".join(told.roots), self._place.hidden
            roots = told.plan.roots
            keys = {k for r in roots for k in _keys(r.field, hidden)}
            keys.update(_guarded(told.plan, self._place.candidate))
            new = found.add(name, differences(told.answer, other), frozenset(keys))
            release, observe = self._place.release, self._place.pipeline.observe
            for one in new:
                observe(ShadowDiffers(release, name, one.path, one.how.value))

    def _late(self) -> None:
        self._place.miss("failed")
        self.leave()

    def _crashed(self, error: Exception) -> None:
        self._place.miss("failed")
        id_ = self._told.request.request_id
        self._place.pipeline.observe(Crashed(id_, "shadow", error))
        self.leave()


def missed(found: Differences, release: str, observe: Observer, why: str) -> None:
    """One more request is not compared; the first one is told of."""
    found.counts[why] += 1
    if found.counts[why] == 1:
        observe(ShadowMissed(release, why))


def is_same(answer: Answer, other: Answer) -> bool:
    """Whether nobody could tell two answers without errors apart, by their bytes.

    False says nothing: that they are equal may be told by reading them alone.
    """
    if answer.errors or other.errors:
        return False
    return to_json(_shown(answer)) == to_json(_shown(other))


def differences(answer: Answer, other: Answer) -> Iterable[Difference]:
    """Where two answers differ, field by field."""
    before, after = answer.as_json(), other.as_json()
    return chain(
        data_differences(before.get("data"), after.get("data")),
        error_differences(_coded(answer), _coded(other)),
    )


def _shown(answer: Answer) -> object:
    data = answer.data
    return data.shown if isinstance(data, Written) else data


def _coded(answer: Answer) -> list[Mapping[str, JsonValue]]:
    return [
        {"path": list(one.path or ()), "code": str(one.code)} for one in answer.errors
    ]


def _guarded(plan: Plan, candidate: Generation) -> Iterator[str]:
    """The response keys of what a policy of either side, or a tag's, guards."""
    whole, kind = candidate.whole, plan.kind.value.capitalize()
    entities = [*whole.entities.values()]
    steps = [s for p in whole.profiles.values() for s in p.steps.values()]
    entities += [e for p in whole.profiles.values() for e in p.entities.values()]
    steps += [step for entity in entities for step in entity.steps.values()]
    guards = guards_of(steps)
    known = whole.protection, candidate.shapes
    for root in plan.roots:
        other = whole.profiles.get(root.field.name)
        if other is not None and other.policy is not None:
            yield root.field.key
        yield from guarded_keys(root, kind, known, guards)


def _keys(planned: PlannedField, hidden: frozenset[Coordinate]) -> set[str]:
    """The response keys under which hidden fields stand."""
    found: set[str] = set()
    for concrete, below in planned.fields.items():
        for one in below.values():
            if Coordinate(concrete, one.name) in hidden:
                found.add(one.key)
            found |= _keys(one, hidden)
    return found
