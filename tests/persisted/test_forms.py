"""Each tool's clients name a document in a form of their own; nothing else passes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.persisted.kit import BOOK, NOT_FOUND, ONE, RATE, TOLD, hash_of, shop

ID = "web_book"
LISTED = {"clients/web.json": json.dumps({ID: BOOK, "rate": RATE})}
ENFORCED = "persisted: { manifests: ./clients, safelist: enforce }"


def _apollo(id_: str) -> dict[str, Any]:
    return {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": id_}}}


def _cosmo(id_: str) -> dict[str, Any]:
    return {"extensions": {"persistedQuery": {"sha256Hash": id_}}}


FORMS = {
    "Apollo": _apollo,
    "Cosmo, without a version": _cosmo,
    "GraphQL over HTTP, urql": lambda id_: {"documentId": id_},
    "GraphQL over HTTP, by hash": lambda id_: {
        "documentId": f"sha256:{hash_of(BOOK)}" if id_ == ID else f"sha256:{id_}"
    },
    "Hive": lambda id_: {"documentId": f"shop~1.2.0~{id_}"},
    "Relay": lambda id_: {"doc_id": id_},
    "Hot Chocolate": lambda id_: {"id": id_},
}


@pytest.mark.parametrize("form", FORMS)
async def test_each_form_names_what_is_listed_and_nothing_else(
    tmp_path: Path, form: str
) -> None:
    """By POST, GET and a WebSocket; what nobody listed is found by none of them."""
    name = FORMS[form]
    async with shop(tmp_path, ENFORCED, LISTED) as one:
        for ask in (one.post, one.get):
            assert await ask(**name(ID), variables=ONE) == (200, TOLD)
        told = await one.socket(**name(ID), variables=ONE)
        assert (told["type"], told["payload"]) == ("next", TOLD)
        calls = len(one.calls.calls)
        for id_ in (
            "other",
            hash_of("{ book(id: 1) { id } }"),
            f"{ID}x",
            "~~",
            f"~{ID}",
        ):
            for ask in (one.post, one.get):
                found = await ask(**name(id_), variables=ONE)
                assert found == (400, {"errors": NOT_FOUND}), id_
        told = await one.socket(**name("other"), variables=ONE)
        assert (told["type"], told["payload"]) == ("error", NOT_FOUND)
        assert len(one.calls.calls) == calls


async def test_an_id_takes_no_other_document_along(tmp_path: Path) -> None:
    """Whatever is sent besides the id of a listed one is held to the list itself."""
    other = "{ book(id: 1) { id } }"
    async with shop(tmp_path, ENFORCED, LISTED) as one:
        for form in FORMS.values():
            for ask in (one.post, one.get):
                status, body = await ask(query=other, **form(ID))
                (error,) = body["errors"]
                assert (status, error["extensions"]["code"]) in {
                    (403, "OPERATION_NOT_LISTED"),
                    (400, "PERSISTED_QUERY_HASH_MISMATCH"),
                }
        assert not one.calls.calls


async def test_a_get_by_id_runs_no_mutation(tmp_path: Path) -> None:
    """In no form: what an id stands for is looked at."""
    async with shop(tmp_path, ENFORCED, LISTED) as one:
        for form in ("Apollo", "Hive", "Relay", "Hot Chocolate"):
            assert (await one.get(**FORMS[form]("rate")))[0] == 405
        assert not one.calls.calls


async def test_ids_that_are_none_are_refused(tmp_path: Path) -> None:
    """By their type and their length, with the name of the member."""
    async with shop(tmp_path, ENFORCED, LISTED) as one:
        for member in ("documentId", "doc_id", "id"):
            for id_ in (7, {}, [ID], "a" * 513):
                status, body = await one.post(**{member: id_})
                assert status == 400
                assert member in body["errors"][0]["message"]
