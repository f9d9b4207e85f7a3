"""The key `slo` of `headwater.yaml`, as written: what operations and steps promise."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from gateway.deployment.words import Discreet
from gateway.strict import Text, wrong
from gateway.units import Duration, Percent

_MONTH = 30 * 86_400.0


def _less_than_all(share: float) -> float:
    if not 0 < share < 1:
        raise wrong(
            "nothing is always good: there would be no budget", hint="write 99.9%"
        )
    return share


def _of_operation(written: str) -> str:
    of, dot, step = written.partition(".")
    if not (of and dot and step) or "." in step:
        raise wrong("a step is named with its operation", hint="write customer.risk")
    return written


Share = Annotated[Percent, AfterValidator(_less_than_all)]


class ObjectiveSettings(Discreet):
    """What one operation or step promises."""

    availability: Share | None = Field(
        default=None,
        description="The share of requests that get an answer, whole or in part; of a "
        "step, an answer of its own: `99.9%`.",
    )
    latency: Duration | None = Field(
        default=None, description="How long an answer may take: `300ms`."
    )
    within: Share = Field(
        default=0.99,
        description="The share of answers that take no longer than `latency`.",
    )

    @model_validator(mode="after")
    def _promises(self) -> Self:
        if self.availability is None and self.latency is None:
            raise wrong("nothing is promised", hint="write availability or latency")
        return self


class SloSettings(Discreet):
    """Objectives, whose burn rates are worked out by Prometheus."""

    window: Duration = Field(
        default=_MONTH, description="How long a budget of bad requests has to last."
    )
    operations: Mapping[Text, ObjectiveSettings] = Field(
        default_factory=dict, description="What operations promise, by name."
    )
    steps: Mapping[
        Annotated[Text, AfterValidator(_of_operation)], ObjectiveSettings
    ] = Field(
        default_factory=dict,
        description="What steps promise, by `operation.step` or `EntityType.step`.",
    )
