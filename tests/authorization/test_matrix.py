"""Whatever is asked for, however, and by which door: who is denied is told nothing.

Every way to protect a value, crossed with every way to write a selection and every
place where the object can be, is asked by a denied caller, by one who may, and by the
denied one again, who must gain nothing by what was prepared, kept or shared for the
other.
"""

from __future__ import annotations

from pathlib import Path
from random import Random

import httpx
import pytest

from tests.authorization.doors import DOORS, PLANNED
from tests.authorization.stand import (
    ALLOWED,
    DENIED,
    GUARDED,
    NESTED,
    PROTECTED,
    Stand,
    stand,
)
from tests.authorization.ways import Asked, ways

SECRETS = {*PROTECTED.values(), "zq-vault", "zq-desk"}


async def posted(of: Stand, document: str, claims: str) -> httpx.Response:
    headers = {"x-claims": claims, "headwater-plan": "include"}
    return await of.client.post("/graphql", json={"query": document}, headers=headers)


async def wrong(of: Stand, one: Asked, asking: tuple[str, ...]) -> str | None:
    """What is wrong with the answers to one document, asked by these in turn."""
    for claims in asking:
        of.people.asked.clear()
        text = (await posted(of, one.document, claims)).text
        told = {secret for secret in SECRETS if secret in text}
        called = GUARDED & {*of.people.asked}
        if claims is DENIED and (told or called):
            return f"{one.name}: told {told}, called {called}: {one.document}"
        lacking = {PROTECTED[name] for name in one.fields} - told
        if claims is ALLOWED and lacking:
            return f"{one.name}: {lacking} is not told: {one.document}: {text}"
    return None


@pytest.mark.parametrize("kept", [False, True], ids=["asked", "kept"])
async def test_no_selection_gets_past(tmp_path: Path, kept: bool) -> None:
    """Of hundreds; whoever may is told each of them, so that no test is empty.

    Where answers are kept the denied one is the first to ask, too: what he is told of
    a document that is new differs in nothing else.
    """
    asked = [*ways()]
    assert len(asked) > 180
    asking = (DENIED, ALLOWED, DENIED) if kept else (ALLOWED, DENIED)
    Random(7).shuffle(asked)  # noqa: S311 - the same ones at every run
    half = len(asked) // 2
    async with stand(tmp_path, kept=kept) as of:
        found = [await wrong(of, one, asking) for one in asked[half * kept :][:half]]
    assert [one for one in found if one] == []


@pytest.mark.parametrize("door", DOORS)
async def test_no_door_gets_past(tmp_path: Path, door: str) -> None:
    """Each tells those who may, all that it tells nobody else, and calls for them."""
    by, planned = DOORS[door], door in PLANNED
    shown = [NESTED.get(name, name) for name in PROTECTED if name != "hidden"]
    wanted = set() if planned else {*PROTECTED.values()} - {"zq-hidden"}
    wrong = []
    async with stand(tmp_path, kept=True) as of:
        for selected in (*shown, " ".join(shown), "hidden"):
            for claims in (DENIED, ALLOWED, DENIED):
                of.people.asked.clear()
                text = await by(of, selected, claims)
                told = {secret for secret in SECRETS if secret in text}
                if claims is DENIED and (told or GUARDED & {*of.people.asked}):
                    wrong.append((selected, told, of.people.asked, text))
                if claims is ALLOWED and " ".join(shown) == selected:
                    assert told == wanted, text
    assert wrong == []
