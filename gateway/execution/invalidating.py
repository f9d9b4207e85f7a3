"""What a mutation makes untrue is taken out of the cache, before its answer leaves.

In charge of the tags of a step that has settled, and of taking their entries away in
every process. It begins the moment the step has settled and goes on where its request
is gone: what was written stays written. A store that cannot be reached fails no
mutation; we are told.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from gateway.cache.base import CacheUnavailable
from gateway.execution.calls.caching import Abroad
from gateway.execution.model import Failed, Ok, StepResult
from gateway.execution.reading import evaluated
from gateway.profile.model import Invalidation, Step
from gateway.telemetry.events import Crashed, InvalidationFailed, Observer

_NOT_LET_IN = frozenset({401, 403})


def may_have_acted(result: StepResult) -> bool:
    """Whether a call that failed may have changed something all the same.

    One that its source did not let do it has not, so nobody takes away by it what
    others have kept.
    """
    status = result.failure.status if isinstance(result, Failed) else None
    return status not in _NOT_LET_IN


@dataclass(slots=True)
class Invalidating:
    """The invalidations of one root of a mutation.

    ``scope`` is what tags read besides the step's own answer.
    """

    request_id: str
    scope: Mapping[str, object]
    abroad: Abroad | None
    observe: Observer
    _running: list[asyncio.Task[None]] = field(default_factory=list)

    def heard(self, step: Step, result: StepResult, *, sent: bool) -> None:
        """A step that invalidates has settled; ``sent`` says that it was called."""
        rule = step.invalidates
        if rule is None or self.abroad is None:
            return
        succeeded = isinstance(result, Ok)
        if not succeeded and not (rule.always and sent and may_have_acted(result)):
            return
        value = result.value if isinstance(result, Ok) else None
        tags = tuple(self._tags(step, rule, {**self.scope, step.name: value}))
        if tags:
            task = asyncio.create_task(self._take(step, tags, self.abroad))
            self._running.append(task)
            # Held here: the loop itself would let it go with its request.
            self.abroad.commons.invalidations.add(task)
            task.add_done_callback(self.abroad.commons.invalidations.discard)

    async def done(self) -> None:
        """All that was begun is over: no process gives what was taken away."""
        if self._running:
            await asyncio.wait(self._running)

    def _tags(
        self, step: Step, rule: Invalidation, scope: Mapping[str, object]
    ) -> Iterator[str]:
        for template in rule.tags:
            found = evaluated(template, scope)
            several = found if isinstance(found, list) else [found]
            for tag in several:
                if isinstance(tag, str) and tag:
                    yield tag
                else:
                    why = "a tag is no text that says something"
                    if isinstance(tag, Failed):
                        why = tag.failure.message
                    self._tell(step, why)

    async def _take(self, step: Step, tags: tuple[str, ...], abroad: Abroad) -> None:
        with abroad.lease:
            try:
                await abroad.cache.invalidate(tags=tags)
            except CacheUnavailable as error:
                self._tell(step, error.message)
            except Exception as error:  # noqa: BLE001 - the mutation is done all the same
                self.observe(Crashed(self.request_id, "invalidation", error))
            finally:
                abroad.commons.in_flight.part()

    def _tell(self, step: Step, why: str) -> None:
        named = f"{step.origin}.{step.name}"
        self.observe(InvalidationFailed(self.request_id, named, why))
