"""`type: graphql` at load time: what is refused, where, and with which fix."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.clock import Deadline
from gateway.connectors.base import Call, Slot
from gateway.connectors.graphql.answering import answered
from gateway.connectors.graphql.literals import literal_of
from gateway.connectors.graphql.source import GraphqlSource
from gateway.connectors.graphql.target import (
    Argument,
    Entity,
    GraphqlTarget,
    represented,
)
from gateway.connectors.settings import GraphqlSettings, RestSettings
from gateway.errors import UpstreamError
from gateway.loading.loader import Loader
from gateway.shape import TypeRef
from gateway.testing.contract import SourceContract, Subject, call_of
from gateway.wanted import SELECTED, Wanted, WantedArgument
from tests.connectors.graphql_project import files
from tests.graphql_server import SDL as UPSTREAM
from tests.graphql_server import Upstream
from tests.project import write


def problems(folder: Path, step: str, upstream: str | None = UPSTREAM) -> list[str]:
    """What a project with this step is told; ``upstream`` is its source's schema."""
    schema = ", schema: upstream.graphql" if upstream is not None else ""
    profile = f"language: 1\noperation: customer\nsteps:\n  - name: one\n{step}"
    config = write(
        folder,
        {
            **files(""),
            "headwater.yaml": "profiles: ./profiles\nschema: ./schema\nsources:\n"
            f"  bank: {{ type: graphql, url: 'http://127.0.0.1:1/'{schema} }}\n",
            "upstream.graphql": upstream or "",
            "profiles/customer.yaml": profile,
        },
    )
    found = Loader([config], {}, lambda _: ({}, lambda: None)).check()
    return [str(one).replace(f"{folder}/", "") for one in found]


HEAD = "    type: graphql\n    source: bank\n"


@pytest.mark.parametrize(
    ("keys", "told"),
    [
        ("", "a graphql step needs a 'document', a 'field' or an 'entity'"),
        ("    field: customer\n    document: '{ a }'\n", "'document' or 'field'"),
        ("    field: custmer\n", "no field 'custmer' — did you mean 'customer'?"),
        ("    field: rename\n", "it is a field of Mutation: add mutation: true"),
        ("    field: customer\n", "needs the argument 'id' (ID!)"),
        (
            "    field: customer\n    arguments: { id: 1, ids: 2 }\n",
            "no argument 'ids'",
        ),
        (
            "    field: customer\n    arguments: { id: 1 }\n    types: { id: '[' }\n",
            "no type",
        ),
        (
            "    field: customer\n    arguments: { id: 1 }\n    also: '{'\n",
            "no selection",
        ),
        ("    document: 'query {'\n", "no GraphQL document: Expected Name"),
        ("    document: 'subscription { a }'\n", "not for a subscription"),
        ("    document: '{ a } query B { b }'\n", "has one operation"),
        ("    document: '{ nope }'\n", "Cannot query field 'nope'"),
        (
            "    document: 'query($x: ID!) { customer(id: $x) { id } }'\n",
            "$x has no value",
        ),
        ("    document: '{ version }'\n    variables: { y: 1 }\n", "no variable $y"),
        (
            "    document: '{ version }'\n    arguments: { y: 1 }\n",
            "belong to a 'field'",
        ),
    ],
)
def test_a_step_that_cannot_be_asked_is_refused(
    tmp_path: Path, keys: str, told: str
) -> None:
    """Every problem at its place in the profile."""
    found = problems(tmp_path, HEAD + keys)
    assert any(told in each for each in found), found
    assert all(each.startswith("profiles/customer.yaml:") for each in found), found


def test_a_schema_that_is_none_is_told_at_its_key(tmp_path: Path) -> None:
    """By file, line and column, with what the text lacks."""
    (told,) = problems(tmp_path, HEAD + "    field: version\n", "type Query {")
    assert told.startswith("headwater.yaml:4:")
    assert "the schema is none: Syntax Error" in told


def test_types_of_arguments_come_from_the_schema() -> None:
    """A value whose type is known is a variable, any other stands in the text."""
    wanted = Wanted()
    field = wanted.field("", "hw_a", "accounts")
    field.composite = True
    field.arguments = (WantedArgument("first", "v1", TypeRef("Int")),)
    target = GraphqlTarget(
        "q",
        "customer",
        variables={"id": Slot("i")},
        arguments=(Argument("id", Slot("i"), "ID!"), Argument("tag", Slot("t"))),
        selects=True,
    ).selecting(wanted)
    source = GraphqlSource(GraphqlSettings(RestSettings("http://127.0.0.1:1/graphql")))
    inputs = {"i": "1", "t": 'a"b', SELECTED: {"v1": 2}}
    call = Call("s", target, inputs, Deadline(1e9), {"authorization": "Bearer x"})
    told = source.describe(call)
    assert told["body"] == {
        "operationName": "q",
        "query": 'query q($id: ID!, $v1: Int) { customer(id: $id, tag: "a\\"b") '
        "{ hw_a: accounts(first: $v1) { __typename } } }",
        "variables": {"id": "1", "v1": 2},
    }
    assert (told["method"], told["url"]) == ("POST", "http://127.0.0.1:1/graphql")
    assert told["headers"]["authorization"] == "***"  # type: ignore[index, call-overload]
    other = call._replace(inputs={**inputs, "t": "c"})
    assert source.render(call).key == source.render(call).key
    assert source.render(call).key != source.render(other).key


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "null"),
        (True, "true"),
        (1, "1"),
        (1.5, "1.5"),
        ('a"\n\\é', '"a\\"\\n\\\\é"'),
        ({"a": [1, "x"]}, '{a: [1, "x"]}'),
    ],
)
def test_literals_are_graphql_text(value: object, text: str) -> None:
    """Nothing in a value can end its literal."""
    assert literal_of(value) == text


@pytest.mark.parametrize("value", [{"a b": 1}, {"a) { x } #": 1}, "\ud800", b"x"])
def test_what_graphql_cannot_say_is_rejected(value: object) -> None:
    """Keys of maps are names, text is Unicode."""
    with pytest.raises(UpstreamError):
        literal_of(value)


class TestContract(SourceContract):
    """A GraphQL API is held to what every source is held to."""

    @pytest.fixture
    def subject(self, upstream: Upstream) -> Subject:
        asked = GraphqlTarget("", "customer", ('{ customer(id: "1") { name } }',))
        other = GraphqlTarget("", "version", ("{ version }",))
        wrong = GraphqlTarget("", "nope", ("{ nope }",))
        nowhere = RestSettings("http://127.0.0.1:9/graphql")
        settings = RestSettings(upstream.url, headers={"x-key": "hunter2"})
        return Subject(
            open=lambda: GraphqlSource(GraphqlSettings(settings)),
            call=call_of(asked),
            body={"name": "Ada"},
            other=call_of(other),
            refused=(call_of(wrong),),
            dead=lambda: GraphqlSource(GraphqlSettings(nowhere)),
            secrets=("hunter2",),
        )


def test_errors_that_are_none_of_graphql_are_told_by_what_is_text_in_them() -> None:
    """Whatever stands in place of a message or a path is no reason to fail."""
    deep: object = 1
    for _ in range(1_020):
        deep = [deep]
    errors = [{"message": deep, "path": ["one", deep], "extensions": {"code": "BUSY"}}]
    with pytest.raises(UpstreamError) as failed:
        answered(GraphqlTarget("x", "one"), "s", {"data": {}, "errors": errors}, {})
    assert failed.value.detail == "BUSY: (at one)"


def test_a_key_that_is_a_map_does_not_say_its_type() -> None:
    """What another source gave as a key never asks for another type of entity."""
    key = {"__typename": "Admin", "id": "1"}
    asked = represented(Entity("Account", ("id",)), key)
    assert asked == {"__typename": "Account", "id": "1"}


def test_an_argument_that_is_nested_too_deep_is_not_sent() -> None:
    """Another source's answer may be as deep as JSON goes."""
    deep: object = 1
    for _ in range(1_020):
        deep = [deep]
    with pytest.raises(UpstreamError, match="nested too deep"):
        literal_of(deep)
