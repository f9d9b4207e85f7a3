"""Points in time and durations as text: RFC 3339 and CEL's `1h30m`.

In charge of reading and writing them. Must never read the clock.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Final

from gateway.expression.arithmetic import DURATION_MAX
from gateway.expression.kinds import Fault
from gateway.expression.runtime import utc

_TIMESTAMP: Final = re.compile(
    r"(\d{4}-\d\d-\d\d)[Tt](\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?([Zz]|[+-]\d\d:\d\d)",
    re.ASCII,
)
_UNITS: Final = {
    "h": Fraction(3600),
    "m": Fraction(60),
    "s": Fraction(1),
    "ms": Fraction(1, 1000),
    "us": Fraction(1, 10**6),
    "µs": Fraction(1, 10**6),
    "ns": Fraction(1, 10**9),
}
_PART: Final = re.compile(r"(\d+(?:\.\d*)?|\.\d+)(ms|us|µs|ns|h|m|s)", re.ASCII)


def read_timestamp(text: str) -> datetime:
    """The moment of an RFC 3339 text, in UTC, to the microsecond."""
    found = _TIMESTAMP.fullmatch(text)
    if found is None:
        raise Fault("the text is no timestamp (RFC 3339: 2024-02-29T12:00:00Z)")
    day, clock, fraction, zone = found.groups()
    micros = (fraction or "").ljust(6, "0")[:6]
    zone = "+00:00" if zone in "Zz" else zone
    leap = timedelta(seconds=clock.endswith(":60"))
    clock = clock.removesuffix("60") + "59" if leap else clock
    try:
        moment = datetime.fromisoformat(f"{day}T{clock}.{micros}{zone}")
        return moment.astimezone(UTC) + leap
    except (ValueError, OverflowError):
        raise Fault("the text is no timestamp: a field is out of range") from None


def timestamp_text(moment: datetime) -> str:
    """RFC 3339 in UTC, with as many digits as needed (0, 3 or 6)."""
    moment = utc(moment).astimezone(UTC)
    text = moment.strftime("%Y-%m-%dT%H:%M:%S").rjust(19, "0")
    return f"{text}{_fraction(moment.microsecond)}Z"


def _fraction(micros: int) -> str:
    if micros == 0:
        return ""
    return f".{micros // 1000:03}" if micros % 1000 == 0 else f".{micros:06}"


def read_duration(text: str) -> timedelta:
    """The duration of a text such as `1h30m`, `-1.5s` or `0`."""
    sign, rest = (-1, text[1:]) if text.startswith("-") else (1, text.removeprefix("+"))
    if rest == "0":
        return timedelta()
    total = Fraction()
    at = 0
    while found := _PART.match(rest, at):
        if len(found[1]) > 30:  # noqa: PLR2004 - beyond any duration
            break
        total += Fraction(found[1].rstrip(".")) * _UNITS[found[2]]
        at = found.end()
    if at == 0 or at != len(rest):
        raise Fault("the text is no duration (1h30m, 1.5s, 200ms)")
    if total > DURATION_MAX.total_seconds():
        raise Fault("duration out of range")
    return sign * timedelta(microseconds=int(total * 10**6))


def duration_text(length: timedelta) -> str:
    """Seconds, with as many digits as needed: `5400s`, `0.001s`."""
    micros = length // timedelta(microseconds=1)
    sign = "-" if micros < 0 else ""
    seconds, rest = divmod(abs(micros), 10**6)
    return f"{sign}{seconds}{_fraction(rest)}s"
