"""How much a document may ask for, decided before anything goes through its fields."""

from __future__ import annotations

import pytest
from graphql import build_schema

from gateway.errors import Code
from gateway.policy.limits import Limits, fields_of
from gateway.request.document import InvalidDocumentError, read_document

SCHEMA = build_schema("type Query { a: A } type A { a: A n: Int }")
LEVELS = 14


def doubling(levels: int) -> str:
    """Half a kilobyte that selects a field more than two to the power of levels."""
    fragments = "".join(
        f"fragment F{n} on A {{ x: a {{ ...F{n + 1} }} y: a {{ ...F{n + 1} }} }} "
        for n in range(levels)
    )
    return f"{{ a {{ ...F0 }} }} {fragments} fragment F{levels} on A {{ n }}"


def count(text: str) -> int:
    document = read_document(text, SCHEMA, Limits(fields=10**9), "x")
    return fields_of(document.operations[None], document.fragments)


@pytest.mark.parametrize(
    ("text", "fields"),
    [
        ("{ a { n } }", 2),
        ("{ a { n m: n ... { n } } }", 4),
        ("{ a { ...F ...F } } fragment F on A { n a { n } }", 7),
        (doubling(3), 1 + (2 + 4 + 8) + 8),
    ],
)
def test_fields_count_as_often_as_fragments_bring_them_in(
    text: str, fields: int
) -> None:
    """A fragment costs where it is spread, not where it is written."""
    assert count(text) == fields


def test_few_fragments_that_select_very_much_are_refused() -> None:
    """Selecting and planning would take for ever; counting takes what is written."""
    with pytest.raises(InvalidDocumentError) as refused:
        read_document(doubling(LEVELS - 1), SCHEMA, Limits(), "x")
    assert refused.value.code is Code.MAX_FIELDS_LIMIT
    assert str(refused.value) == "The operation selects more than 10000 fields."


def test_what_is_large_and_honest_is_read() -> None:
    """Thousands of fields are somebody's report."""
    text = "{ a { " + " ".join(f"n{n}: n" for n in range(3_000)) + " } }"
    assert count(text) == 3_001
    assert read_document(text, SCHEMA, Limits(), "x").digest == "x"
