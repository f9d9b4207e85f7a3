"""What is denied comes out of nothing else: schema, suggestions, shares, files, log."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
import uvicorn

from gateway.telemetry.log import configure, log_observer
from tests.authorization.doors import by_post, by_query_tool, by_rest
from tests.authorization.stand import (
    ALLOWED,
    DENIED,
    GUARDED,
    NESTED,
    PROTECTED,
    Stand,
    stand,
)

SECRETS = {*PROTECTED.values(), "zq-vault", "zq-desk"}
SHOWN = " ".join(NESTED.get(n, n) for n in PROTECTED if n != "hidden")
OPENAPI = "/api/openapi.json"
ALL = f"{{ person {{ {SHOWN} }} vault {{ gold }} desk {{ note {{ note }} }} }}"


def found(text: str) -> set[str]:
    return {secret for secret in SECRETS if secret in text}


async def asked(of: Stand, document: str, claims: str) -> str:
    sent = {"x-claims": claims, "headwater-plan": "include"}
    return (
        await of.client.post("/graphql", json={"query": document}, headers=sent)
    ).text


async def test_operations_and_steps_under_a_policy_are_not_called(
    tmp_path: Path,
) -> None:
    """By any name, nor for `__typename`; what stands beside them is answered."""
    documents = (
        "{ vault { gold } }",
        "{ v: vault { __typename } w: vault { g: gold } }",
        "query Q($y: Boolean = true) { vault @include(if: $y) { gold } }",
        "{ ...F } fragment F on Query { desk { note { note } } }",
        "{ desk { n: note { ... on Note { note } } open { team } } }",
    )
    async with stand(tmp_path, kept=True) as of:
        for document in documents:
            for claims in (DENIED, ALLOWED, DENIED):
                of.people.asked.clear()
                told = found(await asked(of, document, claims))
                if claims is DENIED:
                    assert (told, GUARDED & {*of.people.asked}) == (set(), set())
            beside = await asked(of, "{ desk { note { note } open { team } } }", DENIED)
            assert '"team":"open"' in beside


@pytest.mark.parametrize("first", [ALLOWED, DENIED], ids=["may", "may not"])
async def test_calls_under_way_for_who_may_tell_nobody_else(
    tmp_path: Path, first: str
) -> None:
    """Both ask while the source thinks; the same call may be shared, no value is."""
    async with stand(tmp_path, kept=True) as of:
        of.people.free.clear()
        both = {}
        for claims in (first, DENIED if first == ALLOWED else ALLOWED):
            both[claims] = asyncio.create_task(asked(of, ALL, claims))
            await asyncio.wait_for(of.people.came.wait(), 60)
        of.people.free.set()
        assert found(await both[DENIED]) == set()
        assert found(await both[ALLOWED]) == SECRETS - {"zq-hidden"}


@pytest.mark.parametrize("by", [by_post, by_rest, by_query_tool])
async def test_a_hidden_field_is_in_no_schema_and_no_suggestion(
    tmp_path: Path, by: object
) -> None:
    """Nor is it in what is said of a field that is spelled nearly like it."""
    async with stand(tmp_path) as of:
        for wrong in ("hiden", "hidde", "Hidden"):
            said = await by(of, wrong, DENIED)  # type: ignore[operator]
            assert "hidden" not in said.replace(wrong, "")
        sent = {"x-claims": DENIED}
        for path in (OPENAPI, "/-/explain/person"):
            page = await of.client.get(path, headers=sent)
            assert found(page.text) == set()
        assert '"hidden"' not in (await of.client.get(OPENAPI, headers=sent)).text
        schema = '{ __type(name: "Person") { fields { name } } }'
        assert '"hidden"' not in await asked(of, schema, DENIED)
        assert '"hidden"' in await asked(of, schema, ALLOWED)


async def test_files_log_and_pages_have_no_value(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Of requests by those who may: others read recordings, counts, records, logs."""
    configure(json=True, debug=True)
    more = (
        "record: { to: ./tapes, sample: 100% }\nusage: { to: ./usage }\n"
        "audit: { sink: ./access.jsonl, tags: [mask, error] }\n"
    )
    async with stand(tmp_path, more=more) as of:
        log = log_observer()
        for claims in (ALLOWED, DENIED):
            await asked(of, ALL, claims)
            await asked(of, ALL.replace("person", "people", 1), claims)
        for event in of.heard:
            log(event)
        pages = [
            (await of.client.get(path, headers={"x-claims": DENIED})).text
            for path in ("/health", "/metrics", "/-/versions")
        ]
    out = {"log": "".join(capsys.readouterr()), "pages": "".join(pages)}
    for place in ("tapes", "usage", "."):
        files = sorted((tmp_path / place).glob("*.jsonl"))
        assert files, place
        out[place] = "".join(path.read_text("utf-8") for path in files)
    assert [(name, found(text)) for name, text in out.items() if found(text)] == []


async def test_real_sockets_are_no_other_way(tmp_path: Path) -> None:
    """The short way of plain requests, known by their heads: again and again."""
    async with stand(tmp_path, kept=True) as of, listening(of) as port:
        url = f"http://127.0.0.1:{port}/graphql"
        async with httpx.AsyncClient(trust_env=False) as client:
            for claims in (DENIED, ALLOWED, DENIED, ALLOWED, DENIED):
                sent = {"x-claims": claims}
                reply = await client.post(url, json={"query": ALL}, headers=sent)
                expected = set() if claims is DENIED else SECRETS - {"zq-hidden"}
                assert found(reply.text) == expected


@asynccontextmanager
async def listening(of: Stand) -> AsyncIterator[int]:
    """The gateway on a port, in this loop."""
    config = uvicorn.Config(
        of.app, http=of.app.connection, lifespan="off", log_level="warning"
    )
    server = uvicorn.Server(config)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        yield listener.getsockname()[1]
        server.should_exit = True
        await serving
