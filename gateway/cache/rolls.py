"""Who of a fleet has an incident open: the contract, and what of it is known.

In charge of the words that a store and those who ask it share. One roll for each alarm:
the first process on it gives the incident its id, the last one that leaves has it over.
Must never know what an incident is about.
"""

from __future__ import annotations

from typing import Final, NamedTuple, Protocol

LEASE: Final = 30.0
"""Seconds that a process stands on a roll without saying so again."""
MEMORY: Final = 3600.0
"""Seconds that a roll is known after anybody was on it, where all were killed."""


class Joined(NamedTuple):
    """What the fleet calls the incident, and whether nobody had it before.

    ``answers`` is since how many seconds the step answers somebody who left the roll
    for that; None where nobody did since the last one joined.
    """

    incident: str
    first: bool
    answers: float | None = None


class Left(NamedTuple):
    """``hurt`` adds up what all who left have counted."""

    incident: str
    last: bool
    hurt: int


class Rolls(Protocol):
    """The rolls of a fleet. Every method raises whatever went wrong."""

    async def join(self, alarm: str, who: str, incident: str) -> Joined:
        """Stand on the roll for `LEASE` seconds; also to stay there.

        ``incident`` is its id where there is none by now.
        """

    async def leave(
        self, alarm: str, who: str, hurt: int, *, answered: bool
    ) -> Left | None:
        """Stand on it no longer; None where nobody knows of such an incident."""

    async def close(self) -> None:
        """Give up what it holds."""
