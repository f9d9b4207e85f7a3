"""`POST /webhooks/NAME` over real HTTP: who is believed, and who hears it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from gateway.connectors.streams.target import Named, StreamTarget
from gateway.telemetry.listening import DeliveryRefused
from gateway.testing.contract.subject import call_of, within
from tests.connectors.streams.contract import some
from tests.doors.webhooks.conftest import SECRET, TOKEN, Bank, signature

PAID = b'{"account": "42", "id": "p1", "amount": 12}'
QUERY = 'subscription { paid(account: "42") { payment { id amount } } }'


def listens(channel: str | None) -> StreamTarget:
    return StreamTarget(Named("channel", channel))


async def test_a_delivery_is_an_event_of_a_subscription(bank: Bank) -> None:
    """From the sender's POST to the subscriber's server-sent event."""
    asked = {"json": {"query": QUERY}, "headers": {"accept": "text/event-stream"}}
    async with bank.client.stream("POST", "/graphql", **asked) as heard:  # type: ignore[arg-type]
        lines = heard.aiter_lines()
        await anext(lines)  # it listens
        assert await bank.signed(PAID) == 202
        async for line in lines:
            if line.startswith("data:") and "payment" in line:
                told = json.loads(line.removeprefix("data:"))
                break
    assert told == {"data": {"paid": {"payment": {"id": "p1", "amount": 12}}}}


async def test_who_names_no_channel_hears_everything(bank: Bank) -> None:
    """Others hear their channel alone; what proves the sender is shown to nobody."""
    source = bank.source("signed")
    async with (
        source.listen(within(call_of(listens(None))), None) as everything,
        source.listen(within(call_of(listens("7"))), None) as seven,
    ):
        assert await bank.signed(PAID) == 202
        assert await bank.signed(b'{"account": 7}', authorization="Bearer x") == 202
        found = [event.body for event in await some(everything, 2)]
        (alone,) = await some(seven, 1)
    assert found == [json.loads(PAID), {"account": 7}]
    assert (alone.body, alone.headers["channel"]) == ({"account": 7}, "7")
    assert not {"x-signature", "authorization"} & alone.headers.keys()


async def test_a_delivery_that_comes_again_is_said_once(bank: Bank) -> None:
    """Its sender is told the same both times; another one is another."""
    source = bank.source("signed")
    async with source.listen(within(call_of(listens(None))), None) as events:
        for number in ("d1", "d1", "d2"):
            assert await bank.signed(PAID, x_delivery=number) == 202
        found = await some(events, 2)
    assert [event.headers["x-delivery"] for event in found] == ["d1", "d2"]


async def test_a_form_is_a_map_of_its_fields(bank: Bank) -> None:
    """A field that stands several times is a list."""
    source = bank.source("open")
    form = {"content_type": "application/x-www-form-urlencoded"}
    async with source.listen(within(call_of(listens(None))), None) as events:
        assert await bank.post("open", b"a=1&b=x+y&b=%C3%A9&c=", **form) == (202, {})
        (event,) = await some(events, 1)
    assert event.body == {"a": "1", "b": ["x y", "é"], "c": ""}


CASES: Sequence[tuple[str, bytes, Mapping[str, str], int]] = (
    ("nobody", PAID, {}, 404),
    ("default", PAID, {}, 404),
    ("signed", PAID, {}, 401),
    ("signed", PAID, {"x_signature": signature(PAID, "another")}, 401),
    ("signed", PAID, {"x_signature": signature(PAID + b" ")}, 401),
    ("signed", PAID, {"x_signature": signature(PAID)[7:]}, 401),
    ("signed", PAID, {"x_signature": "sha256=\u00e9"}, 401),
    ("signed", b"{", {"x_signature": signature(b"{")}, 400),
    ("signed", b"{}", {"x_signature": signature(b"{}")}, 400),
    ("signed", b" " * 1_001, {}, 413),
    ("tokened", PAID, {}, 401),
    ("tokened", PAID, {"x_token": "wrong"}, 401),
    ("tokened", PAID, {"x_token": TOKEN}, 202),
    ("open", PAID, {"content_type": "text/plain"}, 415),
    ("open", PAID, {"content_encoding": "gzip"}, 415),
    ("open", b"\xff", {}, 400),
)


async def test_who_is_not_believed_is_told_so_and_nothing_else(bank: Bank) -> None:
    """Whoever posts cannot tell from an answer what would have been right."""
    found = []
    for source, content, headers, _ in CASES:
        sent = {n: v.encode("latin-1") for n, v in headers.items()}
        status, said = await bank.post(source, content, **sent)  # type: ignore[arg-type]
        assert bool(said.get("errors")) is (status != 202)
        assert not [secret for secret in (SECRET, TOKEN) if secret in str(said)]
        found.append(status)
    assert found == [status for *_, status in CASES]


async def test_deliveries_come_by_post(bank: Bank) -> None:
    """405, with what is allowed."""
    said = await bank.client.get("/webhooks/open")
    assert (said.status_code, said.headers["allow"]) == (405, "POST")


async def test_what_came_of_deliveries_is_logged_and_counted(bank: Bank) -> None:
    """A refusal with its reason, and nothing that was sent; no source, no word."""
    assert await bank.signed(PAID, x_delivery="d1") == 202
    assert await bank.signed(PAID, x_delivery="d1") == 202
    assert (await bank.post("signed", PAID, x_signature="hunter2"))[0] == 401
    assert (await bank.post("signed", b"{", content_type="text/plain"))[0] == 415
    assert (await bank.post("nobody", PAID))[0] == 404
    refused = [event for event in bank.events if isinstance(event, DeliveryRefused)]
    assert [(event.source, event.status) for event in refused] == [
        ("signed", 401),
        ("signed", 415),
    ]
    assert "hunter2" not in repr(refused)
    page = (await bank.client.get("/metrics")).text.splitlines()
    assert [line for line in page if line.startswith("headwater_deliveries_total")] == [
        'headwater_deliveries_total{outcome="again",source="signed"} 1.0',
        'headwater_deliveries_total{outcome="refused",source="signed"} 2.0',
        'headwater_deliveries_total{outcome="told",source="signed"} 1.0',
    ]
