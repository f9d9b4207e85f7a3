"""Bodies of replies over real sockets, by their media type or as the step says."""

from __future__ import annotations

import gzip
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from decimal import Decimal

import pytest

from gateway.clock import Deadline, LoopClock
from gateway.connectors.base import Call, Reply
from gateway.connectors.bodies.media import ACCEPTS, Kind
from gateway.connectors.options import RestOptions
from gateway.connectors.rest import RestSource
from gateway.connectors.rest_request import RestTarget
from gateway.connectors.rest_step import RestStep
from gateway.connectors.settings import RestSettings
from gateway.errors import ErrorClass, UpstreamError
from gateway.testing import HostileUpstream
from gateway.testing.hostile import Exchange, Misbehaviour, answers, reply
from tests.connectors.section import TestedSection

pytestmark = pytest.mark.usefixtures("transport")
XML = "application/xml"
CSV = "text/csv"
LINES = "application/x-ndjson"
LAUGHS = b'<!DOCTYPE lolz [<!ENTITY a "lol"><!ENTITY b "&a;&a;&a;">]><lolz>&b;</lolz>'
FETCHES = b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/hostname">]><a>&x;</a>'


@asynccontextmanager
async def asking(
    handler: Misbehaviour, **settings: object
) -> AsyncIterator[tuple[HostileUpstream, RestSource]]:
    async with HostileUpstream(handler) as server:
        source = RestSource(RestSettings(server.url, **settings))  # type: ignore[arg-type]
        try:
            yield server, source
        finally:
            await source.close()


def target(**keys: object) -> RestTarget:
    """A step's target, compiled as its keys say."""
    options = RestOptions(endpoint="/x", **keys)  # type: ignore[arg-type]
    return RestStep().compile(TestedSection(), options)


def call(asked: RestTarget) -> Call[RestTarget]:
    return Call("account", asked, {}, Deadline.after(20, LoopClock()))


async def came(
    body: bytes, media: str, *, status: int = 200, **keys: object
) -> Reply | UpstreamError:
    """The reply of such a body, or what is wrong with it."""
    handler = answers(body, status, headers={"content-type": media})
    async with asking(handler) as (_, source):
        try:
            return await source.call(call(target(**keys)))
        except UpstreamError as error:
            return error


async def read(body: bytes, media: str, **keys: object) -> object:
    found = await came(body, media, **keys)
    assert isinstance(found, Reply), found
    return found.body


async def wrong(body: bytes, media: str, **keys: object) -> str:
    found = await came(body, media, **keys)
    assert isinstance(found, UpstreamError), found
    assert found.kind is ErrorClass.INVALID
    return found.message


@pytest.mark.parametrize(
    ("body", "media", "value"),
    [
        (b'{"a": 1}', "application/json", {"a": 1}),
        (b'{"a": 1}', "application/vnd.api+json; charset=utf-8", {"a": 1}),
        (b'{"a": 1}', "application/octet-stream", {"a": 1}),
        ('{"a": "é"}'.encode("latin-1"), "text/json; charset=latin1", {"a": "é"}),
        ("é".encode(), "text/plain", "é"),
        (b"\xe9\x80", "text/plain; charset=windows-1252", "é€"),
        (b"\xef\xbb\xbfhi", "text/plain; charset=iso-8859-1", "hi"),
        ("\ufeffhi".encode("utf-16-le"), "text/plain", "hi"),
        (
            b'id,city\n7,"Bern, CH"\r\n\n8,\n',
            CSV,
            [{"id": "7", "city": "Bern, CH"}, {"id": "8", "city": None}],
        ),
        (b"\xef\xbb\xbfa;b\n1;2", CSV, [{"a": "1", "b": "2"}]),
        (b"a\tb\n1\t2\n", "text/tab-separated-values", [{"a": "1", "b": "2"}]),
        (b"a,b\n", CSV, []),
        (b"", CSV, []),
        (b'{"a": 1}\n\r\n[2]\r\n', LINES, [{"a": 1}, [2]]),
        (b'\xef\xbb\xbf"a"', "application/jsonl", ["a"]),
        (b"", LINES, []),
        (b"", "application/json", None),
        (b"", "text/plain", None),
    ],
)
async def test_a_body_is_read_by_its_media_type(
    body: bytes, media: str, value: object
) -> None:
    """Charsets are kept, byte order marks let by, empty cells null."""
    assert await read(body, media) == value


async def test_xml_becomes_maps_and_lists() -> None:
    """Several of one name are a list, attributes have an `@`, prefixes go."""
    body = (
        b'<?xml version="1.0" encoding="iso-8859-1"?>\n'
        b'<!DOCTYPE feed SYSTEM "http://127.0.0.1:1/never.dtd">'
        b'<s:feed xmlns:s="urn:s" s:lang="de"><item id="1">\xe9</item><item/>'
        b"<one><![CDATA[<b>]]></one><!-- no --></s:feed>"
    )
    feed = {
        "@lang": "de",
        "item": [{"@id": "1", "#text": "é"}, None],
        "one": "<b>",
    }
    assert await read(body, XML) == {"feed": feed}
    assert await read(body, XML, lists=["one", "item"]) == {
        "feed": {**feed, "one": ["<b>"]}
    }


@pytest.mark.parametrize(
    ("body", "media", "message"),
    [
        (
            b"<html>Sign in</html>",
            "text/html; charset=utf-8",
            "The source answered with text/html, which is not read.",
        ),
        (
            b"\x89PNG",
            "image/png",
            "The source answered with image/png, which is not read.",
        ),
        (b"\xff", "text/plain", "The source's answer is not valid UTF-8."),
        (
            b"x",
            "text/plain; charset=rot13",
            "The source's answer has a charset that is not known.",
        ),
        (
            b"{}",
            "application/json; charset=unicode_escape",
            "The source's answer has a charset that is not known.",
        ),
        (
            b'{"a": "\xff"}',
            "application/json",
            "The source's answer is not valid JSON.",
        ),
        (
            b"a,b\n1,2\n1,2,3\n",
            CSV,
            "Row 2 of the source's CSV has 3 cells, and its header 2.",
        ),
        (b"a,a\n1,2\n", CSV, "Two columns of the source's CSV have one name."),
        (b"a,\n1,2\n", CSV, "A column of the source's CSV has no name."),
        (b'a\n"1', CSV, "Line 2 of the source's answer is no CSV."),
        (b'{}\n{"a":\n{}', LINES, "Line 2 of the source's answer is not valid JSON."),
        (b"<a><b></a>", XML, "The source's answer is not valid XML."),
        (b"<a>\xff</a>", XML, "The source's answer is not valid XML."),
        (
            LAUGHS,
            XML,
            "The source's answer is XML with entities, which are not read.",
        ),
        (
            FETCHES,
            "text/xml",
            "The source's answer is XML with entities, which are not read.",
        ),
        (
            b"<a>" * 300 + b"</a>" * 300,
            XML,
            "The source's XML is nested deeper than 200.",
        ),
    ],
)
async def test_what_is_not_what_it_says_is_invalid(
    body: bytes, media: str, message: str
) -> None:
    """What came is named; nothing is replaced, expanded, fetched or guessed."""
    assert await wrong(body, media) == message


@pytest.mark.parametrize(
    ("kind", "body", "value"),
    [
        ("csv", b"a\n1\n", [{"a": "1"}]),
        ("xml", b"<a>1</a>", {"a": "1"}),
        ("ndjson", b"1\n2", [1, 2]),
        ("json", b"[1]", [1]),
        ("text", b"[1]", "[1]"),
    ],
)
@pytest.mark.parametrize("media", ["", "text/plain", "application/octet-stream"])
async def test_reads_decides_where_the_media_type_says_nothing(
    kind: Kind, body: bytes, value: object, media: str
) -> None:
    """Servers write these for anything."""
    assert await read(body, media, reads=kind) == value


@pytest.mark.parametrize(
    ("kind", "media"),
    [("json", CSV), ("csv", "application/json"), ("xml", "text/html"), ("json", XML)],
)
async def test_another_kind_than_reads_says_is_invalid(kind: Kind, media: str) -> None:
    """Named as it came."""
    message = f"The source answered with {media} in place of {kind}."
    assert await wrong(b"<html>", media, reads=kind) == message


async def test_text_may_be_anything() -> None:
    """`reads: text` is the one that takes a page as it is."""
    assert await read(b"<p>", "text/html", reads="text") == "<p>"


async def test_what_a_step_reads_is_asked_for() -> None:
    """By `accept`, unless the step has its own; otherwise JSON is."""
    async with asking(answers(b"", 204)) as (server, source):
        for keys in (
            {},
            {"reads": "csv"},
            {"reads": "csv", "headers": {"Accept": "a/b"}},
        ):
            await source.call(call(target(**keys)))
    asked = [each.headers["accept"] for each in server.requests]
    assert asked == ["application/json", ACCEPTS["csv"], "a/b"]


async def test_calls_that_are_read_in_other_ways_are_other_calls() -> None:
    """So that none is given the other's rows."""
    source = RestSource(RestSettings("http://h.internal"))
    headers = {"accept": "*/*"}
    kinds: tuple[object, ...] = (None, "json", "text", "xml", "csv", "ndjson")
    keys = {
        source.render(call(target(reads=kind, headers=headers))).key for kind in kinds
    }
    keys.add(source.render(call(target(lists=["a"], headers=headers))).key)
    assert len(keys) == 7
    await source.close()


@pytest.mark.parametrize("media", ["application/json", LINES])
async def test_numbers_are_exact_in_every_json(media: str) -> None:
    """A Decimal is read from its text line by line, too."""
    async with asking(answers(b"1.10", headers={"content-type": media})) as (_, source):
        found = await source.call(call(RestTarget("GET", ("/x",), exact=True)))
    exact = Decimal("1.10")
    assert str(found.body) == str([exact] if media == LINES else exact)


@pytest.mark.parametrize("media", [XML, CSV, LINES, "text/plain"])
async def test_the_largest_size_counts_after_inflation_for_all_kinds(
    media: str,
) -> None:
    """A bomb is a bomb, whatever it says it holds."""
    headers = {"content-type": media, "content-encoding": "gzip"}
    handler = answers(gzip.compress(b" " * 20_000_000), headers=headers)
    async with asking(handler, response_limit=5_000_000) as (_, source):
        with pytest.raises(UpstreamError) as caught:
            await source.call(call(target()))
    assert caught.value.message == "The source's answer is larger than 5000000 bytes."


@pytest.mark.parametrize("length", [3, 500])
@pytest.mark.parametrize("media", [CSV, "text/plain"])
async def test_a_lying_length_is_no_shorter_answer(length: int, media: str) -> None:
    """Too few bytes are a broken connection; those behind the end are not read."""

    async def lie(exchange: Exchange) -> None:
        told = {"content-type": media}
        await exchange.send(reply(b"a,b\n1,2\n", length=length, headers=told))
        exchange.close()

    async with asking(lie) as (_, source):
        if length == 3:
            whole = "a,b" if media == "text/plain" else []
            assert (await source.call(call(target()))).body == whole
            return
        with pytest.raises(UpstreamError) as caught:
            await source.call(call(target()))
    assert caught.value.kind is ErrorClass.RESET


@pytest.mark.parametrize(
    ("body", "media", "detail"),
    [
        (
            b'{"title": "No money", "detail": "30 are missing"}',
            "application/problem+json",
            "No money: 30 are missing",
        ),
        (
            b'{"title": "No Bearer s3cret-token of a@b", "detail": "\'x\' is 4111"}',
            "application/problem+json",
            "No Bearer *** of *** *** is ***",
        ),
        (b'{"title": 1, "detail": ""}', "application/problem+json", None),
        (b"{", "application/problem+json", None),
        (b'{"title": "No money"}', "application/json", None),
    ],
)
async def test_a_problem_says_why_a_call_failed(
    body: bytes, media: str, detail: str | None
) -> None:
    """To those who may see details (RFC 9457)."""
    error = await came(body, media, status=422)
    assert isinstance(error, UpstreamError)
    assert (error.kind, error.status, error.detail) == (ErrorClass.STATUS, 422, detail)


@pytest.mark.parametrize(
    ("media", "body", "sent"),
    [
        (None, {"a": [1]}, b'{"a":[1]}'),
        ("application/vnd.api+json", [1], b"[1]"),
        (LINES, [{"a": 1}, {}], b'{"a":1}\n{}\n'),
        ("text/plain", "hé", "hé".encode()),
        ("application/x-www-form-urlencoded", {"a": ["x y", "&"]}, b"a=x+y&a=%26"),
        (
            "text/xml; charset=utf-8",
            {"s:a": {"@xmlns:s": "u", "b": ["<", 2], "#text": "t", "c": None}},
            (
                b'<?xml version="1.0" encoding="utf-8"?>\n'
                b'<s:a xmlns:s="u"><b>&lt;</b><b>2</b>t</s:a>'
            ),
        ),
    ],
)
async def test_a_body_is_written_as_its_content_type_says(
    media: str | None, body: object, sent: bytes
) -> None:
    """JSON where nothing is said; no value leaves its element or its line."""
    headers = {} if media is None else {"Content-Type": media}
    async with asking(answers(b"", 204)) as (server, source):
        await source.call(call(target(method="POST", body=body, headers=headers)))
    asked = server.requests[0]
    assert (asked.body, asked.headers["content-type"]) == (
        sent,
        media or "application/json",
    )


@pytest.mark.parametrize(
    ("media", "body"),
    [
        (LINES, {"a": 1}),
        (XML, [1]),
        (XML, {"a": 1, "b": 2}),
        (XML, {"a": [1, 2]}),
        (XML, {"a b": 1}),
        (XML, {"a": "\x00"}),
        ("text/plain", {"a": 1}),
        (CSV, [{"a": 1}]),
    ],
)
async def test_a_body_that_its_type_cannot_say_is_not_sent(
    media: str, body: object
) -> None:
    """The step fails as rejected, and nothing was asked."""
    asked = target(method="POST", body=body, headers={"content-type": media})
    async with asking(answers(b"", 204)) as (server, source):
        with pytest.raises(UpstreamError) as caught:
            await source.call(call(asked))
    assert (caught.value.kind, server.requests) == (ErrorClass.REJECTED, [])


def test_lists_are_of_xml_only() -> None:
    """Elsewhere the key would have no effect."""
    section = TestedSection()
    options = RestOptions(endpoint="/x", reads="csv", lists=("a",))
    RestStep().compile(section, options)
    assert section.problems == [
        (
            "lists: 'lists' are elements of XML, and this step reads csv — "
            "remove it, or write reads: xml"
        )
    ]
