"""An address that a reply names leads below its source's URL, or nowhere."""

from __future__ import annotations

import pytest

from gateway.clock import Deadline, LoopClock
from gateway.connectors.base import PAGE_LINK, Call
from gateway.connectors.links import followed
from gateway.connectors.rest import RestSource
from gateway.connectors.rest_request import Request, RestTarget
from gateway.connectors.settings import RestSettings
from gateway.errors import ErrorClass, UpstreamError

BASE = "https://bank.example/api/v1"


@pytest.mark.parametrize(
    ("link", "asked"),
    [
        ("?page=2", "/rows?page=2"),
        ("/api/v1/rows?page=2", "/rows?page=2"),
        ("https://bank.example/api/v1/rows?page=2", "/rows?page=2"),
        ("https://bank.example:443/api/v1/rows", "/rows"),
        ("//bank.example/api/v1/other?a=b,c#part", "/other?a=b,c"),
        ("others/7", "/others/7"),
        ("HTTPS://BANK.EXAMPLE/api/v1/rows", "/rows"),
    ],
)
def test_a_link_within_the_source_is_followed(link: str, asked: str) -> None:
    """Whole or relative to the call whose reply has it."""
    assert followed(link, BASE, "/rows?page=1") == asked


@pytest.mark.parametrize(
    "link",
    [
        "https://evil.example/api/v1/rows",
        "//evil.example/api/v1/rows",
        "http://bank.example/api/v1/rows",
        "https://bank.example:8443/api/v1/rows",
        "https://bank.example@evil.example/api/v1/rows",
        "https://u:p@bank.example/api/v1/rows",
        "https://bank.example.evil.example/api/v1/rows",
        "/admin",
        "/api/v1",
        "/api/v10/rows",
        "../../admin",
        "/api/v1/../../admin",
        "/api/v1/%2e%2e/%2e%2e/admin",
        "/api/v1/%252e%252e/admin",
        "/api/v1/..%2fadmin",
        "/api/v1/..\\admin",
        "/api/v1/rows?a=b c",
        "/api/v1/rows\r\nx: y",
        "/api/v1/rows?a=é",
        "https://bank.example:port/api/v1/rows",
        "http://[broken",
        "javascript:alert(1)",
        "file:///etc/passwd",
    ],
)
def test_a_link_out_of_the_source_is_not_followed(link: str) -> None:
    """Another host, scheme, port or path; nothing of it is told to the client."""
    with pytest.raises(UpstreamError) as raised:
        followed(link, BASE, "/rows")
    assert raised.value.kind is ErrorClass.INVALID
    assert "evil" not in raised.value.message


@pytest.mark.parametrize(
    ("link", "asked"),
    [
        (None, "/rows?open=true&api_key=k1"),
        ("/b/rows?c=2", "/rows?c=2&api_key=k1"),
        ("/b/rows?c=2&api_key=k1", "/rows?c=2&api_key=k1"),
    ],
)
async def test_a_linked_page_carries_the_sources_own_query_once(
    link: str | None, asked: str
) -> None:
    """A source may or may not write it into its links; nothing else is added."""
    source = RestSource(RestSettings("http://h.internal/b?api_key=k1"))
    target = RestTarget("GET", ("/rows",), {"open": True}, follow=PAGE_LINK)
    deadline = Deadline.after(1.0, LoopClock())
    wire = source.render(Call("rows", target, {PAGE_LINK.name: link}, deadline))
    assert isinstance(wire.request, Request)
    assert wire.request.url == asked
    await source.close()
