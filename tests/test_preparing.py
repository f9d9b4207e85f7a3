"""What was prepared is found again, after a flood and after a reload."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from gateway.app import Gateway, build_gateway
from gateway.cache.bounded import Proven
from gateway.errors import Code, RequestError
from gateway.response.answering import Way
from gateway.telemetry.events import Event, PlanMade
from gateway.turnstile import Turnstile
from tests.project import ask, write

FILES = {
    "headwater.yaml": "profiles: { path: ./profiles, watch: false }\n",
    "profiles/greet.yaml": """
language: 1
operation: greet
args: { name: String! }
steps:
  - { name: text, type: value, value: "${ name }" }
  - { name: loud, type: value, when: "name != 'x'", value: "${ name + '!' }" }
""",
}
QUERY = """query($n: String!, $l: Boolean!) {
  greet(name: $n) { text loud @skip(if: $l) } }"""


class House:
    """A gateway of files, and what happened in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.events: list[Event] = []
        config = write(folder, FILES)
        self.gateway: Gateway = build_gateway([config], {}, observe=self.events.append)

    async def asked(self, name: str = "a") -> object:
        answer = await ask(self.gateway, QUERY, {"n": name, "l": False})
        return answer["data"]

    def plans(self) -> int:
        """How many plans requests had to wait for so far."""
        return sum(isinstance(event, PlanMade) for event in self.events)


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


GREETING = {"greet": {"text": "a", "loud": "a!"}}


async def test_what_is_in_use_outlives_a_flood() -> None:
    """However many come that are used once."""
    kept: Proven[int, str] = Proven(10)
    made = list[int]()

    def get(number: int) -> str:
        return kept.get(number, lambda: made.append(number) or str(number))  # type: ignore[func-returns-value]

    for number in (1, 2, 1, 2):
        get(number)
    for number in range(1_000, 2_000):
        assert get(number) == str(number)
    made.clear()
    assert (get(1), get(2), made) == ("1", "2", [])
    assert len(kept) <= kept.limit


async def test_of_what_is_in_use_the_longest_unused_goes() -> None:
    """There is an end to what is kept."""
    kept: Proven[int, int] = Proven(10)
    for number in range(20):
        kept.get(number, lambda number=number: number)
        kept.get(number, lambda: -1)
    assert [key for key, _ in kept.in_use()] == list(range(12, 20))


async def test_what_could_not_be_made_is_not_kept() -> None:
    """It may be possible the next time."""
    kept: Proven[int, int] = Proven(10)
    with pytest.raises(ZeroDivisionError):
        kept.get(1, lambda: 1 // 0)
    assert kept.get(1, lambda: 7) == 7


async def test_one_new_document_is_read_in_a_turn_of_the_loop() -> None:
    """What is known goes on beside a flood of what is not."""
    turnstile, order = Turnstile(), list[str]()

    async def new(name: str) -> None:
        await turnstile.turn()
        order.append(name)

    async def known() -> None:
        for _ in range(6):
            await asyncio.sleep(0)
            order.append("known")

    await asyncio.gather(known(), *(new(name) for name in "abcd"))
    for first, second in zip("abcd", "bcd", strict=False):
        between = order[order.index(first) : order.index(second)]
        assert "known" in between


async def test_only_so_many_new_documents_wait() -> None:
    """The rest are told at once, by a code of their own."""
    turnstile = Turnstile(most=2)
    came = await asyncio.gather(
        *(turnstile.turn() for _ in range(5)), return_exceptions=True
    )
    refused = [one for one in came if isinstance(one, RequestError)]
    assert [(one.code, one.status) for one in refused] == [(Code.OVERLOADED, 503)] * 3
    assert (came.count(None), turnstile.waiting) == (2, 0)


async def test_a_reload_prepares_what_is_in_use_before_it_serves(house: House) -> None:
    """The first request after it waits for no plan, and is answered by its code."""
    for _ in range(3):
        assert await house.asked() == GREETING
    assert house.plans() == 1
    profile = house.folder / "profiles" / "greet.yaml"
    profile.write_text(profile.read_text().replace("+ '!'", "+ '?'"))
    assert await house.gateway.reload()
    ways = house.gateway.pipeline.ways
    compiled = ways[Way.COMPILED]
    assert await house.asked() == {"greet": {"text": "a", "loud": "a?"}}
    assert (house.plans(), ways[Way.COMPILED]) == (1, compiled + 1)


async def test_each_early_truth_of_an_operation_is_prepared(house: House) -> None:
    """As many plans as were in use before."""
    for name in ("a", "x", "a", "x"):
        await house.asked(name)
    assert house.plans() == 2
    profile = house.folder / "profiles" / "greet.yaml"
    profile.write_text(profile.read_text().replace("+ '!'", "+ '?'"))
    await house.gateway.reload()
    assert await house.asked("x") == {"greet": {"text": "x", "loud": None}}
    assert await house.asked("a") == {"greet": {"text": "a", "loud": "a?"}}
    assert house.plans() == 2


async def test_what_the_next_generation_refuses_is_not_prepared(house: House) -> None:
    """The schema changed under a document: it is told, and nothing is in the way."""
    for _ in range(3):
        await house.asked()
    profile = house.folder / "profiles" / "greet.yaml"
    profile.write_text(profile.read_text().replace("name: loud", "name: quiet"))
    assert await house.gateway.reload()
    answer = await ask(house.gateway, QUERY, {"n": "a", "l": False})
    assert "data" not in answer
    assert "loud" in str(answer["errors"])
