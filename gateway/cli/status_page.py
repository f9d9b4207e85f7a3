"""A page of metrics as numbers that can be added and compared.

In charge of the samples of one process and of several, and of what came to them over a
time. Must never ask anybody for a page, or know what a figure is for.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final, TypeAlias

from gateway.record import Model, field
from gateway.telemetry.metrics import Sample

Labels: TypeAlias = tuple[tuple[str, str], ...]
Names: TypeAlias = tuple[str, ...]

BUCKETS: Final = "_bucket"
_GROWING: Final = ("_total", BUCKETS)
"""How the names of samples end that only grow while a process lives."""


class Page(Model, frozen=True):
    """Samples by name, then by labels: of one process, or of several, added."""

    numbers: Mapping[str, Mapping[Labels, float]] = field(default_factory=dict)

    def by(self, name: str, *labels: str) -> dict[Names, float]:
        """The samples of a name, added up by the values of these labels."""
        found: dict[Names, float] = {}
        for pairs, value in self.numbers.get(name, {}).items():
            told = dict(pairs)
            key = tuple(told.get(label, "") for label in labels)
            found[key] = found.get(key, 0.0) + value
        return found

    def told(self, name: str, *labels: str) -> dict[Names, dict[str, float]]:
        """The same, and of each what it comes to by the last of the labels."""
        found: dict[Names, dict[str, float]] = {}
        for (*key, last), value in self.by(name, *labels).items():
            found.setdefault(tuple(key), {})[last] = value
        return found

    def since(self, before: Page) -> Page:
        """What came to the samples that only grow."""
        return Page(
            {
                name: _more(known, before.numbers.get(name, {}))
                for name, known in self.numbers.items()
                if name.endswith(_GROWING)
            }
        )


def _more(
    now: Mapping[Labels, float], then: Mapping[Labels, float]
) -> Mapping[Labels, float]:
    return {key: max(0.0, value - then.get(key, 0.0)) for key, value in now.items()}


def page_of(samples: Iterable[Sample]) -> Page:
    """The page that these samples are."""
    found: dict[str, dict[Labels, float]] = {}
    for one in samples:
        found.setdefault(one.name, {})[tuple(one.labels.items())] = one.value
    return Page(found)


def added(pages: Iterable[Page]) -> Page:
    """The pages of several processes as one."""
    found: dict[str, dict[Labels, float]] = {}
    for page in pages:
        for name, known in page.numbers.items():
            into = found.setdefault(name, {})
            for key, value in known.items():
                into[key] = into.get(key, 0.0) + value
    return Page(found)


def quantiles(
    page: Page, name: str, labels: Names, share: float
) -> Mapping[Names, float]:
    """Within how many seconds that share of each histogram was, by labels.

    It is between two bounds, where it is taken to lie evenly, as Prometheus does. What
    is beyond the last bound is told as that bound. Empty histograms are left out.
    """
    found = {
        key: _within(sorted((float(b), c) for b, c in curve.items()), share)
        for key, curve in page.told(f"{name}{BUCKETS}", *labels, "le").items()
    }
    return {key: seconds for key, seconds in found.items() if seconds is not None}


def _within(curve: list[tuple[float, float]], share: float) -> float | None:
    wanted = share * curve[-1][1]
    if not wanted:
        return None
    below, bound_below = 0.0, 0.0
    for bound, count in curve:
        if count >= wanted:
            if bound == float("inf"):
                break
            part = (wanted - below) / (count - below)
            return bound_below + part * (bound - bound_below)
        below, bound_below = count, bound
    return bound_below
