"""What was counted, as samples for whoever scrapes."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import accumulate

from gateway.telemetry.metrics import Distribution, Sample
from gateway.watching.counting import UNPLANNED, Counted
from gateway.watching.objectives import Objectives
from gateway.watching.series import BOUNDS, Series

_BY_STEP = ("operation", "step", "source")
# Told before there is any: of a counter that begins with 40, Prometheus says that it
# has not risen.
_REQUESTS = {"whole": 0, "partial": 0, "failed": 0}
_STEPS = {"failed": 0}


def counted_samples(counted: Counted) -> Iterator[Sample | Distribution]:
    """Requests, steps, calls and loads of one process."""
    for one in counted.operations.found.values():
        told = {"operation": one.labels[0]}
        seen = one.outcomes if one.labels[0] == UNPLANNED else _REQUESTS | one.outcomes
        for verdict, count in seen.items():
            yield Sample("headwater_requests", count, {**told, "verdict": verdict})
        yield _durations("headwater_request_seconds", one, told)
    calls: dict[str, int] = {}
    for one in counted.steps.found.values():
        told = dict(zip(_BY_STEP, one.labels, strict=True))
        for outcome, count in (_STEPS | one.outcomes).items():
            yield Sample("headwater_steps", count, {**told, "outcome": outcome})
        yield _durations("headwater_step_seconds", one, told)
        calls[told["source"]] = calls.get(told["source"], 0) + one.calls
    for source, count in calls.items():
        if source:
            yield Sample("headwater_calls", count, {"source": source})
    for (source, kind), count in counted.failed_calls.items():
        said = {"source": source, "kind": kind}
        yield Sample("headwater_calls_failed", count, said)
    for outcome in ("taken", "rejected"):
        count = counted.loads[outcome]
        yield Sample("headwater_loads", count, {"outcome": outcome})


def kept_samples(counted: Counted, objectives: Objectives | None) -> Iterator[Sample]:
    """What is promised, and how often it was kept."""
    if objectives is None:
        return
    yield Sample("headwater_slo_window_seconds", objectives.window)
    promised = {(name, ""): one for name, one in objectives.operations.items()}
    for key, one in {**promised, **objectives.steps}.items():
        for name, share in one.shares.items():
            told = {"operation": key[0], "step": key[1], "objective": name}
            yield Sample("headwater_slo_objective", share, told)
            for outcome in ("good", "bad"):
                count = counted.kept.counts.get((*key, name, outcome), 0)
                said = {**told, "outcome": outcome}
                yield Sample("headwater_slo_events", count, said)


def _durations(name: str, one: Series, told: dict[str, str]) -> Distribution:
    counts = tuple(accumulate(one.buckets))
    bounds = (*(f"{bound:g}" for bound in BOUNDS), "+Inf")
    return Distribution(name, tuple(zip(bounds, counts, strict=True)), one.total, told)
