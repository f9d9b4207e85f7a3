"""The formats of `Date`, `DateTime` and `Decimal` that a source may have."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Protocol

from gateway.conversion.base import Conversion
from gateway.conversion.patterns import LETTERS, PatternError, pattern_of
from gateway.record import Model

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_COUNT = re.compile(r"-?[0-9]{1,18}")
_COMMA = re.compile(r"-?(?:[0-9]+|[0-9]{1,3}(?:\.[0-9]{3})+)(?:,[0-9]+)?")
_NUMBER = re.compile(r"-?[0-9]+(?:\.[0-9]+)?")


class Form(Protocol):
    """How a source writes points in time."""

    def parse(self, value: object) -> datetime | None:
        """The time, which knows its zone; None where the value says none."""

    def write(self, moment: datetime) -> object:
        """The time as the source writes it."""


class Since1970(Model, frozen=True):
    """A number of units since 1970 in UTC; whole ones are written."""

    unit: timedelta

    def parse(self, value: object) -> datetime | None:
        if isinstance(value, str) and _COUNT.fullmatch(value):
            value = int(value)
        if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
            return None
        try:
            count = float(value) if isinstance(value, Decimal) else value
            return _EPOCH + count * self.unit
        except (OverflowError, ValueError):
            return None

    def write(self, moment: datetime) -> int:
        return (moment - _EPOCH) // self.unit


class Iso(Model, frozen=True):
    """Dates and times of ISO 8601, either for both."""

    def parse(self, value: object) -> datetime | None:
        try:
            moment = datetime.fromisoformat(value) if isinstance(value, str) else None
        except ValueError:
            return None
        return _with_zone(moment) if moment else None

    def write(self, moment: datetime) -> str:
        return _rfc3339(moment)


class Day(Model, frozen=True):
    """`Date`: the day of a time in the zone it is written in."""

    form: Form

    def read(self, value: object) -> object:
        moment = self.form.parse(value)
        return value if moment is None else moment.date().isoformat()

    def write(self, value: object) -> object:
        """Midnight in UTC, where the source writes times."""
        try:
            day = date.fromisoformat(value) if isinstance(value, str) else None
        except ValueError:
            return value
        if day is None or isinstance(self.form, Iso):
            return value
        return self.form.write(datetime.combine(day, time(), UTC))


class Moment(Model, frozen=True):
    """`DateTime`: a time as RFC 3339 text, with the offset it is written with."""

    form: Form

    def read(self, value: object) -> object:
        moment = self.form.parse(value)
        return value if moment is None else _rfc3339(moment)

    def write(self, value: object) -> object:
        moment = Iso().parse(value)
        try:
            return value if moment is None else self.form.write(moment)
        except OverflowError:  # the first or last hours of all years, in UTC
            return value


class Comma(Model, frozen=True):
    """`Decimal` as text with a comma before the fraction: ``1.234,56``."""

    def read(self, value: object) -> object:
        if isinstance(value, str) and _COMMA.fullmatch(value):
            return value.replace(".", "").replace(",", ".")
        return value

    def write(self, value: object) -> object:
        text = format(value, "f") if isinstance(value, Decimal) else value
        if isinstance(text, str) and _NUMBER.fullmatch(text):
            return text.replace(".", ",")
        return value


_FORMS: Mapping[str, Form] = {
    "iso": Iso(),
    "epoch_s": Since1970(timedelta(seconds=1)),
    "epoch_ms": Since1970(timedelta(milliseconds=1)),
}
FORMATS = ("Date", "DateTime", "Decimal")
"""The scalars whose spelling is promised, so that others can be told apart."""


def format_of(scalar: str, text: str) -> Conversion:
    """How a source that has this format spells a scalar of `FORMATS`.

    Raises:
        PatternError: it is no format of that scalar.
    """
    if scalar == "Decimal":
        if text != "comma":
            hint = "write comma for 1.234,56; a point needs no format"
            raise PatternError(f"{text!r} is no format of Decimal", hint)
        return Comma()
    form: Form | None = _FORMS.get(text)
    if form is None:
        if "_" in text or (text.isalpha() and text.islower()):
            hint = f"write {', '.join(_FORMS)}, or a pattern of {LETTERS}"
            raise PatternError(f"{text!r} is no format of {scalar}", hint)
        form = pattern_of(text)
    return Day(form) if scalar == "Date" else Moment(form)


def _with_zone(moment: datetime) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _rfc3339(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")
