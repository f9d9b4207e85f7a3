"""Holds over the admin API: steps that are not called for a while, for operators.

In charge of words of HTTP for what `release.holds` means. Must never hold a step that
is not there: who mistypes in an incident has to hear of it.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from gateway.admin.model import Asked, Deed
from gateway.admin.server import JSON
from gateway.errors import RequestError
from gateway.record import Model
from gateway.release.activation import Actor
from gateway.release.holding import Change
from gateway.release.holds import Holds
from gateway.units import UnitError, duration
from gateway.values import JsonValue


class Levers(Protocol):
    """The holds of a gateway."""

    def holds(self) -> Holds:
        """Where they are written."""

    def shared(self) -> bool:
        """Whether others than this process hear of them."""

    def require(self, step: str) -> None:
        """Check that there is something to hold.

        Raises:
            ReleaseError: there is not, and what may be meant.
        """

    async def take(self) -> None:
        """Hold here what is written by now."""

    def standing(self) -> list[JsonValue]:
        """What is held here."""


class HoldDeeds(Model, frozen=True):
    """What can be asked about holds."""

    levers: Levers

    def table(self) -> Sequence[Deed]:
        """Every one of them."""
        return (
            Deed("GET", "/holds", self.listed),
            Deed("POST", "/holds", self.held, JSON),
            Deed("POST", "/holds/{step}/release", self.released, JSON),
        )

    async def listed(self, _asked: Asked) -> JsonValue:
        """What is held, and who held and released what."""
        await self.levers.take()
        history = await asyncio.to_thread(self.levers.holds().history)
        past = [change.as_json() for change in reversed(history)]
        return {"holds": self.levers.standing(), **self._where(), "history": past}

    async def held(self, asked: Asked) -> JsonValue:
        """Hold a step back for a while."""
        step, span, actor = asked.text("step"), _span(asked), _actor(asked)

        def hold(holds: Holds) -> Change:
            self.levers.require(step)
            return holds.hold(step, actor, span)

        return await self._taken(hold)

    async def released(self, asked: Asked) -> JsonValue:
        """End a hold before its time."""
        step, actor = asked.named["step"], _actor(asked)
        return await self._taken(lambda holds: holds.unhold(step, actor))

    async def _taken(self, act: Callable[[Holds], Change]) -> JsonValue:
        change = await asyncio.to_thread(lambda: act(self.levers.holds()))
        await self.levers.take()
        return {**change.as_json(), **self._where()}

    def _where(self) -> Mapping[str, JsonValue]:
        """For whom it counts."""
        if not self.levers.shared():
            return {"channel": None, "counts_for": "this process"}
        holds = self.levers.holds()
        told = f"every gateway of channel {holds.channel}"
        return {"channel": holds.channel, "counts_for": told}


def _span(asked: Asked) -> float | None:
    """Seconds; None where it is to last until it is ended.

    Raises:
        RequestError: neither is said, or both.
    """
    written, endless = asked.text("for"), asked.said.get("until_unheld") is True
    if bool(written) == endless:
        raise RequestError("Write either 'for' (such as 30m) or 'until_unheld': true.")
    if endless:
        return None
    try:
        return duration(written)
    except UnitError as error:
        raise RequestError(f"'for': {error.message}", hint=error.hint) from None


def _actor(asked: Asked) -> Actor:
    """The token's name is what is proved; whom it stands for is what somebody says."""
    whom = asked.text("by")
    by = f"{asked.by} (for {whom})" if whom else asked.by
    origin = f"{asked.origin} by {socket.gethostname()}"
    return Actor(by, origin, asked.text("reason"))
