"""The demo's services answer over real sockets, break and mend, and count calls."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from gateway.demo.correspondence import (
    messages,
    recent_contacts,
    registered_contacts,
)
from gateway.demo.people import branch, category, customer, merchant
from gateway.demo.records import cases, fraud_signals, transactions

if TYPE_CHECKING:
    from gateway.demo.correspondence import Records
    from tests.demo.conftest import Bank

SERVICES = [
    "accounts",
    "transactions",
    "fraud",
    "cases",
    "branches",
    "merchants",
    "categories",
    "messages",
    "rewards",
]


def listed(items: Records) -> dict[str, Any]:
    """A list as the services send it."""
    assert items is not None
    return {"items": list(items), "total": len(items)}


def test_each_service_listens_on_a_port_of_its_own(bank: Bank) -> None:
    """Nine services and the control port: ten addresses, all healthy."""
    assert list(bank.addresses) == ["control", *SERVICES]
    assert len(set(bank.addresses.values())) == 10
    healths = [bank.get(name, "/health").json() for name in SERVICES]
    assert healths == [{"status": "ok"}] * 9


@pytest.mark.parametrize(
    ("service", "path", "answer"),
    [
        ("accounts", "/accounts/42", customer("42")),
        ("transactions", "/transactions/42?limit=5", transactions("42", 5)),
        ("transactions", "/transactions/42", transactions("42", 20)),
        ("fraud", "/fraud/signals/42", fraud_signals("42")),
        ("cases", "/cases/42", listed(cases("42"))),
        (
            "cases",
            "/cases/42?offset=2&limit=2",
            {"items": listed(cases("42"))["items"][2:4], "total": 5},
        ),
        ("cases", "/cases/42/contacts", listed(recent_contacts("42"))),
        ("accounts", "/accounts/42/contacts", listed(registered_contacts("42"))),
        ("messages", "/messages/42", listed(messages("42"))),
        ("categories", "/categories?ids=7922,1", {"items": [category("7922")]}),
        ("branches", "/branches/4", branch("4")),
        ("branches", "/branches?ids=2,1,99", {"items": [branch("2"), branch("1")]}),
        ("merchants", "/merchants/17", merchant("17")),
        (
            "merchants",
            "/merchants?id=9&id=3&id=9",
            {"items": [merchant("9"), merchant("3")]},
        ),
    ],
)
def test_a_service_answers_what_its_record_says(
    bank: Bank, service: str, path: str, answer: object
) -> None:
    """Over HTTP comes exactly the record that the id makes."""
    reply = bank.get(service, path)
    assert (reply.status_code, reply.json()) == (200, answer)


@pytest.mark.parametrize(
    ("service", "path", "status"),
    [
        ("accounts", "/accounts/3001", 404),
        ("accounts", "/accounts/%2e%2e%2fadmin", 404),
        ("transactions", "/transactions/0", 404),
        ("transactions", "/transactions/42?limit=many", 400),
        ("transactions", "/transactions/42?limit=201", 400),
        ("fraud", "/fraud/signals/nobody", 404),
        ("cases", "/cases/042", 404),
        ("cases", "/cases/42?offset=-1", 400),
        ("cases", "/cases/0/contacts", 404),
        ("branches", "/branches/41", 404),
        ("branches", "/branches", 400),
        ("merchants", "/merchants/501", 404),
        ("merchants", "/nowhere", 404),
    ],
)
def test_a_bad_call_is_refused_in_json(
    bank: Bank, service: str, path: str, status: int
) -> None:
    """Unknown ids are 404, bad parameters 400, each with a reason."""
    reply = bank.get(service, path)
    assert (reply.status_code, list(reply.json())) == (status, ["error"])


def test_calls_are_counted_for_each_service(bank: Bank) -> None:
    """A counter moves by one a call; health and control calls do not move it."""
    before = bank.get("control", "/-/calls").json()
    bank.get("fraud", "/fraud/signals/1")
    bank.get("fraud", "/fraud/signals/nobody")
    bank.get("fraud", "/health")
    after = bank.get("fraud", "/-/calls").json()
    assert after == {**before, "fraud": before["fraud"] + 2}


def test_a_service_in_error_answers_503_until_mended(bank: Bank) -> None:
    """Mode ``error`` answers 503; mending brings the record back."""
    assert bank.post("control", "/-/break?service=cases&mode=error").json() == {
        "service": "cases",
        "mode": "error",
    }
    broken = bank.get("cases", "/cases/42")
    assert (broken.status_code, broken.json()) == (503, {"error": "cases is broken"})
    bank.post("control", "/-/mend?service=cases")
    assert bank.get("cases", "/cases/42").json() == listed(cases("42"))


def test_a_service_that_is_down_refuses_connections_until_mended(bank: Bank) -> None:
    """Mode ``down`` closes the port itself; mending opens the same port again."""
    bank.post("control", "/-/break?service=branches&mode=down")
    address = httpx.URL(bank.addresses["branches"])
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((address.host, address.port or 0), timeout=60)
    bank.post("control", "/-/mend?service=branches")
    assert bank.get("branches", "/branches/1").json() == branch("1")


def test_a_service_can_be_told_to_go_down_itself(bank: Bank) -> None:
    """A control call to the service's own port is answered before it closes."""
    gone = bank.post("merchants", "/-/break?mode=down")
    assert gone.json() == {"service": "merchants", "mode": "down"}
    bank.post("control", "/-/mend?service=merchants")
    assert bank.get("merchants", "/merchants/1").json() == merchant("1")


@pytest.mark.parametrize("what", ["service=frod", "service=fraud&mode=tired", ""])
def test_an_unknown_service_or_mode_is_refused_with_the_known_ones(
    bank: Bank, what: str
) -> None:
    """A typing mistake changes nothing and is told what there is."""
    reply = bank.post("control", f"/-/break?{what}")
    assert (reply.status_code, reply.json()["services"]) == (400, SERVICES)
