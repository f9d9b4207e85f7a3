"""Compiled coercion means what graphql-core's own means, values and errors alike."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from graphql import GraphQLError, build_schema
from graphql.execution.values import get_argument_values
from hypothesis import given
from hypothesis import strategies as st

from gateway.policy.limits import Limits
from gateway.request.arguments import Unbound
from gateway.request.coercion import Binder
from gateway.request.document import (
    InvalidDocumentError,
    coerce_variables,
    read_document,
)
from gateway.request.selection import select
from gateway.request.variables import Variables

SCHEMA = build_schema(
    """
    enum Colour { RED BLUE }
    input Range { least: Int! = 1, most: Int }
    type Query {
      f(id: ID, need: ID!, n: Int = 7, on: Boolean, text: String = "x",
        ratio: Float, colour: Colour, range: Range, ids: [ID!], some: Int! = 3): Int
    }
    """
)
DECLARED = (
    "$id: ID, $need: ID!, $n: Int, $on: Boolean, $text: String, $ratio: Float, "
    "$colour: Colour, $range: Range, $ids: [ID!], $some: Int"
)
TAKEN = (
    "id: $id, need: $need, n: $n, on: $on, text: $text, ratio: $ratio, "
    "colour: $colour, range: $range, ids: $ids, some: $some"
)
DOCUMENTS = [
    f"query ({DECLARED}) {{ f({TAKEN}) }}",
    "query ($need: ID!, $n: Int, $on: Boolean) { f(need: $need, n: $n, on: $on) }",
    'query ($n: Int, $some: Int = 4) { f(need: "1", n: $n, some: $some) }',
    "query ($n: Int!) { f(need: 1, range: { least: $n }, ids: [1, 2]) }",
    'query ($some: Int!) { a: f(need: "a", some: $some) b: f(need: "b", n: null) }',
]
ODD = st.sampled_from([None, 0, 7, 2**31, -(2**31), 1.0, 1.5, True, "", "a", "RED"])
VALUE = st.one_of(
    ODD, st.lists(ODD, max_size=2), st.dictionaries(st.sampled_from(["least"]), ODD)
)
NAMES = ["id", "need", "n", "on", "text", "ratio", "colour", "range", "ids", "some"]
GIVEN = st.dictionaries(st.sampled_from(NAMES), VALUE)


def compiled(text: str, given: Mapping[str, object]) -> object:
    """The values of all arguments, or what is said of those that do not do."""
    document = read_document(text, SCHEMA, Limits(), text)
    operation = document.operations[None]
    selection = select(SCHEMA, document, operation, {})
    try:
        variables = Variables.of(SCHEMA, operation).coerce(given)
        return Binder.of(selection).bind(variables)
    except InvalidDocumentError as error:
        return [str(one) for one in error.errors]


def by_reference(text: str, given: Mapping[str, object]) -> object:
    document = read_document(text, SCHEMA, Limits(), text)
    operation = document.operations[None]
    selection = select(SCHEMA, document, operation, {})
    bindings = {}
    try:
        variables = coerce_variables(SCHEMA, operation, given)
        for root in selection.roots:
            unbound = root.arguments
            assert isinstance(unbound, Unbound)
            bindings[(root.key,)] = unbound.bind(variables)
    except InvalidDocumentError as error:
        return [str(one) for one in error.errors]
    except GraphQLError as error:
        return [str(error)]
    return bindings


@given(st.sampled_from(DOCUMENTS), GIVEN)
def test_values_and_errors_are_those_of_graphql_core(
    text: str, given: Mapping[str, object]
) -> None:
    """The quick look accepts nothing that the thorough one refuses."""
    assert compiled(text, given) == by_reference(text, given)


@given(GIVEN)
def test_types_are_those_of_graphql_core(given: Mapping[str, object]) -> None:
    """``1`` and ``True`` and ``1.0`` are equal and not the same."""
    for text in DOCUMENTS:
        assert repr(compiled(text, given)) == repr(by_reference(text, given))


def test_the_reference_reads_the_document_itself() -> None:
    """What both are compared with is graphql-core's own function."""
    document = read_document("{ f(need: 1) }", SCHEMA, Limits(), "x")
    (root,) = select(SCHEMA, document, document.operations[None], {}).roots
    assert isinstance(root.arguments, Unbound)
    unbound = root.arguments
    found = get_argument_values(unbound.definition, unbound.node)
    bound = Binder.of(select(SCHEMA, document, document.operations[None], {}))
    variables = coerce_variables(SCHEMA, document.operations[None], {})
    values = bound.bind(variables)[("f",)]
    assert {name: values[name] for name in found} == found
    assert {values[name] for name in values if name not in found} == {None}


@pytest.mark.parametrize(
    ("text", "given"),
    [
        ("query ($n: Int!) { f(need: 1, n: $n) }", {}),
        ("query ($n: Int!) { f(need: 1, n: $n) }", {"n": 2**31}),
        ("query ($n: Int!) { f(need: 1, n: $n) }", {"n": True}),
        ("query ($need: ID!) { f(need: $need) }", {"need": None}),
        ("query ($need: ID!) { f(need: $need) }", {"need": 1.5}),
        ("query ($some: Int = 4) { f(need: 1, some: $some) }", {"some": None}),
    ],
)
def test_what_does_not_do_is_an_error(text: str, given: Mapping[str, object]) -> None:
    """As text, so one for each and none of ours."""
    found = compiled(text, given)
    assert isinstance(found, list)
    assert found == by_reference(text, given)
