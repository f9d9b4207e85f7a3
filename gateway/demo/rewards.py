"""The demo's GraphQL service: what customers get for using their card.

In charge of points and offers, each made from the customer's id alone, like `records`,
and of answering for them by GraphQL. Must never know ports, faults or latency.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from graphql import build_schema, graphql_sync
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse
from starlette.routing import Route

from gateway.demo.people import CUSTOMERS, dice, known

if TYPE_CHECKING:
    from collections.abc import Mapping

    from graphql import GraphQLSchema
    from starlette.requests import Request

    from gateway.values import JsonValue

SDL = """
type Query {
  "Null for who is no customer."
  member(id: ID!): Member
}
type Member {
  points: Int!
  level: MemberLevel!
  "The best ones first."
  offers(first: Int! = 3): [Offer!]!
}
enum MemberLevel { BLUE SILVER GOLD }
union Offer = Discount | Voucher
type Discount { title: String! percent: Int! }
type Voucher { title: String! amount: Float! }
"""
_LEVELS = ((8_000, "GOLD"), (3_000, "SILVER"), (0, "BLUE"))
_SHOPS = ("Old Mill Cinema", "Red Fox Books", "Azul Pharmacy", "Harbour Café")


def member(identifier: str) -> Mapping[str, JsonValue] | None:
    """A customer's points and all their offers; None where there is no customer."""
    if not known(identifier, CUSTOMERS):
        return None
    roll = dice("rewards", identifier)
    points = roll.randrange(12_000)
    level = next(name for least, name in _LEVELS if points >= least)
    offers: list[JsonValue] = []
    for shop in roll.sample(_SHOPS, 3):
        if roll.choice((True, False)):
            percent = roll.randrange(5, 30, 5)
            title = f"{percent}% off at {shop}"
            offers.append(
                {"__typename": "Discount", "title": title, "percent": percent}
            )
        else:
            amount = float(roll.randrange(5, 30, 5))
            title = f"{amount:g} euros for {shop}"
            offers.append({"__typename": "Voucher", "title": title, "amount": amount})
    return {"points": points, "level": level, "offers": offers}


@cache
def _schema() -> GraphQLSchema:
    made: Any = build_schema(SDL)
    types = made.type_map
    types["Query"].fields["member"].resolve = lambda *_, **given: member(given["id"])
    types["Member"].fields["offers"].resolve = lambda source, _, first: source[
        "offers"
    ][: max(0, first)]
    types["Offer"].resolve_type = lambda offer, *_: offer["__typename"]
    schema: GraphQLSchema = made
    return schema


async def _asked(request: Request) -> JSONResponse:
    try:
        asked = await request.json()
        query, variables = asked["query"], asked.get("variables")
    except (ValueError, LookupError, AttributeError, TypeError):
        raise HTTPException(400, "send a GraphQL request as JSON") from None
    if not isinstance(query, str) or not isinstance(variables, dict | None):
        raise HTTPException(400, "'query' is text, 'variables' a map")
    name = asked.get("operationName")
    result = graphql_sync(
        _schema(), query, variable_values=variables, operation_name=name
    )
    return JSONResponse(result.formatted)


ROUTE = Route("/graphql", _asked, methods=["POST"])
