"""Posted payments of the demo: the same for everybody, and gone on with."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import httpx

from gateway.demo.posted import payment

if TYPE_CHECKING:
    from tests.demo.conftest import Bank


def _first(url: str, **headers: str) -> list[str]:
    """The lines of the first event."""
    with httpx.stream("GET", url, headers=headers, timeout=60) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        lines = answer.iter_lines()
        return [next(lines) for _ in range(3)]


def test_payments_are_posted_in_order_from_any_place(bank: Bank) -> None:
    """From the first, or after the one that is named; nobody's are 404."""
    url = f"{bank.addresses['transactions']}/transactions/42/posted"
    for headers, number in (({}, 1), ({"last-event-id": "7"}, 8)):
        event, place, data = _first(url, **headers)
        assert (event, place) == ("event: posted", f"id: {number}")
        assert json.loads(data.removeprefix("data: ")) == payment("42", number)
    assert bank.get("transactions", "/transactions/x/posted").status_code == 404


def test_a_posted_payment_is_one_of_the_customers(bank: Bank) -> None:
    """Oldest first, and again from the beginning when all were posted."""
    found = bank.get("transactions", "/transactions/42?limit=200").json()
    oldest = found["items"][-1]
    for number in (1, found["total"] + 1):
        told = payment("42", number)
        assert told is not None
        assert {**told, "id": oldest["id"]} == {**oldest, "customerId": "42"}
