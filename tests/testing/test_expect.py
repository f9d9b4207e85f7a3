"""What came against what was expected: every difference, each with its place."""

from __future__ import annotations

import pytest

from gateway.testing.document import ExpectDocument
from gateway.testing.expect import Came, compare, differences, matches
from gateway.values import JsonValue


def told(expect: dict[str, object], came: Came) -> list[str]:
    return differences(ExpectDocument.model_validate(expect), came)


@pytest.mark.parametrize(
    ("wanted", "got", "lines"),
    [
        (1, 1.0, []),
        (True, 1, ["d: expected true, got 1"]),
        (None, None, []),
        ("1", 1, ['d: expected "1", got 1']),
        ({"a": 1}, {"a": 2}, ["d.a: expected 1, got 2"]),
        ({"a": 1}, {}, ["d.a: expected 1, it is missing"]),
        ({}, {"a": None}, ["d.a: not expected, there is null"]),
        ([1, 2], [1, 3], ["d[1]: expected 2, got 3"]),
        ([1], [1, 2], ["d: expected [1], got [1,2]"]),
        ({"a": [1]}, {"a": {}}, ["d.a: expected [1], got {}"]),
    ],
)
def test_whole_values_are_compared_as_json(
    wanted: JsonValue, got: JsonValue, lines: list[str]
) -> None:
    """True is not 1, 1 is 1.0, a missing key is not null."""
    assert list(compare(wanted, got, "d")) == lines


def test_what_is_matched_may_hold_more() -> None:
    """Only the keys that are written count, in lists as well."""
    got: JsonValue = {"a": [{"x": 1, "y": 2}], "b": 3}
    assert list(matches({"a": [{"x": 1}]}, got, "e")) == []
    assert list(matches({"a": [{"x": 2}]}, got, "e")) == ["e.a[0].x: expected 2, got 1"]
    assert list(matches({"c": 1}, got, "e")) == ["e.c: expected 1, it is missing"]


def test_nothing_expected_is_nothing_checked() -> None:
    """Whatever came."""
    assert told({}, Came({"errors": [{"message": "x"}]}, {"a": 3})) == []


def test_null_data_can_be_expected() -> None:
    """It is not the same as not saying."""
    assert told({"data": None}, Came({"data": {"a": 1}})) == [
        'data: expected null, got {"a":1}'
    ]


def test_calls_are_all_the_calls() -> None:
    """A step that is not listed is not called; zero says so aloud."""
    came = Came({}, {"a": 2, "b": 1})
    assert told({"calls": {"a": 2, "b": 1, "c": 0}}, came) == []
    assert told({"calls": {"a": 1}}, came) == [
        "calls.a: expected 1, got 2",
        "calls.b: not expected, there is 1",
    ]


def test_errors_are_matched_in_any_order_extensions_beside_their_keys() -> None:
    """Each expected one takes one; what is left over is told."""
    one = {"message": "m", "path": ["a"], "extensions": {"code": "X"}}
    two = {"message": "n", "path": ["b"], "extensions": {"code": "Y", "status": 500}}
    came = Came({"errors": [one, two]})
    assert told({"errors": [{"code": "Y", "status": 500}, {"path": ["a"]}]}, came) == []
    bare = Came({"errors": [{"path": ["a"]}]})
    assert told({"errors": [{"code": "Z"}]}, bare) == [
        'errors[0]: expected {"code":"Z"}, there is no such error',
        'errors: not expected, there is {"path":["a"]}',
    ]


def test_the_plan_is_compared_by_ids_reasons_and_path() -> None:
    """In any order, but for the critical path."""
    plan: JsonValue = {
        "steps": [{"id": "c.b"}, {"id": "c.a"}],
        "left_out": {"x": "flag_off"},
        "critical_path": ["c.a", "c.b"],
    }
    came = Came({"extensions": {"plan": plan}})
    expect = {"steps": ["c.a", "c.b"], "left_out": {"x": "flag_off"}}
    assert told({"plan": expect}, came) == []
    assert told({"plan": {"critical_path": ["c.b", "c.a"]}}, came) == [
        'plan.critical_path[0]: expected "c.b", got "c.a"',
        'plan.critical_path[1]: expected "c.a", got "c.b"',
    ]


def test_time_is_virtual_and_exact() -> None:
    """Ten times a tenth is one."""
    assert told({"elapsed": "1s"}, Came({}, elapsed=sum([0.1] * 10))) == []
    assert told({"elapsed": "1s"}, Came({}, elapsed=1.5)) == [
        "elapsed: expected 1 s, took 1.5 s"
    ]


def test_requests_are_matched_in_order() -> None:
    """As many as are written."""
    came = Came({}, requests={"a": [{"url": "/1", "method": "GET"}]})
    assert told({"requests": {"a": [{"url": "/1"}]}}, came) == []
    assert told({"requests": {"a": []}}, came) == [
        'requests.a: expected 0, got 1: [{"url":"/1","method":"GET"}]'
    ]
