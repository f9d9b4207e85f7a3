"""A subgraph without its systems: what routers name is made up, too."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from gateway.app import build_gateway
from gateway.mocking.dressing import Mocking
from gateway.request.model import Asking, RequestContext
from tests.federation.bank import Bank, listening, write

_TIME = datetime(2026, 1, 1, tzinfo=UTC)


async def test_objects_of_routers_are_made_up(tmp_path: Path) -> None:
    """No lookup reaches the bank; the name has its type."""
    write(tmp_path)
    bank = Bank()
    async with listening(bank) as upstream:
        gateway = build_gateway(
            [tmp_path / "headwater.yaml"], {"BANK": upstream}, mocking=Mocking()
        )
        async with gateway.serving():
            asking = Asking(
                '{ _entities(representations: [{ __typename: "Account", id: "a" }])'
                " { ... on Account { id name } } }"
            )
            request = RequestContext("test", gateway.pipeline.clock.now(), _TIME)
            answer = await gateway.pipeline.answer(gateway.current, asking, request)

    assert answer.errors == ()
    (account,) = answer.data["_entities"]  # type: ignore[index,call-overload]
    assert account["id"] == "a"
    assert isinstance(account["name"], str)
    assert bank.calls == []
