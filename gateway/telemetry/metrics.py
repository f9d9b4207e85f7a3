"""How the gateway is at this moment, as Prometheus reads it.

In charge of names, help and form. What is measured is read where it stands when
somebody asks, so that no request pays for it. Must never have a label that callers
choose: the number of series is bounded by the configuration.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from prometheus_client.core import Metric

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
COUNTERS = {
    "headwater_requests": "Requests by operation and what came of them.",
    "headwater_steps": "Steps of requests, by what came of them.",
    "headwater_calls": "Calls that were sent to a source for requests.",
    "headwater_calls_failed": "Calls that came to nothing, by the class of failure.",
    "headwater_loads": "Loads of the configuration, by what came of them.",
    "headwater_slo_events": "Requests that an objective judged, good or bad.",
    "headwater_answers": "Answers by how they were made, since the process started.",
    "headwater_subscription_events": "Events of subscriptions, by what came of them.",
    "headwater_trial_answers": "Answers while a candidate is tried, by verdict.",
    "headwater_shadow_requests": "Requests that a shadow ran, by what came of it.",
    "headwater_shadow_calls": "Calls that a shadow made, or shared with its request.",
    "headwater_callers_refused": "Callers who did not prove who they are, by why.",
    "headwater_limits_exceeded": "Requests beyond a limit, by what came of them.",
    "headwater_recordings": "Requests chosen to be recorded, by what came of them.",
    "headwater_traces": "Requests that were made spans of, by why; `left`: not.",
    "headwater_deliveries": "Deliveries to webhook sources, by what came of them.",
}
HISTOGRAMS = {
    "headwater_request_seconds": "How long requests took, by operation.",
    "headwater_step_seconds": "How long steps took that ran.",
}
GAUGES = {
    "headwater_slo_objective": "The share of requests that has to be good, 0 to 1.",
    "headwater_slo_window_seconds": "How long a budget of bad requests has to last.",
    "headwater_rates_shared": "Whether the store of shared rates answers.",
    "headwater_generation": "The number of the configuration that serves.",
    "headwater_holds": "Steps or sources that operators hold back.",
    "headwater_operations_kept": "Operations that are kept prepared, by use.",
    "headwater_requests_running": "GraphQL requests under way, streams not counted.",
    "headwater_documents_waiting": "New documents that wait for their turn to be read.",
    "headwater_calls_running": "Calls that a source is asked at the moment.",
    "headwater_calls_waiting": "Calls that wait for their turn at a source.",
    "headwater_calls_allowed": "Calls that a source may be asked at a time, now.",
    "headwater_breakers_open": "Endpoints of a source that are left alone for a while.",
    "headwater_breaker_open": "Whether an endpoint of a source is left alone, 0 or 1.",
    "headwater_subscriptions": "Open subscriptions.",
    "headwater_trial": "Whether a candidate is tried, and the release that it is.",
    "headwater_listenings": "What is listened to at sources; subscribers share it.",
}
"""Every metric by name, with `HISTOGRAMS`; counters get `_total`. The operations guide
lists the same."""


class Sample(NamedTuple):
    """One value of a metric."""

    name: str
    value: float
    labels: Mapping[str, str] = {}


class Distribution(NamedTuple):
    """One histogram: how many were within each bound, and the sum of all."""

    name: str
    buckets: tuple[tuple[str, int], ...]
    total: float
    labels: Mapping[str, str] = {}


def exposition(samples: Iterable[Sample | Distribution]) -> bytes:
    """The samples in Prometheus' text format.

    Imported here: a gateway that nobody scrapes does not pay for it.
    """
    from prometheus_client import CollectorRegistry, generate_latest

    found = tuple(samples)

    class _Once:
        def collect(self) -> Iterator[Metric]:
            return _families(found)

    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Once())
    return generate_latest(registry)


def read_exposition(text: str) -> Iterator[Sample]:
    """The samples of such a page; buckets are samples of their own, by `le`.

    Raises:
        ValueError: it is no such page.
    """
    from prometheus_client.parser import text_string_to_metric_families

    for family in text_string_to_metric_families(text):
        for one in family.samples:
            yield Sample(one.name, float(one.value), one.labels)


def _families(samples: Iterable[Sample | Distribution]) -> Iterator[Metric]:
    made: dict[str, Metric] = {}
    for one in samples:
        name, labels = one.name, one.labels
        family: Any = made.get(name)
        if family is None:
            family = made[name] = _family(name, list(labels))
        if isinstance(one, Distribution):
            family.add_metric([*labels.values()], [*one.buckets], one.total)
        else:
            family.add_metric([*labels.values()], one.value)
    yield from made.values()
    # What has no sample yet is named all the same, so that alerts know it.
    yield from (
        _family(name, [])
        for name in (*COUNTERS, *GAUGES, *HISTOGRAMS)
        if name not in made
    )


def _family(name: str, labels: list[str]) -> Metric:
    from prometheus_client.core import (
        CounterMetricFamily,
        GaugeMetricFamily,
        HistogramMetricFamily,
    )

    if name in HISTOGRAMS:
        return HistogramMetricFamily(name, HISTOGRAMS[name], labels=labels)
    if name in COUNTERS:
        return CounterMetricFamily(name, COUNTERS[name], labels=labels)
    return GaugeMetricFamily(name, GAUGES[name], labels=labels)
