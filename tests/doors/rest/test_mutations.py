"""Mutations as resources: by POST alone, in series, and once under a key."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.doors.rest.office import System
from tests.doors.rest.test_rest import problem

NOTE: dict[str, Any] = {"id": "7", "note": {"text": "Called", "tags": ["a"]}}


def test_a_mutation_is_a_post_of_its_arguments(
    office: httpx.Client, system: System
) -> None:
    """Its value is the body, which no cache may keep; `fields` stays in the URL."""
    before = len(system.notes)
    answer = office.post("/addNote?fields=text,tags", json=NOTE)
    assert (answer.status_code, answer.json()) == (200, NOTE["note"])
    assert answer.headers["cache-control"] == "no-store"
    assert "etag" not in answer.headers
    assert system.notes[before:] == [NOTE["note"]]


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE"])
@pytest.mark.parametrize("path", ["/addNote?id=7", "/operations/noted?id=7&text=a"])
def test_nothing_is_changed_by_reading(
    office: httpx.Client, system: System, method: str, path: str
) -> None:
    """405, with what is allowed; nothing is called."""
    before = len(system.notes)
    answer = office.request(method, path)
    assert answer.status_code == 405
    assert answer.headers["allow"] == "POST, OPTIONS"
    assert len(system.notes) == before


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({}, "The parameter 'id' is missing."),
        ({"id": "7"}, "The parameter 'note' is missing."),
        ({**NOTE, "not": 1}, "There is no parameter 'not' (did you mean 'note'?)."),
        ({"id": "7", "note": {}}, "Parameter 'note' has invalid value"),
        ({"id": "7", "note": {"text": 1}}, "Parameter 'note' has invalid value at"),
        (
            {"id": "7", "note": {"text": "a", "mood": "X"}},
            "Parameter 'note' has invalid value at .mood",
        ),
        ({"id": None, "note": {"text": "a"}}, "Parameter 'id' has invalid value"),
    ],
)
def test_a_body_that_does_not_fit_is_refused_before_any_call(
    office: httpx.Client, system: System, body: dict[str, Any], told: str
) -> None:
    """By the argument."""
    before = len(system.notes)
    status, code, detail = problem(office.post("/addNote", json=body))
    assert (status, code) == (400, "BAD_USER_INPUT")
    assert detail.startswith(told)
    assert len(system.notes) == before


def test_arguments_of_a_mutation_do_not_stand_in_its_url(office: httpx.Client) -> None:
    """They would be in every log on the way."""
    assert problem(office.post("/addNote?id=7", json=NOTE)) == (
        400,
        "BAD_USER_INPUT",
        "'id' stands in the JSON body of a POST, not in its URL.",
    )


def test_under_a_key_it_is_done_once(office: httpx.Client, system: System) -> None:
    """The same answer, and a header that says so; another body is 422."""
    before, key = len(system.notes), {"idempotency-key": "rest-1"}
    first = office.post("/addNote", json=NOTE, headers=key)
    again = office.post("/addNote", json=NOTE, headers=key)
    assert (first.status_code, first.json()) == (200, again.json())
    assert "idempotent-replayed" not in first.headers
    assert again.headers["idempotent-replayed"] == "true"
    other = office.post("/addNote", json={**NOTE, "id": "8"}, headers=key)
    assert problem(other)[:2] == (422, "IDEMPOTENCY_KEY_REUSED")
    assert len(system.notes) == before + 1


def test_a_failure_is_told_again_under_its_key(
    office: httpx.Client, system: System
) -> None:
    """It may have been done; with the status of the first time."""
    before, key = len(system.notes), {"idempotency-key": "rest-2"}
    body = {"id": "7", "note": {"text": "refused"}}
    first = office.post("/addNote", json=body, headers=key)
    again = office.post("/addNote", json=body, headers=key)
    assert problem(first) == problem(again)
    assert problem(first)[:2] == (502, "UPSTREAM_STATUS")
    assert again.headers["idempotent-replayed"] == "true"
    assert len(system.notes) == before + 1


def test_a_saved_mutation_goes_on_after_a_part_that_failed(
    office: httpx.Client, system: System
) -> None:
    """In series; what is missing is told in headers."""
    before = len(system.notes)
    answer = office.post("/operations/noted", json={"id": "7", "text": "refused"})
    assert answer.json() == {"first": None, "second": {"text": "again"}}
    assert answer.headers["headwater-completeness"] == "partial"
    assert [note["text"] for note in system.notes[before:]] == ["refused", "again"]


def test_graphql_from_the_socket_says_it_too(
    office: httpx.Client, system: System
) -> None:
    """The short way of a document that is known has the same header."""
    before = len(system.notes)
    query = 'mutation { addNote(id: "7", note: {text: "b"}) { text } }'
    told = []
    for _ in range(3):
        answer = office.post(
            office.base_url.join("/graphql"),
            json={"query": query},
            headers={"idempotency-key": "graphql-1"},
        )
        told.append(answer.headers.get("idempotent-replayed"))
    assert (told, len(system.notes)) == ([None, "true", "true"], before + 1)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (
            {"id": 7, "note": {"text": "a"}},
            "'id' in the body does not fit: a text is wanted (write \"7\").",
        ),
        (
            {"id": "7", "note": {"text": "a", "tags": "one"}},
            "'note.tags' in the body does not fit: a list is wanted (write [...]).",
        ),
    ],
)
def test_a_body_is_held_to_its_description(
    office: httpx.Client, system: System, body: object, said: str
) -> None:
    """GraphQL would take one value for a list; who reads the description would not."""
    before = len(system.notes)
    answer = office.post("/addNote", json=body)
    assert (answer.status_code, answer.json()["detail"]) == (400, said)
    assert len(system.notes) == before
