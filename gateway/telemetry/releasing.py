"""What can happen with releases and over the admin API, as events. Part of `events`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple, TypeAlias


class Mark(NamedTuple):
    """What a request was answered by: a generation, its content, and its release."""

    generation: int
    digest: str
    release: str | None


@dataclass(frozen=True, slots=True)
class ReleaseServes:
    """A release became what serves; ``previous`` is the bundle before, if any."""

    bundle: str
    number: int
    channel: str
    by: str
    previous: str | None


@dataclass(frozen=True, slots=True)
class ReleaseRefused:
    """The active release cannot be served; what served goes on."""

    bundle: str
    number: int
    channel: str
    reason: str


@dataclass(frozen=True, slots=True)
class ReleaseStoreLost:
    """The store of releases cannot be asked; what serves goes on."""

    channel: str
    reason: str


@dataclass(frozen=True, slots=True)
class ReleaseStoreFound:
    """It answers again, after so many seconds."""

    channel: str
    seconds: float


@dataclass(frozen=True, slots=True)
class ReleaseNotKept:
    """The release that serves could not be kept on disk for a start without store."""

    bundle: str
    reason: str


@dataclass(frozen=True, slots=True)
class AdminServes:
    """The admin API of this process listens at a URL."""

    url: str


@dataclass(frozen=True, slots=True)
class AdminActed:
    """Somebody asked the admin API to change something; ``status`` is its answer's."""

    by: str
    action: str
    origin: str
    status: int


@dataclass(frozen=True, slots=True)
class AdminRefused:
    """Somebody asked the admin API without a token of it."""

    origin: str
    path: str


Releasing: TypeAlias = (
    ReleaseServes
    | ReleaseRefused
    | ReleaseStoreLost
    | ReleaseStoreFound
    | ReleaseNotKept
    | AdminServes
    | AdminActed
    | AdminRefused
)
"""Any of them."""
