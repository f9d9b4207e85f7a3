"""The `Link` header, as sources really write it."""

from __future__ import annotations

import pytest

from gateway.execution.pages.links import next_link, parameter


@pytest.mark.parametrize(
    ("header", "link"),
    [
        ("", None),
        ('<https://a/b?p=2>; rel="next"', "https://a/b?p=2"),
        ("</b?p=2>; rel=next", "/b?p=2"),
        ("</b?p=2>;rel=NEXT;title=x", "/b?p=2"),
        ('</b>; title="a, b; rel=next"; rel="prev", </c>; rel="next"', "/c"),
        ('</b?a=1,2;3>; rel="prev next last"', "/b?a=1,2;3"),
        ('</b>; rel="prev", </c>; rel="nextish"', None),
        (r'</b>; title="a \" b"; rel="next"', "/b"),
        ("</a>; rel=next, </b>; rel=next", "/a"),
        ("</b>", None),
        ("</b>; relx=next", None),
        ("/b; rel=next", None),
        ('</b; rel="next"', None),
        ('< /b >; rel = "next"', "/b"),
    ],
)
def test_the_next_link_is_found(header: str, link: str | None) -> None:
    """By its relation, whatever stands beside it; the first of several."""
    assert next_link(header) == link


def test_a_hostile_header_is_read_in_time() -> None:
    """No header makes its reading slow: a second would be an hour here."""
    for text in ("<a>" + "; a" * 30_000, "<a>; a" + " " * 60_000, "<" * 60_000):
        assert next_link(text) is None
    assert next_link('<a>; x="' + '\\"' * 30_000) is None


@pytest.mark.parametrize(
    ("link", "value"),
    [
        ("/b?p=2", "2"),
        ("https://a/b?x=1&p=a%2Fb#p=3", "a/b"),
        ("/b?q=2", None),
        ("/b", None),
        ("http://[broken", None),
    ],
)
def test_one_parameter_of_a_link(link: str, value: str | None) -> None:
    """Decoded; nothing where there is none."""
    assert parameter(link, "p") == value
