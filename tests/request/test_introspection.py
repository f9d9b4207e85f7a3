"""The schema describes itself once in a document, whatever its aliases."""

from __future__ import annotations

import pytest
from graphql import build_schema, get_introspection_query

from gateway.policy.limits import Limits
from gateway.request.document import InvalidDocumentError, read_document

SCHEMA = build_schema("type Query { a: A } type A { a: A types: A }")
AGAIN = {
    "all types twice": "{ __schema { types { name } b: types { name } } }",
    "one alias is enough": "{ __schema { b: types { name } } }",
    "below": "{ __schema { types { name fields { b: type { name } } } } }",
    "of one type": '{ __type(name: "A") { b: fields { name } } }',
    "the root twice": "{ __schema { types { name } } b: __schema { types { name } } }",
    "in a fragment": "{ __schema { ...f } }"
    " fragment f on __Schema { b: types { name } }",
    "in a fragment of a fragment": "{ ...q }"
    " fragment f on __Type { b: fields { name } }"
    " fragment q on Query { __schema { types { ... { ...f } } } }",
    "the root in fragments": "{ ...q b: __schema { types { name } } }"
    " fragment q on Query { __schema { types { name } } }",
}
ONCE = {
    "the tools' own": get_introspection_query(),
    "the root under one alias": "{ s: __schema { types { n: name } } }",
    "several types": '{ a: __type(name: "A") { name } b: __type(name: "Query")'
    " { fields { n: name } } }",
    "merged": "{ __schema { types { name } } __schema { types { kind } } }",
    "aliases of data": "{ b: a { t: types { types { __typename } } }"
    " __schema { types { name } } }",
    "fragments of both": "{ a { ...f } __schema { types { ...t } } }"
    " fragment f on A { b: a { __typename } } fragment t on __Type { name }",
}


@pytest.mark.parametrize("text", AGAIN.values(), ids=AGAIN)
def test_what_is_described_once_more_is_refused_where_it_stands(text: str) -> None:
    """Thirty times all types are a second in which nobody else is answered."""
    with pytest.raises(InvalidDocumentError) as refused:
        read_document(text, SCHEMA, Limits(), "x")
    (error,) = refused.value.errors
    assert refused.value.code == "GRAPHQL_VALIDATION_FAILED"
    assert error.message.startswith("What describes the schema is given once")
    assert error.locations


@pytest.mark.parametrize("text", ONCE.values(), ids=ONCE)
def test_what_is_described_once_is_valid(text: str) -> None:
    """Names of its own for what selects nothing, and for the caller's data."""
    assert read_document(text, SCHEMA, Limits(), "x").digest == "x"
