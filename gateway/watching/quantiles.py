"""How long something takes mostly, told from what was counted of it.

In charge of reading a histogram, by the rule of Prometheus' ``histogram_quantile``:
within a bucket, times lie evenly. Must never tell of fewer than it can stand for.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from gateway.watching.series import BOUNDS, Series

ENOUGH: Final = 20
"""Times from which on something is known."""


class Usual(NamedTuple):
    """How long it took: half of its times at most ``p50`` seconds, 95 % ``p95``."""

    p50: float
    p95: float
    times: int


def usual(series: Series) -> Usual | None:
    """What it usually takes; None where too little is known."""
    times = sum(series.buckets)
    if times < ENOUGH:
        return None
    return Usual(_share(series, times * 0.5), _share(series, times * 0.95), times)


def _share(series: Series, rank: float) -> float:
    """Seconds within which so many came; beyond the last bound, that bound."""
    before, low = 0, 0.0
    for bound, count in zip(BOUNDS, series.buckets, strict=False):
        if before + count >= rank:
            return low + (bound - low) * (rank - before) / count
        before, low = before + count, bound
    return BOUNDS[-1]
