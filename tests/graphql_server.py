"""A GraphQL API of a small bank on a real port, and a federation subgraph in one.

In charge of being an upstream as others write it: graphql-core over plain ASGI. It
counts what it was asked, and behaves badly where a test wants it to.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest
from graphql import GraphQLError, GraphQLSchema, build_schema, graphql_sync

from tests.serving import running

SDL = """
type Query {
  customer(id: ID!): Customer
  customers(ids: [ID!]!, status: Status): [Customer]!
  version: String!
  _entities(representations: [_Any!]!): [_Entity]!
  _service: _Service!
}
type Mutation { rename(id: ID!, name: String!): Customer }
scalar _Any
type _Service { sdl: String! }
union _Entity = Account | Branch
enum Status { OPEN CLOSED }
input Filter { above: Float, kinds: [String!], status: Status }
interface Node { id: ID! }
type Customer implements Node {
  id: ID!
  name: String!
  nick: String
  status: Status!
  accounts(first: Int = 2, filter: Filter): [Account!]!
  main: Account
  events: [Event!]!
  favourite: Node
  grid: [[Cell]!]!
  secret: String
  strict: Strict
  friends: [Customer!]!
}
type Strict { ok: String!, fails: String! }
type Cell { x: Int!, y: Int! }
type Account implements Node {
  id: ID!
  iban: String!
  balance: Float!
  owner: Customer!
  limit: Float
}
type Branch { code: String!, country: String!, city: String }
union Event = Payment | Login | Note
type Payment { amount: Float!, value: Float!, at: String!, account: Account! }
type Login { device: String!, value: String!, at: String!, account: String }
type Note { text: String!, at: String }
"""
NAMES = {"1": "Ada", "2": "Grace", "3": "Edsger"}


def _customer(id_: str) -> dict[str, Any] | None:
    if id_ not in NAMES:
        return None
    return {"__typename": "Customer", "id": id_, "name": NAMES[id_]}


def _account(id_: str) -> dict[str, Any]:
    return {"__typename": "Account", "id": id_}


def _number(source: Mapping[str, Any]) -> int:
    return sum(map(ord, str(source["id"])))


def _accounts(source: Any, _: Any, first: int | None = 2, filter: Any = None) -> Any:  # noqa: A002
    several = [_account(f"{source['id']}-{n}") for n in range(1, 6)]
    above = (filter or {}).get("above") or 0.0
    kept = [one for one in several if _number(one) * 1.5 > above]
    if (filter or {}).get("status") == "CLOSED":
        kept.reverse()
    return kept[: 5 if first is None else first]


def _events(source: Any, _: Any) -> list[dict[str, Any]]:
    account = _account(f"{source['id']}-1")
    return [
        {
            "__typename": "Payment",
            "amount": 1.5,
            "value": 2.5,
            "at": "t1",
            "account": account,
        },
        {
            "__typename": "Login",
            "device": "phone",
            "value": "v",
            "at": "t2",
            "account": "a",
        },
        {"__typename": "Note", "text": "hello", "at": None},
    ]


def _fails(code: str) -> Callable[..., Any]:
    def fail(source: Any, _: Any) -> Any:
        raise GraphQLError(f"no {code} for you", extensions={"code": code})

    return fail


def _entities(_source: Any, info: Any, representations: list[Any]) -> list[Any]:
    found: list[Any] = []
    for one in representations:
        if one["__typename"] == "Branch":
            known = (one["code"], one["country"]) != ("X", "XX")
            found.append(
                {
                    **one,
                    "city": f"{one['code']} {one['country']}",
                }
                if known
                else None
            )
        elif one["id"] == "broken":
            found.append(GraphQLError("broken", extensions={"code": "BROKEN"}))
        else:
            found.append(None if one["id"] == "gone" else _account(str(one["id"])))
    return found


def schema() -> GraphQLSchema:
    made = build_schema(SDL)
    types: Any = made.type_map
    resolvers: dict[str, dict[str, Callable[..., Any]]] = {
        "Query": {
            "customer": lambda *_, **given: _customer(given["id"]),
            "customers": lambda *_, **given: [_customer(one) for one in given["ids"]],
            "version": lambda _s, _i: "1.0",
            "_entities": _entities,
            "_service": lambda _s, _i: {
                "sdl": 'type Account @key(fields: "id") { id: ID! }'
            },
        },
        "Mutation": {
            "rename": lambda *_, **given: {
                **(_customer(given["id"]) or {}),
                "name": given["name"],
            }
        },
        "Customer": {
            "nick": lambda s, _: None if s["id"] == "1" else s["name"][:2],
            "status": lambda *_: "OPEN",
            "accounts": _accounts,
            "main": lambda s, _: _account(f"{s['id']}-1"),
            "events": _events,
            "favourite": lambda s, _: _account(f"{s['id']}-9"),
            "grid": lambda *_: [[{"x": 1, "y": 2}, None], []],
            "secret": _fails("FORBIDDEN"),
            "strict": lambda *_: {"ok": "yes"},
            "friends": lambda s, _: [_customer(one) for one in NAMES if one != s["id"]],
        },
        "Strict": {"fails": _fails("STRICT")},
        "Account": {
            "iban": lambda s, _: f"SE{s['id']}",
            "balance": lambda s, _: _number(s) * 1.5,
            "limit": lambda *_: 10.0,
            "owner": lambda s, _: (
                _customer(str(s["id"]).partition("-")[0]) or _customer("1")
            ),
        },
    }
    for type_, fields in resolvers.items():
        for name, resolve in fields.items():
            types[type_].fields[name].resolve = resolve
    for abstract in ("Node", "Event", "_Entity"):
        types[abstract].resolve_type = lambda value, *_: value["__typename"]
    return made


@dataclass
class Upstream:
    """The running server. ``asked`` are the requests it got, in their order.

    ``reply`` is sent as it is, where a test wants a bad answer: status, type, body.
    """

    url: str = ""
    schema: GraphQLSchema = field(default_factory=schema)
    asked: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    replies: list[tuple[int, str, bytes]] = field(default_factory=list)

    def clear(self) -> None:
        self.asked.clear()
        self.headers.clear()
        self.replies.clear()

    def direct(self, query: str, variables: Mapping[str, Any] | None = None) -> Any:
        """What it answers to whom asks it without a gateway."""
        result = graphql_sync(self.schema, query, variable_values=dict(variables or {}))
        return result.formatted

    async def __call__(
        self,
        scope: Any,
        receive: Callable[[], Awaitable[Any]],
        send: Callable[[Any], Awaitable[None]],
    ) -> None:
        body, more = b"", True
        while more:
            message = await receive()
            body, more = (
                body + message.get("body", b""),
                message.get("more_body", False),
            )
        asked = json.loads(body)
        self.asked.append(asked)
        self.headers.append({k.decode(): v.decode() for k, v in scope["headers"]})
        status, kind, content = 200, "application/graphql-response+json", b""
        if self.replies:
            status, kind, content = self.replies.pop(0)
        else:
            result = graphql_sync(
                self.schema,
                asked["query"],
                variable_values=asked.get("variables"),
                operation_name=asked.get("operationName"),
            )
            content = json.dumps(result.formatted).encode()
        headers = [
            (b"content-type", kind.encode()),
            (b"content-length", str(len(content)).encode()),
        ]
        await send(
            {"type": "http.response.start", "status": status, "headers": headers}
        )
        await send({"type": "http.response.body", "body": content})


@pytest.fixture(scope="session")
def graphql_server() -> Iterator[Upstream]:
    """One server for the whole run."""
    upstream = Upstream()
    with running(upstream) as port:
        upstream.url = f"http://127.0.0.1:{port}/graphql"
        yield upstream


@pytest.fixture
def upstream(graphql_server: Upstream) -> Upstream:
    """The server with nothing asked of it yet."""
    graphql_server.clear()
    return graphql_server
