"""Limits as clients and operators meet them: at every door, told and counted."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gateway.errors import ProfileError
from gateway.telemetry.limiting import LimitExceeded
from tests.limiting.conftest import Limited, limited

TWO = "{ me { told } again: me { told } }"


@pytest.fixture(scope="module")
def one(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Limited]:
    """A gateway that takes one root field and warns of aliases."""
    folder = tmp_path_factory.mktemp("limits")
    with limited(folder, "{ roots: 1, aliases: 1, warn: aliases }") as found:
        yield found


def test_whoever_asks_is_told_the_limit_and_programs_can_read_it(one: Limited) -> None:
    """The status is 400 in GraphQL's own media type."""
    accept = {"accept": "application/graphql-response+json"}
    answer = one.client.post("/graphql", json={"query": TWO}, headers=accept)
    assert answer.status_code == 400
    assert answer.json() == {
        "errors": [
            {
                "message": "The operation selects 2 root fields;"
                " 'limits.roots' allows 1.",
                "locations": [{"line": 1, "column": 1}],
                "extensions": {
                    "code": "MAX_ROOT_FIELDS_LIMIT",
                    "limit": "limits.roots",
                    "found": 2,
                    "allowed": 1,
                },
            }
        ]
    }


def test_a_flood_is_counted_and_one_line_a_minute(one: Limited) -> None:
    """By limit and by what came of it; a request counts once, prepared or not."""
    before = one.counts()
    accept = {"accept": "multipart/mixed;deferSpec=20220824, application/json"}
    heard = len(one.told())
    for _ in range(5):
        one.client.post("/graphql", json={"query": TWO}, headers=accept)
    after = one.counts()
    assert after["roots", "refused"] - before.get(("roots", "refused"), 0) == 5
    assert len(one.told()) - heard <= 1
    page = one.client.get("/metrics").text
    assert 'headwater_limits_exceeded_total{limit="roots",verdict="refused"}' in page


def test_a_limit_that_warns_lets_through_and_counts_each_request(one: Limited) -> None:
    """Also those whose document was read before."""
    query = {"query": "{ me { a: told b: told } }"}
    for _ in range(3):
        assert "errors" not in one.client.post("/graphql", json=query).json()
    assert one.counts()["aliases", "warned"] == 3
    told = [e for e in one.told() if e.limit == "aliases"]
    assert [(e.verdict, e.found, e.allowed, e.count) for e in told] == [
        ("warned", 2, 1, 1)
    ]


def test_a_body_is_counted_too(one: Limited) -> None:
    """It is refused before anybody knows what it asks."""
    before = one.counts().get(("body", "refused"), 0)
    for path in ("/graphql", "/api/operations/who", "/mcp"):
        answer = one.client.post(
            path,
            content=b" " * 1_000_001,
            headers={"content-type": "application/json"},
        )
        assert (path, answer.status_code) == (path, 413)
    assert one.counts()["body", "refused"] - before == 3


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("{ depth: 0 }", "'depth': this must be at least 1"),
        ("{ aliases: -1 }", "'aliases': this must be at least 1"),
        ("{ warn: [rows] }", "'warn'"),
    ],
)
def test_limits_that_cannot_be_meant_stop_the_load(
    tmp_path: Path, written: str, said: str
) -> None:
    """A limit of nothing would answer nobody, and is no way to say 'none'."""
    with pytest.raises(ProfileError) as error, limited(tmp_path, written):
        pass
    assert said in str(error.value)


def test_events_name_the_last_request(one: Limited) -> None:
    """By its id, so that it is found in the log of whoever sent it."""
    assert all(isinstance(e, LimitExceeded) and e.request_id for e in one.told())


CARDS = """
language: 1
operation: cards
args: { ids: "[ID!]!" }
returns: Cards
steps:
  - { name: first, source: cards, endpoint: "/first", query: { ids: "${ ids }" } }
  - { name: second, source: cards, endpoint: "/second" }
  - { name: made, type: value, value: "${ 1 }" }
"""
SDL = """
type Cards { first: Card, second: Card, made: Int }
type Card { id: ID }
"""


def test_a_plan_of_too_many_calls_is_refused_with_their_number(tmp_path: Path) -> None:
    """Before any is made; what asks no source is none, and fewer calls are fine."""
    files = {"profiles/cards.yaml": CARDS, "schema/cards.graphql": SDL}
    where = "sources: { cards: { url: 'http://127.0.0.1:9' } }\n"
    with limited(tmp_path, "{ calls: 3, list: 2 }", where, files) as one:
        one_card = "cards(ids: $ids) { first { id } second { id } made }"
        text = f"query ($ids: [ID!]!) {{ {one_card} again: {one_card} }}"

        def ask(query: str, *ids: str) -> Any:
            body = {"query": query, "variables": {"ids": ids}}
            return one.client.post("/graphql", json=body).json()["errors"][0]

        for _ in range(2):
            error = ask(text, "1")
            assert error["message"] == (
                "The operation makes 4 upstream calls; 'limits.calls' allows 3."
            )
            assert error["extensions"]["code"] == "MAX_CALLS_LIMIT"
        assert one.counts() == {("calls", "refused"): 2}
        fewer = text.replace(f"again: {one_card}", "")
        assert "MAX" not in ask(fewer, "1", "2")["extensions"]["code"]
        error = ask(fewer, "1", "2", "3")
        assert error["message"] == (
            "A variable has a list of 3 items; 'limits.list' allows 2."
        )


def test_where_introspection_is_off_every_door_for_documents_says_so(
    tmp_path: Path,
) -> None:
    """Queries are answered as ever, and a name of a type is no introspection."""
    with limited(tmp_path, "{ introspection: false }") as one:
        asked = {"query": "{ __schema { queryType { name } } }"}
        for reply in (
            one.client.post("/graphql", json=asked),
            one.client.get("/graphql", params=asked),
        ):
            (error,) = reply.json()["errors"]
            assert reply.json().get("data") is None
            assert error["extensions"]["code"] == "INTROSPECTION_DISABLED"
            assert error["locations"] == [{"line": 1, "column": 3}]
        named = one.client.post("/graphql", json={"query": "{ __typename }"})
        assert named.json()["data"] == {"__typename": "Query"}
