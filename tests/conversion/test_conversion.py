"""Conversions: a source's spelling and the schema's, both ways, and never a guess."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.conversion import PatternError, format_of, words_of

STATUS = words_of(
    {"O": "OPEN", "A": "OPEN", "1": "CLOSED", "true": "OPEN", "*": "UNKNOWN"},
    ("OPEN", "CLOSED", "UNKNOWN"),
)


@pytest.mark.parametrize(
    ("scalar", "form", "theirs", "ours"),
    [
        ("Date", "yyyyMMdd", "20261107", "2026-11-07"),
        ("Date", "dd.MM.yyyy", "07.11.2026", "2026-11-07"),
        ("Date", "d.M.yyyy", "7.11.2026", "2026-11-07"),
        ("Date", "dd-MMM-yyyy", "07-Nov-2026", "2026-11-07"),
        ("Date", "epoch_s", 1794009600, "2026-11-07"),
        ("DateTime", "epoch_ms", 1700000000123, "2023-11-14T22:13:20.123000Z"),
        ("DateTime", "epoch_s", -1, "1969-12-31T23:59:59Z"),
        ("DateTime", "yyyyMMddHHmmss", "20261107103000", "2026-11-07T10:30:00Z"),
        (
            "DateTime",
            "yyyy-MM-dd'T'HH:mm:ss.SSSXXX",
            "2026-11-07T10:30:00.250+01:00",
            "2026-11-07T10:30:00.250000+01:00",
        ),
        (
            "DateTime",
            "dd/MM/yyyy HH:mm Z",
            "07/11/2026 10:30 -0530",
            "2026-11-07T10:30:00-05:30",
        ),
        ("Decimal", "comma", "1234,50", "1234.50"),
    ],
)
def test_a_value_is_read_and_written(
    scalar: str, form: str, theirs: object, ours: str
) -> None:
    """What is read is written again as the source writes it."""
    conversion = format_of(scalar, form)
    assert (conversion.read(theirs), conversion.write(ours)) == (ours, theirs)


@pytest.mark.parametrize(
    ("scalar", "form", "theirs", "ours"),
    [
        ("Date", "yyyyMMdd", 20261107, "2026-11-07"),
        ("Date", "dd-MMM-yyyy", "07-NOV-2026", "2026-11-07"),
        ("Date", "yyyy-MM-dd HH:mmXXX", "2026-11-07 23:30-05:00", "2026-11-07"),
        ("Date", "iso", "2026-11-07T23:30:00-05:00", "2026-11-07"),
        ("DateTime", "iso", "2026-11-07", "2026-11-07T00:00:00Z"),
        ("DateTime", "epoch_ms", "1700000000000", "2023-11-14T22:13:20Z"),
        ("DateTime", "epoch_s", Decimal("1.5"), "1970-01-01T00:00:01.500000Z"),
        ("Decimal", "comma", "1.234.567,89", "1234567.89"),
        ("Decimal", "comma", "-12", "-12"),
    ],
)
def test_other_spellings_are_read_too(
    scalar: str, form: str, theirs: object, ours: str
) -> None:
    """Digits as a number, months in capitals, times for days, thousands."""
    assert format_of(scalar, form).read(theirs) == ours


@pytest.mark.parametrize(
    ("scalar", "form", "value"),
    [
        ("Date", "yyyyMMdd", "20260231"),
        ("Date", "yyyyMMdd", "2026-11-07"),
        ("Date", "yyyyMMdd", "\uff12\uff10\uff12\uff16\uff11\uff11\uff10\uff17"),
        ("Date", "dd-MMM-yyyy", "07-Nox-2026"),
        ("Date", "yyyyMMdd", True),
        ("Date", "yyyyMMdd", ["20261107"]),
        ("DateTime", "epoch_ms", 10**30),
        ("DateTime", "epoch_s", float("nan")),
        ("DateTime", "epoch_s", "soon"),
        ("DateTime", "yyyy-MM-dd XXX", "2026-11-07 +99:00"),
        ("Decimal", "comma", "1.23,4"),
        ("Decimal", "comma", 12.5),
        ("Date", "iso", None),
    ],
)
def test_what_is_no_spelling_of_the_source_stays(
    scalar: str, form: str, value: object
) -> None:
    """The scalar judges it: a conversion never raises and never guesses."""
    assert format_of(scalar, form).read(value) is value


@pytest.mark.parametrize(
    ("scalar", "form", "ours", "theirs"),
    [
        (
            "DateTime",
            "yyyy-MM-dd HH:mm",
            "2026-11-07T00:30:00+02:00",
            "2026-11-06 22:30",
        ),
        ("DateTime", "yyyyMMdd", "2026-11-07T10:30:00Z", "20261107"),
        ("Date", "epoch_ms", "1970-01-02", 86_400_000),
        ("Decimal", "comma", Decimal("1E+3"), "1000"),
        ("Date", "yyyyMMdd", "never", "never"),
        (
            "DateTime",
            "yyyyMMdd",
            "0001-01-01T00:00:00+02:00",
            "0001-01-01T00:00:00+02:00",
        ),
    ],
)
def test_what_is_sent_without_an_offset_is_utc(
    scalar: str, form: str, ours: object, theirs: object
) -> None:
    """Parts that the source does not write are left out."""
    assert format_of(scalar, form).write(ours) == theirs


@pytest.mark.parametrize(
    ("scalar", "form"),
    [
        ("Date", "yyyy-MM"),
        ("Date", "MM/dd"),
        ("Date", "yyyy-MM-DD"),
        ("Date", "yyyy-MM-dd-dd"),
        ("Date", "dd MMM MM yyyy"),
        ("DateTime", "yyyy-MM-dd'T"),
        ("DateTime", "epoch_us"),
        ("DateTime", "rfc"),
        ("Decimal", "#,##0.00"),
    ],
)
def test_an_unknown_format_is_no_format(scalar: str, form: str) -> None:
    """It says what there is instead."""
    with pytest.raises(PatternError) as raised:
        format_of(scalar, form)
    assert raised.value.hint


@pytest.mark.parametrize(
    ("word", "value"),
    [
        ("O", "OPEN"),
        (1, "CLOSED"),
        (True, "OPEN"),
        ("CLOSED", "CLOSED"),
        ("x", "UNKNOWN"),
        (2.5, "UNKNOWN"),
        (None, None),
        ({"a": 1}, {"a": 1}),
    ],
)
def test_a_word_is_a_value_of_the_enum(word: object, value: object) -> None:
    """Numbers and truth values as JSON writes them; the star is every other word."""
    assert STATUS.read(word) == value


@pytest.mark.parametrize(
    ("value", "word"),
    [("OPEN", "O"), ("CLOSED", "1"), ("UNKNOWN", "UNKNOWN"), (None,) * 2],
)
def test_the_first_word_of_a_value_is_sent(value: object, word: object) -> None:
    """What only the star gives has no word."""
    assert STATUS.write(value) == word


@given(st.datetimes(timezones=st.timezones()).map(lambda m: m.replace(microsecond=0)))
def test_every_time_comes_back(moment: object) -> None:
    """Written by a pattern with everything in it, a time is the same when read."""
    conversion = format_of("DateTime", "yyyy-MM-dd HH:mm:ss")
    written = conversion.write(str(moment))
    assert conversion.write(conversion.read(written)) == written
