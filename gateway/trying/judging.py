"""Whether a candidate does worse than what serves, beyond its bounds and chance.

Pure: figures and bounds → a finding, or none. Must never know where figures come from.
See Note [how sure].
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import sqrt

from gateway.record import Model
from gateway.release.terms import Bounds
from gateway.trying.counting import REQUESTS, Figures
from gateway.values import JsonValue

_SURE = 3.3
"""Standard errors beyond a bound: once in two thousand looks by chance."""
_SURER = 4.0
"""The same for one of many steps: once in thirty thousand."""
_SLOW = 0.05
"""The share of what takes longer than the time in which 95 of 100 are done."""
_UNNOTICED = 0.005
"""Seconds more that are no worse, whatever the factor is."""


class Finding(Model, frozen=True):
    """What of a candidate is out of its bounds, in words, with the figures of both."""

    reason: str
    figures: Mapping[str, JsonValue]


def has_enough(candidate: Mapping[str, Figures], bounds: Bounds) -> bool:
    """Whether the candidate has answered so much that something can be said."""
    found = candidate.get(REQUESTS)
    return found is not None and found.count >= bounds.least


def judged(
    stable: Mapping[str, Figures], candidate: Mapping[str, Figures], bounds: Bounds
) -> Finding | None:
    """What is wrong with the candidate; None where nothing is, or not surely."""
    if not has_enough(candidate, bounds):
        return None
    for name in sorted(candidate, key=lambda one: (one != REQUESTS, one)):
        before, now = stable.get(name), candidate[name]
        if before is None or not before.count or now.count < bounds.least:
            continue
        sure = _SURE if name == REQUESTS else _SURER
        why = next(_complaints(name, (before, now), bounds, sure), None)
        if why is not None:
            return Finding(why, compared(stable, candidate, name))
    return None


def compared(
    stable: Mapping[str, Figures], candidate: Mapping[str, Figures], *names: str
) -> Mapping[str, JsonValue]:
    """The figures of both, of whole requests and of what else is named."""
    wanted = dict.fromkeys((REQUESTS, *names))
    return {
        side: {name: figures[name].as_json() for name in wanted if name in figures}
        for side, figures in (("stable", stable), ("candidate", candidate))
    }


def _complaints(
    name: str, both: tuple[Figures, Figures], bounds: Bounds, sure: float
) -> Iterator[str]:
    before, now = both
    margin = bounds.errors
    told = f"more than {_percent(margin)} above" if margin else "above"
    for what, mine, theirs in (
        ("failed", now.failed, before.failed),
        ("had errors", now.wrong, before.wrong),
    ):
        if _more((mine, now.count), (theirs, before.count)) > _line(
            (mine, now.count), (theirs, before.count), margin, sure
        ):
            yield (
                f"{name}: {_share(mine, now)} {what}, {told} "
                f"the {_share(theirs, before)} of what serves"
            )
    usual = before.within(1 - _SLOW)
    bound = max(usual * bounds.latency, usual + _UNNOTICED)
    slow = now.above(bound)
    if slow / now.count > _SLOW + sure * sqrt(_SLOW * (1 - _SLOW) / now.count):
        yield (
            f"{name}: 95% took up to {now.within(1 - _SLOW) * 1000:.1f} ms, more than "
            f"{bounds.latency:g} times the {usual * 1000:.1f} ms of what serves"
        )


def _more(mine: tuple[int, int], theirs: tuple[int, int]) -> float:
    return _tempered(*mine) - _tempered(*theirs)


def _line(
    mine: tuple[int, int], theirs: tuple[int, int], margin: float, sure: float
) -> float:
    """The difference of two shares beyond which it is no chance."""
    spread = sum(
        share * (1 - share) / (count + 2)
        for share, count in ((_tempered(*one), one[1]) for one in (mine, theirs))
    )
    return margin + sure * sqrt(spread)


def _tempered(some: int, count: int) -> float:
    """A share that few do not make certain (Agresti and Caffo: two more, one so)."""
    return (some + 1) / (count + 2)


def _share(some: int, of: Figures) -> str:
    return f"{_percent(some / of.count)} of {of.count}"


def _percent(share: float) -> str:
    return f"{share * 100:.3g}%"


# Note [how sure]
# Two shares are compared by the test of two proportions (Agresti and Caffo's form, that
# holds for small ones), the difference against the bound and not against nothing: a
# candidate may be a little worse. Times are compared as a share too: if 95 of 100 shall
# be done by `latency` times what 95 of 100 took, then more than five of 100 that are
# not, beyond chance, are too many. A gateway looks again and again at figures that
# change slowly, and at many steps; so it has to be far surer than for a single look.
