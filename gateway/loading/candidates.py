"""A release that is tried → a generation beside the one that serves.

It is loaded under the same deployment and from the same pools. Must never touch what
the loader of the running generation remembers.
"""

from __future__ import annotations

from collections.abc import Iterator

from gateway.deployment import Deployment
from gateway.errors import ProfileError
from gateway.generation import Generation, Released
from gateway.loading.loader import Loader
from gateway.loading.stored import StoredReleases
from gateway.loading.written import Written, written_in
from gateway.record import Struct
from gateway.release.activation import Activation
from gateway.release.model import Bundle
from gateway.schema.described import described_fields
from gateway.trying.apart import set_apart
from gateway.values import Coordinate


class _One(Struct):
    """Nothing but this is loaded."""

    written: Written

    def choices(self, _deployment: Deployment) -> Iterator[Written]:
        yield self.written

    def taken(self, written: Written) -> None:
        """Only the log decides what serves."""

    def reject(self, written: Written, error: ProfileError) -> None:
        """The load says why."""


def candidate_of(
    loader: Loader, entry: Activation, bundle: Bundle, channel: str
) -> Generation:
    """The generation of a bundle, whole and set apart from the loader's own.

    May be called in a thread, while the loader itself does not load.

    Raises:
        ProfileError: it cannot be loaded under the deployment.
    """
    release = Released(entry.bundle, entry.number, channel, entry.at, entry.by)
    aside = Loader(loader.config, loader.environ, loader.open_sources, loader.dev)
    aside.number, aside.open_cache = loader.number, loader.open_cache
    aside.flags, aside.dress = loader.flags, loader.dress
    aside.limiting, aside.identity = loader.limiting, loader.identity
    aside.choosing = _One(written_in(bundle, release, whole=True))
    return set_apart(aside.load(), entry.bundle[:16])


def hidden_in(generation: Generation) -> frozenset[Coordinate]:
    """Fields whose values nobody is shown: under a policy or any tag."""
    protection = generation.whole.protection
    names = {name for hiding in protection.hidings for name in hiding.coordinates}
    for found in described_fields(generation.schema):
        if found.facts["tags"]:
            names.add(found.name)
    own = (Coordinate(*n.split(".", 1)) for n in names if "." in n)
    return frozenset((*protection.fields, *protection.audited, *own))


def candidate_in(
    loader: Loader, entry: Activation, *, stored: StoredReleases | None
) -> Generation:
    """The same of a bundle that is fetched and proved first.

    Raises:
        ReleaseError: it is not to be had, or is not what its id says.
        ProfileError: as above.
    """
    assert stored is not None, "an entry came from one"  # noqa: S101
    bundle = stored.fetched(entry).bundle
    return candidate_of(loader, entry, bundle, stored.settings.channel)
