"""JSON within a text: what it says, and what JSON cannot say."""

from __future__ import annotations

from collections import UserDict
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from gateway.expression import EvaluationError, parse


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({"a": [1, None, True, 2.5, "é\n"]}, '{"a":[1,null,true,2.5,"é\\n"]}'),
        (Decimal("1.10"), "1.10"),
        (2**63 - 1, "9223372036854775807"),
        (datetime(2026, 1, 2, tzinfo=UTC), '"2026-01-02T00:00:00Z"'),
        (timedelta(seconds=90), '"90s"'),
        (UserDict({"a": {1: 2}}), '{"a":{"1":2}}'),
    ],
)
def test_a_value_is_written_as_json(value: object, text: str) -> None:
    """In one line, decimals with their digits."""
    assert parse("json.encode(x)")({"x": value}) == text


def test_what_was_written_is_read_again() -> None:
    """Quotes and line breaks of a value stay inside it."""
    value = {"a": '","b":"', "c": ["\\", "\n"]}
    assert parse("json.decode(json.encode(x))")({"x": value}) == value


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("json.decode('{')", "the text is no JSON"),
        ("json.decode('')", "the text is no JSON"),
        ("json.decode('NaN')", "the text is no JSON"),
        ("json.decode(1)", "json.decode() does not take (int)"),
        ("json.encode(b'a')", "JSON cannot say a value of kind bytes"),
        ("json.encode([type(1)])", "JSON cannot say a value of kind type"),
        ("json.encode({}.?a)", "JSON cannot say a value of kind optional"),
    ],
)
def test_what_is_no_json_is_an_error(text: str, said: str) -> None:
    """At once, and with the reason."""
    with pytest.raises(EvaluationError) as caught:
        parse(text)({})
    assert said in str(caught.value)


@pytest.mark.parametrize("text", ["[" * 100_000, '{"a":' * 5_000])
def test_depth_is_an_error_and_no_crash(text: str) -> None:
    """Texts come from outside."""
    with pytest.raises(EvaluationError, match="the text is no JSON"):
        parse("json.decode(x)")({"x": text})


def test_a_value_that_is_too_deep_is_an_error() -> None:
    """Nothing recurses without end."""
    value: object = 1
    for _ in range(2_000):
        value = [value]
    with pytest.raises(EvaluationError, match="JSON cannot say this value"):
        parse("json.encode(x)")({"x": value})
