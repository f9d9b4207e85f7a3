"""What a soak finds: wrong answers, growth; and that its driver keeps its rate."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.load.driver import LOST, Answered, Load, Report, post, run
from tests.load.right import wrong
from tests.load.soak import Verdict, growth

WHOLE = {"customer": {"name": "Ada", "cards": [{"id": "1"}, {"id": "2"}]}}


@pytest.mark.parametrize(
    ("data", "paths", "fault"),
    [
        (WHOLE, [], None),
        ({"customer": None}, [["customer", "name"]], None),
        ({"customer": None}, [], "customer is null, and no error says why"),
        (
            {"customer": {**WHOLE["customer"], "name": None}},
            [["customer", "cards"]],
            "customer.name is null, and no error says why",
        ),
        (
            {"customer": {**WHOLE["customer"], "name": "Bo"}},
            [["customer", "name"]],
            "customer.name has another value",
        ),
        (
            {"customer": {"name": "Ada", "cards": [{"id": "1"}]}},
            [["customer", "cards", 1]],
            "customer.cards has 1 items in place of 2",
        ),
        ({"customer": {"name": "Ada"}}, [], "customer has other keys"),
    ],
)
def test_an_answer_is_as_it_should_be_or_says_what_it_lacks(
    data: Any, paths: list[list[str | int]], fault: str | None
) -> None:
    """An error excuses a null at its path, and never another value."""
    errors = [{"path": path} for path in paths]
    assert wrong(WHOLE, {"data": data, "errors": errors}) == fault


def test_growth_is_that_of_the_line_after_the_first_third() -> None:
    """A process that warms up and then stays as it is has not grown."""
    warm = [(float(at), 100.0 * min(at, 3)) for at in range(10)]
    assert growth(warm) == pytest.approx(0.0)
    assert growth([(float(at), 5.0 * at) for at in range(10)]) == pytest.approx(30.0)


def test_only_a_gateway_timeout_beside_a_kill_is_promised() -> None:
    """A lost connection never is, nor an answer of nginx at any other time."""
    verdict = Verdict([WHOLE])
    for due, status in ((10.0, 502), (20.0, 502), (10.0, LOST)):
        verdict.hear(Answered(0, due, 0.1, status, b""))
    verdict.hear(Answered(0, 1.0, 0.1, 503, b'{"code":"OVERLOADED"}'))
    assert verdict.unpromised([10.5]) == {502: 1, LOST: 1}
    assert verdict.shed == 1


async def test_requests_leave_when_they_are_due_whatever_the_answers_do() -> None:
    """A server that answers nothing is asked as often; who ends a connection loses."""
    asked = asyncio.Semaphore(0)
    report = Report()

    async def deaf(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n{}")
        asked.release()
        await reader.read()
        writer.close()

    def hear(answered: Answered) -> None:
        report.hear(answered)

    server = await asyncio.start_server(deaf, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    load = Load(url, [post(b"{}")], rate=1000.0, seconds=0.02, patience=0.5)
    await run(load, hear)
    async with asyncio.timeout(10):
        for _ in range(20):
            await asked.acquire()
    server.close()
    assert report.statuses == {-1: 20}
    assert report.times == []
