"""What importers write reads as what was meant."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.errors import Problems
from gateway.importing.names import enum_value, field_name, source_name, type_name
from gateway.importing.yaml_text import document
from gateway.profile.samples import is_name
from gateway.profile.source import read

TEXTS = st.text(st.characters(exclude_categories=("C", "Zl", "Zp")), max_size=12)
TRICKY = st.sampled_from(
    [
        "true",
        "1e3",
        "a: b",
        "a #b",
        "- x",
        "{a}",
        "0x1",
        "x\ny",
        "é",
        "'",
        '"',
        "~",
        "12:30",
        ".5",
    ]
)
LEAVES = st.none() | st.booleans() | st.integers(-9, 9) | TEXTS | TRICKY
VALUES = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(TEXTS.filter(bool) | TRICKY, inner, max_size=3)
    ),
    max_leaves=8,
)


@settings(max_examples=150)
@given(st.dictionaries(st.sampled_from(["a", "b", "name"]), VALUES, min_size=1))
def test_yaml_is_read_as_it_was_meant(data: dict[str, object]) -> None:
    """However it is laid out and quoted, under the strict reading of profiles."""
    problems = Problems()
    found = read(document(data), "x.yaml", problems)
    assert problems.found == []
    assert found is not None
    assert found.data == data


@given(TEXTS)
def test_names_are_legal_and_legal_names_stay(text: str) -> None:
    """Of any text; enum values but for the three words that GraphQL keeps."""
    for rule in (field_name, type_name, enum_value, source_name):
        assert is_name(rule(text))
    if is_name(text):
        assert field_name(text) == text


def test_names_keep_what_a_person_reads_in_them() -> None:
    """Signs before numbers, and no letter of its own for whose something is."""
    assert [enum_value(text) for text in ("-1", "by-+1", "by--1", "a-1", "a - b")] == [
        "MINUS_1",
        "BY_PLUS_1",
        "BY_MINUS_1",
        "A_1",
        "A_B",
    ]
    assert source_name("GitHub's v3 REST API") == "gitHubV3"
