"""Who listens to what: equal listeners share one listening at the source.

In charge of which listening a subscriber joins, and of ending it after the last one.
What a listening does is `listening`'s. Nothing is shared beyond a tenant, and nothing
by steps that share no calls.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field

from gateway.clock import Clock
from gateway.execution.streams.listening import Asked, Listener, Listening
from gateway.telemetry.events import Observer, unobserved


@dataclass(slots=True)
class Hub:
    """The listenings of a process. ``alone`` are those that nobody else may join."""

    clock: Clock
    observe: Observer = unobserved
    shared: dict[Hashable, Listening] = field(default_factory=dict)
    alone: set[Listening] = field(default_factory=set)

    def __len__(self) -> int:
        return len(self.shared) + len(self.alone)

    async def join(
        self, asked: Asked, after: str | None, listener: Listener
    ) -> Listening:
        """Hear what is said from now on, or after an event. Leave by `leave`.

        Returns when the source has confirmed.

        Raises:
            UpstreamError: the source cannot be listened to.
        """
        listening = self._found(asked, after)
        listening.listeners[listener] = None
        try:
            listening.replay(after, listener)
            await listening.confirmed()
        except BaseException:
            self.leave(listening, listener)
            raise
        return listening

    def leave(self, listening: Listening, listener: Listener) -> None:
        """Hear no more. The last one ends the listening."""
        listening.listeners.pop(listener, None)
        if not listening.listeners:
            self._forget(listening)
            listening.end()

    def _found(self, asked: Asked, after: str | None) -> Listening:
        """One under way that says what is wanted, or a new one."""
        known = None if asked.key is None else self.shared.get(asked.key)
        if known is not None and known.is_over:
            self._forget(known)
            known = None
        if known is not None and known.can_replay(after):
            return known
        made = Listening(asked, after, self.clock, self.observe)
        if asked.key is None or known is not None:
            self.alone.add(made)
        else:
            self.shared[asked.key] = made
        made.begin()
        return made

    def _forget(self, listening: Listening) -> None:
        self.alone.discard(listening)
        key = listening.asked.key
        if key is not None and self.shared.get(key) is listening:
            del self.shared[key]
