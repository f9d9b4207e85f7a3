"""The contract of the reply cache: what is kept of a call, and who may take it away.

In charge of the words that execution and the stores share. A store keeps what it is
given under the key it is given: what a call depends on, and for whom a reply counts,
is decided by who makes the key. Must never know a store's library.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from gateway.connectors.base import Reply
from gateway.errors import GatewayError


@dataclass(frozen=True, slots=True)
class Entry:
    """A reply with its times, all in unix seconds so that they outlive a process.

    After ``fresh_until`` it is expired, but may still serve where an old answer is
    better than none; after ``keep_until`` it is gone.
    """

    reply: Reply
    stored: float
    fresh_until: float
    keep_until: float


class CacheUnavailable(GatewayError):  # noqa: N818 - a state of the store, told to an operator
    """The store cannot be reached, so nothing can be said about what it holds."""


class ReplyCache(Protocol):
    """Replies of calls by key, between requests and perhaps between processes."""

    async def get(self, key: str, tags: Sequence[str]) -> Entry | None:
        """What is kept under the key, expired or not.

        None where nothing is, where one of the tags was invalidated after the call
        of the entry began, and where the store cannot be asked. Never raises.
        """

    async def put(
        self, key: str, entry: Entry, tags: Sequence[str], since: float
    ) -> None:
        """Keep an entry whose call began at ``since`` (unix seconds).

        Dropped where one of its tags or its key was invalidated after that: the call
        may have read what is no longer true. Never raises.
        """

    async def invalidate(
        self, *, tags: Sequence[str] = (), keys: Sequence[str] = ()
    ) -> int:
        """Take away all entries with one of the tags or keys; how many went.

        Raises:
            CacheUnavailable: the store cannot be reached.
        """

    async def close(self) -> None:
        """Give back what the store holds. Nothing is asked of it afterwards."""


class NoCache:
    """Keeps nothing: every call is made."""

    async def get(self, key: str, tags: Sequence[str]) -> Entry | None:  # noqa: ARG002
        """Nothing."""
        return None

    async def put(
        self, key: str, entry: Entry, tags: Sequence[str], since: float
    ) -> None:
        """Forgotten at once."""

    async def invalidate(
        self,
        *,
        tags: Sequence[str] = (),  # noqa: ARG002
        keys: Sequence[str] = (),  # noqa: ARG002
    ) -> int:
        """None went, as none was here."""
        return 0

    async def close(self) -> None:
        """Nothing to give back."""


def operation_tag(operation: str) -> str:
    """The tag of every entry that a step of the operation (or entity type) made."""
    return f"operation:{operation}"


def step_tag(operation: str, step: str) -> str:
    """The tag of every entry that one step made."""
    return f"step:{operation}.{step}"
