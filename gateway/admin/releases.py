"""Releases over the admin API: what the command does on a store, done by a gateway.

In charge of words of HTTP for what `release.releases` means. A gateway loads a release
under its own deployment before it makes it the active one.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Sequence
from typing import Protocol, TypeVar

from gateway.admin.model import Act, Asked, Content, Deed
from gateway.admin.server import JSON
from gateway.record import Model
from gateway.release.activation import Activation, Actor
from gateway.release.archive import packed, unpacked
from gateway.release.model import Bundle
from gateway.release.releases import Releases
from gateway.release.terms import read_terms
from gateway.release.trials import Kind, Trials
from gateway.values import JsonValue

T = TypeVar("T")
ZIP = "application/zip"
_SHOWN = 100
"""Entries of the log that a listing has."""


class Shelf(Protocol):
    """Where this process finds releases, and whether one would serve here."""

    def releases(self) -> Trials:
        """The channel that the deployment names.

        Raises:
            ReleaseError: it names none.
        """

    def prove(self, bundle: Bundle) -> None:
        """Load it aside, opening and keeping nothing.

        Raises:
            ReleaseError: it would not serve here.
        """

    async def take(self) -> bool:
        """Serve what is active now, as far as it can be served."""


class ReleaseDeeds(Model, frozen=True):
    """What can be asked about the releases of a gateway."""

    shelf: Shelf

    def table(self) -> Sequence[Deed]:
        """Every one of them."""
        return (
            Deed("GET", "/releases", self.listed),
            Deed("POST", "/releases", self.published, ZIP),
            Deed("POST", "/releases/rollback", self.rolled_back, JSON),
            Deed("POST", "/releases/promote", self.promoted, JSON),
            Deed("GET", "/releases/{id}", self.shown),
            Deed("GET", "/releases/{id}/archive", self.archive),
            Deed("POST", "/releases/{id}/activate", self.activated, JSON),
            Deed("POST", "/releases/{id}/canary", self.tried("canary"), JSON),
            Deed("POST", "/releases/{id}/shadow", self.tried("shadow"), JSON),
        )

    async def listed(self, _asked: Asked) -> JsonValue:
        """What is active, what was, and what is there."""
        return await self._of(_listing)

    async def published(self, asked: Asked) -> JsonValue:
        """A bundle, put into the store."""

        def publish(releases: Releases) -> JsonValue:
            bundle = unpacked(asked.raw)
            fresh = releases.publish(bundle)
            return {**bundle.manifest(), "store": releases.store.place, "new": fresh}

        return await self._of(publish)

    async def shown(self, asked: Asked) -> JsonValue:
        """What a bundle says of itself."""
        bundle = await self._of(lambda releases: _found(releases, asked))
        return {**bundle.manifest(), "signed_by": sorted(bundle.signatures)}

    async def archive(self, asked: Asked) -> Content:
        """The bundle itself."""
        bundle = await self._of(lambda releases: _found(releases, asked))
        return Content(packed(bundle), ZIP)

    async def activated(self, asked: Asked) -> JsonValue:
        """Make it the active one, and take it over here."""

        def activate(releases: Trials) -> JsonValue:
            before = releases.active()
            found = releases.find(asked.named["id"])
            entry = releases.activate(found, _actor(asked), self.shelf.prove)
            return _told(entry, releases, fresh=entry != before)

        return await self._taken(activate)

    async def rolled_back(self, asked: Asked) -> JsonValue:
        """End what is tried, else go back to what was active; take it over here."""

        def roll_back(releases: Trials) -> JsonValue:
            entry = releases.roll_back(_actor(asked), self.shelf.prove)
            return _told(entry, releases, fresh=True)

        return await self._taken(roll_back)

    def tried(self, kind: Kind) -> Act:
        """Try it so, under terms as `Terms.as_json` has them."""

        async def tried(asked: Asked) -> JsonValue:
            def begin(releases: Trials) -> JsonValue:
                found = releases.find(asked.named["id"])
                terms, actor = read_terms(asked.said.get("terms")), _actor(asked)
                entry = releases.begin(kind, found, terms, actor, self.shelf.prove)
                return _told(entry, releases, fresh=True)

            return await self._taken(begin)

        return tried

    async def promoted(self, asked: Asked) -> JsonValue:
        """Have everybody served by what is tried, and take it over here."""

        def promote(releases: Trials) -> JsonValue:
            return _told(releases.promote(_actor(asked)), releases, fresh=True)

        return await self._taken(promote)

    async def _taken(self, act: Callable[[Trials], JsonValue]) -> JsonValue:
        told = await self._of(act)
        await self.shelf.take()
        return told

    async def _of(self, act: Callable[[Trials], T]) -> T:
        """Stores wait: in a thread, then."""
        return await asyncio.to_thread(lambda: act(self.shelf.releases()))


def _found(releases: Releases, asked: Asked) -> Bundle:
    return releases.fetch(releases.find(asked.named["id"]))


def _listing(releases: Releases) -> JsonValue:
    log, standing = releases.history(_SHOWN), releases.standing()
    active, trial = standing.active, standing.trial
    return {
        "channel": releases.channel,
        "store": releases.store.place,
        "active": active.as_json() if active else None,
        "trial": trial.as_json() if trial else None,
        "history": [entry.as_json() for entry in reversed(log)],
        "published": list(releases.published()),
    }


def _told(entry: Activation, releases: Releases, *, fresh: bool) -> JsonValue:
    return {**entry.as_json(), "channel": releases.channel, "new": fresh}


def _actor(asked: Asked) -> Actor:
    """The token's name is what is proved; whom it stands for is what somebody says."""
    whom = asked.text("by")
    by = f"{asked.by} (for {whom})" if whom else asked.by
    origin = f"{asked.origin} by {socket.gethostname()}"
    return Actor(by, origin, asked.text("reason"))
