"""Calls that nobody can foresee are counted while they are made."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.limiting.conftest import limited

SDL = """
type Shelf { books: [Book], pages: [Book] }
type Book { id: ID, writer: Writer, shop: Shop }
type Writer { name: String }
type Shop { id: ID }
"""
SHELF = """
language: 1
operation: shelf
returns: Shelf
steps:
  - { name: books, endpoint: /books }
  - name: pages
    endpoint: /pages
    paginate: { style: page, param: page, size_param: size, size: 2 }
"""
BOOK = """
language: 1
entity: Book
steps:
  - { name: writer, endpoint: "/writers/{self.id}" WHEN }
  - name: shop
    endpoint: /shops
    batch: { key: "${ self.id }", query: { ids: "${ keys }" }, by: id, max: 2 }
"""
BOOKS = [{"id": str(n)} for n in range(8)]


class Upstream(BaseHTTPRequestHandler):
    """Eight books, two a page, each with a writer; and who was asked for."""

    asked: list[str]

    def do_GET(self) -> None:
        self.asked.append(self.path)
        url = urlsplit(self.path)
        query = parse_qs(url.query)
        body: Any = {"name": url.path}
        if url.path == "/books":
            body = BOOKS
        elif url.path == "/pages":
            page = int(query.get("page", ["1"])[0])
            body = BOOKS[2 * page - 2 : 2 * page]
        elif url.path == "/shops":
            body = [{"id": one} for one in query["ids"]]
        told = json.dumps(body).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(told)))
        self.end_headers()
        self.wfile.write(told)

    def log_message(self, *_: object) -> None:
        """Nothing."""


@contextmanager
def upstream() -> Iterator[tuple[int, list[str]]]:
    """Its port, and the paths that were asked for."""
    asked: list[str] = []
    kind = type("Asked", (Upstream,), {"asked": asked})
    with ThreadingHTTPServer(("127.0.0.1", 0), kind) as server:
        thread = Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield server.server_address[1], asked
        finally:
            server.shutdown()
            thread.join()


def asks(
    folder: Path, limits: str, query: str, when: str = "", also: str = ""
) -> tuple[Any, int]:
    """What an operation comes to under limits, and how many calls it made."""
    files = {
        "schema/s.graphql": SDL,
        "profiles/shelf.yaml": SHELF,
        "profiles/book.yaml": BOOK.replace("WHEN", when),
    }
    with upstream() as (port, asked):
        where = f"sources: {{ default: {{ url: 'http://127.0.0.1:{port}' }} }}\n"
        with limited(folder, limits, where + also, files) as one:
            answer = one.client.post("/graphql", json={"query": query}).json()
            counts = one.counts()
    verdict = "warned" if "warn" in limits else "refused"
    beyond = "errors" in answer or "warn" in limits
    assert counts == ({("calls", verdict): 1} if beyond else {})
    return answer, len(asked)


@pytest.mark.parametrize("when", ["", ', when: "true"'])
def test_objects_beyond_the_calls_of_a_request_are_told(
    tmp_path: Path, when: str
) -> None:
    """The first of them are asked for, on a runway or not; each other has an error."""
    query = "{ shelf { books { writer { name } } } }"
    answer, calls = asks(tmp_path, "{ calls: 5 }", query, when)
    books = answer["data"]["shelf"]["books"]
    assert calls == 5
    assert [book["writer"] is not None for book in books] == [True] * 4 + [False] * 4
    assert {error["extensions"]["code"] for error in answer["errors"]} == {
        "MAX_CALLS_LIMIT"
    }
    assert [error["path"] for error in answer["errors"]] == [
        ["shelf", "books", n, "writer"] for n in range(4, 8)
    ]
    assert "limits.calls" in answer["errors"][0]["message"]


def test_batches_are_counted_by_their_calls(tmp_path: Path) -> None:
    """Eight keys by two are four calls, of which two are beyond."""
    query = "{ shelf { books { shop { id } } } }"
    answer, calls = asks(tmp_path, "{ calls: 3 }", query)
    assert calls == 3, answer
    shops = [book["shop"] for book in answer["data"]["shelf"]["books"]]
    assert shops == [*({"id": str(n)} for n in range(4)), None, None, None, None]
    assert len(answer["errors"]) == 4


def test_pages_are_counted(tmp_path: Path) -> None:
    """A list that lacks rows unnoticed is worse than none: the step fails."""
    answer, calls = asks(tmp_path, "{ calls: 3 }", "{ shelf { pages { id } } }")
    assert calls == 3, answer
    (error,) = answer["errors"]
    assert (error["path"], error["extensions"]["code"]) == (
        ["shelf", "pages"],
        "MAX_CALLS_LIMIT",
    )


def test_calls_that_warn_are_all_made(tmp_path: Path) -> None:
    """Nobody is refused while a limit is being tried; nor are fewer calls."""
    query = "{ shelf { books { writer { name } } } }"
    answer, calls = asks(tmp_path, "{ calls: 5, warn: calls }", query)
    assert ("errors" in answer, calls) == (False, 9)
    answer, calls = asks(tmp_path / "enough", "{ calls: 9 }", query)
    assert ("errors" in answer, calls) == (False, 9)


def test_a_recorded_request_makes_no_more_calls(tmp_path: Path) -> None:
    """Who is listened to has an engine of his own, and the same limits."""
    query = "{ shelf { books { writer { name } } } }"
    recording = "record: { to: ./tapes, sample: 100% }\n"
    answer, calls = asks(tmp_path, "{ calls: 5 }", query, also=recording)
    assert (calls, len(answer["errors"])) == (5, 4)
