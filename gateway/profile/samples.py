"""Sample values → the GraphQL types that they show, and what they leave open.

In charge of one guess, made in two manners: when a profile loads it must never refuse
what a source answers, and for people who import it says all that the samples show.
Must never read a file, and never know who gives which field.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from enum import Enum

from gateway.record import Struct, field

_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_TIME = re.compile(
    r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:?\d\d)?", re.ASCII
)
_NAME = re.compile(r"(?!__)[A-Za-z_][A-Za-z0-9_]*")
_INT_BITS = 31
_FLOAT_BITS = 53
_FLOAT_DIGITS = 15


class Kind(Enum):
    """What a JSON value is, as people call it."""

    TEXT = "text"
    DATE = "a date"
    TIME = "a time"
    WHOLE = "a whole number"
    LONG = "a whole number beyond 32 bits"
    NUMBER = "a number"
    EXACT = "a number of many digits"
    TRUTH = "true or false"
    OBJECT = "an object"
    LIST = "a list"


NUMBERS = frozenset({Kind.WHOLE, Kind.LONG, Kind.NUMBER, Kind.EXACT})
TEXTS = frozenset({Kind.TEXT, Kind.DATE, Kind.TIME})


def is_name(key: str) -> bool:
    """Whether GraphQL lets a field be named so."""
    return _NAME.fullmatch(key) is not None


def pascal(name: str) -> str:
    """``risk_profile`` and ``riskProfile`` are both ``RiskProfile``."""
    return "".join(part[:1].upper() + part[1:] for part in name.split("_"))


class Seen(Struct):
    """All that samples show at one place; ``times`` counts nulls too."""

    kinds: dict[Kind, None] = field(default_factory=dict)
    times: int = 0
    nulls: int = 0
    objects: int = 0
    keys: dict[str, Seen] = field(default_factory=dict)
    items: Seen | None = None

    def see(self, value: object) -> None:
        """Take one more sample in."""
        self.times += 1
        if value is None:
            self.nulls += 1
            return
        self.kinds[kind_of(value)] = None
        if isinstance(value, Mapping):
            self.objects += 1
            for key, below in value.items():
                self.keys.setdefault(str(key), Seen()).see(below)
        elif isinstance(value, list | tuple):
            self.items = self.items or Seen()
            for item in value:
                self.items.see(item)

    @property
    def always(self) -> bool:
        """Whether it is more than one value, and none of them null."""
        return self.times > 1 and not self.nulls


def seen(samples: Iterable[object]) -> Seen:
    """What all the samples together show."""
    found = Seen()
    for sample in samples:
        found.see(sample)
    return found


def kind_of(value: object) -> Kind:  # noqa: PLR0911 - one return for each kind of JSON
    """What a value that is not null is."""
    match value:
        case bool():
            return Kind.TRUTH
        case int():
            return _whole(value)
        case Decimal():
            long = len(value.as_tuple().digits) > _FLOAT_DIGITS
            return Kind.EXACT if long else Kind.NUMBER
        case float():
            return Kind.NUMBER
        case Mapping():
            return Kind.OBJECT
        case list() | tuple():
            return Kind.LIST
        case _:
            return _text(str(value))


def _whole(value: int) -> Kind:
    bits = (value if value >= 0 else ~value).bit_length()
    if bits <= _INT_BITS:
        return Kind.WHOLE
    return Kind.LONG if bits <= _FLOAT_BITS else Kind.EXACT


def _text(value: str) -> Kind:
    try:
        if _DATE.fullmatch(value):
            date.fromisoformat(value)
            return Kind.DATE
        if _TIME.fullmatch(value):
            datetime.fromisoformat(value)
            return Kind.TIME
    except ValueError:
        pass  # 2026-02-31 looks like a date and is none
    return Kind.TEXT
