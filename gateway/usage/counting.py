"""Counts in process: a look-up and an addition for each request.

In charge of what is told apart, and of staying small whatever clients send: beyond its
bounds names become `OTHERS`. The loop alone counts, one other thread takes. Must never
wait, nor see the value of an argument.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import NamedTuple

from graphql import DocumentNode, GraphQLSchema, separate_operations

from gateway.request.document import Document
from gateway.request.model import Asking, RequestContext
from gateway.request.used import used_by
from gateway.usage.model import OTHERS, By, User
from gateway.values import digest

MOST_TALLIES = 5_000
"""Documents by users that are counted apart between two times of writing."""
MOST_NAMES = 1_000
"""Clients with their versions, tenants and operations that are told apart."""
MOST_DOCUMENTS = 2_000
"""Documents whose fields are worked out between two times of writing."""
LONGEST_NAME = 128
VERSION_HEADER = "apollographql-client-version"

Uses = tuple[str, ...]


@dataclass(slots=True)
class Tally:
    """How often a document was asked for by somebody.

    ``document`` is the digest of its operation's name and of all that it uses, so that
    values which clients write into a document make no other one of it. The loop adds to
    ``count``, whoever writes remembers what was ``taken`` of it.
    """

    document: str
    user: User
    uses: Uses
    count: int = 0
    taken: int = 0


class Taken(NamedTuple):
    """What was counted since the last time."""

    document: str
    user: User
    uses: Uses
    times: int


@dataclass(slots=True)
class Names:
    """Names as they are told, no more than ``most`` of them."""

    most: int = MOST_NAMES
    _known: set[str] = field(default_factory=set)

    def told(self, name: str | None) -> str:
        """The name itself; `OTHERS` where there are too many, or it is too odd for one.

        Names come from clients, and end up on people's terminals.
        """
        if not name or name in self._known:
            return name or ""
        odd = len(name) > LONGEST_NAME or not name.isprintable()
        if odd or len(self._known) >= self.most:
            return OTHERS
        self._known.add(name)
        return name


_Key = tuple[str, str | None, str | None, str | None, str | None]


@dataclass(slots=True)
class Counting:
    """The counts of one process. ``by`` says what is told apart."""

    by: Collection[By] = tuple(By)
    most: int = MOST_TALLIES
    _tallies: dict[_Key, Tally] = field(default_factory=dict)
    _others: Tally = field(
        default_factory=lambda: Tally(OTHERS, User(*[OTHERS] * 4), ())
    )
    _leaving: list[Tally] = field(default_factory=list)
    _uses: dict[tuple[str, str | None], Uses] = field(default_factory=dict)
    _names: dict[By, Names] = field(default_factory=lambda: {by: Names() for by in By})
    _versions: Names = field(default_factory=Names)

    def __call__(
        self,
        schema: GraphQLSchema,
        asking: Asking,
        request: RequestContext,
        document: Document,
    ) -> None:
        """Count one request."""
        version = request.headers.get(VERSION_HEADER)
        key = asking.document, asking.operation, request.client, version, request.tenant
        tally = self._tallies.get(key)
        if tally is None:
            tally = self._tally(key, schema, document)
        tally.count += 1

    def take(self) -> tuple[Taken, ...]:
        """What was counted since the last time, for one other thread alone.

        A tally that nobody added to makes room. The loop may hold it still, so what is
        added meanwhile is taken the next time: it goes on between two times, between
        which there are seconds.
        """
        leaving, self._leaving = self._leaving, []
        if len(self._uses) >= MOST_DOCUMENTS:
            self._uses = {}
        found = [one for tally in leaving for one in _taken(tally)]
        for key, tally in list(self._tallies.items()):
            fresh = _taken(tally)
            found += fresh
            if not fresh:
                self._tallies.pop(key, None)
                self._leaving.append(tally)
        return (*found, *_taken(self._others))

    def _tally(self, key: _Key, schema: GraphQLSchema, document: Document) -> Tally:
        """A new one; that of all others where there are too many."""
        if len(self._tallies) >= self.most:
            return self._others
        uses = self._uses_of(document, schema, key[1])
        if uses is None:
            return self._others
        user = self._user(key, document)
        made = Tally(digest(user.operation, *uses), user, uses)
        self._tallies[key] = made
        return made

    def _user(self, key: _Key, document: Document) -> User:
        _, operation, client, version, tenant = key
        if operation is None and len(document.operations) == 1:
            operation = next(iter(document.operations))
        told = {
            by: self._names[by].told(name) if by in self.by else ""
            for by, name in (
                (By.OPERATION, operation),
                (By.CLIENT, client),
                (By.TENANT, tenant),
            )
        }
        kept = self._versions.told(version) if By.CLIENT in self.by else ""
        return User(told[By.OPERATION], told[By.CLIENT], kept, told[By.TENANT])

    def _uses_of(
        self, document: Document, schema: GraphQLSchema, name: str | None
    ) -> Uses | None:
        if By.FIELD not in self.by:
            return ()
        key = document.digest, name
        found = self._uses.get(key)
        if found is None:
            if len(self._uses) >= MOST_DOCUMENTS:
                return None
            found = tuple(sorted(used_by(_asked(document, name), schema)))
            self._uses[key] = found
        return found


def _asked(document: Document, name: str | None) -> DocumentNode:
    """The document without operations that were not asked for."""
    if name is None or len(document.operations) == 1:
        return document.node
    return separate_operations(document.node).get(name, document.node)


def _taken(tally: Tally) -> list[Taken]:
    count = tally.count
    fresh = count - tally.taken
    if not fresh:
        return []
    tally.taken = count
    return [Taken(tally.document, tally.user, tally.uses, fresh)]
