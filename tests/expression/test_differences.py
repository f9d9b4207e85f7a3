"""What differs from Google's CEL on purpose: each differs as its page says."""

from __future__ import annotations

import pytest

from tests.expression.oracle import ERROR, oracle, ours

_TRUE, _FALSE = ("bool", True), ("bool", False)


@pytest.mark.parametrize(
    ("text", "here", "there"),
    [
        ("9007199254740993 == 9007199254740992.0", _FALSE, _TRUE),
        ("9007199254740993 > 9007199254740992.0", _TRUE, _FALSE),
        ("9223372036854775807 < 9223372036854775808.0", _TRUE, _FALSE),
        ("1 + 1.5", ("double", 2.5), ERROR),
        ("[7].all(i, .i == 7)", _TRUE, _FALSE),
        ("string == string", ERROR, _TRUE),
        (
            "duration('9000000000s') + duration('9000000000s') > duration('1s')",
            _TRUE,
            ERROR,
        ),
    ],
)
def test_a_difference_is_one_still(text: str, here: object, there: object) -> None:
    """One that is none any more belongs to the corpus, and off the page."""
    assert (ours(text), oracle(text)) == (here, there)
