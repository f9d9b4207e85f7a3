"""The queries the demo suggests, and what each will call.

In charge of the suggestions. A test holds every list of calls equal to what the
services count.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlencode

from gateway.record import Model

if TYPE_CHECKING:
    from collections.abc import Mapping


class Suggestion(Model, frozen=True):
    """A query, why it is worth asking, and the calls it makes by source."""

    title: str
    query: str
    calls: Mapping[str, int]

    def link(self, explorer: str) -> str:
        """The address of the explorer with this query in it."""
        return f"{explorer}?{urlencode({'query': self.query})}"

    @property
    def cost(self) -> str:
        """The calls in words: ``accounts, merchants x 3``."""
        return ", ".join(
            name if count == 1 else f"{name} x {count}"
            for name, count in self.calls.items()
        )


TOUR = (
    Suggestion(
        "A subset: only the account service is asked",
        '{ customer360(customer_id: "42") { account { name status tier } } }',
        {"accounts": 1},
    ),
    Suggestion(
        "HTTP and the warehouse; the account says whether the customer exists",
        '{ customer360(customer_id: "13") '
        "{ fraud { score level flags } risk { score segment exposure } } }",
        {"accounts": 1, "fraud": 1, "warehouse": 1},
    ),
    Suggestion(
        "Deeper: payments, their merchants, and those' categories, in four calls",
        '{ customer360(customer_id: "42") { transactions(first: 20) '
        "{ ts amount currency merchant { name category { name cashback } } } } }",
        {"accounts": 1, "transactions": 1, "merchants": 1, "categories": 1},
    ),
    Suggestion(
        "Cases of several kinds, page by page; only card cases have a merchant",
        '{ customer360(customer_id: "42") { cases(first: 2) { totalCount edges { node '
        "{ __typename ... on CardCase { subject merchant { name } } "
        "... on FraudCase { subject amount } ... on ServiceCase { subject kind } } } "
        "pageInfo { hasNextPage endCursor } } } }",
        {"accounts": 1, "cases": 1, "merchants": 1},
    ),
    Suggestion(
        "One list from two systems, a row for each person",
        '{ contacts(customer_id: "42") { name email relation lastContact channel } }',
        {"accounts": 1, "cases": 1},
    ),
    Suggestion(
        "A GraphQL service, asked for just these fields; what an offer is, it says",
        '{ customer360(customer_id: "42") { account { name rewards { level '
        "best: offers(first: 2) { __typename ... on Voucher { title amount } "
        "... on Discount { title percent } } } } } }",
        {"accounts": 1, "rewards": 1},
    ),
)
