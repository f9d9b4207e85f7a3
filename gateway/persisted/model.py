"""Which documents a generation knows by name, and whether it answers any others.

Frozen but for what it remembers of texts that were judged, which is bounded. Must never
find a document anywhere but in the lists that the deployment names.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from graphql import (
    GraphQLError,
    OperationDefinitionNode,
    parse,
    strip_ignored_characters,
)

from gateway.cache.bounded import Bounded
from gateway.errors import Problem

_MOST_TOLD = 1_000
_SPACED = 3
"""How much longer than all that is listed a text may be that differs by blanks."""
_OF_APP, _PARTS_OF_APP = "~", 2
"""Between an app's name, its version and an id, as Hive writes it."""
PREFIX = "sha256:"
"""Of an id that is the hash of its document, as GraphQL over HTTP writes it."""


class Mode(Enum):
    """What becomes of an operation that is in no list."""

    OFF = "off"
    LOG = "log"
    ENFORCE = "enforce"


@dataclass(frozen=True, slots=True)
class Listed:
    """The documents of all manifests.

    ``by_id`` has each under its id, under the hash of its text, and under that with
    `PREFIX`; ``bare`` are the texts without what GraphQL ignores; ``longest`` is in
    characters.
    """

    by_id: Mapping[str, str] = field(default_factory=dict)
    texts: frozenset[str] = frozenset()
    bare: frozenset[str] = frozenset()
    longest: int = 0
    digest: str = ""

    def named(self, id_: str) -> str | None:
        """The document that a client calls so.

        Hive's clients say of which app it is, too: ``shop~1.2.0~ID``.
        """
        text = self.by_id.get(id_)
        if text is None and id_.count(_OF_APP) == _PARTS_OF_APP:
            text = self.by_id.get(id_.rpartition(_OF_APP)[2])
        return text


@dataclass(frozen=True, slots=True)
class Persisted:
    """How documents are found by name, and which may be sent.

    ``automatic``: clients may have documents kept under the hash of their text;
    ``memory`` is how many bytes of them a process keeps. ``shared``: they are kept in
    the cache's Redis, too. ``ids_only``: a document is never taken from a request,
    whether it is listed or not.
    """

    automatic: bool = True
    memory: int = 8_000_000
    shared: bool = False
    mode: Mode = Mode.OFF
    ids_only: bool = False
    listed: Listed = field(default_factory=Listed)
    problems: tuple[Problem, ...] = ()
    _alike: Bounded[str, bool] = field(
        default_factory=lambda: Bounded(_MOST_TOLD), repr=False, compare=False
    )
    _told: set[str] = field(default_factory=set, repr=False, compare=False)

    @property
    def guards(self) -> bool:
        """Whether it matters that an operation is listed."""
        return self.mode is not Mode.OFF

    @property
    def registers(self) -> bool:
        """Whether clients may have documents kept."""
        return self.automatic and self.mode is not Mode.ENFORCE

    @property
    def digests(self) -> tuple[str, ...]:
        """What of it makes another configuration, where anything is listed."""
        of = self.mode.value, str(self.ids_only), self.listed.digest
        return of if self.listed.by_id else ()

    def allows(self, text: str) -> bool:
        """Whether a document that was sent is listed, and may be sent."""
        return not self.ids_only and self.lists(text)

    def lists(self, text: str) -> bool:
        """Whether a document is listed, but for blanks, commas and comments."""
        listed = self.listed
        if text in listed.texts or text in self._alike:
            return True
        if len(text) > _SPACED * listed.longest:
            return False
        if bare(text) not in listed.bare:
            return False
        self._alike.get(text, lambda: True)
        return True

    def is_told(self, text: str) -> bool:
        """Whether operators know that this text is asked for."""
        return text in self._told

    def tell(self, text: str) -> bool:
        """Whether operators are to be told of this text: once, and not of too many."""
        if text in self._told or len(self._told) >= _MOST_TOLD:
            return False
        self._told.add(text)
        return True


def bare(text: str) -> str | None:
    """A document without what GraphQL ignores; None: it is no GraphQL."""
    try:
        return strip_ignored_characters(text)
    except GraphQLError:
        return None


def named_in(document: str) -> str:
    """What people call the operations of a document: ``query Book``."""
    try:
        nodes = parse(document, no_location=True).definitions
    except (GraphQLError, RecursionError):
        return "no GraphQL"
    found = (node for node in nodes if isinstance(node, OperationDefinitionNode))
    names = (f"{o.operation.value} {o.name.value if o.name else ''}" for o in found)
    return ", ".join(name.rstrip() for name in names) or "no operation"
