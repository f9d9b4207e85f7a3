"""Our points in time on another machine's clock, never too late.

The machines' clocks need not agree. In charge of how far the other clock is ahead, as
seen in its answers.
"""

from __future__ import annotations

_KNOWN_FOR = 30.0
"""Seconds after which what was learned is learned anew: clocks are set."""


class RemoteTime:
    """How far another clock is ahead of ours, at least.

    The other clock was read before its answer arrived, so each answer gives a bound
    from below, and the greatest bound is the best: it errs by the quickest way back.
    """

    __slots__ = ("_ahead", "_learned")

    def __init__(self) -> None:
        self._ahead = 0.0
        self._learned: float | None = None

    def known(self, now: float) -> bool:
        """Whether an answer was heard not too long ago."""
        return self._learned is not None and 0 <= now - self._learned < _KNOWN_FOR

    def learn(self, remote: float, now: float) -> None:
        """An answer that arrives at `now` says what time it was there."""
        ahead = remote - now
        if not self.known(now):
            self._ahead, self._learned = ahead, now
        else:
            self._ahead = max(self._ahead, ahead)

    def there(self, at: float) -> float:
        """Our point in time on the other clock; perhaps a little too early."""
        return at + self._ahead
