"""A schema without what is hidden: what has to go with it, and what stays the same."""

from __future__ import annotations

import pytest
from graphql import (
    GraphQLSchema,
    build_schema,
    print_schema,
    validate_schema,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.profile.hiding import closed
from gateway.schema.pruning import pruned
from gateway.schema.shapes import shapes_of

SDL = """
type Query { customer(kind: Kind, by: By): Customer  node: Node  pet: Pet
  other: Other }
type Mutation { change: Customer }
interface Node { id: ID  note: String }
type Customer implements Node { id: ID  note: String  risk: Risk  pet: Pet }
type Other implements Node { id: ID  note: String }
type Risk { score(unit: Unit): Int }
union Pet = Cat | Dog
type Cat { name: String }
type Dog { name: String  bark: Bark }
type Bark { loud: Int }
enum Kind { A B }
enum Unit { X }
input By { id: ID  deep: Deep }
input Deep { id: ID }
"""
WHOLE = build_schema(SDL)
SHAPES = shapes_of(WHOLE, "d")
COORDINATES = sorted(
    {
        f"{shape.name}.{name}"
        for shape in SHAPES.types.values()
        for name in (*shape.fields, *shape.inputs, *shape.values)
        if not shape.name.startswith("__")
    }
    | {"Cat", "Dog", "Risk", "Query.customer(kind:)", "Risk.score(unit:)"}
)


def without(*hidden: str) -> GraphQLSchema:
    return pruned(WHOLE, closed(hidden, SHAPES))


def gone(*hidden: str) -> set[str]:
    """The types that are not there any more."""
    return {*WHOLE.type_map} - {*without(*hidden).type_map}


@pytest.mark.parametrize(
    ("hidden", "types"),
    [
        ("Customer.risk", {"Risk", "Unit"}),
        ("Risk.score", {"Risk", "Unit"}),
        ("Risk.score(unit:)", {"Unit"}),
        ("Dog", {"Dog", "Bark"}),
        ("Dog.bark", {"Bark"}),
        ("By.deep", {"Deep"}),
        ("Deep.id", {"Deep"}),
        ("Mutation.change", {"Mutation"}),
        ("Query.customer", {"Kind", "By", "Deep"}),
        ("Kind.A", set()),
    ],
)
def test_types_that_nothing_leads_to_are_gone(hidden: str, types: set[str]) -> None:
    """So are types without fields, and what gives or takes one."""
    assert gone(hidden) == types


def test_an_interface_and_those_that_implement_it_lose_a_field_together() -> None:
    """Else one would lead to what the other hides."""
    for one in ("Customer.note", "Node.note", "Other.note"):
        hidden = closed([one], SHAPES)
        assert hidden == {"Customer.note", "Node.note", "Other.note"}


def test_what_knows_nothing_of_the_hidden_is_the_same_object() -> None:
    """Twenty audiences hold one of it."""
    made = without("Customer.risk")
    assert made.type_map["Dog"] is WHOLE.type_map["Dog"]
    assert made.type_map["Other"] is WHOLE.type_map["Other"]
    assert made.type_map["Customer"] is not WHOLE.type_map["Customer"]


@settings(max_examples=40, deadline=None)
@given(st.sets(st.sampled_from(COORDINATES), min_size=1, max_size=8))
def test_whatever_is_hidden_a_valid_schema_without_it_is_left(hidden: set[str]) -> None:
    """As long as the query type has a field."""
    everything = closed(hidden, SHAPES)
    if all(f"Query.{name}" in everything for name in WHOLE.query_type.fields):  # type: ignore[union-attr]
        return
    made = pruned(WHOLE, everything)
    again = build_schema(print_schema(made))
    assert validate_schema(again) == []
    for coordinate in everything:
        name, _, below = coordinate.partition(".")
        type_ = made.type_map.get(name)
        fields = {**getattr(type_, "fields", {}), **getattr(type_, "values", {})}
        field, _, argument = below.partition("(")
        if argument:
            known = getattr(fields.get(field), "args", {})
            assert argument.rstrip(":)") not in known
        elif below:
            assert field not in fields
        else:
            assert type_ is None
