"""Who speaks to the bank for a customer, and what the bank writes to them.

In charge of contacts and messages, each made from the customer's id alone, like
`records`. Two systems know of contacts and neither knows all: only the address of a
person is the same in both.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from gateway.demo import names
from gateway.demo.people import CUSTOMERS, customer, dice, email, known
from gateway.demo.records import moments

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gateway.values import JsonValue

    Records: TypeAlias = Sequence[Mapping[str, JsonValue]] | None

_READ = 0.6
_RELATIONS = ("PARTNER", "PARENT", "CHILD", "ATTORNEY")


def registered_contacts(identifier: str) -> Records:
    """Who may act for the customer, as the account says: the holder comes first."""
    holder = customer(identifier)
    if holder is None:
        return None
    roll = dice("registered", identifier)
    others = [
        {**_person(identifier, number), "relation": roll.choice(_RELATIONS)}
        for number in range(1, roll.randint(1, 2) + 1)
    ]
    owner = {"name": holder["name"], "email": holder["email"], "relation": "HOLDER"}
    return [owner, *others]


def recent_contacts(identifier: str) -> Records:
    """Who got in touch with the support desk of late, newest first."""
    holder = customer(identifier)
    if holder is None:
        return None
    roll = dice("recent", identifier)
    people = [
        {"name": holder["name"], "email": holder["email"]},
        _person(identifier, 1),
        _person(identifier, 9),  # nobody whom the account knows
    ]
    count = roll.randint(2, 3)
    return [
        {
            **person,
            "lastContact": moment,
            "channel": roll.choice(("APP", "BRANCH", "EMAIL", "PHONE")),
        }
        for person, moment in zip(
            roll.sample(people, count), moments(roll, count, days=90), strict=True
        )
    ]


def _person(identifier: str, number: int) -> Mapping[str, JsonValue]:
    """One of the people around a customer."""
    roll = dice("person", identifier, str(number))
    given_names, family_names = roll.choice(names.PEOPLE)
    given, family = roll.choice(given_names), roll.choice(family_names)
    address = email(given, family, f"{identifier}-{number}")
    return {"name": f"{given} {family}", "email": address}


def messages(identifier: str) -> Records:
    """What the bank wrote to the customer in the last month, newest first."""
    if not known(identifier, CUSTOMERS):
        return None
    roll = dice("messages", identifier)
    subjects = roll.sample(names.MESSAGE_SUBJECTS, 3)
    return [
        {
            "id": f"M-{identifier}-{number}",
            "subject": subject,
            "sentAt": moment,
            "read": roll.random() < _READ,
        }
        for number, (subject, moment) in enumerate(
            zip(subjects, moments(roll, 3, days=30), strict=True), start=1
        )
    ]
