"""Two answers, field by field."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from gateway.comparing.answers import (
    Differs,
    data_differences,
    error_differences,
    is_allowed,
)
from gateway.values import JsonValue

JSON = some.recursive(
    some.none() | some.booleans() | some.integers(-9, 9) | some.sampled_from("ab"),
    lambda inner: (
        some.lists(inner, max_size=3)
        | some.dictionaries(some.sampled_from("xyz"), inner, max_size=3)
    ),
    max_leaves=8,
)


@pytest.mark.parametrize(
    ("before", "after", "found"),
    [
        ({"a": 1}, {"a": 2}, [("a", "value", 1, 2)]),
        ({"a": 1}, {"a": 1.0}, []),
        ({"a": 1}, {"a": True}, [("a", "value", 1, True)]),
        ({"a": None}, {}, [("a", "gone", None, None)]),
        ({}, {"a": {"b": 1}}, [("a", "new", None, {"b": 1})]),
        ({"a": [1, 2]}, {"a": [2, 1]}, [("a", "order", [1, 2], [2, 1])]),
        ({"a": [1, 2]}, {"a": [1, 3]}, [("a[]", "value", 2, 3)]),
        ({"a": [{"b": 1}]}, {"a": []}, [("a[]", "gone", {"b": 1}, None)]),
        ({"a": "1"}, {"a": ["1"]}, [("a", "value", "1", ["1"])]),
        (None, {"a": 1}, [("(answer)", "value", None, {"a": 1})]),
    ],
)
def test_the_deepest_places_that_differ_are_told(
    before: JsonValue, after: JsonValue, found: list[tuple[str, str, object, object]]
) -> None:
    """With what was and what is; a list in another order is one difference."""
    told = data_differences(before, after)
    assert [(d.path, d.how.value, d.before, d.after) for d in told] == found


@settings(max_examples=60, deadline=None)
@given(JSON, JSON)
def test_equal_answers_alone_have_no_difference(one: JsonValue, two: JsonValue) -> None:
    """Every answer is equal to itself, and what is told is told both ways."""
    assert list(data_differences(one, one)) == []
    there, back = list(data_differences(one, two)), list(data_differences(two, one))
    assert {each.path for each in there} == {each.path for each in back}
    assert bool(there) is (repr(one) != repr(two)) or not there


def error(code: str, *path: str | int) -> dict[str, JsonValue]:
    return {"path": list(path), "code": code}


def test_errors_are_equal_by_path_and_code() -> None:
    """Gone, new, or another code at the same path; order does not matter."""
    before = [error("A", "x"), error("B", "y", 0), error("C", "z")]
    after = [error("C", "z"), error("D", "y", 0), error("E", "w")]
    told = list(error_differences(before, after))
    assert {(d.path, d.before, d.after) for d in told} == {
        ("x", "A", None),
        ("y[]", "B", "D"),
        ("w", None, "E"),
    }
    assert {d.how for d in told} == {Differs.ERROR}
    assert list(error_differences(before, before[::-1])) == []


@pytest.mark.parametrize(
    ("allowed", "yes"),
    [
        ("a.b", True),
        ("a", True),
        ("a.b.c", False),
        ("*.b", True),
        ("a.bc", False),
        ("a[].b[]", True),
        ("ab", False),
    ],
)
def test_a_path_allows_what_is_below_it(allowed: str, yes: bool) -> None:
    """Lists are seen through."""
    assert is_allowed("a[].b", [allowed]) is yes
