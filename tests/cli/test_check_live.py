"""`headwater check --live`: every source tried, and nothing asked of it."""

from __future__ import annotations

from pathlib import Path

from orjson import loads

from tests import ports
from tests.cli.conftest import Invoke, Upstream, write
from tests.postgres_server import PostgresServer

PROFILE = """
language: 1
operation: one
steps:
  - { name: a, type: api, source: good, endpoint: /a }
"""


def closed_port() -> int:
    """A port that nobody listens on."""
    return ports.free()


def deploy(here: Path, sources: str) -> None:
    write(here / "profiles/one.yaml", PROFILE)
    write(here / "headwater.yaml", f"sources:\n{sources}")


def test_a_source_is_tried_without_asking_it_for_anything(
    here: Path, invoke: Invoke, upstream: Upstream
) -> None:
    """A connection is opened; only a health path would be asked for."""
    deploy(here, f"  good: {{ url: '{upstream.url}' }}\n")
    result = invoke("check", "--live")
    assert result.exit_code == 0
    assert [line.split() for line in result.stdout.splitlines()] == [
        ["No", "problems."],
        ["source"],
        ["good", "ok", "TCP"],
    ]
    assert upstream.asked == []
    assert invoke("check").stdout == "No problems.\n"


def test_a_source_that_does_not_work_is_told_with_the_reason(
    here: Path, invoke: Invoke, upstream: Upstream
) -> None:
    """Exit status 1; the others are tried all the same; no secret is shown."""
    port = closed_port()
    auth = (
        f"{{ oauth2: {{ token_url: 'http://127.0.0.1:{port}/t', client_id: hw, "
        "client_secret: hidden } }"
    )
    deploy(
        here,
        f"  good: {{ url: '{upstream.url}' }}\n"
        f"  gone: {{ url: 'http://127.0.0.1:{port}' }}\n"
        f"  blind: {{ url: '{upstream.url}', auth: {auth} }}\n",
    )
    result = invoke("check", "--live", "--json")
    assert result.exit_code == 1
    found = loads(result.stdout)
    assert found["problems"] == []
    works = {each["source"]: each["works"] for each in found["sources"]}
    assert works == {"good": True, "gone": False, "blind": False}
    why = {each["source"]: each["why"] for each in found["sources"]}
    assert "Refused" in why["gone"]
    assert why["blind"].startswith("token endpoint 127.0.0.1: ")
    assert "hidden" not in result.stdout
    assert upstream.asked == []


def test_files_that_are_wrong_are_not_tried(
    here: Path, invoke: Invoke, upstream: Upstream
) -> None:
    """What is wrong in them is told first."""
    deploy(here, f"  good: {{ url: '{upstream.url}', tiemout: 1s }}\n")
    result = invoke("check", "--live", "--json")
    assert result.exit_code == 1
    found = loads(result.stdout)
    assert [each["message"] for each in found["problems"]] == [
        "there is no key 'tiemout' here"
    ]
    assert found["sources"] == []


def test_all_sources_are_tried_or_none(here: Path, invoke: Invoke) -> None:
    """A part of a project has no sources of its own."""
    deploy(here, "  good: { url: 'http://127.0.0.1:1' }\n")
    result = invoke("check", "--live", "profiles")
    assert result.exit_code == 2
    assert "--live tries all sources" in result.stderr


LISTENED = """
language: 1
operation: heard
kind: subscription
steps:
  - { name: a, type: stream, source: db, channel: payments }
"""
POLLED = """
language: 1
operation: polled
kind: subscription
steps:
  - { name: a, type: stream, source: db, every: 5s, poll: { query: "SELECT nope" } }
"""


def test_what_is_listened_to_is_no_query_and_what_is_polled_is_one(
    here: Path, invoke: Invoke, postgres_server: PostgresServer
) -> None:
    """A channel has nothing to prepare; a poll's query is prepared as a step's is."""
    write(here / "profiles/heard.yaml", LISTENED)
    write(
        here / "headwater.yaml",
        f"sources: {{ db: {{ url: '{postgres_server.url}' }} }}\n",
    )
    result = invoke("check", "--live", "--json")
    (tried,) = loads(result.stdout)["sources"]
    assert (tried["works"], "\n" in tried["why"]) == (True, False)
    write(here / "profiles/polled.yaml", POLLED)
    result = invoke("check", "--live", "--json")
    (tried,) = loads(result.stdout)["sources"]
    assert tried["works"] is False
    assert "polled.a: " in tried["why"]
    assert "heard.a" not in tried["why"]
