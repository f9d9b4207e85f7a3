"""Chains of entities: as many calls as there are levels, however many there are."""

from __future__ import annotations

from gateway.execution.model import Counts, Join, Ok
from tests.benchmarks.entities import chain, source_of
from tests.kit import Ran, run


def counts(ran: Ran, name: str) -> Counts:
    result = ran[name]
    assert isinstance(result, Ok)
    assert isinstance(result.value, Join)
    return result.value.counts


async def test_a_graph_of_three_levels_below_a_customer_is_four_calls() -> None:
    """Customer, 20 transactions, their merchants, and the categories of those."""
    source = source_of(20)
    ran = await run(chain(), source)
    assert source.counts == {
        "customer": 1,
        "transactions": 1,
        "merchant": 1,
        "category": 1,
    }
    assert counts(ran, "merchant") == Counts(asked=20, unique=20, calls=1)
    assert counts(ran, "category") == Counts(asked=20, unique=7, calls=1)
