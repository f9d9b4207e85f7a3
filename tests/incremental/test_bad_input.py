"""What cannot be answered in parts is refused clearly, and frees what it held."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from gateway.app import build_gateway
from gateway.clock import LoopClock
from gateway.execution.guards.bulkhead import Bulkhead
from gateway.execution.upstream import Upstream
from gateway.request.model import Asking, RequestContext
from gateway.schema.endpoint import Exchange
from gateway.schema.exchange import ClientGoneError
from gateway.schema.incremental import AnswersInParts
from gateway.testing import ScriptedSource, answers, hangs, run_virtual
from tests.incremental import kit
from tests.incremental.kit import CURRENT, Bank
from tests.project import write

RISK = (
    '{ customer(id: "7") { profile { name } ... @defer(if: $on) { risk { score } } } }'
)
ORDERS = 'customer(id: "7") { orders @stream(initialCount: COUNT) { id } }'
NEGATIVE = "'initialCount' of '@stream' must be 0 or more, but is -3, by variable '$n'."
INVALID = [
    (
        '{ customer(id: "7") { profile @stream { name } } }',
        "cannot be used on non-list",
    ),
    (
        """{ customer(id: "7") {
          ... @defer(label: "a") { risk { score } }
          ... @defer(label: "a") { profile { name } }
        } }""",
        "label argument must be unique",
    ),
    (
        """query Q($l: String) { customer(id: "7") {
          ... @defer(label: $l) { risk { score } }
        } }""",
        "label argument must be a static string",
    ),
    (
        'mutation { ... @defer { rename(id: "7") { risk { score } } } }',
        "cannot be used on root mutation",
    ),
    (f"{{ {ORDERS.replace('COUNT', '-1')} }}", "must be 0 or more, but is -1"),
]


@pytest.mark.parametrize(("query", "message"), INVALID)
@pytest.mark.parametrize("accept", [CURRENT, "application/json"])
async def test_a_document_that_cannot_be_parted_so_is_refused(
    bank: Bank, query: str, message: str, accept: str
) -> None:
    """Whichever way it would have been sent: in JSON, with nothing called."""
    async with bank.asked(query, accept) as parts:
        assert parts.kind.startswith("application/json")
        told = await parts.json()
    assert told["errors"][0]["extensions"]["code"] == "GRAPHQL_VALIDATION_FAILED"
    assert message in told["errors"][0]["message"]
    assert "data" not in told
    assert bank.source.calls == []


async def test_a_subscription_is_not_parted(bank: Bank) -> None:
    """Its events come one after the other already; it is said beside what else is."""
    query = "subscription { told { ... @defer { id } } }"
    async with bank.asked(query, CURRENT) as parts:
        told = await parts.json()
    messages = [error["message"] for error in told["errors"]]
    said = "Defer directive not supported on subscription operations."
    assert any(message.startswith(said) for message in messages)
    assert bank.source.calls == []


@pytest.mark.parametrize(
    ("query", "variables", "message"),
    [
        (
            f"query Q($on: Boolean = true) {RISK}",
            {"on": None},
            "Variable '$on' is null, but 'if' of '@defer' must not be.",
        ),
        (
            f"query Q($n: Int = 1) {{ {ORDERS.replace('COUNT', '$n')} }}",
            {"n": None},
            "Variable '$n' is null, but 'initialCount' of '@stream' must not be.",
        ),
        (
            f"query Q($n: Int = 1) {{ {ORDERS.replace('COUNT', '$n')} }}",
            {"n": -3},
            NEGATIVE,
        ),
    ],
)
@pytest.mark.parametrize("accept", [CURRENT, "application/json"])
async def test_a_variable_that_no_directive_can_use_is_refused(
    bank: Bank, query: str, variables: Any, message: str, accept: str
) -> None:
    """As the specification wants of a value that must not be null."""
    async with bank.asked(query, accept, **variables) as parts:
        (error,) = (await parts.json())["errors"]
    assert (error["message"], error["extensions"]["code"]) == (
        message,
        "BAD_USER_INPUT",
    )
    assert bank.source.calls == []


async def test_errors_are_counted_over_all_payloads(tmp_path: Path) -> None:
    """What is beyond the limit is counted in the last one."""
    written = kit.files(deployment="limits: { errors: 2 }")
    async with kit.bank(tmp_path, written) as bank:
        bank.held.bodies.update(profile=None, shop=None, risk=None)
        bank.held.hold("risk", "shop")
        query = """{ customer(id: "7") { profile { name }
          orders { id ... @defer { shop { name } } }
          ... @defer { risk { score } }
        } }"""
        async with bank.asked(query) as parts:
            told = [await parts.next()]
            bank.held.open("risk", "shop")
            told += [part async for part in parts.each()]
    patches = [one for part in told for one in part.get("incremental", ())]
    errors = [e for one in (told[0], *patches) for e in one.get("errors", ())]
    assert len(errors) == 2
    assert told[-1]["extensions"]["errors_omitted"] == 3


def test_a_client_that_stops_reading_is_left_after_a_while(tmp_path: Path) -> None:
    """Its connection is given up, and what was called for it is cancelled."""
    source = ScriptedSource({"profile": answers({"name": "Ada"}), "risk": hangs()})
    upstream = {"default": Upstream("default", source, Bulkhead(10))}
    gateway = build_gateway(
        [write(tmp_path, kit.files(keys="deadline: 1h"))],
        {},
        observe=lambda _: None,
        clock=LoopClock(),
        open_sources=lambda _: (upstream, lambda: None),
    )
    query = '{ customer(id: "7") { profile { name } ... @defer { risk { score } } } }'

    async def send(message: Any) -> None:
        if message["type"] == "http.response.body":
            await hangs()(None)  # type: ignore[arg-type]

    async def run() -> float:
        clock = LoopClock()
        request = RequestContext("test", clock.now(), clock.wall())
        exchange = Exchange({}, None, send, {"accept": CURRENT}, "test")  # type: ignore[arg-type]
        generation = gateway.current
        with pytest.raises(ClientGoneError):
            await AnswersInParts(gateway.pipeline).answer(
                exchange, generation, Asking(query), request
            )
        assert generation.lease.holders == 0
        await gateway.pipeline.commons.close()
        return clock.now()

    assert run_virtual(run()) == 30.0
    assert source.cancelled == ["risk"]
