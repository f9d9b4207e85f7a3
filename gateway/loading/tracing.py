"""Where traces of a deployment go, and which requests have one.

In charge of the exporter of a process: one, whichever generation serves.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from gateway.clock import SystemClock
from gateway.deployment import Deployment
from gateway.errors import Problem
from gateway.generation import Generation
from gateway.loading.loader import Dressing
from gateway.loading.settings import settings_of
from gateway.record import Struct, field, replace
from gateway.telemetry.events import Observer, unobserved
from gateway.values import SourceSpan
from gateway.watching.complaints import Complaints
from gateway.watching.context import Sampling
from gateway.watching.conventions import Conventions
from gateway.watching.ends import Ends
from gateway.watching.systems import System, system_of
from gateway.watching.tracing import Tracing

if TYPE_CHECKING:
    from gateway.watching.otlp import OtlpSpans


def all_of_them(*dressings: Dressing) -> Dressing:
    """One dressing that is these, in turn."""

    def dress(generation: Generation, deployment: Deployment) -> Generation:
        for one in dressings:
            generation = one(generation, deployment)
        return generation

    return dress


class Tracers(Struct):
    """The exporter of a process."""

    endpoint: str | None = None
    spans: OtlpSpans | None = None
    observe: Observer = unobserved
    complaints: Complaints | None = None
    ends: Ends = field(default_factory=Ends)

    def __call__(self, generation: Generation, deployment: Deployment) -> Generation:
        """The generation as it is, with its requests traced where that is wished."""
        telemetry = deployment.telemetry
        if telemetry is None:
            self.close()
            return _asked(generation, Sampling())
        try:
            self._use(telemetry.otlp)
        except ImportError as error:
            span = deployment.places.get(("telemetry",), SourceSpan("headwater.yaml"))
            why = f"there are no traces: {error.name} is not installed"
            problem = Problem(span, why, "pip install 'headwater[otlp]'")
            generation = replace(generation, problems=(*generation.problems, problem))
        conventions = Conventions({} if self.spans is None else _systems(deployment))
        tracing = Tracing(self.spans, telemetry.slow, conventions, self.ends)
        made = replace(generation, tracing=tracing)
        share = None if self.spans is None else telemetry.sample
        return _asked(made, Sampling(share, baggage=telemetry.baggage))

    def _use(self, endpoint: str | None) -> None:
        if endpoint == self.endpoint and (endpoint is None or self.spans is not None):
            return
        self.close()
        if endpoint is not None:
            from gateway.watching.otlp import OtlpSpans

            self.endpoint, self.spans = endpoint, OtlpSpans(endpoint)
            self.complaints = Complaints(self.observe, SystemClock())

    def close(self) -> None:
        """Send what waits."""
        spans, self.spans, self.endpoint = self.spans, None, None
        if spans is not None:
            spans.close()
        if self.complaints is not None:
            self.complaints.close()
            self.complaints = None


def _systems(deployment: Deployment) -> Mapping[str, System]:
    """Where each source is, as spans tell it."""
    return {
        name: system_of(settings_of(written), written.dialect)
        for name, written in deployment.sources.items()
    }


def _asked(generation: Generation, sampling: Sampling) -> Generation:
    """The generation, of whose requests this says the trace, at every way in."""
    return replace(
        generation,
        admission=replace(generation.admission, tracing=sampling),
        doors={
            door: replace(own, tracing=sampling)
            for door, own in generation.doors.items()
        },
    )
