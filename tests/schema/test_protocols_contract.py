"""What we lean on in Strawberry without its promise: an upgrade fails here first."""

from __future__ import annotations

import inspect

import pytest
from strawberry.asgi import GraphQL
from strawberry.http.websocket_origin import is_same_origin
from strawberry.schema.base import BaseSchema
from strawberry.subscriptions.protocols.graphql_transport_ws.handlers import (
    BaseGraphQLTransportWSHandler,
)

from gateway.errors import InternalError
from gateway.schema.documents import Documents
from gateway.schema.facade import Facade
from gateway.schema.protocols import SocketHandler, View
from tests.serving import Bank


def test_the_facade_answers_all_that_a_schema_is_asked() -> None:
    """Seven methods, each ours, with Strawberry's parameters in Strawberry's order."""
    asked = {
        "execute",
        "execute_sync",
        "subscribe",
        "stream",
        "get_type_by_name",
        "get_directive_by_name",
        "as_str",
    }
    assert BaseSchema.__abstractmethods__ == asked
    assert Facade.__abstractmethods__ == frozenset()
    for name in ("execute", "subscribe", "stream"):
        theirs = inspect.signature(getattr(BaseSchema, name)).parameters
        ours = inspect.signature(getattr(Facade, name)).parameters
        assert list(ours) == list(theirs)


def test_the_facade_has_the_attributes_of_a_schema(bank: Bank) -> None:
    """Views read them; there are no Strawberry types behind them."""
    facade = Facade(bank, Documents())
    expected = set(BaseSchema.__annotations__)
    assert expected == {name for name in expected if hasattr(facade, name)}
    assert (facade.get_type_by_name("Customer"), facade.query) == (None, None)
    assert facade.get_directive_by_name("skip") is None
    assert "type Query {\n  customer(id: ID!): Customer\n" in facade.as_str()
    with pytest.raises(InternalError):
        facade.execute_sync("{ __typename }")


def test_the_socket_handler_stands_where_strawberry_looks() -> None:
    """The class attribute, and the two methods that the check goes through."""
    assert View.graphql_transport_ws_handler_class is SocketHandler
    assert "graphql_transport_ws_handler_class" in inspect.getsource(GraphQL.run)
    for name in ("handle_message", "handle_invalid_message"):
        assert callable(getattr(BaseGraphQLTransportWSHandler, name))
    handled = inspect.getsource(BaseGraphQLTransportWSHandler.handle)
    assert "await self.handle_message(" in handled


@pytest.mark.parametrize(
    "hook",
    ["get_context", "get_sub_response", "process_result", "decode_json", "encode_json"],
)
def test_the_views_hooks_are_still_hooks(hook: str) -> None:
    """We override them; without them our context, headers and JSON are not used."""
    theirs = inspect.signature(getattr(GraphQL, hook)).parameters
    assert list(inspect.signature(getattr(View, hook)).parameters) == list(theirs)


@pytest.mark.parametrize(
    ("origin", "host", "same"),
    [
        ("https://a.example", "a.example", True),
        ("https://a.example", "a.example:443", True),
        ("https://a.example:8443", "a.example", False),
        ("https://a.example.evil", "a.example", False),
        ("null", "a.example", False),
        ("https://a.example", None, False),
    ],
)
def test_the_origin_check_is_by_host_and_port(
    origin: str, host: str | None, same: bool
) -> None:
    """Strawberry compares them for us."""
    assert is_same_origin(origin, host) is same
