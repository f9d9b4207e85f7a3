"""A safelist: what clients' tools listed is answered, and nothing else."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from gateway.telemetry.auditing import OperationUnlisted
from tests.persisted.kit import (
    BOOK,
    DEPLOYMENT,
    NOT_FOUND,
    ONE,
    TOLD,
    Shop,
    hash_of,
    manifest,
    named,
    sent,
    shop,
)

OTHER = "query Other($id: ID!) { book(id: $id) { id } }"
ENFORCED = "persisted: { manifests: ./clients, safelist: enforce }"
LISTED = {"clients/web.json": manifest(BOOK)}
REFUSED = {
    "message": "The operation is none of those that may be asked here.",
    "extensions": {"code": "OPERATION_NOT_LISTED"},
}
FORMS = {
    "apollo": manifest(web_book=BOOK),
    "a map, as relay and codegen write it": json.dumps({"web_book": BOOK}),
}


@pytest.mark.parametrize("form", FORMS)
async def test_a_listed_document_has_its_id_its_hash_and_its_text(
    tmp_path: Path, form: str
) -> None:
    """By each of them it is asked for, in either form of manifest."""
    async with shop(tmp_path, ENFORCED, {"clients/web.json": FORMS[form]}) as one:
        for id_ in ("web_book", hash_of(BOOK), f"sha256:{hash_of(BOOK)}"):
            assert await one.post(documentId=id_, variables=ONE) == (200, TOLD)
            assert await one.get(documentId=id_, variables=ONE) == (200, TOLD)
        assert await one.post(doc_id="web_book", variables=ONE) == (200, TOLD)
        assert await one.post(**named(BOOK)) == (200, TOLD)
        assert await one.post(query=BOOK, variables=ONE) == (200, TOLD)


async def test_what_is_not_listed_is_refused_at_every_door_that_takes_documents(
    tmp_path: Path,
) -> None:
    """POST, GET, events, WebSocket, an agent's query; and no source is asked."""
    async with shop(tmp_path, ENFORCED, LISTED) as one:
        for ask in (one.post, one.get):
            assert await ask(query=OTHER, variables=ONE) == (403, {"errors": [REFUSED]})
            status, body = await ask(query="{ __schema { types { name } } }")
            assert (status, body) == (403, {"errors": [REFUSED]})
        said = await one.stream(query=OTHER, variables=ONE)
        assert json.loads(said) == {"errors": [REFUSED]}
        message = await one.socket(query=OTHER, variables=ONE)
        assert message == {"id": "1", "type": "error", "payload": [REFUSED]}
        assert "OPERATION_NOT_LISTED" in json.dumps(await _agent(one, OTHER))
        assert one.calls.calls == []
        assert await one.socket(query=BOOK, variables=ONE) == {
            "id": "1",
            "type": "next",
            "payload": TOLD,
        }


async def _agent(one: Shop, query: str) -> Any:
    return await _tool(one, "query", query=query, variables=ONE)


async def _tool(one: Shop, name: str, **arguments: Any) -> Any:
    headers = {"accept": "application/json, text/event-stream"}
    call = {"name": name, "arguments": arguments}
    message = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": call}
    return (await one.client.post("/mcp", json=message, headers=headers)).json()


async def test_an_agent_hears_no_plan_of_what_is_not_listed(tmp_path: Path) -> None:
    """A plan says which systems there are; one of a listed document is given."""
    shown = ENFORCED + '\nplan: { when: "true" }\n'
    async with shop(tmp_path, shown, LISTED) as one:
        for query in (OTHER, "{ __schema { types { name } } }", "{ gone }", "{"):
            told = json.dumps(await _tool(one, "plan", query=query, variables=ONE))
            assert "OPERATION_NOT_LISTED" in told, told
            assert "book.book" not in told
            assert "Query" not in told
        told = json.dumps(await _tool(one, "plan", query=BOOK, variables=ONE))
        assert "book.book" in told
        assert one.calls.calls == []


async def test_operations_that_the_owner_wrote_need_no_list(tmp_path: Path) -> None:
    """The REST door takes no document from a client."""
    async with shop(tmp_path, ENFORCED, LISTED) as one:
        answer = await one.client.get("/api/book?id=1")
        assert (answer.status_code, answer.json()["title"]) == (200, "Middlemarch")


async def test_fields_that_a_client_of_rest_chooses_are_asked_of_the_list(
    tmp_path: Path,
) -> None:
    """They are a document of its own; the fields that the owner gives are none."""
    async with shop(tmp_path, ENFORCED, LISTED) as one:
        chosen = await one.client.get("/api/book?id=1&fields=title")
        assert (chosen.status_code, chosen.json()["code"]) == (
            403,
            "OPERATION_NOT_LISTED",
        )
        assert not one.calls.calls
        assert (await one.client.get("/api/book?id=1")).status_code == 200


async def test_fields_are_told_of_and_given_where_the_list_only_logs(
    tmp_path: Path,
) -> None:
    """So who runs it sees what enforcing it would refuse."""
    logged = ENFORCED.replace("enforce", "log")
    async with shop(tmp_path, logged, LISTED) as one:
        chosen = await one.client.get("/api/book?id=1&fields=title")
        assert chosen.json() == {"title": "Middlemarch"}
        assert len(one.happened(OperationUnlisted)) == 1


async def test_fields_that_an_agent_chooses_are_asked_of_the_list(
    tmp_path: Path,
) -> None:
    """As those of REST are; a tool's usual fields are the owner's."""
    async with shop(tmp_path, ENFORCED, LISTED) as one:
        chosen = await _tool(one, "book", id="1", fields=["title"])
        assert "OPERATION_NOT_LISTED" in json.dumps(chosen)
        assert not one.calls.calls
        usual = await _tool(one, "book", id="1")
        assert not usual["result"].get("isError")


async def test_an_agents_fields_are_told_of_where_the_list_only_logs(
    tmp_path: Path,
) -> None:
    """And given; so it is seen what enforcing the list would refuse."""
    logged = ENFORCED.replace("enforce", "log")
    async with shop(tmp_path, logged, LISTED) as one:
        chosen = await _tool(one, "book", id="1", fields=["title"])
        assert "Middlemarch" in json.dumps(chosen)
        assert len(one.happened(OperationUnlisted)) == 1


async def test_nobody_can_have_an_unlisted_document_kept(tmp_path: Path) -> None:
    """Automatic ones are no way around the list; the client hears of its end."""
    async with shop(tmp_path, ENFORCED, LISTED) as one:
        assert await one.post(**named(OTHER)) == (400, {"errors": NOT_FOUND})
        assert await one.post(**sent(OTHER)) == (403, {"errors": [REFUSED]})
        assert await one.post(**named(OTHER)) == (400, {"errors": NOT_FOUND})
        assert one.calls.calls == []


@pytest.mark.parametrize("safelist", ["enforce", "log"])
async def test_what_was_kept_before_there_was_a_list_is_held_to_it(
    tmp_path: Path, safelist: str
) -> None:
    """By its hash, at every door that takes hashes: the list came with a reload."""
    async with shop(tmp_path, files=LISTED) as one:
        assert (await one.post(**sent(OTHER)))[0] == 200
        assert (await one.post(**named(OTHER)))[0] == 200
        calls = len(one.calls.calls)
        stricter = ENFORCED.replace("enforce", safelist)
        assert await one.edit(**{"headwater.yaml": DEPLOYMENT + stricter})
        status, body = await one.post(**named(OTHER))
        told = await one.socket(**named(OTHER))
        if safelist == "log":
            assert (status, told["type"]) == (200, "next")
        else:
            assert (status, body) == (400, {"errors": NOT_FOUND})
            assert (told["type"], told["payload"]) == ("error", NOT_FOUND)
            assert len(one.calls.calls) == calls
        assert bool(one.happened(OperationUnlisted)) is (safelist == "log")


async def test_blanks_commas_and_comments_make_no_other_operation(
    tmp_path: Path,
) -> None:
    """Clients print documents in their own ways; other names are another one."""
    spaced = "# web\n" + BOOK.replace(" ", "\n ").replace(")", " ,)")
    async with shop(tmp_path, ENFORCED, LISTED) as one:
        for _ in range(2):
            assert await one.post(query=spaced, variables=ONE) == (200, TOLD)
        padded = BOOK + " " * 10_000
        for text in (BOOK.replace("title", "id"), padded, BOOK + "}", '"', "\ud7ff"):
            assert (await one.post(query=text, variables=ONE))[0] == 403


async def test_ids_only_takes_no_text_at_all(tmp_path: Path) -> None:
    """Not even of what is listed, nor with its hash."""
    only = ENFORCED.replace("enforce", "enforce, ids_only: true")
    async with shop(tmp_path, only, LISTED) as one:
        for members in ({"query": BOOK, "variables": ONE}, sent(BOOK)):
            status, body = await one.post(**members)
            code = body["errors"][0]["extensions"]["code"]
            assert (status, code) == (403, "PERSISTED_QUERY_ID_REQUIRED")
        assert await one.post(**named(BOOK)) == (200, TOLD)


async def test_log_tells_of_each_unlisted_document_once_and_answers(
    tmp_path: Path,
) -> None:
    """So that a list can be tried before it is enforced."""
    logged = ENFORCED.replace("enforce", "log")
    async with shop(tmp_path, logged, LISTED) as one:
        for _ in range(3):
            assert (await one.post(query=OTHER, variables=ONE))[0] == 200
            assert await one.post(query=BOOK, variables=ONE) == (200, TOLD)
        (told,) = one.happened(OperationUnlisted)
        assert (told.operation, told.refused) == (None, False)
        for number in range(1_100):
            one.gateway.current.persisted.tell(f"flood {number}")
        assert not one.gateway.current.persisted.tell("one more")


async def test_a_manifest_is_reloaded_and_a_broken_one_leaves_the_last(
    tmp_path: Path,
) -> None:
    """With the generation; the breakage is told, and nothing stops being answered."""
    async with shop(tmp_path, ENFORCED, LISTED) as one:
        assert (await one.post(query=OTHER, variables=ONE))[0] == 403
        assert await one.edit(**{"clients/web.json": "{"})
        problems = [str(one) for one in one.gateway.current.problems]
        assert any("web.json:1:" in text and "JSON" in text for text in problems)
        assert await one.post(**named(BOOK)) == (200, TOLD)
        assert await one.edit(**{"clients/web.json": manifest(OTHER)})
        assert (await one.post(query=OTHER, variables=ONE))[0] == 200
        assert await one.post(**named(BOOK)) == (400, {"errors": NOT_FOUND})


async def test_a_listed_operation_that_fits_the_schema_no_more_is_said_at_its_line(
    tmp_path: Path,
) -> None:
    """The load goes on, `headwater check` fails, its clients are told why."""
    listed = {"clients/web.json": manifest(BOOK, lost="query Lost { gone }")}
    async with shop(tmp_path, ENFORCED, listed) as one:
        (problem,) = one.gateway.current.problems
        assert problem == one.gateway.loader.check()[0]
        column = listed["clients/web.json"].index('"lost"') + 1
        assert str(problem).endswith(
            f"web.json:1:{column}: the document 'lost' is not valid: Cannot query field"
            " 'gone' on type 'Query'. — keep what its clients need, or take it out of"
            " the manifest"
        )
        assert problem.severity == "error"
        status, body = await one.post(documentId="lost")
        code = body["errors"][0]["extensions"]["code"]
        assert (status, code) == (400, "GRAPHQL_VALIDATION_FAILED")
