"""The subscriptions of a process: how many there are, and what all of them are told.

In charge of admission, of the word that the configuration has changed, and of the end.
Must never look into one.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass, field
from typing import Protocol

from gateway.clock import Clock
from gateway.errors import Code, RequestError
from gateway.execution.streams.hub import Hub
from gateway.telemetry.events import Observer

_TOO_MANY = 503


class Member(Protocol):
    """One open subscription."""

    def stir(self) -> None:
        """Look whether the configuration has changed."""

    def drain(self) -> None:
        """Hear nothing more, and end when what waits is delivered."""


@dataclass(slots=True)
class Live:
    """Every open subscription.

    ``counts`` are events by what became of them: delivered, filtered, dropped.
    ``deliveries`` count what was posted to webhook sources, by source and outcome.
    """

    clock: Clock
    observe: Observer
    hub: Hub = field(init=False)
    members: set[Member] = field(default_factory=set)
    counts: Counter[str] = field(default_factory=Counter)
    deliveries: Counter[tuple[str, str]] = field(default_factory=Counter)
    draining: bool = False
    _empty: asyncio.Event | None = None

    def __post_init__(self) -> None:
        self.hub = Hub(self.clock, self.observe)

    def admit(self, member: Member, most: int) -> None:
        """Count one more.

        Raises:
            RequestError: there are as many as there may be (SUBSCRIPTION_LIMIT), or
                the process ends (SHUTTING_DOWN).
        """
        if self.draining:
            raise RequestError(
                "The gateway is shutting down; subscribe again.",
                code=Code.SHUTTING_DOWN,
                status=_TOO_MANY,
            )
        if len(self.members) >= most:
            raise RequestError(
                "The gateway has as many subscriptions as it may have.",
                code=Code.SUBSCRIPTION_LIMIT,
                status=_TOO_MANY,
            )
        self.members.add(member)

    def leave(self, member: Member) -> None:
        """One less."""
        self.members.discard(member)
        if self._empty is not None and not self.members:
            self._empty.set()

    def serves(self) -> None:
        """Another generation serves: each goes on with it, also one that waits."""
        for member in tuple(self.members):
            member.stir()

    async def drain(self, grace: float) -> None:
        """End all of them, with everything delivered that was accepted.

        ``grace`` is in seconds; whoever has not taken it all by then loses the rest.
        """
        self.draining = True
        self._empty = asyncio.Event()
        for member in tuple(self.members):
            member.drain()
        if not self.members:
            return
        try:
            async with asyncio.timeout(grace):
                await self._empty.wait()
        except TimeoutError:
            return
