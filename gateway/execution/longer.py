"""What of a step is more than one call: pages, and the way down its ladder.

In charge of what waits. What is decided on a ladder is `ladder`'s.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from gateway.execution.attempt import Prepared, Tally, prepare
from gateway.execution.ladder import Falling
from gateway.execution.model import (
    Join,
    Ok,
    Skipped,
    StepResult,
    is_callers,
    is_failure,
)
from gateway.execution.pages.paging import Paging
from gateway.plan.model import PlannedStep
from gateway.values import StepId

if TYPE_CHECKING:
    from gateway.execution.at_work import AtWork


async def fallen(
    work: AtWork, step: PlannedStep, result: StepResult, tally: Tally
) -> StepResult:
    """The first rung of a step's ladder that holds; the failure where none does."""
    falling = Falling(step, work.reader, work.engine.clock.wall().timestamp())
    if isinstance(result, Ok) and isinstance(result.value, Join):
        falling.each(result.value)
        return result
    falls = is_failure(result) and not is_callers(result)
    for rung in step.rungs if falls else ():
        came = (
            await work.reach(rung)
            if isinstance(rung, StepId)
            else falling.on(rung, tally)
        )
        if isinstance(came, Ok):
            return came._replace(because=result)
    return result


async def paged(work: AtWork, step: PlannedStep, tally: Tally) -> StepResult:
    """What a step comes to whose answer comes in pages."""
    scope = work.reader.scope(step.scope, None)
    if isinstance(scope, Skipped):
        return scope
    ready = prepare(step.step, scope)
    if not isinstance(ready, Prepared) or step.step.pages is None:
        return cast("StepResult", ready)
    tally.scope = scope
    deadline, sending = work.deadlines[step.root], work.sending
    work.allowing()
    paging = Paging(step.step, step.step.pages, sending, deadline, tally)
    return await paging.result(ready)
