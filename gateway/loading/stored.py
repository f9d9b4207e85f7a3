"""A deployment's store of releases, opened: where it is, whose signatures count.

In charge of making store, keys and the copy on disk of what is written. Asks nothing
until it is asked.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from gateway.clock import Clock
from gateway.deployment import Deployment
from gateway.deployment.release import ReleaseKey, ReleaseSettings
from gateway.record import Model
from gateway.release.activation import Activation
from gateway.release.kept import Held, LastRelease
from gateway.release.model import Bundle, ReleaseError
from gateway.release.signing import (
    Proving,
    PublicKey,
    SharedSecret,
    require_key,
    require_proof,
)
from gateway.release.stores.opening import open_store
from gateway.release.trials import Trials

_FURTHER = 5
"""Earlier releases that a start tries where nothing newer serves."""


class StoredReleases(Model, frozen=True):
    """The channel that a deployment follows, and what of it is believed."""

    settings: ReleaseSettings
    releases: Trials
    kept: LastRelease
    keys: Mapping[str, Proving]

    def proved(self, bundle: Bundle) -> Bundle:
        """The bundle, signed where it has to be.

        Raises:
            UnfitBundleError: nobody whose word counts here signed it.
        """
        if self.settings.require_signature:
            require_proof(bundle, self.keys)
        return bundle

    def fetched(self, entry: Activation) -> Held:
        """The release of an entry, whole and proved.

        Raises:
            ReleaseError: it is not to be had, or is not what its id says.
        """
        return Held(entry, self.proved(self.releases.fetch(entry.bundle)))

    def earlier(self, wanted: Activation | None) -> Iterator[Held]:
        """What served once, best first: the copy on disk, then what the log names."""
        kept = self.kept.read()
        if kept is not None and self._is_proved(kept.bundle):
            yield kept
        if wanted is None:
            return
        seen = {wanted.bundle}
        for entry in reversed(self._log()):
            if entry.bundle in seen or len(seen) > _FURTHER:
                continue
            seen.add(entry.bundle)
            try:
                yield self.fetched(entry)
            except ReleaseError:
                continue

    def close(self) -> None:
        """Give back the connections."""
        self.releases.store.close()

    def _log(self) -> list[Activation]:
        try:
            return list(self.releases.history())
        except ReleaseError:
            return []

    def _is_proved(self, bundle: Bundle) -> bool:
        try:
            self.proved(bundle)
        except ReleaseError:
            return False
        return True


def stored(
    settings: ReleaseSettings, deployment: Deployment, clock: Clock
) -> StoredReleases:
    """The store that the settings name.

    Raises:
        ReleaseError: there is no such kind of store, or a key is none.
    """
    store, state = open_store(settings.store), deployment.profiles.state
    folder = None if state is None else state / "release"
    return StoredReleases(
        settings,
        Trials(store, settings.channel, clock),
        LastRelease(folder, settings.channel),
        {name: _key(name, key) for name, key in settings.keys.items()},
    )


def _key(name: str, written: ReleaseKey) -> Proving:
    if written.hmac is not None:
        return SharedSecret(written.hmac.get_secret_value().encode())
    made = PublicKey((written.ed25519 or "").encode())
    try:
        require_key(made)
    except ReleaseError as error:
        raise ReleaseError(f"key {name!r}: {error.message}", hint=error.hint) from None
    return made
