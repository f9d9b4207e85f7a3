"""What can happen with releases and over the admin API, as events. Part of `events`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple, TypeAlias

from gateway.record import Model
from gateway.values import JsonValue


class Mark(NamedTuple):
    """What a request was answered by: a generation, its content, and its release."""

    generation: int
    digest: str
    release: str | None


class ReleaseServes(Model, frozen=True):
    """A release became what serves; ``previous`` is the bundle before, if any."""

    bundle: str
    number: int
    channel: str
    by: str
    previous: str | None


class ReleaseRefused(Model, frozen=True):
    """The active release cannot be served; what served goes on."""

    bundle: str
    number: int
    channel: str
    reason: str


class ReleaseStoreLost(Model, frozen=True):
    """The store of releases cannot be asked; what serves goes on."""

    channel: str
    reason: str


class ReleaseStoreFound(Model, frozen=True):
    """It answers again, after so many seconds."""

    channel: str
    seconds: float


class ReleaseNotKept(Model, frozen=True):
    """The release that serves could not be kept on disk for a start without store."""

    bundle: str
    reason: str


class TrialBegun(Model, frozen=True):
    """A candidate is tried beside what serves: as a canary, or as a shadow."""

    bundle: str
    number: int
    kind: str
    by: str


class TrialRefused(Model, frozen=True):
    """A candidate that is to be tried cannot be loaded here; what serves goes on."""

    bundle: str
    number: int
    reason: str


class TrialDecided(Model, frozen=True):
    """This process found that a trial is over; ``how`` is withdrawn or promoted.

    It is told before the store knows, and holds here from then on.
    """

    bundle: str
    number: int
    how: str
    reason: str
    figures: Mapping[str, JsonValue]


class TrialEnded(Model, frozen=True):
    """A candidate is tried no more, for every gateway."""

    bundle: str
    number: int
    requests: int


class ShadowDiffers(Model, frozen=True):
    """A shadow's answer differs at a place where none has before; ``how`` in a word."""

    bundle: str
    operation: str
    path: str
    how: str


class ShadowMissed(Model, frozen=True):
    """The first request of a trial whose shadow compares nothing for this reason.

    ``why``: dropped, unfit or failed.
    """

    bundle: str
    why: str


class AdminServes(Model, frozen=True):
    """The admin API of this process listens at a URL."""

    url: str


class AdminActed(Model, frozen=True):
    """Somebody asked the admin API to change something; ``status`` is its answer's."""

    by: str
    action: str
    origin: str
    status: int


class AdminRefused(Model, frozen=True):
    """Somebody asked the admin API without a token of it."""

    origin: str
    path: str


class StepHeld(Model, frozen=True):
    """Operators hold a step back, or all of a source; ``steps`` are those held here."""

    step: str
    until: str | None
    by: str
    origin: str
    reason: str
    steps: tuple[str, ...]


class StepReleased(Model, frozen=True):
    """A step that was held back is called again; ``why`` in words."""

    step: str
    why: str


class HoldIdle(Model, frozen=True):
    """What a hold names is not there: not any more, after a load, or not here."""

    step: str


class HoldsLost(Model, frozen=True):
    """The log of holds cannot be asked; what is known stands until its time."""

    reason: str


Releasing: TypeAlias = (
    ReleaseServes
    | ReleaseRefused
    | ReleaseStoreLost
    | ReleaseStoreFound
    | ReleaseNotKept
    | TrialBegun
    | TrialRefused
    | TrialDecided
    | TrialEnded
    | ShadowDiffers
    | ShadowMissed
    | AdminServes
    | AdminActed
    | AdminRefused
    | StepHeld
    | StepReleased
    | HoldIdle
    | HoldsLost
)
"""Any of them."""
