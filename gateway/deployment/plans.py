"""The key `plan` of `headwater.yaml`: who may look at plans, and as whom.

In charge of its shape. Whose conditions hold is decided for each request.
"""

from __future__ import annotations

from pydantic import Field

from gateway.deployment.words import Discreet, OfRequest


class PlanSettings(Discreet):
    """Who may ask for plans."""

    when: OfRequest = Field(description="CEL over `request`; with --dev everybody may.")
    inspect: OfRequest | None = Field(
        default=None,
        description="CEL over `request`: who of them may besides look as somebody else "
        "does, at the files of profiles and at what others ask, on the explorer's "
        "page. With --dev everybody may.",
    )
