"""A `paginate` that cannot hold is told at its place, with the fix."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.loading.loader import Loader

SDL = """\
type Query {
  a(id: ID): A
  rows(first: Int, after: String): Rows
  bare: Rows
  counted(first: Int, after: String): Counted
}
type A { list: [Row!], one: Row, of: Rows, by: [B!] }
type B { id: ID!, c: Row }
type Row { id: ID! }
type Rows { edges: [Edge!]!, pageInfo: Info! }
type Counted { edges: [Edge!]!, pageInfo: Info!, totalCount: Int }
type Edge { cursor: String!, node: Row! }
type Info { hasNextPage: Boolean! }
"""
PAGE = "style: page, param: p, size: 9"


def problems(folder: Path, operation: str, step: str) -> list[str]:
    """What is wrong with a profile of one step, by place."""
    for name in ("profiles", "schema"):
        (folder / name).mkdir()
    (folder / "schema/s.graphql").write_text(SDL)
    (folder / "headwater.yaml").write_text(
        "sources: { default: { url: 'http://up.invalid' } }\n"
    )
    (folder / "profiles/a.yaml").write_text(
        f"language: 1\noperation: {operation}\nsteps:\n  - {{ {step} }}\n"
    )
    loader = Loader([folder / "headwater.yaml"], {}, lambda _: ({}, lambda: None))
    found = [str(problem) for problem in loader.check()]
    return [
        one.partition("profiles/a.yaml:")[2]
        for one in found
        if "profiles/a.yaml:4" in one and "no step gives" not in one
    ]


def told(folder: Path, paginate: str, more: str = "") -> list[str]:
    """The problems of a step that fills a list with such pages."""
    step = f"name: list, endpoint: /x{more}, paginate: {{ {paginate} }}"
    return problems(folder, "a", step)


@pytest.mark.parametrize(
    "paginate",
    [
        "style: cursor, param: c, next: response.body.next",
        "style: cursor, param: c, next: response.body.next, size: 9, size_param: n",
        PAGE,
        "style: page, param: p, next: response.body.more",
        "style: offset, param: o, size: 9, start: 1, total: response.body.total",
        "style: link",
        "style: link, param: p, max_pages: 2",
        f"{PAGE}, first: '3'",
    ],
)
def test_what_can_be_read_is_silent(tmp_path: Path, paginate: str) -> None:
    """A style with all that it needs."""
    assert told(tmp_path, paginate) == []


@pytest.mark.parametrize(
    ("paginate", "wrong"),
    [
        (
            "style: cursor",
            [
                "4:33: 'style: cursor' needs 'next' — add next: \"response.body.next\"",
                "4:33: 'style: cursor' needs 'param' — add param: cursor",
            ],
        ),
        (
            "style: page, param: p",
            ["4:33: 'style: page' needs 'size' — add size: 100"],
        ),
        (
            "style: offset, size: 9",
            ["4:33: 'style: offset' needs 'param' — add param: offset"],
        ),
        (
            "style: link, size_param: n",
            ["4:58: 'size_param' needs 'size' — add size: 100"],
        ),
        (
            "style: link, next: response.body.next",
            [
                (
                    "4:58: the Link header names the next page, so 'next' has no "
                    "effect — remove it, or write 'style: cursor'"
                )
            ],
        ),
        (
            "style: link, start: 1",
            ["4:58: 'style: link' starts where the source does — remove 'start'"],
        ),
        (
            f"{PAGE}, start: -1",
            ["4:77: no page and no row is before 0 — write 0 or 1"],
        ),
        (
            f"{PAGE}, first: args.first",
            [],
        ),
        (
            f"{PAGE}, first: frist",
            ["4:84: 'frist' is neither an argument nor a step here"],
        ),
        (
            f"{PAGE}, next: response.body..x",
            ["4:97: unexpected '.', expected a field"],
        ),
    ],
)
def test_a_style_without_what_it_needs(
    tmp_path: Path, paginate: str, wrong: list[str]
) -> None:
    """Each missing key is told with an example of it."""
    assert told(tmp_path, paginate) == wrong


@pytest.mark.parametrize(
    ("more", "wrong"),
    [
        (", method: POST, idempotent: true", []),
        (
            ", method: POST",
            [
                (
                    "pages are asked for with one call each, and making this call "
                    "twice may not be the same as making it once — write "
                    "'idempotent: true' where it is the same"
                )
            ],
        ),
        (
            ", query: { p: 1 }",
            ["'query' has 'p' already — remove it there"],
        ),
        (
            ", cache: { ttl: 1m, keep: 1h }, fallback: [{ stale: 1h }]",
            [
                (
                    "an old answer is kept for each page, so none can stand in for the "
                    "list — remove 'stale' from 'fallback'; { value: [] } can stand in"
                )
            ],
        ),
        (", cache: { ttl: 1m }, fallback: [{ value: [] }]", []),
    ],
)
def test_what_does_not_go_with_pages(
    tmp_path: Path, more: str, wrong: list[str]
) -> None:
    """Each key that would be a trap beside it."""
    found = told(tmp_path, PAGE, more)
    assert [one.partition(": ")[2] for one in found] == wrong


def test_a_batch_has_no_pages(tmp_path: Path) -> None:
    """It asks for its keys, and is answered with all of them."""
    batch = 'batch: { key: "${ self.id }", by: id }, query: { ids: "${ keys }" }'
    step = f"name: c, fills: B.c, endpoint: /x, {batch}, paginate: {{ {PAGE} }}"
    found = problems(tmp_path, "a", step)
    assert [one.partition(": ")[2] for one in found] == [
        (
            "a batch asks for its keys in one call each, and not for pages — remove "
            "'batch' or 'paginate'"
        ),
        (
            "a list comes in pages, and Row is neither a list nor a connection — write "
            "[Row!] in the schema, or a type with edges and pageInfo"
        ),
    ]


def test_a_field_that_is_no_list_has_no_pages(tmp_path: Path) -> None:
    """Nor one that is no connection."""
    step = f"name: one, endpoint: /x, paginate: {{ {PAGE} }}"
    assert problems(tmp_path, "a", step) == [
        (
            "4:32: a list comes in pages, and Row is neither a list nor a connection — "
            "write [Row!] in the schema, or a type with edges and pageInfo"
        )
    ]


@pytest.mark.parametrize(
    ("operation", "paginate", "wrong"),
    [
        ("rows", PAGE, []),
        (
            "bare",
            PAGE,
            [
                (
                    "Rows is a connection, and its field has no argument 'after' — add "
                    "after: String to the field in the schema"
                ),
                (
                    "Rows is a connection, and its field has no argument 'first' — add "
                    "first: Int to the field in the schema"
                ),
            ],
        ),
        (
            "rows",
            "style: link",
            [
                (
                    "clients hold the cursors of a connection, and must not choose "
                    "what is asked of the source — add 'param': the one parameter of "
                    "the link that says which page it is"
                )
            ],
        ),
        ("rows", "style: link, param: page", []),
        (
            "counted",
            PAGE,
            ['Counted.totalCount is always null — add total: "response.body.total"'],
        ),
        ("counted", f"{PAGE}, total: response.body.total", []),
    ],
)
def test_what_a_connection_needs(
    tmp_path: Path, operation: str, paginate: str, wrong: list[str]
) -> None:
    """Its field's arguments, and a page's name that clients may hold."""
    step = f"name: found, endpoint: /x, paginate: {{ {paginate} }}"
    found = problems(tmp_path, operation, step)
    assert [one.partition(": ")[2] for one in found] == wrong
