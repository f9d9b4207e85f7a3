"""What the tools of clients write, and what is no manifest."""

from __future__ import annotations

import pytest

from gateway.errors import Problems
from gateway.persisted.listing import hash_of, listed
from gateway.persisted.manifest import Entry, read_manifest
from gateway.values import SourceSpan

BROKEN = {
    "not valid JSON": "{",
    "no manifest": "[1]",
    "version 1": '{"format": "apollo-persisted-query-manifest", "version": 2}',
    "persisted-query-manifest', version 1": '{"version": 2, "operations": [],'
    '"format": "apollo-persisted-query-manifest"}',
    "of the format 'apollo": '{"format": "other", "version": 1, "operations": []}',
    "'a' of the manifest": '{\n  "a": 7}',
    "'None' of the manifest": '{"format": "apollo-persisted-query-manifest",'
    '"version": 1, "operations": [7]}',
    "'b' of the manifest": '{"b": ""}',
}


@pytest.mark.parametrize("said", BROKEN)
def test_what_is_no_manifest_is_said_at_its_place(said: str) -> None:
    """Each with its file; what is good of it is taken."""
    problems = Problems()
    read_manifest("web.json", BROKEN[said], problems)
    (problem,) = problems.found
    assert said in problem.message
    assert problem.span.file == "web.json"
    if "'a'" in said:
        assert (problem.span.line, problem.span.column) == (2, 3)


def test_an_id_of_two_documents_stands_for_the_first() -> None:
    """Both places are told."""
    problems = Problems()
    entries = [
        Entry("a", "{ one }", SourceSpan("web.json", 2, 3)),
        Entry("a", "{ two }", SourceSpan("app.json", 1, 2)),
        Entry("a", "{ one }", SourceSpan("old.json", 1, 2)),
    ]
    found = listed(entries, problems)
    assert found.by_id["a"] == "{ one }"
    assert found.texts == {"{ one }"}
    (problem,) = problems.found
    assert str(problem.span) == "app.json:1:2"
    assert "web.json:2:3" in problem.message


def test_what_a_client_calls_a_document_wins_over_what_its_hash_is() -> None:
    """An id that is another document's hash stands for its own document."""
    place, other = SourceSpan("web.json"), hash_of("{ two }")
    entries = [Entry(other, "{ one }", place), Entry("b", "{ two }", place)]
    found = listed(entries, Problems())
    assert found.named(other) == "{ one }"
    assert found.named(f"sha256:{other}") == "{ two }"
