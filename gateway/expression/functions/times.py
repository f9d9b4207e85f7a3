"""The parts of a timestamp in a zone, and of a duration.

In charge of `getFullYear` and its like. Must never read the clock or
the machine's zone.
"""

from __future__ import annotations

import functools
import re
import zoneinfo
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import Final

from gateway.expression.kinds import Fault, no_overload
from gateway.expression.library import function
from gateway.expression.runtime import utc

_OFFSET: Final = re.compile(r"([+-]?)(\d{1,2}):(\d\d)", re.ASCII)


@functools.lru_cache(maxsize=256)
def _zone(name: str) -> tzinfo:
    found = _OFFSET.fullmatch(name)
    try:
        if found is not None:
            ahead = timedelta(hours=int(found[2]), minutes=int(found[3]))
            return timezone(-ahead if found[1] == "-" else ahead)
        return zoneinfo.ZoneInfo(name or "UTC")
    except (ValueError, OSError, zoneinfo.ZoneInfoNotFoundError):
        raise Fault(f"there is no time zone {name!r}") from None


def _local(name: str, value: object, zone: tuple[object, ...]) -> datetime:
    if not isinstance(value, datetime):
        raise no_overload(name, value, *zone)
    if not zone:
        return utc(value).astimezone(UTC)
    if not isinstance(zone[0], str):
        raise no_overload(name, value, *zone)
    try:
        return utc(value).astimezone(_zone(zone[0]))
    except (OverflowError, ValueError):
        raise Fault("time out of range") from None


def _accessor(name: str, read: Callable[[datetime], int]) -> None:
    @function(name, args=(0, 1), form="method")
    def access(value: object, *zone: object) -> int:
        return read(_local(name, value, zone))


_accessor("getFullYear", lambda moment: moment.year)
_accessor("getMonth", lambda moment: moment.month - 1)
_accessor("getDate", lambda moment: moment.day)
_accessor("getDayOfMonth", lambda moment: moment.day - 1)
_accessor("getDayOfWeek", lambda moment: moment.isoweekday() % 7)
_accessor("getDayOfYear", lambda moment: moment.timetuple().tm_yday - 1)


def _shared(name: str, read: Callable[[datetime], int], unit: timedelta) -> None:
    """An accessor that durations have too: how many whole units they last."""

    @function(name, args=(0, 1), form="method")
    def access(value: object, *zone: object) -> int:
        if isinstance(value, timedelta) and not zone:
            whole = abs(value) // unit
            return whole if value >= timedelta() else -whole
        return read(_local(name, value, zone))


_shared("getHours", lambda moment: moment.hour, timedelta(hours=1))
_shared("getMinutes", lambda moment: moment.minute, timedelta(minutes=1))
_shared("getSeconds", lambda moment: moment.second, timedelta(seconds=1))


@function("getMilliseconds", args=(0, 1), form="method")
def milliseconds(value: object, *zone: object) -> int:
    """The milliseconds within the second, of a timestamp or of a duration."""
    if isinstance(value, timedelta) and not zone:
        rest = (abs(value) // timedelta(milliseconds=1)) % 1000
        return rest if value >= timedelta() else -rest
    return _local("getMilliseconds", value, zone).microsecond // 1000
