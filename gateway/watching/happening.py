"""What happens to a gateway, as a timeline for people shows it.

In charge of which events stand there and in which words. Must never show a value of a
request.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from gateway.telemetry.events import (
    BreakerClosed,
    BreakerOpened,
    Event,
    GenerationChanged,
    IncidentOpened,
    IncidentResolved,
    ReloadRejected,
)
from gateway.telemetry.releasing import (
    ReleaseRefused,
    ReleaseServes,
    ReleaseStoreFound,
    ReleaseStoreLost,
    StepHeld,
    StepReleased,
    TrialBegun,
    TrialDecided,
    TrialEnded,
    TrialRefused,
)
from gateway.values import JsonValue

_PROBLEMS: Final = 3
_LONGEST: Final = 300
_SHORT: Final = 12
"""Characters by which people know a release."""

Words = Callable[[Any], tuple[str, str]]
"""How grave it is (good, plain, bad), and what it is about."""


def _reload(event: GenerationChanged) -> tuple[str, str]:
    away = (*event.stale, *event.unavailable)
    what = f"generation {event.number} serves, {event.operations} operations"
    if not away:
        return "good", what
    return "bad", f"{what}; not as written: {', '.join(away[:10])}"


def _rejected(event: ReloadRejected) -> tuple[str, str]:
    told = "; ".join(str(problem) for problem in event.problems[:_PROBLEMS])
    return "bad", f"a change was not taken over: {told}"


def _reopened(event: BreakerClosed) -> tuple[str, str]:
    what = f"{event.source} works again at {event.endpoint}"
    return "good", f"{what}, after {event.seconds:.1f} s"


def _held(event: StepHeld) -> tuple[str, str]:
    until = f"until {event.until}" if event.until else "until it is ended"
    return "bad", f"{event.step} is held {until} by {event.by}: {event.reason}"


_TOLD: Final[Mapping[type, tuple[str, Words]]] = {
    GenerationChanged: ("reload", _reload),
    ReloadRejected: ("reload", _rejected),
    BreakerOpened: (
        "breaker",
        lambda e: ("bad", f"{e.source} is left alone at {e.endpoint}"),
    ),
    BreakerClosed: ("breaker", _reopened),
    ReleaseServes: (
        "release",
        lambda e: ("good", f"{e.bundle[:_SHORT]} serves, activated by {e.by}"),
    ),
    ReleaseRefused: (
        "release",
        lambda e: ("bad", f"{e.bundle[:_SHORT]} is refused: {e.reason}"),
    ),
    ReleaseStoreLost: ("release", lambda e: ("bad", f"the store is away: {e.reason}")),
    ReleaseStoreFound: ("release", lambda _: ("good", "the store answers again")),
    TrialBegun: (
        "trial",
        lambda e: ("plain", f"{e.bundle[:_SHORT]} is tried as a {e.kind} by {e.by}"),
    ),
    TrialRefused: (
        "trial",
        lambda e: ("bad", f"{e.bundle[:_SHORT]} cannot be tried: {e.reason}"),
    ),
    TrialDecided: (
        "trial",
        lambda e: ("plain", f"{e.bundle[:_SHORT]} is {e.how}: {e.reason}"),
    ),
    TrialEnded: (
        "trial",
        lambda e: ("plain", f"{e.bundle[:_SHORT]} is tried no more"),
    ),
    StepHeld: ("hold", _held),
    StepReleased: ("hold", lambda e: ("good", f"{e.step} is called again: {e.why}")),
    IncidentOpened: (
        "incident",
        lambda e: ("bad", f"{e.step} keeps failing, {e.hurt} requests so far"),
    ),
    IncidentResolved: (
        "incident",
        lambda e: ("good", f"{e.step}: over, by {e.reason}"),
    ),
}
TOLD: Final = frozenset(_TOLD)
"""The events that stand there."""


def told_of(event: Event) -> dict[str, JsonValue] | None:
    """``what`` it is about, ``tone`` and ``words``; None where nothing is told."""
    known = _TOLD.get(event.__class__)
    if known is None:
        return None
    what, say = known
    tone, words = say(event)
    return {"what": what, "tone": tone, "words": words[:_LONGEST]}
