"""The key `deferral`, as a deployment and an operation write it.

In charge of its spelling alone. Must never know who waits for what.
"""

from __future__ import annotations

import math
from typing import Annotated, TypeAlias

from pydantic import BeforeValidator, Field

from gateway.strict import StrictModel, wrong
from gateway.units import Duration

NEVER = math.inf
"""What takes that long is never left for later."""


class DeferralDocument(StrictModel):
    """How long an answer waits for its optional steps."""

    after: Duration | None = Field(
        description="For how long, from the request's beginning: `300ms`. What has not "
        "settled by then comes later, to clients that take answers in parts."
    )

    @property
    def seconds(self) -> float:
        """For how long; without end where it is switched off."""
        return NEVER if self.after is None else self.after


def _off(written: object) -> object:
    """``off`` stands for a wait without end."""
    if written in ("off", False):
        return {"after": None}
    if isinstance(written, str | int | float):
        raise wrong("a map or off is wanted", hint="write { after: 300ms }, or off")
    if isinstance(written, dict) and "after" in written and written["after"] is None:
        raise wrong("'after' has no value", hint="write { after: 300ms }, or off")
    return written


LatenessKey: TypeAlias = Annotated[
    DeferralDocument | None,
    BeforeValidator(_off, json_schema_input_type=DeferralDocument | str),
]
"""None: nothing is said here."""
