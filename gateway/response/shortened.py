"""Which lists lack rows, because no more of their pages were allowed (`max_pages`).

Pure. In charge of finding them in the results; what is told of them is `complete`'s.
"""

from __future__ import annotations

from collections.abc import Iterator

from gateway.execution.model import Join, Ok, PagesRead, ResultStore, StepResult
from gateway.plan.model import Plan


def cuts_of(result: StepResult | None) -> Iterator[PagesRead]:
    """The cut lists among what a step came to; for objects of a list, one for each."""
    if not isinstance(result, Ok):
        return
    if isinstance(result.value, Join):
        for outcome in result.value.outcomes.values():
            yield from cuts_of(outcome)
    elif result.pages is not None and result.pages.cut:
        yield result.pages


def is_cut(plan: Plan, store: ResultStore) -> bool:
    """Whether any list of the plan lacks rows; plans without pages cost no look."""
    if not plan.paged:
        return False
    return any(True for id_ in plan.paged for _ in cuts_of(store.get(id_)))
