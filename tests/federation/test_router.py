"""Headwater behind a router: composed beside a second subgraph, asked through it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from gateway.app import build_gateway
from gateway.schema.server import application
from gateway.schema.serving import ServerSettings
from tests.federation.bank import Bank, listening, write
from tests.federation.routing import Router


@dataclass(frozen=True, slots=True)
class Served:
    """The bank, and the URL of the gateway that serves it as a subgraph."""

    bank: Bank
    url: str


@pytest.fixture
def further() -> Mapping[str, str]:
    """What is added to the bank's files, by file."""
    return {}


@pytest.fixture
async def served(tmp_path: Path, further: Mapping[str, str]) -> AsyncIterator[Served]:
    """Both on real ports, with files as a user would write them."""
    write(tmp_path)
    for name, text in further.items():
        with (tmp_path / name).open("a", encoding="utf-8") as file:
            file.write(text)
    bank = Bank()
    async with listening(bank) as upstream:
        gateway = build_gateway([tmp_path / "headwater.yaml"], {"BANK": upstream})
        app = application(gateway, ServerSettings())
        async with gateway.serving(), listening(app) as url:
            yield Served(bank, f"{url}/graphql")


async def test_a_list_of_another_subgraph_costs_one_call(
    served: Served, router: Router
) -> None:
    """20 accounts that a router names come of one batch; both packages compose."""
    routed = await router.ask(
        served.url,
        "{ cards(first: 20) { number account { name balance { amount } } } }",
    )

    assert routed.composed == {"apollo": [], "guild": []}
    assert served.bank.calls == ["/accounts/search"] * 2  # one of each router
    assert routed.hive == routed.answers
    (answer,) = routed.answers
    cards = answer["data"]["cards"]
    assert len(cards) == 20
    assert cards[7] == {
        "number": "7",
        "account": {"name": "Owner of a7", "balance": {"amount": "1.5"}},
    }


async def test_one_that_is_not_there_costs_itself_only(
    served: Served, router: Router
) -> None:
    """An account that the bank does not know is an error at its own card."""
    served.bank.missing = "a1"
    routed = await router.ask(served.url, "{ cards(first: 3) { account { name } } }")

    (answer,) = routed.answers
    first, _, last = answer["data"]["cards"]
    assert first["account"] == {"name": "Owner of a0"}
    assert last["account"] == {"name": "Owner of a2"}
    assert answer["data"]["cards"][1]["account"] is None
    (error,) = answer["errors"]
    assert error["path"][:3] == ["cards", 1, "account"]
    assert routed.hive[0]["data"] == answer["data"]


DEPENDING = {
    "schema/more.graphql": "extend type Account { rating: Int @external "
    'good: Boolean @requires(fields: "rating") }\n'
    'type Offer @interfaceObject @key(fields: "seller { code } no") '
    "{ seller: Seller! no: ID! text: String }\n"
    "type Seller @shareable { code: ID! }\n",
    "profiles/account.entity.yaml": "fields: { Account.good: self.rating > 1 }\n",
    "profiles/offer.yaml": "language: 1\nentity: Offer\n"
    "fields: { Offer.text: self.seller.code + self.no }\n",
}


@pytest.mark.parametrize("further", [DEPENDING])
async def test_what_another_subgraph_knows_is_sent_along(
    served: Served, router: Router
) -> None:
    """Required fields by both routers; an interface object, by a compound key.

    Hive's gateway names objects of an interface by their own type, which a subgraph
    with an interface object does not know: it says so.
    """
    routed = await router.ask(
        served.url,
        "{ cards(first: 3) { account { name good } } }",
        "{ offers { __typename no text ... on Loan { years } } }",
    )

    assert routed.composed == {"apollo": [], "guild": []}
    cards, offers = routed.answers
    assert routed.hive[0] == cards
    assert cards["data"]["cards"] == [
        {"account": {"name": f"Owner of a{n}", "good": n > 1}} for n in range(3)
    ]
    loan = {"__typename": "Loan", "years": 5}
    assert offers == {
        "data": {
            "offers": [
                {**loan, "no": "1", "text": "s1"},
                {**loan, "no": "2", "text": "s2"},
            ]
        }
    }
    told = {error["message"] for error in routed.hive[1]["errors"]}
    assert told == {"There is no entity type 'Loan' here."}
    assert served.bank.calls == ["/accounts/search"] * 2  # one of each router


async def test_an_object_of_ours_goes_on_in_another_subgraph(
    served: Served, router: Router
) -> None:
    """The router goes from our operation to the other subgraph, by the key."""
    routed = await router.ask(
        served.url,
        '{ account(id: "a3") { name branch { city } '
        "cards { number limit { amount } } } }",
    )

    (answer,) = routed.answers
    assert answer == {
        "data": {
            "account": {
                "name": "Owner of a3",
                "branch": {"city": "City of a3"},
                "cards": [{"number": "3", "limit": {"amount": "1000.00"}}],
            }
        }
    }
    assert routed.hive == [answer]
    assert served.bank.calls == ["/accounts/a3", "/branches"] * 2
