"""Entries as bytes: exact, without pickle, and never an error for odd bytes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from uuid import UUID

import msgpack
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.cache.base import Entry
from gateway.cache.codec import Record, UnfitForCacheError, decode, encode
from gateway.connectors.base import Reply

EXACT = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.binary()
    | st.decimals()
    | st.dates()
    | st.datetimes()
    | st.times()
    | st.timedeltas()
    | st.uuids()
)
BODIES = st.recursive(
    EXACT,
    lambda inner: (
        st.lists(inner) | st.dictionaries(st.text(), inner) | st.lists(inner).map(tuple)
    ),
)
UNIX = st.floats(min_value=0, max_value=4e9)


def record(body: object) -> Record:
    return Record(Entry(Reply(body), 1.0, 2.0, 3.0), 0.5)


def body_again(body: object) -> object:
    found = decode(encode(record(body)))
    assert found is not None
    return found.entry.reply.body


@given(BODIES)
def test_a_body_comes_back_as_it_was(body: object) -> None:
    """In value and in type, signs of zero and digits after the point included."""
    assert repr(body_again(body)) == repr(body)


@given(
    st.builds(
        Reply,
        body=st.just({"id": 1}),
        status=st.integers(100, 599),
        headers=st.dictionaries(st.text(), st.text()),
        size=st.integers(0, 2**40),
        partial=st.just(False),  # one that lacks parts is never kept
    ),
    st.tuples(UNIX, UNIX, UNIX, UNIX),
)
def test_what_is_told_of_a_reply_comes_back(
    reply: Reply, times: tuple[float, float, float, float]
) -> None:
    """Status, headers, size and every time, to the last bit."""
    *own, since = times
    kept = Record(Entry(reply, *own), since)
    assert decode(encode(kept)) == kept


@given(st.datetimes(timezones=st.timezones()))
def test_a_time_with_a_zone_keeps_its_distance(moment: datetime) -> None:
    """The zone's name may go; what is written into an answer is the same."""
    again = body_again(moment)
    assert isinstance(again, datetime)
    assert again.isoformat() == moment.isoformat()


@pytest.mark.parametrize(
    "value",
    [
        Decimal("1.20"),
        Decimal("NaN"),
        Decimal("-0E-10"),
        2**64,
        -(2**200),
        10**5000,
        "\ud800",
        b"\x00\xff",
        date.min,
        datetime.max.replace(tzinfo=UTC),
        time(1, 2, 3, 4, timezone(timedelta(hours=-3))),
        timedelta.min,
        UUID(int=0),
        {1: "a", (1, 2): "b"},
        [(), [()]],
    ],
    ids=lambda v: type(v).__name__,
)
def test_a_value_at_the_edge_of_its_type_comes_back(value: object) -> None:
    """Where other forms lose digits, bytes or types."""
    assert body_again(value) == value or repr(body_again(value)) == repr(value)
    assert type(body_again(value)) is type(value)


@dataclass(frozen=True)
class Foreign:
    """A type that the codec does not know."""


class Odd(str):
    """A text that is more than its letters."""

    __slots__ = ()


@pytest.mark.parametrize("body", [Foreign(), {"a": Foreign()}, Odd("a"), {1, 2}])
def test_a_body_of_an_unknown_type_is_not_written(body: object) -> None:
    """Rather no entry than one that comes back as something else."""
    with pytest.raises(UnfitForCacheError):
        encode(record(body))


def test_a_body_nested_beyond_reading_is_not_written() -> None:
    """It is refused when it is put, not when it is read."""
    body: object = None
    for _ in range(5_000):
        body = [body]
    with pytest.raises(UnfitForCacheError):
        encode(record(body))


@given(st.binary())
def test_bytes_that_are_no_entry_are_none(raw: bytes) -> None:
    """Somebody else may write to a shared store."""
    assert decode(raw) is None


def test_an_entry_of_another_form_is_none() -> None:
    """Versions of the gateway may run side by side."""
    raw = encode(record("Ada"))
    form, *rest = msgpack.unpackb(raw)
    assert decode(msgpack.packb([form + 1, *rest])) is None
