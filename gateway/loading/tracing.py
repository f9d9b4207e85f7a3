"""Where traces of a deployment go, and which requests have one.

In charge of the exporter of a process: one, whichever generation serves.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from gateway.deployment import Deployment
from gateway.errors import Problem
from gateway.generation import Generation
from gateway.loading.loader import Dressing
from gateway.values import SourceSpan
from gateway.watching.context import Sampling
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


@dataclass(slots=True)
class Tracers:
    """The exporter of a process."""

    endpoint: str | None = None
    spans: OtlpSpans | None = None

    def __call__(self, generation: Generation, deployment: Deployment) -> Generation:
        """The generation as it is, with its requests traced where that is wished."""
        telemetry = deployment.telemetry
        if telemetry is None:
            self.close()
            return generation
        try:
            self._use(telemetry.otlp)
        except ImportError as error:
            span = deployment.places.get(("telemetry",), SourceSpan("headwater.yaml"))
            why = f"there are no traces: {error.name} is not installed"
            problem = Problem(span, why, "pip install 'headwater[otlp]'")
            generation = replace(generation, problems=(*generation.problems, problem))
        traced = replace(generation, tracing=Tracing(self.spans, telemetry.slow))
        if self.spans is None:
            return traced
        admission = replace(traced.admission, tracing=Sampling(telemetry.sample))
        return replace(traced, admission=admission)

    def _use(self, endpoint: str | None) -> None:
        if endpoint == self.endpoint and (endpoint is None or self.spans is not None):
            return
        self.close()
        if endpoint is not None:
            from gateway.watching.otlp import OtlpSpans

            self.endpoint, self.spans = endpoint, OtlpSpans(endpoint)

    def close(self) -> None:
        """Send what waits."""
        spans, self.spans, self.endpoint = self.spans, None, None
        if spans is not None:
            spans.close()
