"""What the demo suggests can be opened as it stands."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

from gateway.demo.tour import TOUR


def test_a_suggestion_opens_in_the_explorer() -> None:
    """The address says where, and holds the whole query, whatever is in it."""
    for one in TOUR:
        address = urlsplit(one.link("http://127.0.0.1:4000/"))
        assert (address.netloc, address.path) == ("127.0.0.1:4000", "/")
        assert parse_qs(address.query) == {"query": [one.query]}


def test_costs_are_told_in_words() -> None:
    """Sources in the order of the calls, a number only where there are several."""
    assert [one.cost for one in TOUR] == [
        "accounts",
        "accounts, fraud, warehouse",
        "accounts, transactions, merchants, categories",
        "accounts, cases, merchants",
        "accounts, cases",
        "accounts, rewards",
    ]
