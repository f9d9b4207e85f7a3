"""What happened to a customer: transactions, fraud signals, cases, risk.

In charge of the demo's events, each list made from the customer's id alone. Like
`people`, it keeps no state and never looks at the clock.
"""

from __future__ import annotations

import math
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

from gateway.demo import names
from gateway.demo.people import (
    CUSTOMERS,
    FEATURED_CUSTOMER,
    MERCHANTS,
    TODAY,
    customer,
    dice,
    known,
    money,
)

if TYPE_CHECKING:
    import random
    from collections.abc import Mapping, Sequence

    from gateway.values import JsonValue

_REGULAR = 0.6
_NOTICED, _MEDIUM, _HIGH = 0.2, 0.3, 0.6
_RISKY_CUSTOMER = "13"


def moments(roll: random.Random, count: int, days: int) -> Sequence[str]:
    """``count`` times of day within the last ``days`` days, newest first."""
    end = datetime.combine(TODAY, time(), UTC)
    back = sorted(roll.randrange(60, days * 86_400) for _ in range(count))
    return [
        (end - timedelta(seconds=s)).isoformat().replace("+00:00", "Z") for s in back
    ]


def transactions(identifier: str, limit: int) -> Mapping[str, JsonValue] | None:
    """The newest ``limit`` card payments of a customer and how many there are."""
    owner = customer(identifier)
    if owner is None:
        return None
    roll = dice("transactions", identifier)
    times = moments(roll, roll.randint(8, 60), days=120)
    # Everyone has a few regular shops: that is what makes joins by key worth sharing.
    regular = [str(roll.randint(1, MERCHANTS)) for _ in range(6)]
    items: list[JsonValue] = []
    for number, moment in enumerate(times, start=1):
        often = _often(roll)
        items.append(
            {
                "id": f"{identifier}-{number}",
                "ts": moment,
                "amount": money(roll, 1.5, 900),
                "currency": owner["currency"],
                "status": roll.choices(("BOOKED", "PENDING", "DECLINED"), (88, 8, 4))[
                    0
                ],
                "merchantId": (
                    roll.choice(regular) if often else str(roll.randint(1, MERCHANTS))
                ),
            }
        )
    return {"items": items[:limit], "total": len(items)}


def _level(score: float) -> str:
    return "HIGH" if score >= _HIGH else "MEDIUM" if score >= _MEDIUM else "LOW"


def fraud_signals(identifier: str) -> Mapping[str, JsonValue] | None:
    """How suspicious the customer's last days look: 0.0 (not at all) to 1.0."""
    if not known(identifier, CUSTOMERS):
        return None
    roll = dice("fraud", identifier)
    score = 0.93 if identifier == _RISKY_CUSTOMER else round(roll.betavariate(1, 7), 2)
    flags = roll.sample(
        names.FRAUD_FLAGS, math.ceil(score * 4) if score > _NOTICED else 0
    )
    checked = moments(roll, 1, days=1)[0]
    return {
        "score": score,
        "level": _level(score),
        "flags": flags,
        "checkedAt": checked,
    }


def cases(identifier: str) -> Sequence[Mapping[str, JsonValue]] | None:
    """The customer's cases of the last year, newest first, of several kinds.

    What else a case holds is for its ``kind`` to say: the shop where it is about a
    card, the sum where it is about fraud.
    """
    if not known(identifier, CUSTOMERS):
        return None
    roll = dice("cases", identifier)
    count = 5 if identifier == FEATURED_CUSTOMER else roll.randint(0, 6)
    items: list[Mapping[str, JsonValue]] = []
    for number, moment in enumerate(moments(roll, count, days=365), start=1):
        subject, kind = roll.choice(names.CASE_SUBJECTS)
        about: Mapping[str, JsonValue] = {}
        if kind == "card":
            shop = str(roll.randint(1, MERCHANTS))
            about = {"lastDigits": f"{roll.randrange(10_000):04d}", "merchantId": shop}
        elif kind == "fraud":
            about = {"amount": money(roll, 20, 4000), "reportedToPolice": _often(roll)}
        items.append(
            {
                "id": f"C-{identifier}-{number}",
                "kind": kind,
                "subject": subject,
                "status": roll.choices(("OPEN", "WAITING", "RESOLVED"), (2, 1, 5))[0],
                "openedAt": moment,
                **about,
            }
        )
    return items


def _often(roll: random.Random) -> bool:
    return roll.random() < _REGULAR


class RiskProfile(NamedTuple):
    """One row of the warehouse's ``risk_profiles``, in the order of its columns."""

    customer_id: str
    score: float
    segment: str
    updated_on: date
    exposure: Decimal


def risk_profile(identifier: str) -> RiskProfile:
    """What last night's batch says of a customer: 0.0 (safe) to 1.0."""
    roll = dice("risk", identifier)
    score = 0.88 if identifier == _RISKY_CUSTOMER else round(roll.betavariate(2, 6), 3)
    updated = TODAY - timedelta(days=roll.randint(1, 28))
    exposure = Decimal(money(roll, 200, 250_000))
    return RiskProfile(identifier, score, _level(score), updated, exposure)
