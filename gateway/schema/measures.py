"""`/metrics`: what there is to count, read at the moment that somebody asks."""

from __future__ import annotations

from collections.abc import Iterator

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gateway.generation import Generation
from gateway.pipeline import Pipeline
from gateway.response.answering import Way
from gateway.response.model import Verdict
from gateway.schema.serving import Serving
from gateway.splitting import ASIDE
from gateway.telemetry.metrics import (
    CONTENT_TYPE,
    Distribution,
    Sample,
    exposition,
)
from gateway.watching.reading import counted_samples, kept_samples

_SHORT = 12


def metrics_routes(serving: Serving) -> list[Route]:
    """The one page that Prometheus reads."""

    async def metrics(_request: Request) -> Response:
        # In the loop, where nothing changes while it is read.
        return Response(exposition(samples(serving)), media_type=CONTENT_TYPE)

    return [Route("/metrics", metrics, methods=["GET"])]


def samples(serving: Serving) -> Iterator[Sample | Distribution]:
    """Everything that is counted, of one process."""
    pipeline, generation = serving.pipeline, serving.current
    counted = pipeline.watch.counted
    yield from counted_samples(counted)
    yield from kept_samples(counted, generation.objectives)
    for way in Way:
        yield Sample("headwater_answers", pipeline.ways[way], {"way": way.value})
    yield Sample("headwater_generation", generation.number)
    yield Sample("headwater_holds", len(generation.holds))
    kept = pipeline.preparing.operations
    in_use = len(kept.in_use())
    for use, count in (("in_use", in_use), ("new", len(kept) - in_use)):
        yield Sample("headwater_operations_kept", count, {"use": use})
    yield Sample("headwater_documents_waiting", pipeline.turnstile.waiting)
    yield Sample("headwater_requests_running", pipeline.crowding.now)
    ways = (generation.admission, *generation.doors.values())
    # All who judge in a process add to the same counts.
    known = (one.prover.refused.items() for one in ways if one.prover)
    for reason, count in sorted({pair for one in known for pair in one}):
        yield Sample("headwater_callers_refused", count, {"reason": reason})
    for (limit, verdict), count in sorted(pipeline.preparing.excesses.counts.items()):
        said = {"limit": limit, "verdict": verdict}
        yield Sample("headwater_limits_exceeded", count, said)
    limiting = generation.limiting
    if limiting is not None and limiting.shares is not None:
        yield Sample("headwater_rates_shared", float(limiting.shares()))
    live = pipeline.live
    yield Sample("headwater_subscriptions", len(live.members))
    yield Sample("headwater_listenings", len(live.hub))
    for outcome in ("delivered", "filtered", "dropped"):
        told = {"outcome": outcome}
        yield Sample("headwater_subscription_events", live.counts[outcome], told)
    sampling = generation.sampling
    for outcome, count in sampling.counts.items() if sampling else ():
        yield Sample("headwater_recordings", count, {"outcome": outcome})
    tracing = generation.tracing
    for why, count in tracing.ends.counts.items() if tracing else ():
        yield Sample("headwater_traces", count, {"why": why})
    yield from _trial(pipeline)
    for (name, outcome), count in sorted(live.deliveries.items()):
        told = {"source": name, "outcome": outcome}
        yield Sample("headwater_deliveries", count, told)
    yield from _sources(generation)


def _sources(generation: Generation) -> Iterator[Sample]:
    """How each source is asked at the moment."""
    for name, upstream in sorted(generation.upstreams.items()):
        source, held = {"source": name}, upstream.bulkhead
        yield Sample("headwater_calls_running", held.running, source)
        yield Sample("headwater_calls_waiting", held.waiting, source)
        yield Sample("headwater_calls_allowed", held.allowed, source)
        is_open = sum(1 for _ in upstream.breakers.open())
        yield Sample("headwater_breakers_open", is_open, source)
        for endpoint, opened in upstream.breakers.known():
            told = {**source, "endpoint": endpoint}
            yield Sample("headwater_breaker_open", float(opened), told)


def _trial(pipeline: Pipeline) -> Iterator[Sample]:
    """The candidate beside what serves; nothing of it where there is none."""
    splitting = pipeline.splitting
    release = splitting.release[:_SHORT] if splitting else ""
    yield Sample("headwater_trial", float(splitting is not None), {"release": release})
    for side in ("candidate", "stable"):
        counted = splitting.answers[side] if splitting else {}
        for verdict in Verdict:
            told = {"side": side, "verdict": verdict.value}
            count = counted.get(verdict.value, 0)
            yield Sample("headwater_trial_answers", count, told)
    counts = splitting.counts if splitting else {}
    for outcome in ASIDE:
        count = counts.get(outcome, 0)
        yield Sample("headwater_shadow_requests", count, {"outcome": outcome})
    for way in ("made", "shared"):
        count = counts.get(f"calls_{way}", 0)
        yield Sample("headwater_shadow_calls", count, {"way": way})
