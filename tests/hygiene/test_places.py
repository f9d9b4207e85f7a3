"""A value stays where its author put it: no host, path, line, name or code of its own.

Hosts stand in the deployment file alone: no key of a profile can name one, so there is
none to be looked up that a caller or an author has chosen.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.connectors.base import Slot
from gateway.connectors.nats.source import asked
from gateway.connectors.options import RestOptions
from gateway.connectors.redis.listening import named
from gateway.connectors.rest_request import RestTarget, render
from gateway.connectors.rest_step import RestStep
from gateway.connectors.streams.options import StreamOptions
from gateway.connectors.streams.step import StreamStep
from gateway.connectors.streams.target import StreamTarget
from gateway.connectors.transport.lean.writing import RequestWriter
from gateway.deployment import load_deployment
from gateway.errors import InternalError, Problems, UpstreamError
from gateway.expression import template
from gateway.testing import hostile
from gateway.testing.contract import call_of
from tests.connectors.section import TestedSection
from tests.hostile.stand import DEPLOYMENT, standing
from tests.hygiene.wire import OPENING, TEXT, frame, get, line, message

BASE = "http://core.internal:8080/v1"
NASTY = st.sampled_from(
    (
        *("..", "../..", "/", "//evil", "\\", "@evil", "?a=b", "&x=y", "#", "%2f", "*"),
        *("http://evil/", "\r\nhost: evil", "\0", ";", "=", "{id}", "${ id }", "{{"),
    )
)
VALUES = st.lists(NASTY | st.text(max_size=5), min_size=1, max_size=3).map("".join)
ENDPOINTS = ("/a/{id}", "{id}/b", "/a/{id}/c/{other}?fixed=1&by={id}", "/a.{id}.json")


def compiled(**options: object) -> RestTarget:
    section = TestedSection()
    target = RestStep().compile(section, RestOptions(**options))
    assert section.problems == []
    return target


def shape(url: str) -> tuple[object, ...]:
    """What of a URL no value may change."""
    parts = urlsplit(BASE + url)
    segments = parts.path.split("/")
    below = "." not in map(unquote, segments) and ".." not in map(unquote, segments)
    names = [name for name, _ in parse_qsl(parts.query, keep_blank_values=True)]
    return parts.netloc, len(segments), below, names, parts.fragment


@given(st.sampled_from(ENDPOINTS), VALUES, VALUES)
def test_a_urls_host_segments_and_names_are_its_authors(
    endpoint: str, one: str, other: str
) -> None:
    """Whatever the values are; else nothing is sent."""
    target = compiled(endpoint=endpoint, query={"q": "${ id }", "fix": "x"})
    usual = render(target, {"id": "v", "other": "v", "query.q": "v"})
    try:
        made = render(target, {"id": one, "other": other, "query.q": one})
    except (UpstreamError, InternalError):
        return
    assert shape(made.url) == shape(usual.url)
    wire, plain = (RequestWriter(BASE).written(each) for each in (made, usual))
    assert wire.count(b"\r\n") == plain.count(b"\r\n")
    assert wire.split(b"\r\n")[1:] == plain.split(b"\r\n")[1:]
    assert len(wire.split(b"\r\n")[0].split(b" ")) == 3


@given(VALUES | st.text(st.characters(max_codepoint=300), max_size=5))
def test_a_header_is_one_line_or_is_not_sent(value: str) -> None:
    """Nothing that is folded or cut to bytes becomes a line break."""
    target = compiled(endpoint="/a", headers={"x-a": "${ id }"})
    try:
        wire = RequestWriter(BASE).written(render(target, {"headers.x-a": value}))
    except UpstreamError:
        return
    assert [each.split(b":")[0] for each in wire.split(b"\r\n")[1:-2]] == [
        b"host",
        b"x-a",
    ]
    assert b"\n" not in wire.replace(b"\r\n", b"")


@pytest.mark.parametrize(
    "endpoint", ["http://evil/a", "HTTPS://evil", "file:///etc/passwd", "gopher://evil"]
)
def test_a_profile_names_no_host(endpoint: str) -> None:
    """Told where the file is read."""
    section = TestedSection()
    RestStep().compile(section, RestOptions(endpoint=endpoint))
    assert "not a URL" in section.problems[0]


@pytest.mark.parametrize("name", ["host", "Host"])
def test_a_profile_does_not_say_which_host_is_meant(name: str) -> None:
    """Where several answer at one address, the header would choose another."""
    section = TestedSection()
    RestStep().compile(section, RestOptions(endpoint="/a", headers={name: "evil"}))
    assert "no profile can change" in section.problems[0]


@pytest.mark.parametrize("endpoint", ["//evil/a", "@evil/a", "/\\evil", ":80@evil/a"])
def test_an_endpoint_that_looks_like_a_host_is_a_path(endpoint: str) -> None:
    """Below the source's own."""
    wire = RequestWriter(BASE).written(render(compiled(endpoint=endpoint), {}))
    assert wire.startswith(b"GET /v1/")
    assert b"\r\nhost: core.internal:8080\r\n" in wire


ADDRESSES = (
    *(
        "sources: {{ a: {{ url: '{}' }} }}",
        "sources: {{ a: {{ type: graphql, url: '{}' }} }}",
    ),
    *("sources: {{ a: {{ url: {{ eu: '{}' }}, pick: request.region }} }}",),
    *("sources: {{ a: {{ url: 'http://a', proxy: '{}' }} }}",),
    "sources: {{ a: {{ url: http://a, auth: {{ oauth2: {{ token_url: '{}' }} }} }} }}",
    "auth: {{ jwt: [{{ issuer: '{}', audience: a }}] }}",
    "auth: {{ jwt: [{{ issuer: 'https://a', jwks: '{}', audience: a }}] }}",
    "cache: {{ url: '{}' }}",
    "telemetry: {{ otlp: '{}' }}",
)


@pytest.mark.parametrize("written", ADDRESSES)
def test_no_address_is_made_of_a_request(tmp_path: Path, written: str) -> None:
    """So there is none to be looked up anew, nor one that names the machine's own."""
    file = tmp_path / "headwater.yaml"
    file.write_text(written.format("https://${ request.tenant }.internal/a"))
    problems = Problems()
    load_deployment([file], {}, problems)
    assert "an expression cannot stand here" in [one.message for one in problems.errors]


@given(VALUES)
def test_what_a_value_says_is_never_read_as_a_template(value: str) -> None:
    """It is text, whatever stands in it."""
    scope: Mapping[str, object] = {"id": value, "secret": "told"}
    assert template("a-${ id }-${ id }")(scope) == f"a-{value}-{value}"
    assert template({"a": ["${ id }"]})(scope) == {"a": [value]}


# -- names of what is listened to ------------------------------------------------------


def heard(kind: str, **options: str) -> StreamTarget:
    section = TestedSection(kind=kind)
    made = StreamStep().compile(section, StreamOptions(**options))
    assert section.problems == []
    return made


@pytest.mark.parametrize(
    ("channel", "filled", "is_sent"),
    [
        ("orders.${ id }.paid", "orders.7.paid", True),
        ("orders.${ id }.paid", "orders.7.x.paid", False),
        ("orders.${ id }.paid", "orders.*.paid", False),
        ("orders.${ id }", "orders.>", False),
        ("orders.${ id }", "orders.a b", False),
        ("${ id }", "orders.7", True),
        ("${ id }", ">", False),
    ],
)
def test_a_value_in_a_subject_is_one_token(
    channel: str, filled: str, *, is_sent: bool
) -> None:
    """It reaches no other subject, let alone several."""
    call = call_of(heard("nats", channel=channel), {"channel": filled})
    if is_sent:
        assert asked(call).subject == filled
        return
    with pytest.raises(UpstreamError):
        asked(call)


@pytest.mark.parametrize(
    ("pattern", "filled", "is_sent"),
    [
        ("orders:${ id }:*", "orders:7:*", True),
        ("orders:${ id }:*", "orders:*:*", False),
        ("orders:${ id }:*", "orders:[0-9]:*", False),
        ("orders:${ id }:*", "orders:?:*", False),
        ("orders:${ id }:*", "orders:\\:*", False),
        ("${ id }", "*", False),
        ("orders:*", "orders:*", True),
    ],
)
def test_a_value_in_a_pattern_stands_for_itself(
    pattern: str, filled: str, *, is_sent: bool
) -> None:
    """Who may hear one channel does not hear all of them."""
    call = call_of(heard("redis", pattern=pattern), {"pattern": filled})
    if is_sent:
        assert named(call) == ("pattern", filled)
        return
    with pytest.raises(UpstreamError):
        named(call)


def test_a_constant_is_no_slot() -> None:
    """Authors may write wildcards."""
    assert not isinstance(heard("nats", channel="orders.>").what.name, Slot)  # type: ignore[attr-defined]


# -- what a socket brings --------------------------------------------------------------


async def test_what_a_socket_introduces_is_no_line_of_a_call(tmp_path: Path) -> None:
    """JSON can hold what no header of a handshake could."""
    passes = DEPLOYMENT.replace("[x-tenant]", "[accept-language]")
    async with standing(tmp_path, deployment=passes) as stand:
        stand.upstream.script("/risk/*", hostile.answers({"score": 7}))
        port = stand.client.base_url.port
        assert port is not None
        for said, sent in (
            ("en", "en"),
            ("en\\r\\nx-evil: 1", None),
            ("e\\u0000", None),
        ):
            told = await asyncio.to_thread(introduced, port, said)
            arrived = stand.upstream.requests[-1:]
            assert all("x-evil" not in each.headers for each in stand.upstream.requests)
            if sent is None:
                assert b'"account":null' in told or b"errors" in told
                assert arrived == []
            else:
                assert arrived[0].headers["accept-language"] == sent
            stand.upstream.requests.clear()


def introduced(port: int, language: str) -> bytes:
    """What is answered on a socket that brought this header."""
    init = b'{"type":"connection_init","payload":{"accept-language":"%s"}}'
    ask = b'{"id":"1","type":"subscribe","payload":{"query":"%s"}}'
    query = b"{ customer(id: 42) { account { id } } }"
    with line(port, get(b"/graphql", OPENING)) as opened:
        opened.said()
        opened.send(frame(TEXT, init % language.encode()))
        message(opened)
        opened.send(frame(TEXT, ask % query))
        return message(opened)
