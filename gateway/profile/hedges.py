"""`hedge` and `on_late` as written → what a step does about time that runs short.

In charge of which calls may be made twice at one time, and of which steps may be left
out. `defaults` are silent about steps that they do not fit; what a step's own keys say
in vain is told elsewhere. Must never decide anything about one call.
"""

from __future__ import annotations

from typing import Any

from gateway.connectors.base import StepType
from gateway.profile.document import StepDefaults, StepDocument
from gateway.profile.model import Hedge, Role
from gateway.profile.world import SourceFacts


def hedge_of(
    document: StepDocument,
    defaults: StepDefaults | None,
    step_type: StepType[Any],
    facts: SourceFacts | None,
) -> Hedge | None:
    """When a second call is made; None where none is: it must be harmless and free."""
    asked = document.hedge or (defaults.hedge if defaults else None)
    if asked is None or not step_type.sources or not step_type.idempotent(document):
        return None
    if facts is not None and facts.metered:
        return None
    if isinstance(asked.after, str):
        return Hedge(percent=float(asked.after.removeprefix("p")))
    return Hedge(after=asked.after)


def skips_late(
    document: StepDocument,
    defaults: StepDefaults | None,
    source: str | None,
    role: Role,
) -> bool:
    """Whether a step is left out where there is too little time for its call."""
    asked = document.on_late or (defaults.on_late if defaults else None)
    needed = role is Role.REQUIRED or document.always
    return asked == "skip" and source is not None and not needed
