"""The keys of one issuer over time: fetched aside, kept, fetched anew.

In charge of when its keys are asked for. Nobody waits for a fetch but a token that
cannot be judged without one; whatever comes, an issuer is asked at most every five
seconds, once at a time. One that is away costs nothing as long as its last keys may be
believed. Must never look at a token.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TypeAlias

from gateway.clock import Clock
from gateway.errors import UpstreamError
from gateway.identity.jwks import KeySet, NoKeysError, read_keys
from gateway.telemetry.events import Observer
from gateway.telemetry.identifying import IssuerKeysLost, IssuerKeysTaken

Fetch: TypeAlias = Callable[[], Awaitable[bytes]]
"""Gets the set as it is published now. Raises UpstreamError or NoKeysError."""

FETCH_SECONDS = 5.0
_PAUSE, _LONGEST_PAUSE = 5.0, 60.0
_NOTHING = KeySet()


@dataclass(slots=True)
class KeyRing:
    """The keys of an issuer. All times are seconds since 1970.

    They are fetched anew after ``refresh`` seconds, and believed for ``keep`` seconds
    where that fails. ``version`` changes with the keys. Without ``fetch`` they are
    those that it was made with, for ever.
    """

    issuer: str
    clock: Clock
    observe: Observer
    fetch: Fetch | None = None
    refresh: float = 600.0
    keep: float = 86_400.0
    keys: KeySet = _NOTHING
    version: int = 0
    _taken: float = -math.inf
    _next: float = -math.inf
    _failures: int = 0
    _task: asyncio.Task[None] | None = field(default=None, repr=False)

    def at(self, now: float) -> KeySet:
        """The keys that may be believed now; others are fetched meanwhile if due."""
        if self.fetch is None:
            return self.keys
        if now >= self._taken + self.refresh:
            self.begin(now)
        return self.keys if now < self._taken + self.keep else _NOTHING

    def until(self, now: float) -> float:
        """How long what was verified by them may be believed without asking again."""
        if self.fetch is None:
            return math.inf
        due = self._taken + self.refresh
        return due if now < due else min(now + 1.0, self._taken + self.keep)

    def begin(self, now: float) -> bool:
        """Fetch, unless that was tried a moment ago; whether a fetch is under way."""
        if self._task is not None:
            return True
        if self.fetch is None or now < self._next:
            return False
        self._next = now + _PAUSE
        self._task = asyncio.get_running_loop().create_task(self._take(self.fetch))
        return True

    async def settled(self) -> None:
        """Wait for the fetch that is under way, if there is one; never for long."""
        if self._task is not None:
            await asyncio.wait({self._task})

    async def close(self) -> None:
        """Give up what is under way."""
        task, self.fetch = self._task, None
        if task is not None:
            task.cancel()
            await asyncio.wait({task})

    async def _take(self, fetch: Fetch) -> None:
        try:
            async with asyncio.timeout(FETCH_SECONDS):
                content = await fetch()
            self._took(read_keys(content))
        except TimeoutError:
            self._lost("no answer in time")
        except UpstreamError as error:
            self._lost(error.detail or error.message)
        except NoKeysError as error:
            self._lost(str(error))
        except Exception as error:  # noqa: BLE001 - the next one may do better
            self._lost(type(error).__name__)
        finally:
            self._task = None

    def _took(self, keys: KeySet) -> None:
        now = self.clock.wall().timestamp()
        changed = keys.names != self.keys.names
        self._taken, self._failures = now, 0
        if changed:
            self.keys, self.version = keys, self.version + 1
            self.observe(IssuerKeysTaken(self.issuer, len(keys.keys)))

    def _lost(self, why: str) -> None:
        now = self.clock.wall().timestamp()
        self._failures = min(self._failures + 1, 10)
        pause = min(_PAUSE * 2 ** (self._failures - 1), _LONGEST_PAUSE)
        self._next = now + pause
        left = max(0.0, self._taken + self.keep - now)
        self.observe(IssuerKeysLost(self.issuer, why, left))
