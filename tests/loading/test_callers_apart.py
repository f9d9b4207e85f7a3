"""Calls in a caller's name, by every way that requests have anything in common.

Shared calls, keys of a window, kept replies, GraphQL documents: an answer never crosses
from one caller to another, in whichever order they come.
"""

from __future__ import annotations

import asyncio
import random
from pathlib import Path

import orjson
import pytest

from gateway.app import Gateway
from gateway.request.adapter import adapt
from gateway.request.model import Asking
from tests.connectors.grants import Answer, Came, granting, serving
from tests.loading.test_credentials_served import CLIENT, by, gateway

SDL = """
type Query { me: Me }
type Me { who: JSON, graph: JSON, rows: [Row!] }
type Row { key: Int, shop: Shop }
type Shop { id: Int, owner: String }
scalar JSON
"""
PROFILE = """language: 1
operation: me
steps:
  - { name: who, source: core, endpoint: /who, share: all }
  - { name: graph, type: graphql, source: graph, document: "{ owner }", share: all }
  - { name: rows, source: open, endpoint: /rows, share: all }
  - name: shop
    source: core
    fills: Row.shop
    endpoint: /shops
    query: { ids: "${ keys }" }
    share: all
    batch: { key: "${ self.key }", by: id, window: 2ms }
"""
QUERY = "{ me { who graph rows { shop { id owner } } } }"
KEYS = (1, 2)


def answered(came: Came) -> Answer:
    """Everything says whose token was shown; the rows are everybody's."""
    who = (came.shown or "-nobody").split("-")[1]
    match came.path.partition("?")[0]:
        case "/rows":
            return Answer(200, [{"key": key} for key in KEYS])
        case "/shops":
            return Answer(200, [{"id": key, "owner": who} for key in KEYS])
        case "/graph":
            return Answer(200, {"data": {"owner": who}})
    return Answer(200, who)


def own(who: str) -> object:
    rows = [{"shop": {"id": key, "owner": who}} for key in KEYS]
    return {"data": {"me": {"who": who, "graph": who, "rows": rows}}}


def project(folder: Path, api: str, idp: str) -> Path:
    auth = f"auth: {{ exchange: {{ {CLIENT.replace('{idp}', idp)} }} }}"
    for name, text in {
        "profiles/me.yaml": PROFILE,
        "schema/me.graphql": SDL,
        "headwater.yaml": (
            "profiles: ./profiles\nschema: ./schema\nsources:\n"
            f"  core: {{ url: '{api}', {auth} }}\n"
            f"  graph: {{ type: graphql, url: '{api}/graph', {auth} }}\n"
            f"  open: {{ url: '{api}' }}\n"
        ),
    }.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text)
    return folder / "headwater.yaml"


async def ask(made: Gateway, who: str, turns: int) -> object:
    for _ in range(turns):
        await asyncio.sleep(0)
    current, clock = made.current, made.pipeline.clock
    request = adapt(by(who), current.admission, request_id=who, clock=clock)
    answer = await made.pipeline.answer(current, Asking(QUERY), request)
    return orjson.loads(orjson.dumps(answer.as_json()))


@pytest.mark.parametrize("seed", range(3))
async def test_no_answer_crosses_from_one_caller_to_another(
    tmp_path: Path, seed: int
) -> None:
    """Whoever shares what, everybody has his own; what has no caller is shared."""
    chance = random.Random(seed)  # noqa: S311 - the same order at every run
    async with serving(granting()) as idp, serving(answered) as api:
        async with gateway(project(tmp_path, api.url, idp.url)) as made:
            for _ in range(5):
                callers = [chance.choice(["ann", "bob", "cyd"]) for _ in range(12)]
                asking = (ask(made, who, chance.randrange(20)) for who in callers)
                assert await asyncio.gather(*asking) == list(map(own, callers))
        asked = [came.path.partition("?")[0] for came in api.came]
        assert all(asked.count(path) < 60 for path in ("/rows", "/who", "/shops"))
        assert sorted({each.form["subject_token"] for each in idp.came}) == [
            *("ann", "bob", "cyd")
        ]
