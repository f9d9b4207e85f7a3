"""Samples become types: carefully where nobody looks, exactly where somebody will."""

from __future__ import annotations

from decimal import Decimal

import pytest

from gateway.profile.drafts import Drafts, Manner
from gateway.profile.samples import Kind, kind_of, seen

LENIENT, OWNED = Manner.LENIENT, Manner.OWNED


def leaf(manner: Manner, *samples: object, key: str = "x") -> tuple[str, ...]:
    """The type that samples of one field show, and the notes about it."""
    made = Drafts(manner).draft(seen(samples), "T", key)
    return str(made.type), *made.notes


def types(
    manner: Manner, *samples: object, known: str = ""
) -> dict[str, dict[str, str]]:
    """The object types that samples show, each with its fields' types."""
    drafts = Drafts(manner, known={known})
    drafts.draft(seen(samples), "T")
    return {
        name: {f.name: str(f.draft.type) for f in each.fields}
        for name, each in drafts.types.items()
    }


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        (True, Kind.TRUTH),
        (2**31 - 1, Kind.WHOLE),
        (-(2**31), Kind.WHOLE),
        (2**31, Kind.LONG),
        (2**53, Kind.EXACT),
        (1.5, Kind.NUMBER),
        (Decimal("1.5"), Kind.NUMBER),
        (Decimal("1.234567890123456"), Kind.EXACT),
        ("", Kind.TEXT),
        ("2026-02-28", Kind.DATE),
        ("2026-02-31", Kind.TEXT),
        ("2026-02-28T10:00:00Z", Kind.TIME),
        ("2026-02-28T10:00+01:00", Kind.TIME),
        ("2026-02-28T25:00:00Z", Kind.TEXT),
        ({}, Kind.OBJECT),
        ([], Kind.LIST),
    ],
)
def test_a_value_is_of_one_kind(value: object, kind: Kind) -> None:
    """Numbers by what holds them, dates only where the calendar has them."""
    assert kind_of(value) is kind


@pytest.mark.parametrize(
    ("samples", "lenient", "owned"),
    [
        ((1,), ("Int",), ("Int",)),
        ((1, 1.5), ("Float",), ("Float",)),
        (("a",), ("String",), ("String",)),
        ((True,), ("Boolean",), ("Boolean",)),
        (("2026-01-01",), ("String",), ("Date",)),
        (("2026-01-01T00:00:00Z",), ("String",), ("DateTime",)),
        ((2**60,), ("JSON",), ("Decimal", "more digits than a Float keeps")),
        (
            ("2026-01-01", "soon"),
            ("String",),
            ("String", "text or a date, by the sample"),
        ),
        ((1, "a"), *[("JSON", "text or a whole number, by the sample")] * 2),
        ((1, {"a": 1}), *[("JSON", "a whole number or an object, by the sample")] * 2),
        ((None,), *[("JSON", "was null in every sample")] * 2),
        (([],), *[("[JSON]", "was empty in every sample")] * 2),
        (({},), *[("JSON", "had no keys")] * 2),
        (([1, 2.5],), ("[Float]",), ("[Float!]",)),
        (([1, None],), ("[Int]",), ("[Int]",)),
        (([[1], [2]],), ("[[Int]]",), ("[[Int!]!]",)),
    ],
)
def test_samples_of_a_field_make_its_type(
    samples: tuple[object, ...], lenient: tuple[str, ...], owned: tuple[str, ...]
) -> None:
    """What differs is JSON; text stays text until somebody looks at it."""
    assert (leaf(LENIENT, *samples), leaf(OWNED, *samples)) == (lenient, owned)


@pytest.mark.parametrize(
    ("key", "value", "lenient", "owned"),
    [
        ("id", 7, "ID", "ID"),
        ("id", 1.5, "Float", "Float"),
        ("customer_id", "a", "String", "ID"),
        ("customerId", 2**60, "JSON", "ID"),
        ("paid", 1, "Int", "Int"),
        ("cardIds", ["a", "b"], "[String]", "[ID!]"),
    ],
)
def test_keys_named_like_identifiers_are_ids(
    key: str, value: object, lenient: str, owned: str
) -> None:
    """`id` always; names that end so where somebody will look at it."""
    assert leaf(LENIENT, value, key=key)[0] == lenient
    assert leaf(OWNED, value, key=key)[0] == owned


def test_objects_are_named_after_their_place() -> None:
    """The outer one first, its fields as in the sample."""
    sample = {"b": {"deep_er": [{"z": 1}]}, "a": "x"}
    found = types(LENIENT, sample)
    assert found == {
        "T": {"b": "TB", "a": "String"},
        "TB": {"deep_er": "[TBDeepEr]"},
        "TBDeepEr": {"z": "Int"},
    }
    assert [list(fields) for fields in found.values()] == [
        ["b", "a"],
        ["deep_er"],
        ["z"],
    ]


def test_what_every_one_of_several_samples_has_is_never_null() -> None:
    """A key that one lacks, or has as null, is nullable; so is all of one sample."""
    several = ({"a": 1, "b": 1, "c": None}, {"a": 2, "c": 3})
    assert types(OWNED, *several) == {"T": {"a": "Int!", "b": "Int", "c": "Int"}}
    assert types(OWNED, several[0]) == {"T": {"a": "Int", "b": "Int", "c": "JSON"}}
    assert types(LENIENT, *several) == {"T": {"a": "Int", "b": "Int", "c": "Int"}}
    assert types(OWNED, {"id": 1}) == {"T": {"id": "ID!"}}


def test_keys_that_are_no_names_keep_an_object_json_until_somebody_looks() -> None:
    """Nothing of an answer is lost unseen; who imports is told what is left out."""
    sample = {"a": {"b-c": 1, "d": 2}}
    assert types(LENIENT, sample) == {"T": {"a": "JSON"}}
    drafts = Drafts(OWNED)
    drafts.draft(seen([sample]), "T")
    assert drafts.types["TA"].notes == (
        "left out: 'b-c' is no GraphQL name; 'fields' of a profile can give it",
    )


def test_a_type_that_is_somebodys_is_referred_to() -> None:
    """Neither it nor what is below it is drafted."""
    found = types(LENIENT, {"a": {"b": {"c": 1}}}, known="TA")
    assert found == {"T": {"a": "TA"}}


def test_two_places_of_one_name() -> None:
    """Equal ones share it; who owns the types gets a second, a load is told of it."""
    same = {"a_b": {"x": 1}, "aB": {"x": 2}}
    differ = {"a_b": {"x": 1}, "aB": {"y": 2}}
    lenient = Drafts(LENIENT)
    lenient.draft(seen([same]), "T")
    assert (list(lenient.types), lenient.clashes) == (["T", "TAB"], [])
    lenient = Drafts(LENIENT)
    lenient.draft(seen([differ]), "T")
    assert lenient.clashes == ["TAB"]
    third = {**differ, "AB": {"z": 3}}
    assert list(types(OWNED, third)) == ["T", "TAB", "TAB2", "TAB3"]
