"""A value that a request brings stays one value at databases, caches and other graphs.

URLs, headers and names of what is listened to are in `test_places`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from itertools import pairwise
from math import inf
from pathlib import Path
from typing import Any

import pytest
from graphql import Node, parse
from hypothesis import given
from hypothesis import strategies as st

from gateway.app import build_gateway
from gateway.cache.base import CallKey
from gateway.connectors.base import Slot
from gateway.connectors.duckdb import DuckDBSource
from gateway.connectors.graphql.target import Argument, GraphqlTarget, request_body
from gateway.connectors.rows import SqlTarget
from gateway.connectors.settings import DuckDBSettings
from gateway.errors import UpstreamError
from gateway.execution.calls.caching import audience_of
from gateway.profile.model import CacheRule, CacheScope
from gateway.request.model import Caller, RequestContext
from gateway.testing.contract import call_of
from gateway.values import canonical
from gateway.wanted import Wanted
from tests.project import ask, write

NASTY = st.sampled_from(
    ('"', "'", "\\", '","', '"]', "tenant", "caller", ":", "\0", "}", ") { x } #", "\n")
)
TEXTS = st.lists(NASTY | st.text(max_size=3), max_size=3).map("".join)

# -- databases -------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Files that a warehouse may read, beside one that it may not."""
    (tmp_path / "may").mkdir()
    (tmp_path / "may" / "risk.csv").write_text("id\n1\n2\n")
    (tmp_path / "secret.csv").write_text("id\n7\n")
    return tmp_path


@pytest.mark.parametrize(
    "named", ["{}/secret.csv", "{}/may/../secret.csv", "{}/*.csv", "http://127.0.0.1/a"]
)
async def test_a_value_that_names_a_file_reads_none_but_the_warehouses_own(
    folder: Path, named: str
) -> None:
    """Also where an author lets it be a name: by path, pattern or address."""
    source = DuckDBSource(DuckDBSettings(None, files=(str(folder / "may"),)))
    target = SqlTarget(
        "SELECT * FROM read_csv($file)", {"file": Slot("file")}, rows="many"
    )
    own = call_of(target, {"file": str(folder / "may" / "risk.csv")})
    assert (await source.call(own)).body == [{"id": 1}, {"id": 2}]
    with pytest.raises(UpstreamError):
        await source.call(call_of(target, {"file": named.format(folder)}))
    await source.close()


@pytest.mark.parametrize("by", ["id DESC", "1; DROP VIEW risk", "id", "random()"])
async def test_a_value_to_order_by_is_no_column(folder: Path, by: str) -> None:
    """It is a text, by which nothing can be ordered; no identifier is ever bound."""
    source = DuckDBSource(DuckDBSettings(None, files=(str(folder / "may"),)))
    ordered = "SELECT id FROM risk ORDER BY $by, id"
    with pytest.raises(UpstreamError):
        await source.call(call_of(SqlTarget(ordered, {"by": Slot("by")}), {"by": by}))
    left = call_of(SqlTarget("SELECT count(*) AS n FROM risk", {}), {})
    assert (await source.call(left)).body == {"n": 2}
    await source.close()


# -- other graphs ----------------------------------------------------------------------

ASKED = GraphqlTarget(
    "q", "pick", arguments=(Argument("by", Slot("by")),), selects=True
).selecting(Wanted(is_leaf=True))
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXTS,
    lambda some: st.lists(some, max_size=3) | st.dictionaries(TEXTS, some, max_size=2),
    max_leaves=5,
)


@given(VALUES)
def test_a_value_in_a_document_is_one_value(value: object) -> None:
    """Where no type is known, and a value stands in the text: it selects nothing."""
    try:
        body = request_body(ASKED, {"by": value})
    except UpstreamError:
        return
    assert body["variables"] == {}
    document: Any = parse(str(body["query"]))
    (operation,) = document.definitions
    (field,) = operation.selection_set.selections
    (argument,) = field.arguments
    assert (field.name.value, argument.name.value) == ("pick", "by")
    assert not field.directives
    assert not field.selection_set
    assert texts_in(value) == [*strings(argument.value)]


def texts_in(value: object) -> list[str]:
    """The texts of a value, in order."""
    match value:
        case str():
            return [value]
        case Mapping():
            return [text for one in value.values() for text in texts_in(one)]
        case list():
            return [text for one in value for text in texts_in(one)]
    return []


def strings(node: Node) -> Iterator[str]:
    """The strings of a literal, in order."""
    of: Any = node
    if node.kind == "string_value":
        yield of.value
    for one in getattr(node, "values", ()):
        yield from strings(one)
    for one in getattr(node, "fields", ()):
        yield from strings(one.value)


# -- caches ----------------------------------------------------------------------------


def key(tenant: str | None, issuer: str, subject: str, url: str) -> CallKey:
    """Where a reply is kept for a caller alone."""
    caller = Caller(subject, {"iss": issuer, "sub": subject})
    request = RequestContext("r", 0.0, datetime(2026, 1, 1, tzinfo=UTC), tenant, caller)
    rule = CacheRule(60.0, scope=CacheScope.CALLER)
    return CallKey("source", ("family", url), audience_of(rule, request))


@given(st.lists(st.tuples(TEXTS, TEXTS, TEXTS, TEXTS), min_size=2, max_size=6))
def test_no_name_is_two_callers(people: list[tuple[str, str, str, str]]) -> None:
    """However tenants, issuers, subjects and calls are named: one key, one of each."""
    for one, other in pairwise(people):
        same = one == other
        assert (key(*one).text == key(*other).text) is same
        assert (key(*one).of == key(*other).of) is same


@given(VALUES, VALUES)
def test_calls_that_differ_in_a_value_are_two(one: object, other: object) -> None:
    """Also in what JSON has no word for; the order of keys is no difference."""
    assert (canonical(one) == canonical(other)) is (spelled(one) == spelled(other))


def spelled(value: object) -> str:
    """A value as Python writes it, with the keys of maps in order."""
    match value:
        case Mapping():
            pairs = sorted((key, spelled(one)) for key, one in value.items())
            return f"map {pairs!r}"
        case list():
            return f"list {[spelled(one) for one in value]!r}"
    return repr(value)


PROFILE = """
language: 1
operation: kept
args: { most: JSON }
steps:
  - name: rows
    type: warehouse
    query: SELECT coalesce(:most, -1) AS most
    params: { most: "${ most }" }
    cache: { ttl: 10m }
"""


async def test_what_is_no_number_is_not_kept_for_null(tmp_path: Path) -> None:
    """`1e999` is an infinity, which JSON would write as null: another call."""
    files = {
        "headwater.yaml": "sources: { warehouse: { type: duckdb } }\n",
        "profiles/kept.yaml": PROFILE,
    }
    gateway = build_gateway([write(tmp_path, files)], {})
    async with gateway.serving():
        found = [
            await ask(gateway, f"{{ kept(most: {most}) {{ rows {{ most }} }} }}")
            for most in ("1e999", "null", "-1e999")
        ]
    most = [{"data": {"kept": {"rows": {"most": one}}}} for one in (inf, -1, -inf)]
    assert found == most
