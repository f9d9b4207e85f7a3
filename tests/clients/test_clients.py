"""The audits of GraphQL over HTTP and the clients that people use, by default."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.clients.shop import Served
from tests.npm import node_folder

HERE = Path(__file__).parent
AUDITS = {"MUST": 13, "SHOULD": 23, "MAY": 25}
BOOK = {"book": {"id": "1", "title": "Middlemarch"}}
INVALID = {"codes": ["GRAPHQL_VALIDATION_FAILED"], "data": None}


@pytest.fixture(scope="session")
def said(request: pytest.FixtureRequest, served: Served) -> Any:
    """What one run of Node found."""
    folder = node_folder(request, HERE)
    done = subprocess.run(
        ["node", "clients.mjs", served.graphql],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_each_audit_of_graphql_over_http_passes(said: Any) -> None:
    """All 61 of npm's `graphql-http`: what must, should and may be."""
    assert [one for one in said["audits"] if one["status"] != "ok"] == []
    words = [one["name"].split()[0] for one in said["audits"]]
    assert {word: words.count(word) for word in AUDITS} == AUDITS


ANSWERS = {
    "query": BOOK,
    "errors": INVALID,
    "a source's error": {"codes": ["UPSTREAM_STATUS"], "data": {"book": None}},
    "mutation": {"rate": {"id": "1", "stars": 5}},
}
LISTENING = ("apollo", "urql", "relay")


@pytest.mark.parametrize(
    "name", [*LISTENING, "graphql-request", "graphql-request, GET"]
)
def test_a_client_asks_changes_and_listens_by_default(said: Any, name: str) -> None:
    """Variables, errors of both kinds, a mutation; a subscription where it has them."""
    expected = dict(ANSWERS)
    if name in LISTENING:
        sold = {"sale": {"id": f"sale of {name}"}}
        expected["subscription"] = {"sold": sold}
    assert _untyped(said["clients"][name]) == expected


@pytest.mark.parametrize(
    ("name", "asking", "sending"),
    [
        ("apollo, persisted", "POST", "POST"),
        ("apollo, persisted, GET", "GET", "POST"),
        ("urql, persisted", "GET", "GET"),
    ],
)
def test_a_client_sends_a_document_once_and_then_its_hash(
    said: Any, name: str, asking: str, sending: str
) -> None:
    """Not found, sent and kept, found; a wrong one is not kept."""
    found = said["persisted"][name]
    books = [{"book": {"id": id_, "title": "Middlemarch"}} for id_ in ("1", "2")]
    assert _untyped(found["found"]) == books
    assert found["wrong"] == INVALID
    hashed, whole = f"{asking} without its document", f"{sending} with its document"
    assert found["sent"] == [hashed, whole, hashed, hashed, whole]


def _untyped(value: Any) -> Any:
    """Apollo and urql ask for `__typename` everywhere."""
    if isinstance(value, list):
        return [_untyped(one) for one in value]
    if isinstance(value, dict):
        return {k: _untyped(v) for k, v in value.items() if k != "__typename"}
    return value
