"""The contract of the reply cache: what is kept of a call, and who may take it away.

In charge of the words that execution and the stores share. A store keeps what it is
given under the key it is given: what a call depends on, and for whom a reply counts,
is decided by who makes the key. Must never know a store's library.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field
from typing import Protocol, TypeAlias

from gateway.connectors.base import Reply
from gateway.errors import GatewayError
from gateway.values import canonical, digest


class CallKey:
    """What a call depends on, and for whom its reply counts.

    ``of`` is that itself, to find what is near; ``text`` its digest, by which stores
    and operators know it, and which is worked out when somebody asks for it.
    """

    __slots__ = ("_text", "of")

    def __init__(self, *of: Hashable) -> None:
        self.of = of
        self._text: str | None = None

    @property
    def text(self) -> str:
        """The digest: the same in every process."""
        if self._text is None:
            self._text = digest(canonical(self.of))
        return self._text

    def __repr__(self) -> str:
        return f"<CallKey {self.text}>"


Key: TypeAlias = str | CallKey
"""A key, or its text: under the text alone nothing is found near."""


def text_of(key: Key) -> str:
    """A key as stores and operators know it."""
    return key if isinstance(key, str) else key.text


@dataclass(frozen=True, slots=True)
class Entry:
    """A reply with its times, all in unix seconds so that they outlive a process.

    After ``fresh_until`` it is expired, but may still serve where an old answer is
    better than none; after ``keep_until`` it is gone. ``weight`` is how many bytes it
    was in its store. Requests share its body: nobody may change it.
    """

    reply: Reply
    stored: float
    fresh_until: float
    keep_until: float
    weight: int = field(default=0, compare=False)


class CacheUnavailable(GatewayError):  # noqa: N818 - a state of the store, told to an operator
    """The store cannot be reached, so nothing can be said about what it holds."""


class ReplyCache(Protocol):
    """Replies of calls by key, between requests and perhaps between processes."""

    def near(self, key: CallKey, tags: Sequence[str]) -> Entry | None:
        """What is at hand in this process under the key, at once.

        None says nothing: `get` knows. An entry stands as if `get` had given it, or
        would have, had it been asked ``cache.near`` ago.
        """

    async def get(self, key: Key, tags: Sequence[str]) -> Entry | None:
        """What is kept under the key, expired or not.

        None where nothing is, where one of the tags was invalidated after the call
        of the entry began, and where the store cannot be asked. Never raises.
        """

    async def put(
        self, key: Key, entry: Entry, tags: Sequence[str], since: float
    ) -> None:
        """Keep an entry whose call began at ``since`` (unix seconds).

        Dropped where one of its tags or its key was invalidated after that: the call
        may have read what is no longer true. Never raises.
        """

    async def invalidate(
        self, *, tags: Sequence[str] = (), keys: Sequence[str] = ()
    ) -> int:
        """Take away all entries with one of the tags or keys; how many went.

        When it has answered, no process gives one of them any more. Keys are texts.

        Raises:
            CacheUnavailable: the store cannot be reached.
        """

    async def close(self) -> None:
        """Give back what the store holds. Nothing is asked of it afterwards."""


class NoCache:
    """Keeps nothing: every call is made."""

    def near(self, key: CallKey, tags: Sequence[str]) -> Entry | None:  # noqa: ARG002
        """Nothing."""
        return None

    async def get(self, key: Key, tags: Sequence[str]) -> Entry | None:  # noqa: ARG002
        """Nothing."""
        return None

    async def put(
        self, key: Key, entry: Entry, tags: Sequence[str], since: float
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
