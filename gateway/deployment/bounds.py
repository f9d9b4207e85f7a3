"""The keys that say how much: what a request may ask, and what a source is asked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Self, TypeAlias

from pydantic import AfterValidator, Discriminator, Field, Tag, model_validator

from gateway.deployment.words import Discreet, Number, Switch
from gateway.strict import wrong, wrong_key
from gateway.units import Duration, Percent, RateText, Size


class Adaptive(Discreet):
    """The bounds of a limit that the gateway finds by itself."""

    min: Annotated[Number, Field(ge=1)] = Field(
        default=4, description="Calls at a time at least, however slow it gets."
    )


def _adaptive(written: object) -> str:
    return "<map>" if isinstance(written, Mapping | Adaptive) else "<switch>"


AdaptiveOrNot: TypeAlias = Annotated[
    Annotated[Switch, Tag("<switch>")] | Annotated[Adaptive, Tag("<map>")],
    Discriminator(_adaptive),
]


class SourceLimits(Discreet):
    """How much a source is asked at once, and how much it may answer."""

    concurrency: Annotated[Number, Field(ge=1)] = Field(
        default=64, description="Calls at a time."
    )
    adaptive: AdaptiveOrNot = Field(
        default=False,
        description="Find out by latency how many calls at a time the source bears, "
        "`concurrency` at most: `true`, or a map.",
    )
    queue: Annotated[Number, Field(ge=0)] = Field(
        default=128,
        description="Calls that may wait for their turn; further ones fail at once.",
    )
    rate: RateText | None = Field(
        default=None,
        description="Calls in a time, `200/s` or `1000 in 1m`; further ones wait for "
        "their turn.",
    )
    response: Size = Field(
        default=5_000_000, description="Size of a reply at most, decoded: `5MB`."
    )

    @property
    def least(self) -> int | None:
        """Calls at a time at least, where their number adapts; else None."""
        if isinstance(self.adaptive, Adaptive):
            return self.adaptive.min
        return min(Adaptive().min, self.concurrency) if self.adaptive else None

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.least is not None and self.least > self.concurrency:
            raise wrong_key(
                "adaptive",
                f"at least {self.least} calls at a time, and at most "
                f"{self.concurrency}",
                hint=f"write a 'min' up to {self.concurrency}, or a greater "
                "'concurrency'",
            )
        return self


def _some(share: float) -> float:
    """At nothing at all an endpoint would be left alone while all is well."""
    if not share:
        raise wrong("a share of failures must be more than none", hint="write 50%")
    return share


class Breaker(Discreet):
    """When a failing source is left alone."""

    failures: Annotated[Percent, AfterValidator(_some)] = Field(
        default=0.5, description="Share of failures: `50%`."
    )
    window: Duration = Field(default=10.0, description="Time looked at.")
    min_calls: Annotated[Number, Field(ge=1)] = Field(
        default=20, description="Calls in the window below which nothing is decided."
    )
    open: Duration = Field(default=5.0, description="Time it is left alone.")
