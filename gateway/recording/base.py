"""The contract of recording: who chooses requests, and who hears of one.

In charge of the words that the flow and recording share. Must never know where a
recording goes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Protocol

from gateway.execution.calls.sending import Ear
from gateway.request.model import Asking, RequestContext

if TYPE_CHECKING:
    from gateway.execution.engine import HeardOn
    from gateway.plan.model import Plan
    from gateway.response.model import Answer


class Tape(Ear, Protocol):
    """One request that is recorded: hears of its calls, then of its end."""

    @property
    def heard(self) -> HeardOn | None:
        """Runways on which it hears of calls; where None, the request has none."""

    def end(self, asking: Asking, plan: Plan | None, answer: Answer) -> None:
        """It was answered. Never raises, and never waits."""


class Sampling(Protocol):
    """Chooses the requests that are recorded."""

    def taken(self, request: RequestContext) -> Tape | None:
        """The tape of a request that is recorded. Never raises, and never waits."""

    def missed(self, request: RequestContext, why: str) -> None:
        """A request that goes a way on which none is recorded; counted, if chosen."""

    @property
    def counts(self) -> Mapping[str, int]:
        """What became of requests that were chosen."""
