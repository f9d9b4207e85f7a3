"""The demo's world is the same for everybody, and hangs together."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import date
from decimal import Decimal

import pytest

from gateway.demo.correspondence import (
    messages,
    recent_contacts,
    registered_contacts,
)
from gateway.demo.people import (
    BRANCHES,
    CUSTOMERS,
    branch,
    category,
    customer,
    merchant,
)
from gateway.demo.records import cases, fraud_signals, risk_profile, transactions

EVERYBODY = [str(number) for number in range(1, CUSTOMERS + 1)]

TELL = """
import json
from gateway.demo.correspondence import messages, recent_contacts, registered_contacts
from gateway.demo.people import branch, customer, merchant
from gateway.demo.records import cases, fraud_signals, risk_profile, transactions
ids = [str(n) for n in range(1, 301)]
tellers = (customer, branch, merchant, fraud_signals, cases, risk_profile, messages,
           recent_contacts, registered_contacts)
print(json.dumps([[tell(i) for tell in tellers] + [transactions(i, 99)] for i in ids],
                 default=str))
"""


def told(hash_seed: str) -> object:
    done = subprocess.run(
        [sys.executable, "-c", TELL],
        env={**os.environ, "PYTHONHASHSEED": hash_seed},
        capture_output=True,
        check=True,
    )
    return json.loads(done.stdout)


def test_two_processes_tell_the_same_story() -> None:
    """Records depend on the id alone, not on the process or its hash seed."""
    assert told("1") == told("2")


def test_the_featured_customer_is_who_the_readme_says() -> None:
    """Customer 42 has the name, status and tier that the documentation shows."""
    ada = customer("42")
    assert ada is not None
    assert (ada["name"], ada["email"], ada["status"], ada["tier"]) == (
        "Ada Lindqvist",
        "ada.lindqvist.42@example.com",
        "OPEN",
        "PLATINUM",
    )


def test_every_iban_has_right_check_digits() -> None:
    """An IBAN read as a number, letters as 10 to 35, is 1 modulo 97."""
    for identifier in EVERYBODY:
        record = customer(identifier)
        assert record is not None
        iban = str(record["iban"])
        digits = "".join(str(int(c, 36)) for c in iban[4:] + iban[:4])
        assert int(digits) % 97 == 1, iban


def test_every_key_leads_to_a_record() -> None:
    """Branches, merchants of payments and cases, and their categories all exist."""
    owners = [customer(identifier) for identifier in EVERYBODY]
    assert all(branch(str(one["branchId"])) for one in owners if one)
    shops = {
        item["merchantId"]
        for identifier in EVERYBODY[:200]
        for item in (transactions(identifier, 60) or {})["items"]
    }
    shops |= {
        case["merchantId"]
        for identifier in EVERYBODY[:200]
        for case in cases(identifier) or ()
        if case["kind"] == "card"
    }
    found = [merchant(str(shop)) for shop in shops]
    assert all(shop and category(str(shop["categoryCode"])) for shop in found)


def test_all_statuses_and_many_names_occur() -> None:
    """A few thousand customers are not one customer a few thousand times."""
    everyone = [record for record in map(customer, EVERYBODY) if record]
    assert {one["status"] for one in everyone} == {"OPEN", "SUSPENDED", "CLOSED"}
    assert len({one["email"] for one in everyone}) == CUSTOMERS
    assert len({one["name"] for one in everyone}) > 800
    assert all(str(one["email"]).isascii() for one in everyone)


def test_a_risky_customer_is_risky_everywhere() -> None:
    """Customer 13 is the one to try fraud rules on."""
    signals, profile = fraud_signals("13"), risk_profile("13")
    assert signals is not None
    assert (signals["score"], signals["level"]) == (0.93, "HIGH")
    assert (profile.score, profile.segment) == (0.88, "HIGH")


def test_every_kind_of_case_occurs() -> None:
    """The featured customer has cases of all three types of the union."""
    kinds = {one["kind"] for one in cases("42") or ()}
    assert {"card", "fraud"} < kinds
    everywhere = {c["kind"] for who in EVERYBODY[:200] for c in cases(who) or ()}
    assert everywhere == {"card", "fraud", "access", "details", "fees", "advice"}


def test_two_systems_know_some_of_the_same_people() -> None:
    """Of the featured customer's contacts some are known to both, some to one."""
    registered = {one["email"] for one in registered_contacts("42") or ()}
    recent = {one["email"] for one in recent_contacts("42") or ()}
    parts = (registered & recent, registered - recent, recent - registered)
    assert [len(part) for part in parts] == [2, 1, 1]


def test_a_limit_takes_the_newest_transactions() -> None:
    """Transactions come newest first; a limit cuts the list, not the total."""
    whole, cut = transactions("42", 99), transactions("42", 3)
    assert whole is not None
    assert cut == {"items": whole["items"][:3], "total": whole["total"]}
    moments = [item["ts"] for item in whole["items"]]
    assert moments == sorted(moments, reverse=True)


def test_risk_rows_have_exact_types() -> None:
    """The warehouse's row keeps money exact and dates dates."""
    row = risk_profile("42")
    assert (type(row.updated_on), type(row.exposure)) == (date, Decimal)
    assert row.exposure.as_tuple().exponent == -2


@pytest.mark.parametrize(
    "identifier", ["0", "-1", "3001", "042", "4٢", "", "x", "1 ", "9" * 5000]
)
def test_an_unknown_customer_has_no_records(identifier: str) -> None:
    """Only "1" to "3000", spelled exactly so, are customers."""
    tellers = (
        customer,
        fraud_signals,
        cases,
        messages,
        recent_contacts,
        registered_contacts,
        lambda one: transactions(one, 5),
    )
    assert [tell(identifier) for tell in tellers] == [None] * 7
    assert branch(str(BRANCHES + 1)) is None
    assert category("1") is None
