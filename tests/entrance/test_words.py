"""What is written of names and origins, and what is none."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.deployment import load_deployment
from gateway.errors import Problems
from gateway.schema.hosts import name_of
from tests.project import write

WRONG = {
    "server: { hosts: ['https://x.example'] }": "this is no name of a host",
    "server: { hosts: ['x.example:443'] }": "this is no name of a host",
    "server: { hosts: ['a.*.example'] }": "this is no name of a host",
    "cors: { origins: [] }": "",
    "cors: { origins: app.example }": "this is no origin",
    "cors: { origins: 'https://app.example/' }": "this is no origin",
    "cors: { origins: 'https://a:b@app.example/x' }": "this is no origin",
    "cors: { origins: 'ftp://app.example' }": "this is no origin",
    "cors: { origins: '*', credentials: true }": "every page could ask",
}


@pytest.mark.parametrize("written", WRONG)
def test_what_protects_nothing_does_not_load(written: str, tmp_path: Path) -> None:
    """Each at its place, in words that say how it is written."""
    problems = Problems()
    load_deployment([write(tmp_path, {"headwater.yaml": written})], {}, problems)
    (problem,) = problems.errors
    assert WRONG[written] in problem.message


def test_the_name_in_a_host_is_read_as_a_browser_writes_it() -> None:
    """What is neither a name nor an address is nothing."""
    good = {"A.b:80": "a.b", "a.b.": "a.b", "[::1]:80": "::1", "[::1]": "::1"}
    assert {host: name_of(host) for host in good} == good
    bad = (
        "a@b",
        "a/b",
        "a:b",
        "[::1",
        "[::1]x",
        "a b",
        "",
        ":80",
        "\xe9",
        "a,b",
        "a\x00",
    )
    assert [name_of(host) for host in bad] == [None] * len(bad)
