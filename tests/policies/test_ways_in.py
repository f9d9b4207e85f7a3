"""No way in, no spelling of a question and no type around a field gets past a policy.

The fields are the same in all of them: a masked one, one of an entity step that is an
error, one that is made of it, a step under a policy, and one that reads it.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from gateway.mocking.recording import Recording
from gateway.mocking.tape import Tape
from gateway.request.model import Asking, Caller, RequestContext
from tests.policies.kit import SECRETS, Ways, ways

FIELDS = "name iban income rich notes offers"
ALIASED = "a: name b: iban c: income d: rich e: notes f: offers"
ALLOWED = '{"sub": "ann", "scope": ["pii", "money", "notes"]}'
DENIED = '{"sub": "bob", "scope": []}'
JSON = {"content-type": "application/json"}
WRITTEN = {
    "plain": '{ person(id: "7") { FIELDS } }',
    "aliases": '{ p: person(id: "7") { ALIASED } }',
    "a fragment": '{ person(id: "7") { ...F } } fragment F on Person { FIELDS }',
    "a fragment of the interface": '{ person(id: "7") { ...F } } '
    "fragment F on Party { name ... on Person { FIELDS } }",
    "the interface": '{ party(id: "7") { n: name ... on Person { ALIASED } } }',
    "the union": '{ found(id: "7") { ...on Party { name } ...on Person { FIELDS } } }',
    "a router": "{ ENTITIES { ... on Person { ALIASED } } }",
    "a router, by the interface": "{ ENTITIES { ... on Party { name } } }",
    "a switch": "query($y: Boolean = true) "
    '{ person(id: "7") { ...F @include(if: $y) } } '
    "fragment F on Person { FIELDS }",
}
ENTITIES = '_entities(representations: [{__typename: "Person", id: "7"}])'


def meant(text: str) -> str:
    words = {"FIELDS": FIELDS, "ALIASED": ALIASED, "ENTITIES": ENTITIES}
    for word, said in words.items():
        text = text.replace(word, said)
    return text


QUERIES = {name: meant(text) for name, text in WRITTEN.items()}


async def posted(of: Ways, query: str, claims: str, **headers: str) -> str:
    sent = {**JSON, "x-claims": claims, **headers}
    answer = await of.client.post("/graphql", json={"query": query}, headers=sent)
    return answer.text


def found(text: str) -> list[str]:
    return [secret for secret in SECRETS if secret in text]


@pytest.mark.parametrize("query", QUERIES.values(), ids=QUERIES)
async def test_no_question_gets_past(tmp_path: Path, query: str) -> None:
    """Nothing that is denied is called or told; whoever may is told all he asks for."""
    async with ways(tmp_path) as of:
        for _ in range(3):  # by the reference path first, compiled where it can be
            text = await posted(of, query, DENIED)
            assert found(text) == []
            assert '"***"' in text
        assert {*of.people.asked} <= {"people"}
        told = await posted(of, query, ALLOWED)
        assert "errors" not in told
        assert "Ada" in told
        again = await posted(of, query, DENIED)
        assert found(again) == []


async def test_errors_name_the_field_and_nothing_of_the_policy(tmp_path: Path) -> None:
    """Paths and a code; which policy it was is for those who may see plans."""
    async with ways(tmp_path) as of:
        sent = {**JSON, "x-claims": DENIED}
        query = {"query": QUERIES["plain"]}
        answer = (await of.client.post("/graphql", json=query, headers=sent)).json()
        told = {"name": "***", "iban": "***", "income": None, "rich": None}
        assert answer["data"]["person"] == {**told, "notes": None, "offers": None}
        assert [(e["path"][-1], e["extensions"]) for e in answer["errors"]] == [
            (name, {"code": "FORBIDDEN"})
            for name in ("income", "rich", "notes", "offers")
        ]
        assert {e["message"] for e in answer["errors"]} == {"You may not see this."}


async def by_get(of: Ways, claims: str) -> str:
    answer = await of.client.get(
        "/graphql",
        params={"query": QUERIES["plain"]},
        headers={"x-claims": claims, "apollo-require-preflight": "1"},
    )
    return answer.text


async def by_parts(of: Ways, claims: str) -> str:
    query = meant('{ person(id: "7") { id ... @defer { FIELDS } } }')
    return await posted(of, query, claims, accept="multipart/mixed")


async def by_rest(of: Ways, claims: str) -> str:
    path = "/api/person?id=7&fields=name,iban,income,rich,notes,offers"
    answer = await of.client.get(path, headers={"x-claims": claims})
    return answer.text


async def by_agents(of: Ways, claims: str) -> str:
    call: Mapping[str, Any] = {
        "jsonrpc": "2.0",
        "id": 1,
        "method": "tools/call",
        "params": {
            "name": "person",
            "arguments": {"id": "7", "fields": FIELDS.split()},
        },
    }
    accept = "application/json, text/event-stream"
    version = "2025-06-18"
    headers = {"accept": accept, "mcp-protocol-version": version, "x-claims": claims}
    answer = await of.client.post("/mcp", json=call, headers=headers)
    return answer.text


@pytest.mark.parametrize("way", [by_get, by_parts, by_rest, by_agents])
async def test_no_way_in_gets_past(tmp_path: Path, way: Any) -> None:
    """Each gives those who may what others are not given, so it is no empty test."""
    async with ways(tmp_path) as of:
        assert found(await way(of, DENIED)) == []
        assert {*of.people.asked} <= {"people"}
        assert "Ada" in await way(of, ALLOWED)
        assert found(await way(of, DENIED)) == []


async def test_calls_under_way_and_kept_answers_are_not_shared_past_a_policy(
    tmp_path: Path,
) -> None:
    """Two ask the same at one time, of whom one may see it."""
    from asyncio import gather

    async with ways(tmp_path) as of:
        texts = await gather(
            *(posted(of, QUERIES["plain"], who) for who in (ALLOWED, DENIED) * 3)
        )
        assert [bool(found(text)) for text in texts] == [True, False] * 3


async def test_a_recording_has_nothing_of_it(tmp_path: Path) -> None:
    """Fields under tags are masked by their names, and whole answers that are one."""
    async with ways(tmp_path) as of:
        tape = Tape()
        current = of.gateway.current
        heard = Recording(tape)(current, of.gateway.loader.deployment)  # type: ignore[arg-type]
        clock = of.gateway.pipeline.clock
        claims = {"scope": ["pii", "money"]}
        request = RequestContext(
            "r", clock.now(), clock.wall(), caller=Caller("ann", claims)
        )
        asking = Asking('{ person(id: "7") { name income } }')
        answer = await of.gateway.pipeline.answer(heard, asking, request)
        assert answer.data == {"person": {"name": "Ada", "income": 41.5}}
        bodies = {one.step: one.answer.body for one in tape.taken}
        masked = {"id": "7", "kind": "p", "name": "***", "iban": "***", "team": "x"}
        assert bodies == {"person.person": masked, "Person.income": "***"}
