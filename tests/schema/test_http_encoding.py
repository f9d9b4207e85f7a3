"""An answer's bytes, and what a client sees when writing them fails."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import httpx
import pytest
from graphql import GraphQLError

from gateway.response.model import Answer
from gateway.schema.encoding import to_json
from gateway.schema.endpoint import GraphQLEndpoint
from gateway.schema.scalars import decimal_in, decimal_out
from gateway.telemetry.events import Crashed
from tests.serving import Bank

INTERNAL = {
    "errors": [
        {"message": "Internal error.", "extensions": {"code": "INTERNAL_SERVER_ERROR"}}
    ]
}


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ({"a": [1, 2.5, None, True, "é"]}, '{"a":[1,2.5,null,true,"é"]}'),
        (Decimal("1E+3"), '"1000"'),
        (Decimal("0.10"), '"0.10"'),
        (date(2026, 11, 23), '"2026-11-23"'),
        (datetime(2026, 11, 23, tzinfo=UTC), '"2026-11-23T00:00:00+00:00"'),
        (timedelta(seconds=90), '"0:01:30"'),
        (2**64, "18446744073709551616"),
        ("\ud800", '"\\ud800"'),
        (
            [2**64, Decimal("0.1"), date(2026, 1, 2)],
            '[18446744073709551616,"0.1","2026-01-02"]',
        ),
    ],
)
def test_a_value_is_written_exactly(value: object, written: str) -> None:
    """Exact numbers and days as text; what the fast writer refuses, slowly."""
    assert to_json(value).decode() == written


def test_a_deep_value_is_written() -> None:
    """Deeper than the fast writer goes."""
    value: object = "x"
    for _ in range(400):
        value = [value]
    assert json.loads(to_json(value)) == value


def test_a_value_without_a_meaning_in_json_is_an_error() -> None:
    """Nothing is guessed."""
    with pytest.raises(TypeError, match="object cannot be written as JSON"):
        to_json(object())


async def posted(bank: Bank, accept: str = "*/*") -> httpx.Response:
    """One answer of an endpoint whose streams are broken."""
    transport = httpx.ASGITransport(GraphQLEndpoint(bank, Broken()))
    async with httpx.AsyncClient(transport=transport, base_url="http://b") as client:
        return await client.post(
            "/graphql",
            json={"query": "{ __typename }"},
            headers={"accept": accept, "x-request-id": "r-1"},
        )


class Broken:
    """Streams with a bug."""

    async def stream(self, *_: object, **__: object) -> None:
        raise LookupError("secret detail")


async def test_a_stream_that_breaks_is_an_internal_error(bank: Bank) -> None:
    """500 in JSON; the event names the place."""
    response = await posted(bank, accept="text/event-stream")
    assert (response.status_code, response.json()) == (500, INTERNAL)
    crashed = bank.events[-1]
    assert isinstance(crashed, Crashed)
    assert (crashed.request_id, crashed.where) == ("r-1", "endpoint")


async def test_an_answer_that_cannot_be_written_is_an_internal_error(
    bank: Bank,
) -> None:
    """Nothing of it has been sent by then, so the status can say it."""

    class Odd:
        """A pipeline that answers with what is no JSON."""

        clock = bank.pipeline.clock
        splitting = None
        observe = staticmethod(bank.events.append)

        async def answer(self, *_: object) -> Answer:
            return Answer(data={"x": object()})  # type: ignore[dict-item]

    bank.pipeline = Odd()  # type: ignore[assignment]
    response = await posted(bank)
    assert (response.status_code, response.json()) == (500, INTERNAL)
    crashed = bank.events[-1]
    assert isinstance(crashed, Crashed)
    assert (crashed.request_id, crashed.where) == ("r-1", "encoding")


@pytest.mark.parametrize(
    "value", ["1e10001", "1e-10001", "1e999999999", Decimal("NaN")]
)
def test_a_decimal_has_so_many_digits_at_most(value: object) -> None:
    """Nine characters of a client would else be spelled out to a gigabyte."""
    for pass_on in (decimal_in, decimal_out):
        with pytest.raises(GraphQLError):
            pass_on(value)
