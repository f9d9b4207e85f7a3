"""Trying a source without side effects, for `headwater check --live`.

A source that can be tried has ``probe`` besides the methods of `base.Source`. It opens
what a call would open and asks for nothing that could change anything: a handshake and
a token, a statement prepared and not run, a `__typename`, a channel that is ready.
Time is bounded by whoever asks, by cancelling.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol, runtime_checkable

from gateway.record import Model, field


class Probed(Model, frozen=True):
    """What trying came to: ``said`` is what works (``TLS 1.3, token``), in a few words.

    ``failures`` are steps whose own part does not work, such as a statement that
    cannot be prepared, by name with why. Neither holds a secret or a value of a row.
    """

    said: str
    failures: Mapping[str, str] = field(default_factory=dict)


@runtime_checkable
class Probing(Protocol):
    """A source that can be tried."""

    async def probe(self, targets: Mapping[str, object]) -> Probed:
        """Try it. ``targets`` are those of its steps, by ``operation.step``.

        Raises:
            UpstreamError: it cannot be reached, or does not accept who we are; its
                ``detail`` says why, without a secret.
        """
