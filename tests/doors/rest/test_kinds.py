"""Values of several types, and arguments that are objects."""

from __future__ import annotations

import httpx
import pytest

from tests.doors.rest.test_rest import problem

PERSON = {"__typename": "Person", "id": "p", "name": "Ada", "born": 1815}
FIRM = {"__typename": "Firm", "id": "f", "name": "Engines", "staff": 3}


@pytest.mark.parametrize("operation", ["anyone", "party"])
def test_a_value_of_several_types_says_which_it_is(
    office: httpx.Client, operation: str
) -> None:
    """Of a union as of an interface, with the usual fields of each type."""
    assert office.get(f"/{operation}?id=p").json() == PERSON
    assert office.get(f"/{operation}?id=f").json() == FIRM


@pytest.mark.parametrize(
    ("fields", "keys"),
    [
        ("Person:born,Firm:staff", ["__typename", "born"]),
        ("staff", ["__typename"]),
        ("name,born", ["__typename", "name", "born"]),
        ("__typename", ["__typename"]),
        ("Firm:parts(first: 2)", ["__typename"]),
    ],
)
def test_fields_of_one_type_are_there_where_the_value_is_of_it(
    office: httpx.Client, fields: str, keys: list[str]
) -> None:
    """Named with or without the type."""
    answer = office.get("/anyone", params={"id": "p", "fields": fields})
    assert [*answer.json()] == keys


def test_an_argument_in_fields_that_does_not_fit_is_told_in_its_words(
    office: httpx.Client,
) -> None:
    """By the field and its place in the text: names of our own mean nothing to it."""
    asked = {"id": "f", "fields": 'name,Firm:parts(first: "x")'}
    answer = office.get("/party", params=asked)
    assert problem(answer) == (
        400,
        "BAD_USER_INPUT",
        (
            "'fields' has 'parts': its argument 'first' does not fit: Int cannot"
            " represent non-integer value: 'x'."
        ),
    )
    assert (answer.json()["parameter"], answer.json()["position"]) == ("fields", 6)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("filter.city=Bern", ("Bern", None, None, None)),
        ("filter={}", (None, None, None, None)),
        ("filter.near.east=7.4&filter.near.north=46", (None, 7.4, 5, None)),
        ("filter.ids=1&filter.ids=2", (None, None, None, ["1", "2"])),
        ('filter={"city":"Bern","ids":["1"]}', ("Bern", None, None, ["1"])),
    ],
)
def test_an_input_object_is_given_in_parts_or_as_json(
    office: httpx.Client, query: str, found: tuple[object, ...]
) -> None:
    """With the defaults of its fields."""
    answer = office.get(f"/search?{query}")
    keys = ("city", "east", "within", "ids")
    assert answer.json() == dict(zip(keys, found, strict=True))


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("", "The parameter 'filter' is missing."),
        ("filter.x=1", "There is no parameter 'filter.x' (did you mean 'filter.ids'?)"),
        ("filter={", "The parameter 'filter' does not fit: it is not valid JSON"),
        ("filter=1", "Parameter 'filter' has invalid value: Expected value of type"),
        ("filter.near.east=1", "Parameter 'filter' has invalid value at .near"),
        ("filter={}&filter.city=a", "The parameter 'filter.city' does not fit: it is"),
        ("filter.city.x=a", "The parameter 'filter.city.x' does not fit: 'city' has"),
        ("filter.near.within=x", "The parameter 'filter.near.within' does not fit"),
    ],
)
def test_an_input_object_that_does_not_fit_is_told(
    office: httpx.Client, query: str, told: str
) -> None:
    """By the parameter, before anything is called."""
    status, code, detail = problem(office.get(f"/search?{query}"))
    assert (status, code) == (400, "BAD_USER_INPUT")
    assert detail.startswith(told)
