"""Calls that are heard of when they are over, instead of being waited for.

In charge of the contract between a source that can begin a call at once and whoever
hears of it. What a call asks is `base`'s.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol, TypeAlias, TypeVar

from gateway.connectors.base import Reply
from gateway.errors import UpstreamError
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


Raw_contra = TypeVar("Raw_contra", contravariant=True)


class Ear(Protocol[Raw_contra]):
    """Who waits for what a call brings, as an `asyncio.Future` does. Told once."""

    def done(self) -> bool:
        """Whether nobody waits any more."""

    def set_result(self, raw: Raw_contra, /) -> None:
        """It is there, and whole."""

    def set_exception(self, error: UpstreamError, /) -> None:
        """It will never be."""


class Carrier(Protocol):
    """What carries a call that is under way."""

    def leave(self, ear: Any, /) -> None:
        """Give it up, unless it is over: its ear hears nothing more."""


class Lane(Protocol):
    """The calls of one step that differ by texts alone; all begin with ``begins_with``.

    ``family`` and an address are a key, as `Source.render` makes it. What a call
    brings is the lane's to read: in between it is nobody's. Whoever begins a call says
    when it is `over`, in whichever way.
    """

    family: str
    begins_with: str

    def address(self, values: Mapping[str, object], /) -> str | None:
        """Where a call with these values goes; None where one is not as usual."""

    def begin(self, to: str, ear: Ear[Any], /) -> Carrier | None:
        """The call under way; None where it would have to wait, and did not begin."""

    def over(self) -> None:
        """A call that was begun is over."""

    def read(self, raw: Any, form: Form | None, /) -> Reply:
        """What a call brought.

        Raises:
            UpstreamError: it is no answer.
        """

    def why(self, error: UpstreamError, /) -> Exception:
        """The same of what ended it without a reply; may be `NeverArrivedError`."""
