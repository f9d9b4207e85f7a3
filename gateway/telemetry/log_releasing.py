"""Events of releases as log lines. Part of `log`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from gateway.record import asdict
from gateway.telemetry.lines import Log
from gateway.telemetry.releasing import (
    AdminActed,
    AdminRefused,
    AdminServes,
    HoldIdle,
    HoldsLost,
    Mark,
    ReleaseNotKept,
    ReleaseRefused,
    ReleaseServes,
    ReleaseStoreFound,
    ReleaseStoreLost,
    Releasing,
    ShadowDiffers,
    ShadowMissed,
    StepHeld,
    StepReleased,
    TrialBegun,
    TrialDecided,
    TrialEnded,
    TrialRefused,
)

RELEASING_LOGGED = {
    "release.serves": "a release became what serves",
    "release.refused": "the active release cannot be served; what served goes on",
    "release.store_lost": "the store of releases cannot be asked",
    "release.store_found": "the store of releases answers again",
    "release.not_kept": "the release that serves could not be kept on disk",
    "trial.begun": "a candidate is tried beside the release that serves",
    "trial.refused": "a candidate cannot be tried here; what serves goes on",
    "trial.decided": "this process found that a trial is over, and why",
    "trial.ended": "a candidate is tried no more",
    "shadow.differs": "a shadow's answer differs where none has before",
    "shadow.missed": "a shadow compares nothing of some requests, and why",
    "step.held": "operators hold a step back: it is not called",
    "step.released": "a step that was held back is called again",
    "step.hold_idle": "a hold names a step that is not there",
    "holds.store_lost": "the store cannot be asked for holds; those known stand",
    "admin.serves": "the admin API listens",
    "admin.acted": "somebody asked the admin API to change something",
    "admin.refused": "somebody asked the admin API without a token",
}


def marked(mark: Mark) -> Mapping[str, object]:
    """By which configuration, in as many characters as other lines have."""
    by = {"generation": mark.generation, "digest": mark.digest[:12]}
    return by if mark.release is None else {**by, "release": mark.release[:12]}


def _releasing(
    log: Log,
    event: Releasing,
) -> None:
    said = asdict(event)
    match event:
        case ReleaseServes():
            log.info("release.serves", **said)
        case ReleaseRefused():
            log.error("release.refused", **said)
        case ReleaseStoreLost():
            log.warning("release.store_lost", **said)
        case ReleaseStoreFound(channel, seconds):
            lost_s = round(seconds, 1)
            log.info("release.store_found", channel=channel, lost_s=lost_s)
        case ReleaseNotKept():
            log.warning("release.not_kept", **said)
        case AdminServes():
            log.info("admin.serves", **said)
        case AdminActed():
            log.info("admin.acted", **said)
        case AdminRefused():
            log.warning("admin.refused", **said)


def _trying(
    log: Log,
    event: TrialBegun
    | TrialRefused
    | TrialDecided
    | TrialEnded
    | ShadowDiffers
    | ShadowMissed,
) -> None:
    said = asdict(event)
    match event:
        case TrialBegun():
            log.info("trial.begun", **said)
        case TrialRefused():
            log.error("trial.refused", **said)
        case TrialDecided(how="withdrawn"):
            log.error("trial.decided", **said)
        case TrialDecided():
            log.info("trial.decided", **said)
        case TrialEnded():
            log.info("trial.ended", **said)
        case ShadowDiffers():
            log.warning("shadow.differs", **said)
        case ShadowMissed():
            log.warning("shadow.missed", **said)


def _holding(
    log: Log,
    event: StepHeld | StepReleased | HoldIdle | HoldsLost,
) -> None:
    said = asdict(event)
    match event:
        case StepHeld(steps=steps):
            log.warning("step.held", **{**said, "steps": list(steps)})
        case StepReleased():
            log.info("step.released", **said)
        case HoldIdle():
            log.warning("step.hold_idle", **said)
        case HoldsLost():
            log.warning("holds.store_lost", **said)


RELEASING: Mapping[type, Callable[[Any, Any], None]] = {
    ReleaseServes: _releasing,
    ReleaseRefused: _releasing,
    ReleaseStoreLost: _releasing,
    ReleaseStoreFound: _releasing,
    ReleaseNotKept: _releasing,
    TrialBegun: _trying,
    TrialRefused: _trying,
    TrialDecided: _trying,
    TrialEnded: _trying,
    ShadowDiffers: _trying,
    ShadowMissed: _trying,
    AdminServes: _releasing,
    AdminActed: _releasing,
    AdminRefused: _releasing,
    StepHeld: _holding,
    StepReleased: _holding,
    HoldIdle: _holding,
    HoldsLost: _holding,
}
"""How each is written."""
