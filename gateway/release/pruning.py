"""Bundles that nobody needs any more, and that all others stay.

In charge of which go: what any channel of the store serves, tries or could go back to
stays, and so does what was published last and never served. Must never take one of
those, nor anything at all where a log cannot be read. Entries of logs stay for ever.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from gateway.record import Model
from gateway.release import activation as acts
from gateway.release.activation import SERVES, Activation, standing_of
from gateway.release.archive import unpacked
from gateway.release.model import UnfitBundleError, is_id
from gateway.release.releases import log_of
from gateway.release.stores.base import Store

FEWEST = 2
"""Bundles of a channel that stay at least: what serves, and what was before it."""


class Pruning(Model, frozen=True):
    """What goes, and why each of the others stays, by their ids."""

    gone: tuple[str, ...]
    kept: Mapping[str, str]


def planned(store: Store, keep: int) -> Pruning:
    """What would go where each channel keeps ``keep`` bundles.

    Raises:
        StoreError: the store cannot be asked, or a log of it has garbage.
    """
    there = [name for name in store.names() if is_id(name)]
    kept: dict[str, str] = {}
    served: set[str] = set()
    for channel, log in _channels(store):
        served |= {entry.bundle for entry in log}
        for bundle, why in _needed(log, keep):
            kept.setdefault(bundle, f"{why} {channel}")
    fresh = [name for name in there if name not in served and name not in kept]
    for name in _newest(store, fresh)[:keep]:
        kept[name] = "never served"
    gone = tuple(name for name in there if name not in kept)
    return Pruning(gone, {n: why for n, why in kept.items() if n in there})


def prune(store: Store, keep: int) -> Pruning:
    """Take away what is not needed; see Note [activated meanwhile].

    Raises:
        StoreError: the store cannot be asked; what is gone by then is gone.
    """
    found = planned(store, keep)
    taken: dict[str, bytes] = {}
    for name in found.gone:
        raw = store.get(name)
        if raw is not None:
            taken[name] = raw
            store.drop(name)
    again = {b: w for _, log in _channels(store) for b, w in _needed(log, FEWEST)}
    back = [name for name in taken if name in again]
    for name in back:
        store.put(name, taken[name])
    gone = tuple(name for name in found.gone if name not in back)
    return Pruning(gone, {**found.kept, **dict.fromkeys(back, "activated meanwhile")})


def _channels(store: Store) -> Iterator[tuple[str, Sequence[Activation]]]:
    """Every line of activations there is, oldest entry first."""
    start = log_of("")
    for name in store.logs():
        if name.startswith(start):
            last, found = store.entries(name)
            first = last - len(found) + 1
            log = [acts.read(raw, number) for number, raw in enumerate(found, first)]
            yield name.removeprefix(start), log


def _needed(log: Sequence[Activation], keep: int) -> Iterator[tuple[str, str]]:
    standing = standing_of(log)
    if standing.active is not None:
        yield standing.active.bundle, "serves"
    if standing.trial is not None:
        yield standing.trial.bundle, "is tried in"
    newest = (entry.bundle for entry in reversed(log) if entry.act in SERVES)
    for bundle in [*dict.fromkeys(newest)][: max(keep, FEWEST)]:
        yield bundle, "served"


def _newest(store: Store, names: Sequence[str]) -> list[str]:
    """Bundles by when they were made, the newest first; damaged ones last."""
    made: list[tuple[str, str]] = []
    for name in names:
        raw = store.get(name)
        try:
            created = unpacked(raw, name).facts.created if raw is not None else ""
        except UnfitBundleError:
            created = ""
        made.append((created, name))
    return [name for _, name in sorted(made, reverse=True)]


# Note [activated meanwhile]
# Whoever activates a bundle looks at it first, and writes to the log then. Between the
# two it may be taken away here, by the log as it was. So the logs are read once more
# when all is done, and what came into use is put back, as it was; gateways that heard
# of it meanwhile went on with what they had, and ask again.
