"""``extensions``: what the caller may know of how the answer came to be."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from gateway.clock import Clock
from gateway.execution.model import Failed, Join, Ok, ResultStore, Skipped, StepResult
from gateway.execution.tries import shown
from gateway.plan.explain import as_json
from gateway.plan.model import Plan
from gateway.response.reached import reached_by
from gateway.values import JsonValue


def plan_report(plan: Plan, store: ResultStore) -> dict[str, JsonValue]:
    """The plan with what each of its steps came to, when, and how long it took.

    ``fields`` are those that a step gives, so that each has its provenance; ``tries``
    the attempts at its calls.
    """
    first = min((t.started for t in store.timings.values()), default=0.0)
    reached = {step: r for root in plan.roots for step, r in reached_by(root).items()}
    facts = {}
    for step, timing in store.timings.items():
        given = reached[step].direct if step in reached else ()
        facts[step] = {
            **_outcome(store[step]),
            "fields": [".".join(path) for path in given],
            "attempts": timing.attempts,
            "started_ms": round((timing.started - first) * 1000, 3),
            "elapsed_ms": round((timing.ended - timing.started) * 1000, 3),
            **({"tries": shown(timing.tries, first)} if timing.tries else {}),
        }
    return as_json(plan, facts)


def times_of(store: ResultStore, started: float, clock: Clock) -> dict[str, JsonValue]:
    """Where a request's time went, in ms: before its steps, in them, and after them.

    ``before`` is reading, validating and planning it, ``answer`` making the answer of
    what came.
    """
    now, timings = clock.now(), store.timings.values()
    first = min((timing.started for timing in timings), default=now)
    last = max((timing.ended for timing in timings), default=first)
    parts = {"before": first - started, "steps": last - first, "answer": now - last}
    return {name: round(seconds * 1000, 3) for name, seconds in parts.items()}


def _outcome(result: StepResult) -> Mapping[str, JsonValue]:
    match result:
        case Ok(Join() as join):
            pages = _pages(join.outcomes.values())
            return {"status": "ok", "keys": _tally(join), **pages}
        case Ok(_, provenance, _, by):
            came: dict[str, JsonValue] = {"provenance": provenance.value}
            rung = {"by": str(by)} if by else {}
            return {"status": "ok", **came, **rung, **_pages([result])}
        case Failed(failure):
            return {"status": "failed", "code": failure.code.value}
        case Skipped(reason, because_of):
            skipped: dict[str, JsonValue] = {
                "status": "skipped",
                "reason": reason.value,
            }
            if because_of is not None:
                skipped["because_of"] = str(because_of)
            return skipped


def _pages(results: Iterable[StepResult]) -> Mapping[str, JsonValue]:
    """Of lists that came in pages: the pages asked for, and whether rows are left."""
    read = [r.pages for r in results if isinstance(r, Ok) and r.pages is not None]
    if not read:
        return {}
    asked, rows = sum(one.asked for one in read), sum(one.rows for one in read)
    cut = any(one.cut for one in read)
    return {"pages": {"asked": asked, "rows": rows, "cut": cut}}


def _tally(join: Join) -> Mapping[str, JsonValue]:
    """How many parents there were, what was asked for them, and what came of them."""
    outcomes, counts = join.outcomes.values(), join.counts
    return {
        "parents": len(join.outcomes),
        "asked": counts.asked,
        "unique": counts.unique,
        "calls": counts.calls,
        "hits": {"shared": counts.shared, "cache": counts.cached},
        "ok": sum(isinstance(outcome, Ok) for outcome in outcomes),
        "failed": sum(isinstance(outcome, Failed) for outcome in outcomes),
        "skipped": sum(isinstance(outcome, Skipped) for outcome in outcomes),
    }
