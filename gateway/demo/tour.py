"""The three queries the demo suggests, and what each will call.

In charge of the suggestions. A test holds every list of calls equal to what the
services count.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A query, why it is worth asking, and the calls it makes by source."""

    title: str
    query: str
    calls: Mapping[str, int]

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
        "Deeper: the account's branch, and the merchants of all payments in one call",
        '{ customer360(customer_id: "42") { account { name branch { name city } } '
        "transactions(first: 5) { ts amount currency merchant { name category } } } }",
        {"accounts": 1, "branches": 1, "transactions": 1, "merchants": 1},
    ),
)
