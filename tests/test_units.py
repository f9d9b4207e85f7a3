"""Durations, sizes, percentages and rates as people write them."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from gateway.units import Rate, UnitError, duration, percent, rate, size, spelt


@pytest.mark.parametrize(
    ("read", "text", "value"),
    [
        (duration, "500ms", 0.5),
        (duration, "1.5s", 1.5),
        (duration, "10m", 600.0),
        (duration, "1h", 3600.0),
        (duration, "2d", 172_800.0),
        (size, "5MB", 5_000_000),
        (size, "1 kb", 1000),
        (size, "1MiB", 1_048_576),
        (size, "10B", 10),
        (percent, "50%", 0.5),
        (percent, "0%", 0.0),
        (percent, "100 %", 1.0),
        (rate, "200/s", Rate(200, 1.0)),
        (rate, "5 / m", Rate(5, 60.0)),
        (rate, "5 in 1m", Rate(5, 60.0)),
        (rate, "1 in 500ms", Rate(1, 0.5)),
    ],
)
def test_a_unit_says_what_a_number_means(
    read: Callable[[object], object], text: str, value: object
) -> None:
    """Seconds, bytes, shares of one, and how many in how many seconds."""
    assert read(text) == value


@pytest.mark.parametrize(
    ("read", "written", "message", "hint"),
    [
        (duration, 500, "a duration needs a unit", "write 500ms"),
        (duration, 2, "a duration needs a unit", "write 2s"),
        (duration, "500", "this is no duration", "write 500ms, 2s, 10m or 1h"),
        (duration, True, "this is no duration", "write 500ms, 2s, 10m or 1h"),
        (duration, None, "this is no duration", "write 500ms, 2s, 10m or 1h"),
        (duration, "-1s", "a duration must be longer than nothing", "write 500ms"),
        (duration, 0, "a duration must be longer than nothing", "write 500ms"),
        (duration, "0s", "a duration must be longer than nothing", "write 500ms"),
        (size, 5, "a size needs a unit", "write 5MB or 5KB"),
        (size, "5TB", "this is no size", "write 500KB, 5MB or 1GB"),
        (size, "0MB", "a size must be at least one byte", "write 1MB"),
        (percent, 50, "this is no percentage", "write 50%"),
        (percent, "101%", "a percentage is at most 100%", "write 100%"),
        (rate, 5, "this is no rate", "write 200/s or 5 in 1m"),
        (rate, "5 in 1", "this is no duration", "write 500ms, 2s, 10m or 1h"),
        (rate, "0/s", "a rate must be more than none", "write 1/s"),
        (rate, "0 in 1m", "a rate must be more than none", "write 1 in 1m"),
    ],
)
def test_what_is_no_quantity_is_refused_with_a_fix(
    read: Callable[[object], object], written: object, message: str, hint: str
) -> None:
    """A number without a unit could mean anything."""
    with pytest.raises(UnitError) as refused:
        read(written)
    assert (refused.value.message, refused.value.hint) == (message, hint)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.05, "50ms"),
        (0.0501, "51ms"),
        (1.0, "1s"),
        (2.05, "2.05s"),
        (70.0, "70s"),
        (600.0, "10m"),
        (7200.0, "2h"),
        (172_800.0, "2d"),
    ],
)
def test_a_time_is_told_as_it_is_written(seconds: float, text: str) -> None:
    """Never less than it is, and read again it is the same."""
    assert spelt(seconds) == text
    assert duration(spelt(seconds)) >= seconds
