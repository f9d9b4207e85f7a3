"""One channel of releases in a store: published, activated, rolled back, looked up.

In charge of what is true of releases whatever the store: an object is what its name
says, and an entry of the log follows the one that its author saw.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from gateway.clock import Clock
from gateway.record import Model, replace
from gateway.release import activation as acts
from gateway.release.activation import Activation, Actor, Standing, standing_of
from gateway.release.archive import packed, unpacked
from gateway.release.model import (
    ID_LENGTH,
    SHORT,
    Bundle,
    LostRaceError,
    ReleaseError,
    UnfitBundleError,
    UnknownReleaseError,
    is_id,
)
from gateway.release.stores.base import FETCHED, Store

_SHORTEST = 4
_MEANWHILE = 5
"""Entries more that are asked for, as the log may have grown since its last one."""
_DID = {
    "canary": "began to try",
    "shadow": "began to shadow with",
    "withdraw": "ended the trial of",
}
Proof = Callable[[Bundle], object]
"""Looks at a bundle before it is activated; raises where it must not be."""


def log_of(channel: str) -> str:
    """The name of a channel's log: what acts, then where."""
    return f"active.{channel}"


class Releases(Model, frozen=True):
    """A channel is one line of activations: ``stable``, ``bank-eu``."""

    store: Store
    channel: str
    clock: Clock

    @property
    def log(self) -> str:
        """The log of this channel's activations."""
        return log_of(self.channel)

    @property
    def place(self) -> str:
        """What people are told the store is called."""
        return self.store.place

    def publish(self, bundle: Bundle) -> bool:
        """Put a bundle into the store; False where it is there already.

        Its signatures are added to those of the one in the store. Of one name the newer
        counts: a wrong one shall not stand in the way of the right one.
        """
        there = self._there(bundle.id)
        if there is not None:
            known = {**there.signatures, **bundle.signatures}
            if known == there.signatures:
                return False
            bundle = replace(there, signatures=known)
        self.store.put(bundle.id, packed(bundle))
        return there is None

    def fetch(self, bundle: str) -> Bundle:
        """The bundle of a whole id, held against it.

        Raises:
            UnknownReleaseError: the store does not have it.
            UnfitBundleError: what it has is not that.
        """
        raw = self.store.get(bundle)
        if raw is None:
            raise UnknownReleaseError(
                f"the store {self.store.place} has no release {bundle[:SHORT]}",
                hint="headwater release publish puts one there",
            )
        try:
            return unpacked(raw, bundle)
        except UnfitBundleError as error:
            named = f"release {bundle[:SHORT]} in {self.store.place}"
            raise UnfitBundleError(
                f"{named}: {error.message}", hint="publish it again"
            ) from None

    def find(self, start: str) -> str:
        """The whole id that begins so.

        Raises:
            UnknownReleaseError: none does, or several do.
        """
        if is_id(start):
            return start
        spelled = start.lower()
        fits = _SHORTEST <= len(spelled) <= ID_LENGTH
        found = [n for n in self.store.names() if fits and n.startswith(spelled)]
        if len(found) == 1:
            return found[0]
        raise UnknownReleaseError(
            f"{len(found) or 'no'} releases begin with {start[:ID_LENGTH]!r}",
            hint="headwater release history shows them"
            if not found
            else "write more of the id",
        )

    def published(self) -> Sequence[str]:
        """The ids of the bundles in the store."""
        return [name for name in self.store.names() if is_id(name)]

    def history(self, most: int = FETCHED) -> Sequence[Activation]:
        """The newest entries of the log, oldest first."""
        last, found = self.store.entries(self.log, most)
        first = last - len(found) + 1
        return [acts.read(raw, number) for number, raw in enumerate(found, first)]

    def active(self) -> Activation | None:
        """What is to be served; None where nothing was ever activated."""
        return self.standing().active

    def standing(self) -> Standing:
        """What is to be served, and what is to be tried beside it."""
        log = self.history(1)
        if not log or log[-1].stands is None:
            return standing_of(log)
        since = log[-1].number - log[-1].stands + 1
        found = standing_of(self.history(since + _MEANWHILE))
        return found if found.active else standing_of(self.history())

    def activate(
        self, bundle: str, actor: Actor, prove: Proof | None = None
    ) -> Activation:
        """Make a bundle of the store the active one.

        Where it is active already, that entry is given and nothing is written. The
        log is read first, so that whoever acts while ``prove`` looks wins.

        Raises:
            LostRaceError: somebody else activated one meanwhile.
            ReleaseError: it is not there, not whole, or ``prove`` says no.
        """
        log = self.history()
        if log and log[-1].act in acts.SERVES and log[-1].bundle == bundle:
            return log[-1]
        self.require(bundle, prove)
        return self.append(acts.activation(log, bundle, actor, self.now()))

    def roll_back(self, actor: Actor, prove: Proof | None = None) -> Activation:
        """Make active what was before; raises as above."""
        log = self.history()
        entry = acts.rollback(log, actor, self.now())
        self.require(entry.bundle, prove)
        return self.append(entry)

    def now(self) -> str:
        """The time as entries have it."""
        return self.clock.wall().isoformat(timespec="milliseconds")

    def require(self, bundle: str, prove: Proof | None) -> None:
        """Look at a bundle of the store before it is written of; raises as above."""
        found = self.fetch(bundle)
        if prove is not None:
            prove(found)

    def append(self, entry: Activation) -> Activation:
        """Write an entry, where the log is as its author saw it; raises as above."""
        raw = acts.written(entry)
        if self.store.append(self.log, raw, number=entry.number):
            return entry
        other = next(iter(self.history(1)), None)
        if other is None:
            raise ReleaseError("the activation log became shorter; nothing was changed")
        did = f"made {other.bundle[:SHORT]} the active release"
        if other.act not in acts.SERVES:
            did = f"{_DID[other.act]} {other.bundle[:SHORT]}"
        raise LostRaceError(
            f"{other.by} {did} meanwhile (number {other.number}); nothing was changed",
            hint=f"headwater release history; {entry.act} again if you still mean it",
        )

    def _there(self, bundle: str) -> Bundle | None:
        raw = self.store.get(bundle)
        if raw is None:
            return None
        try:
            return unpacked(raw, bundle)
        except UnfitBundleError:
            return None  # damaged: a whole one takes its place
