"""The demo bank's customers, branches and merchants, each made from its id alone.

In charge of who exists and what is true of them. Must never keep state or look at
the clock: any process, at any time, tells the same story of customer 42.
"""

from __future__ import annotations

import random
import re
import unicodedata
from datetime import date, timedelta
from typing import TYPE_CHECKING

from gateway.demo import names

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.values import JsonValue

CUSTOMERS = 3000
BRANCHES = 40
MERCHANTS = 500
TODAY = date(2026, 11, 2)
"""The day the demo's bank lives in; its records end here."""

FEATURED_CUSTOMER = "42"
"""The one whom the documentation shows."""

FEATURED: Mapping[str, Mapping[str, JsonValue]] = {
    "1": {"status": "OPEN"},
    "7": {"status": "CLOSED"},
    "13": {"status": "SUSPENDED"},
    FEATURED_CUSTOMER: {
        "name": "Ada Lindqvist",
        "givenName": "Ada",
        "familyName": "Lindqvist",
        "email": "ada.lindqvist.42@example.com",
        "status": "OPEN",
        "segment": "PERSONAL",
        "tier": "PLATINUM",
    },
}
"""What the README and the tests rely on, whatever the dice say."""


_ID = re.compile("[1-9][0-9]{0,5}")
_ONLINE = 0.4
_CASHBACK = (0.0, 0.005, 0.01, 0.02)


def dice(*parts: str) -> random.Random:
    """The dice of one fact: the same parts roll the same in every process."""
    return random.Random("/".join(parts))


def known(identifier: str, count: int) -> bool:
    """Whether ``identifier`` is one of "1" to ``count``, spelled exactly so."""
    return _ID.fullmatch(identifier) is not None and int(identifier) <= count


def money(roll: random.Random, low: float, high: float) -> str:
    """An amount as the bank writes it: text with two decimals, never a float."""
    cents = round(low * 100 * (high / low) ** roll.random())
    return f"{cents // 100}.{cents % 100:02d}"


def iban(country: names.Country, roll: random.Random) -> str:
    """An IBAN whose check digits are right, at a bank code that nobody has."""
    bban = "999" + "".join(str(roll.randrange(10)) for _ in range(country.bban - 3))
    letters = "".join(str(ord(letter) - ord("A") + 10) for letter in country.code)
    check = 98 - int(f"{bban}{letters}00") % 97
    return f"{country.code}{check:02d}{bban}"


def customer(identifier: str) -> Mapping[str, JsonValue] | None:
    """The account record of a customer, or None where there is no such customer."""
    if not known(identifier, CUSTOMERS):
        return None
    roll = dice("customer", identifier)
    given_names, family_names = roll.choice(names.PEOPLE)
    given, family = roll.choice(given_names), roll.choice(family_names)
    branch_id = str(roll.randint(1, BRANCHES))
    country = country_of_branch(branch_id)
    opened = TODAY - timedelta(days=roll.randint(30, 9000))
    record: dict[str, JsonValue] = {
        "id": identifier,
        "name": f"{given} {family}",
        "givenName": given,
        "familyName": family,
        "email": email(given, family, identifier),
        "status": roll.choices(("OPEN", "SUSPENDED", "CLOSED"), (90, 4, 6))[0],
        "segment": roll.choices(("PERSONAL", "BUSINESS", "STUDENT"), (70, 18, 12))[0],
        "tier": roll.choices(("STANDARD", "GOLD", "PLATINUM"), (75, 20, 5))[0],
        "openedOn": opened.isoformat(),
        "city": roll.choice(country.cities),
        "country": country.code,
        "iban": iban(country, roll),
        "balance": money(roll, 12, 60_000),
        "currency": country.currency,
        "branchId": branch_id,
    }
    return {**record, **FEATURED.get(identifier, {})}


_NO_ACCENT = str.maketrans({"ł": "l", "đ": "d", "\u0131": "i", "ø": "o"})


def email(given: str, family: str, identifier: str) -> str:
    """An address at a domain kept for examples, unique by the id in it."""
    local = f"{given}.{family}".casefold().translate(_NO_ACCENT)
    letters = unicodedata.normalize("NFKD", local)
    plain = "".join(c for c in letters if c.isascii() and (c.isalnum() or c in ".-"))
    return f"{plain}.{identifier}@example.com"


def country_of_branch(identifier: str) -> names.Country:
    return dice("country", identifier).choice(names.COUNTRIES)


def branch(identifier: str) -> Mapping[str, JsonValue] | None:
    """A branch of the bank, or None where there is none of that id."""
    if not known(identifier, BRANCHES):
        return None
    roll = dice("branch", identifier)
    country = country_of_branch(identifier)
    city, street = roll.choice(country.cities), roll.choice(names.STREETS)
    return {
        "id": identifier,
        "name": f"{city} {street.split()[0]}",
        "address": f"{roll.randint(1, 180)} {street}",
        "city": city,
        "country": country.code,
        "phone": f"{country.dialling} 555 {roll.randrange(10_000):04d}",
        "openedOn": (TODAY - timedelta(days=roll.randint(900, 30_000))).isoformat(),
        "advisers": roll.randint(2, 24),
    }


def merchant(identifier: str) -> Mapping[str, JsonValue] | None:
    """A shop that takes the bank's cards, or None where there is none of that id."""
    if not known(identifier, MERCHANTS):
        return None
    roll = dice("merchant", identifier)
    _, code, trades = roll.choice(names.SHOPS)
    country = roll.choice(names.COUNTRIES)
    return {
        "id": identifier,
        "name": f"{roll.choice(names.SHOP_FIRST)} {roll.choice(trades.split())}",
        "categoryCode": code,
        "city": roll.choice(country.cities),
        "country": country.code,
        "online": roll.random() < _ONLINE,
    }


def category(code: str) -> Mapping[str, JsonValue] | None:
    """A kind of shop by the card networks' code, or None where there is none."""
    for name, number, _ in names.SHOPS:
        if str(number) == code:
            back = dice("category", code).choice(_CASHBACK)
            return {"code": number, "name": name, "cashback": back}
    return None
