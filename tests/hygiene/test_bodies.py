"""Bodies that are odd, large, deep or no JSON at all, as they come over the wire."""

from __future__ import annotations

import gzip

import pytest

from tests.hygiene.wire import ANSWER, GOOD, HEAD, get, is_answered, line, post


def variables(text: bytes, kind: bytes = b"ID") -> bytes:
    """A request with this text of JSON as its variables."""
    query = b"query($v: " + kind + b") { book(id: $v) { id } }"
    return b'{"query":"' + query + b'","variables":{"v":' + text + b"}}"


def asked(document: bytes, more: bytes = b"") -> bytes:
    return post(b'{"query":"' + document + b'"' + more + b"}")


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"null", id="null"),
        pytest.param(b'"x"', id="text"),
        pytest.param(b"42", id="a number"),
        pytest.param(b"[]", id="no batch"),
        pytest.param(b"[" + GOOD + b"]", id="a batch"),
        pytest.param(b"[" * 100_000, id="100,000 deep"),
        pytest.param(b"[" * 100_000 + b"]" * 100_000, id="100,000 deep and closed"),
        pytest.param(b'{"a":' * 100_000 + b"1" + b"}" * 100_000, id="objects, too"),
        pytest.param(variables(b"[" * 900 + b"]" * 900), id="variables 900 deep"),
        pytest.param(variables(b"NaN"), id="NaN"),
        pytest.param(variables(b"-Infinity"), id="Infinity"),
        pytest.param(variables(b"1e999"), id="beyond floats"),
        pytest.param(variables(b'"\\ud800"'), id="half a character"),
        pytest.param(variables(b'"\xff"'), id="not UTF-8"),
        pytest.param(b"\xef\xbb\xbf" + GOOD, id="a byte order mark"),
        pytest.param(GOOD.decode().encode("utf-16"), id="UTF-16"),
        pytest.param(GOOD + GOOD, id="two requests"),
        pytest.param(b"query={__typename}", id="a form"),
        pytest.param(b'{"query":{"__typename":1}}', id="a query that is none"),
        pytest.param(
            b'{"query":"{ __typename }","variables":[]}', id="list of variables"
        ),
        pytest.param(b'{"query":"{ __typename }","operationName":1}', id="no name"),
        pytest.param(b'{"query":""}', id="an empty query"),
        pytest.param(
            b'{"__proto__":{"query":"{ __typename }"}}', id="another language"
        ),
        pytest.param(b"\0" * 900_000, id="900 KB of nothing"),
        pytest.param(b'{"query":"' + b"{" * 900_000 + b'"}', id="900 KB of braces"),
        pytest.param(b'{"query":"' + b"#" * 900_000 + b'"}', id="900 KB of comment"),
    ],
)
def test_what_is_no_request_is_told_so(port: int, body: bytes) -> None:
    """With a 4xx, or 200 and errors where it could be read; others are served."""
    with line(port, post(body)) as odd:
        assert is_answered(port)
        said = odd.said()
        assert said.status in (200, 400)
        assert said.code != "INTERNAL_SERVER_ERROR"
        assert odd.send(post()).said().json == ANSWER


@pytest.mark.parametrize("digits", [400, 5_000, 100_000])
def test_a_number_of_many_digits_is_none(port: int, digits: int) -> None:
    """Python takes time for them that grows with their square."""
    for text in (b"1" * digits, b"0." + b"1" * digits, b"1e" + b"9" * digits):
        with line(port, post(variables(text, b"Int"))) as odd:
            assert is_answered(port)
            assert odd.said().code in ("BAD_REQUEST", "GRAPHQL_VALIDATION_FAILED")


def test_of_a_key_that_is_there_twice_the_last_one_counts(port: int) -> None:
    """As for nearly all who read JSON, so that no two think of different requests."""
    twice = b'{"query":"{ nothing }",' + GOOD[1:]
    with line(port, post(twice)) as odd:
        assert odd.said().json == ANSWER


@pytest.mark.parametrize(
    "head",
    [
        pytest.param(b"content-encoding: gzip\r\n", id="gzip"),
        pytest.param(b"content-encoding: gzip, gzip\r\n", id="gzip twice"),
        pytest.param(b"content-encoding: br\r\n", id="brotli"),
    ],
)
def test_a_compressed_body_is_not_inflated(port: int, head: bytes) -> None:
    """A bomb stays as small as it came."""
    bomb = gzip.compress(b"\0" * 50_000_000)
    with line(port, post(bomb, head)) as odd:
        assert is_answered(port)
        assert odd.said().status == 415


@pytest.mark.parametrize(
    "kind",
    [
        b"text/plain",
        b"application/x-www-form-urlencoded",
        b"multipart/form-data; boundary=x",
        b"application/jsonx",
        b"application/json; charset=utf-7",
        b"application/json; charset=utf-16",
        b"application/json; charset=\xff",
        b"application/json, application/json",
        b"",
        b"/" * 5_000,
    ],
)
def test_another_type_of_body_is_refused(port: int, kind: bytes) -> None:
    """A page can make a browser send the first three without asking."""
    head = HEAD.replace(b"application/json", kind)
    sent = post().replace(HEAD, head)
    with line(port, sent) as odd:
        assert odd.said().status == 415
        assert odd.send(post()).said().json == ANSWER


@pytest.mark.parametrize(
    "query",
    [
        b"",
        b"?query=",
        b"?query=%",
        b"?query=%ff",
        b"?query={__typename}&query={__typename}",
        b"?query={__typename}&variables=[",
        b"?query={__typename}&variables=" + b"[" * 20_000,
        b"?" + b"&".join(b"a=b" for _ in range(5_000)),
        b"?query=mutation{rate(id:1,stars:5){id}}",
    ],
)
def test_a_url_that_is_no_query_is_told_so(port: int, query: bytes) -> None:
    """Or that is one, and would change something."""
    with line(port, get(b"/graphql" + query)) as odd:
        assert is_answered(port)
        said = odd.said()
        assert said.status in (200, 400, 405)
        assert said.code in ("BAD_REQUEST", "GRAPHQL_PARSE_FAILED")
        assert odd.send(post()).said().json == ANSWER


LONG = b"a" * 60_000


@pytest.mark.parametrize(
    "sent",
    [
        pytest.param(asked(b"{ %s }" % LONG), id="a field"),
        pytest.param(asked(b"{ ...%s }" % LONG), id="a fragment"),
        pytest.param(asked(b"{ book(id: %s) { id } }" % LONG), id="a value"),
        pytest.param(asked(b"{ __typename @%s }" % LONG), id="a directive"),
        pytest.param(
            asked(b"query A { __typename }", b',"operationName":"%s"' % LONG),
            id="an operation",
        ),
        pytest.param(get(b"/" + LONG), id="a path"),
    ],
)
def test_nobody_is_sent_back_at_length_what_he_sent(port: int, sent: bytes) -> None:
    """What is wrong is said with the beginning of a name, and how the message ends."""
    with line(port, sent) as odd:
        said = odd.said()
        assert b"errors" in said.body
        assert len(said.body) < 2_500
