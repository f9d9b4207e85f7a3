"""Calls that are heard of when they are over, instead of being waited for.

In charge of the contract between a source that can begin a call at once and whoever
hears of it. What a call asks is `base`'s.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol, TypeAlias

from gateway.connectors.base import Reply
from gateway.typed import Form


class NeverArrivedError(Exception):
    """A call that may be made again as if it had not been: nothing came of it."""


class Hearing(Protocol):
    """Who waits for a call that was begun: told once, and never before it is begun."""

    def came(self, reply: Reply) -> None: ...

    def failed(self, error: Exception) -> None:
        """`UpstreamError`, `NeverArrivedError`, or a bug of the source's own code."""


GiveUp: TypeAlias = Callable[[], None]
"""Frees what a call holds for which nobody waits any more; nobody hears of it then."""


class Lane(Protocol):
    """The calls of one step that differ by texts alone; all begin with ``begins_with``.

    ``family`` and an address are a key, as `Source.render` makes it.
    """

    family: str
    begins_with: str

    def address(self, values: Mapping[str, object], /) -> str | None:
        """Where a call with these values goes; None where one is not as usual."""

    def begin(self, to: str, hearing: Hearing, form: Form | None, /) -> GiveUp | None:
        """As a source's own ``begin``, for an address."""
