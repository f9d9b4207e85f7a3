"""Giving a subscriber something, and not waiting for ever for one who is cut off."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Final

_LINGER: Final = 5.0
"""Seconds in which one who was too slow may still take what is being sent to him."""


@dataclass(slots=True)
class Taking:
    """How a subscriber takes what is sent: as slowly as he likes, until ``hurried``."""

    hurried: bool = False
    _sending: asyncio.Timeout | None = None

    async def take(self, sending: Coroutine[object, object, None]) -> bool:
        """Wait until he has taken it; False where he did not, and never will."""
        try:
            async with asyncio.timeout(None) as self._sending:
                if self.hurried:
                    self.hurry()
                await sending
        except TimeoutError:
            return False
        finally:
            self._sending = None
        return True

    def hurry(self) -> None:
        """He has a moment for what is being sent, and for each thing after it."""
        self.hurried = True
        sending = self._sending
        if sending is not None and sending.when() is None:
            sending.reschedule(asyncio.get_running_loop().time() + _LINGER)
