"""The release that a store says is active, chosen for the next generation.

In charge of what is wanted, what serves, and why these two differ, for one process. A
store that is lost or gives what is no bundle changes nothing. Must never be asked by
two threads at once, nor in a loop: stores wait.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

from gateway.clock import Clock
from gateway.deployment import Deployment
from gateway.errors import Problem, ProfileError, Severity
from gateway.generation import Released
from gateway.loading.stored import StoredReleases, stored
from gateway.loading.written import Written, written_in, written_in_folders
from gateway.record import Struct, field
from gateway.release.activation import Activation
from gateway.release.kept import Held
from gateway.release.model import ReleaseError, StoreError
from gateway.telemetry.events import Observer
from gateway.telemetry.releasing import (
    ReleaseNotKept,
    ReleaseRefused,
    ReleaseStoreFound,
    ReleaseStoreLost,
)
from gateway.values import JsonValue, SourceSpan


class OfStore(Struct):
    """Chooses releases where the deployment names a store, and else its folders.

    ``refused`` says why what is ``wanted`` does not serve.
    """

    clock: Clock
    observe: Observer
    served: Held | None = None
    wanted: Activation | None = None
    trial: Activation | None = None
    """What is to be tried beside it, as the store said last."""
    refused: str | None = None
    _candidate: Held | None = None
    _store: StoredReleases | None = None
    _offered: dict[Released, Held] = field(default_factory=dict)
    _lost: tuple[datetime, str] | None = None
    _told: tuple[Activation, str] | None = None
    _kept: Activation | None = None
    _unkept: str | None = None

    @property
    def store(self) -> StoredReleases | None:
        """The store that the deployment names; None where it names none."""
        return self._store

    @property
    def lost(self) -> str | None:
        """Why the store does not answer; None where it did when it was asked last."""
        return self._lost[1] if self._lost else None

    # -- what the store says --

    def look(self, deployment: Deployment) -> bool:
        """Ask the store once. True where there is another release to load.

        Whatever goes wrong is told to the observer, once, and changes nothing.
        """
        if deployment.release is None:
            return False
        try:
            store = self._opened(deployment)
            standing = store.releases.standing()
            entry = standing.active
            if entry is None and self.served is not None:
                self._loses(f"the store {store.releases.place} lost its activations")
                return False
            self.trial = standing.trial
            if entry is None or self._has(entry):
                self._answers()
                return False
            self.wanted, self._candidate = entry, None
            self._candidate = self._at_hand(entry, store) or store.fetched(entry)
            self._answers()
        except StoreError as error:
            self._loses(error.message)
            return False
        except ReleaseError as error:
            if self.wanted is None:  # the settings are wrong: nothing was asked
                self._loses(error.message)
            else:
                self._answers()
                self._refuse(self.wanted, error.message)
            return False
        return True

    def _has(self, entry: Activation) -> bool:
        """Whether it serves, or was fetched and could not be loaded."""
        if self.served is not None and self.served.entry == entry:
            self.wanted, self.refused, self._candidate = entry, None, None
            return True
        return self._candidate is not None and self._candidate.entry == entry

    def _at_hand(self, entry: Activation, store: StoredReleases) -> Held | None:
        """The same bundle, activated once more."""
        served = self.served
        if served is None or served.bundle.id != entry.bundle:
            return None
        return Held(entry, store.proved(served.bundle))

    def _opened(self, deployment: Deployment) -> StoredReleases:
        """The store that is named now; what another one wanted is forgotten."""
        settings, before = deployment.release, self._store
        assert settings is not None, "asked only where a store is named"  # noqa: S101
        if before is None or before.settings != settings:
            fresh = stored(settings, deployment, self.clock)
            if before is not None:
                before.close()
            self._store, self._kept = fresh, None
            self.wanted = self._candidate = self.refused = self.trial = None
            return fresh
        return before

    # -- what is loaded --

    def choices(self, deployment: Deployment) -> Iterator[Written]:
        """What is wanted, else what serves, else at the start what served once.

        Raises:
            ProfileError: there is nothing at all.
        """
        settings = deployment.release
        if settings is None:
            yield written_in_folders(deployment)
            return
        if self._store is None or self._store.settings != settings:
            self.look(deployment)
        wanted = self._candidate
        if wanted is not None:
            yield self._offer(wanted)
        if self.served is not None:
            yield self._offer(self.served)
            return
        tried = {wanted.bundle.id} if wanted else set[str]()
        for held in self._store.earlier(self.wanted) if self._store else ():
            if held.bundle.id not in tried:
                tried.add(held.bundle.id)
                yield self._offer(held)
        if wanted is not None:
            # Nothing serves altogether: whatever of it can is more than nothing.
            yield self._offer(wanted, whole=False)
        if not tried:
            raise self._nothing(deployment)

    def taken(self, written: Written) -> None:
        """It serves from here on; it is kept for a start without the store."""
        held = self._offered.get(written.release) if written.release else None
        self._offered = {}
        if held is None:
            self.served = self.wanted = self._candidate = self.refused = None
            return
        self.served = held
        if written.whole:
            if held is self._candidate:
                self._candidate = self.refused = None
            self._keep(held)

    def reject(self, written: Written, error: ProfileError) -> None:
        """It cannot be loaded under this deployment."""
        held = self._offered.get(written.release) if written.release else None
        if held is not None and held is self._candidate:
            first, *more = (p for p in error.problems if p.severity is Severity.ERROR)
            further = f" (and {len(more)} more)" if more else ""
            self._refuse(held.entry, f"it does not load: {first}{further}")

    def _offer(self, held: Held, *, whole: bool = True) -> Written:
        store, entry = self._store, held.entry
        assert store is not None, "what is offered came from one"  # noqa: S101
        channel = store.settings.channel
        release = Released(entry.bundle, entry.number, channel, entry.at, entry.by)
        self._offered[release] = held
        return written_in(held.bundle, release, whole=whole)

    def _nothing(self, deployment: Deployment) -> ProfileError:
        settings = deployment.release
        channel = settings.channel if settings else ""
        why = self.refused or f"nothing was ever activated in channel {channel!r}"
        hint = "headwater release publish, then headwater release activate"
        if self._lost:
            why = self._lost[1]
            hint = "with 'profiles.state' the last good release outlives its store"
        place = deployment.places.get(("release",), SourceSpan("headwater.yaml"))
        problem = Problem(place, f"there is no release to serve: {why}", hint)
        return ProfileError((problem,))

    def _keep(self, held: Held) -> None:
        store = self._store
        if store is None or self._kept == held.entry:
            return
        error = store.kept.write(held)
        reason = (error.strerror or str(error)) if error else None
        self._kept = held.entry if error is None else None
        if reason is not None and reason != self._unkept:
            self.observe(ReleaseNotKept(held.bundle.id, reason))
        self._unkept = reason

    # -- what is told --

    def _refuse(self, entry: Activation, why: str) -> None:
        self.refused = why
        if self._told != (entry, why):
            self._told = entry, why
            named = entry.bundle, entry.number, self._channel
            self.observe(ReleaseRefused(*named, why))

    def _loses(self, why: str) -> None:
        if self._lost is None or self._lost[1] != why:
            since = self._lost[0] if self._lost else self.clock.wall()
            self._lost = since, why
            self.observe(ReleaseStoreLost(self._channel, why))

    def _answers(self) -> None:
        lost, self._lost = self._lost, None
        if lost is not None:
            seconds = (self.clock.wall() - lost[0]).total_seconds()
            self.observe(ReleaseStoreFound(self._channel, seconds))

    @property
    def _channel(self) -> str:
        return self._store.settings.channel if self._store else ""

    def standing(self) -> Mapping[str, JsonValue] | None:
        """What serves and what is wanted, for operators; None without a store."""
        if self._store is None:
            return None
        return {
            "channel": self._channel,
            "serves": _shown(self.served.entry) if self.served else None,
            "wanted": _shown(self.wanted) if self.wanted else None,
            "refused": self.refused,
            "store": "lost" if self._lost else "answers",
        }

    def close(self) -> None:
        """Give back what the store holds open."""
        if self._store is not None:
            self._store.close()


def _shown(entry: Activation) -> Mapping[str, JsonValue]:
    return {
        "bundle": entry.bundle,
        "number": entry.number,
        "since": entry.at,
        "by": entry.by,
    }
