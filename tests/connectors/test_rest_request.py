"""How a REST call is written: every value stays where it stands."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from gateway.connectors.base import Slot
from gateway.connectors.options import RestOptions
from gateway.connectors.rest_request import RestTarget, render
from gateway.connectors.rest_step import RestStep
from gateway.errors import ErrorClass, InternalError, UpstreamError
from gateway.record import replace
from tests.connectors.section import TestedSection


def compiled(**options: object) -> tuple[RestTarget, list[str]]:
    section = TestedSection()
    target = RestStep().compile(section, RestOptions(**options))
    return target, section.problems


def url(endpoint: str, query: object = None, **inputs: object) -> str:
    target, problems = compiled(endpoint=endpoint, query=query or {})
    assert problems == []
    return render(target, inputs).url


@pytest.mark.parametrize(
    ("value", "segment"),
    [
        ("../../admin", "..%2F..%2Fadmin"),
        ("a/b", "a%2Fb"),
        ("a?x=1", "a%3Fx%3D1"),
        ("a%2fb", "a%252fb"),
        ("a#b&c;d", "a%23b%26c%3Bd"),
        ("1; DROP TABLE", "1%3B%20DROP%20TABLE"),
        ("%2e%2e", "%252e%252e"),
        ("\\..\\x", "%5C..%5Cx"),
        ("a\r\nx: y\x00", "a%0D%0Ax%3A%20y%00"),
        ("Zoë", "Zo%C3%AB"),
        ("...", "..."),
        ("3f2b-9c_1", "3f2b-9c_1"),
        ("a-b.c~", "a-b.c~"),
        ("-", "-"),
        (42, "42"),
        (1.5, "1.5"),
        (True, "true"),
        (Decimal("1.10"), "1.10"),
        (date(2024, 2, 29), "2024-02-29"),
        (datetime(2024, 2, 29, 10, tzinfo=UTC), "2024-02-29T10%3A00%3A00Z"),
        (timedelta(milliseconds=1500), "1.5s"),
        (timedelta(seconds=-90), "-90s"),
    ],
)
def test_a_value_in_a_url_is_one_segment_or_one_query_value(
    value: object, segment: str
) -> None:
    """Nothing in it is a delimiter, in the path as in the query."""
    assert url("/accounts/{id}/x?by={id}", id=value) == (
        f"/accounts/{segment}/x?by={segment}"
    )


@pytest.mark.parametrize("value", [None, "", ".", ".."])
def test_a_segment_that_would_change_the_path_is_our_own_bug(value: object) -> None:
    """The engine lets none of them by; the connector is safe all the same."""
    with pytest.raises(InternalError):
        url("/accounts/{id}", id=value)


@pytest.mark.parametrize("value", [[1], {"a": 1}, float("nan"), "\ud800"])
def test_a_value_without_text_is_refused(value: object) -> None:
    """A list or a map has no text in a URL."""
    with pytest.raises(UpstreamError) as caught:
        url("/accounts/{id}", id=value)
    assert caught.value.kind is ErrorClass.REJECTED


def test_a_query_map_omits_nulls_and_repeats_lists() -> None:
    """It follows the endpoint's own query string."""
    query = {"a b": "x y&z", "none": None, "id": [1, None, 2], "e": "${ e }", "f": []}
    assert url("/x?own=1", query, **{"query.e": Decimal("2.50")}) == (
        "/x?own=1&a%20b=x%20y%26z&id=1&id=2&e=2.50"
    )
    assert url("/x", {"e": "${ e }"}, **{"query.e": None}) == "/x"


@pytest.mark.parametrize(
    ("endpoint", "path"),
    [
        ("accounts/{id}", "/accounts/7"),
        ("{id}", "/7"),
        ("/a b/{id}.json", "/a%20b/7.json"),
        ("/a%20b", "/a%20b"),
        ("/go/http://x", "/go/http://x"),
        ("?id={id}", "?id=7"),
        ("//other.example/x", "//other.example/x"),
    ],
)
def test_an_endpoint_is_below_the_base(endpoint: str, path: str) -> None:
    """A missing slash is put in front; what the author encoded stays."""
    assert url(endpoint, id=7) == path


def rendered(inputs: Mapping[str, object], **options: object) -> tuple[object, object]:
    target, problems = compiled(endpoint="/x", method="POST", **options)
    assert problems == []
    request = render(target, inputs)
    return dict(request.headers), request.content


def test_a_body_is_json_with_decimals_digit_by_digit() -> None:
    """Nulls stay; a Decimal is a number and never passes through a float."""
    body = {"a": None, "m": "${ m }"}
    inputs = {"body": {"a": None, "m": Decimal("1.10"), "t": timedelta(seconds=2)}}
    assert rendered(inputs, body=body) == (
        {"content-type": "application/json"},
        b'{"a":null,"m":1.10,"t":"2s"}',
    )


@pytest.mark.parametrize("value", [2**70, Decimal("NaN"), object(), "\ud800"])
def test_a_body_that_json_cannot_say_is_refused(value: object) -> None:
    """The step fails as rejected; nothing is sent."""
    with pytest.raises(UpstreamError) as caught:
        rendered({"body": value}, body="${ v }")
    assert caught.value.kind is ErrorClass.REJECTED


def test_a_form_is_urlencoded() -> None:
    """Null entries are omitted, lists repeat their key."""
    form = {"a": "x y&=", "n": None, "l": [1, 2], "v": "${ v }"}
    assert rendered({"form.v": True}, form=form) == (
        {"content-type": "application/x-www-form-urlencoded"},
        b"a=x+y%26%3D&l=1&l=2&v=true",
    )


def test_headers_omit_nulls_and_win_over_ours() -> None:
    """Names are lower-case on the way, values are stripped."""
    headers = {"X-A": "${ a }", "X-N": None, "X-I": 5, "Content-Type": "text/x"}
    assert rendered({"headers.X-A": " é "}, headers=headers, body={}) == (
        {"x-a": "é", "x-i": "5", "content-type": "text/x"},
        b"{}",
    )


@pytest.mark.parametrize("value", ["a\r\nset-cookie: b", "a\nb", "a\rb", "a\x00b"])
def test_a_header_is_one_line(value: str) -> None:
    """A line break in a value is refused, never sent and never cut off."""
    with pytest.raises(UpstreamError) as caught:
        rendered({"headers.x": value}, headers={"x": "${ v }"})
    assert (caught.value.kind, caught.value.message) == (
        ErrorClass.REJECTED,
        "The value for header 'x' holds a line break or control.",
    )


def test_what_cannot_be_sent_is_found_at_load() -> None:
    """Hosts in endpoints, fragments, framing headers, a body beside a form."""
    problems = [
        *compiled(endpoint="https://other.example/x")[1],
        *compiled(endpoint="/x#y")[1],
        *compiled(endpoint="/x", headers={"Content-Length": 1, "a b": 1})[1],
        *compiled(endpoint="/x", headers={"x": "a\r\nb: c", "y": " a\t"})[1],
        *compiled(endpoint="/x", body={"a": 1}, form={"a": 1})[1],
    ]
    assert [problem.partition(" — ")[0] for problem in problems] == [
        "endpoint: an endpoint is a path below its source's URL, not a URL",
        "endpoint: a '#' part is never sent",
        (
            "headers.Content-Length: 'Content-Length' belongs to the connection and "
            "is set by the gateway"
        ),
        "headers.a b: 'a b' is not a header's name",
        "headers.x: the value of 'x' holds a line break or control character",
        "form: a call has a 'body' or a 'form'",
    ]


def test_a_target_knows_what_it_accepts_and_how_numbers_are_read() -> None:
    """From `on_status` and from what the schema wants."""
    section = TestedSection(exact=True)
    options = RestOptions(endpoint="/x/{id}", on_status={404: None})
    assert RestStep().compile(section, options) == RestTarget(
        "GET", ("/x/", Slot("id")), accepts=frozenset({404}), exact=True
    )
    assert RestStep().rules(options).on_status == {404: None}


@pytest.mark.parametrize(
    ("method", "said", "idempotent"),
    [("GET", None, True), ("POST", None, False), ("POST", True, True)],
)
def test_idempotence_is_by_method_unless_said(
    method: str, said: object, idempotent: object
) -> None:
    """`idempotent:` wins."""
    options = RestOptions(endpoint="/x", method=method, idempotent=said)
    assert RestStep().idempotent(options) is idempotent


@pytest.mark.parametrize(
    ("endpoint", "query", "value"),
    [
        ("/a/{id}", None, "x" * 900_000),
        ("/a/{id}", None, "é" * 16_001),
        ("/a/x", {"ids": Slot("id")}, ["12345678"] * 2_000),
        ("/a/x", {"q": Slot("id")}, "é" * 6_000),
    ],
)
def test_an_address_that_no_server_reads_is_not_asked_for(
    endpoint: str, query: object, value: object
) -> None:
    """It is for who asks to ask for less: nothing was sent."""
    target, _ = compiled(endpoint=endpoint)
    if query is not None:
        target = replace(target, query=query)
    with pytest.raises(UpstreamError) as caught:
        render(target, {"id": value})
    assert caught.value.code == "BAD_USER_INPUT"
    assert "more than 16,000 characters" in caught.value.message


def test_an_address_may_be_long() -> None:
    """Many keys of a batch are asked for by one."""
    keys = "x" * 15_000
    assert url("/a/{id}", id=keys) == f"/a/{keys}"
