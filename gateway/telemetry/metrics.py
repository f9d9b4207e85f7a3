"""How the gateway is at this moment, as Prometheus reads it.

In charge of names, help and form. What is measured is read where it stands when
somebody asks, so that no request pays for it. Must never have a label that callers
choose: the number of series is bounded by the configuration.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from prometheus_client.core import Metric

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
COUNTERS = {
    "headwater_answers": "Answers by how they were made, since the process started.",
    "headwater_subscription_events": "Events of subscriptions, by what came of them.",
    "headwater_trial_answers": "Answers while a candidate is tried, by verdict.",
    "headwater_shadow_requests": "Requests that a shadow ran, by what came of it.",
    "headwater_shadow_calls": "Calls that a shadow made, or shared with its request.",
    "headwater_callers_refused": "Callers who did not prove who they are, by why.",
    "headwater_limits_exceeded": "Requests beyond a limit, by what came of them.",
    "headwater_recordings": "Requests chosen to be recorded, by what came of them.",
    "headwater_deliveries": "Deliveries to webhook sources, by what came of them.",
}
GAUGES = {
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
    "headwater_subscriptions": "Open subscriptions.",
    "headwater_trial": "Whether a candidate is tried, and the release that it is.",
    "headwater_listenings": "What is listened to at sources; subscribers share it.",
}
"""Every metric by name; counters get `_total`. The operations guide lists the same."""


class Sample(NamedTuple):
    """One value of a metric."""

    name: str
    value: float
    labels: Mapping[str, str] = {}


def exposition(samples: Iterable[Sample]) -> bytes:
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


def _families(samples: Iterable[Sample]) -> Iterator[Metric]:
    made: dict[str, Metric] = {}
    for name, value, labels in samples:
        family = made.get(name)
        if family is None:
            family = made[name] = _family(name, list(labels))
        family.add_metric(list(labels.values()), value)  # type: ignore[attr-defined]
    yield from made.values()
    # What has no sample yet is named all the same, so that alerts know it.
    yield from (_family(name, []) for name in (*COUNTERS, *GAUGES) if name not in made)


def _family(name: str, labels: list[str]) -> Metric:
    from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily

    if name in COUNTERS:
        return CounterMetricFamily(name, COUNTERS[name], labels=labels)
    return GaugeMetricFamily(name, GAUGES[name], labels=labels)
