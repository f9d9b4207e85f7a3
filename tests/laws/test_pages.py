"""Laws of lists that come in pages, tried on every style and random sizes."""

from __future__ import annotations

from math import ceil

from hypothesis import given
from hypothesis import strategies as st

from gateway.testing import run_virtual
from tests.paged import PagedList, edges_of, given_by, page_info

STYLES = ("cursor", "page", "offset", "link")


@st.composite
def lists(draw: st.DrawFn, *, connection: bool = False) -> PagedList:
    style = draw(st.sampled_from(STYLES))
    counted = style in ("page", "offset")
    return PagedList(
        style,
        total=draw(st.integers(0, 12)),
        size=draw(st.integers(1, 5)),
        tells=draw(st.sampled_from((None, "next", "total"))) if counted else None,
        sized=draw(st.booleans()),
        connection=connection,
    )


@given(lists())
def test_the_pages_together_are_the_whole_list_once(of: PagedList) -> None:
    """In order, with a call for each page, and one more only where nobody tells."""
    ran = run_virtual(of.read())
    assert given_by(ran) == of.rows
    pages = max(1, ceil(of.total / of.size))
    unknown = of.total and of.total % of.size == 0 and not of.exact
    assert ran.source.counts == {"list": pages + bool(unknown)}


@given(lists(), st.integers(1, 14))
def test_first_is_the_beginning_of_the_list(of: PagedList, first: int) -> None:
    """And no page beyond it is asked for."""
    ran = run_virtual(of.read(first))
    assert given_by(ran) == of.rows[:first]
    wanted = min(first, of.total + (0 if of.exact else 1))
    assert ran.source.counts == {"list": max(1, ceil(wanted / of.size))}


@given(lists(connection=True), st.lists(st.integers(1, 6), min_size=1, max_size=20))
def test_walking_a_connection_visits_every_row_once(
    of: PagedList, firsts: list[int]
) -> None:
    """Whatever is asked for at a time; it ends where there is no next page."""
    visited: list[object] = []
    after, turn = None, 0
    while True:
        first = firsts[turn % len(firsts)]
        connection = given_by(run_virtual(of.read(first, after)))
        nodes = [edge["node"] for edge in edges_of(connection)]
        assert len(nodes) <= first
        visited += nodes
        info = page_info(connection)
        assert info["hasPreviousPage"] is (after is not None)
        if of.exact:
            assert info["hasNextPage"] is (len(visited) < of.total)
        if not info["hasNextPage"]:
            break
        after, turn = str(info["endCursor"]), turn + 1
    assert visited == of.rows


@given(lists(connection=True), st.integers(1, 6), st.integers(1, 6))
def test_after_any_edge_comes_the_next_row(
    of: PagedList, first: int, then: int
) -> None:
    """Also within a page of the source, and at its end."""
    for number, edge in enumerate(edges_of(given_by(run_virtual(of.read(first))))):
        on = given_by(run_virtual(of.read(then, str(edge["cursor"]))))
        nodes = [edge["node"] for edge in edges_of(on)]
        assert nodes == of.rows[number + 1 : number + 1 + then]


@given(lists(connection=True))
def test_a_connection_without_first_is_one_page(of: PagedList) -> None:
    """Of the source's own size, for one call."""
    ran = run_virtual(of.read())
    assert [edge["node"] for edge in edges_of(given_by(ran))] == of.rows[: of.size]
    assert ran.source.counts == {"list": 1}
