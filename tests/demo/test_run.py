"""The demo as a person meets it: it starts, says what to try, and ends whole."""

from __future__ import annotations

import contextlib
import http.client
import json
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from gateway.demo.tour import TOUR, Suggestion
from tests.demo.running import PATIENCE, PAUSE, ROOT, START, Demo, refused, running

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("suggestion", TOUR, ids=lambda one: one.title)
def test_a_suggested_query_makes_the_calls_it_says(
    demo: Demo, suggestion: Suggestion
) -> None:
    """What the terminal promises is what the services count; nothing else is called."""
    assert suggestion.query in demo.said
    assert f"calls: {suggestion.cost}" in demo.said
    before = demo.calls()
    answer = demo.ask(suggestion.query)
    after = demo.calls()
    assert "errors" not in answer
    made = {name: after[name] - before[name] for name in after}
    wanted = {name: suggestion.calls.get(name, 0) for name in after}
    assert made == wanted


def test_an_unknown_customer_is_null_without_an_error(demo: Demo) -> None:
    """`null_if` says that there is no such customer; that is an answer."""
    answer = demo.ask('{ customer360(customer_id: "3001") { account { name } } }')
    assert answer == {"data": {"customer360": None}}


def test_a_service_is_broken_and_mended_from_another_terminal(demo: Demo) -> None:
    """``demo break`` costs its own field only; ``demo mend`` brings it back."""
    query = (
        '{ customer360(customer_id: "42") '
        "{ account { name } cases(first: 1) { totalCount } } }"
    )
    whole = demo.ask(query)
    assert demo.command("break", "cases") == (
        "cases is down: mend it with headwater demo mend cases\n"
    )
    partial = demo.ask(query)
    assert demo.command("mend", "cases") == "cases is up\n"
    assert partial["data"] == {
        "customer360": {"account": {"name": "Ada Lindqvist"}, "cases": None}
    }
    assert demo.ask(query) == whole


def test_who_subscribes_hears_of_a_note_when_it_is_written(demo: Demo) -> None:
    """How things stand at once, then each change, with the account beside it."""
    query = (
        'subscription { notesChanged(customer_id: "7") '
        "{ notes { text } account { id } } }"
    )
    connection = http.client.HTTPConnection("127.0.0.1", demo.port, timeout=60)
    headers = {"content-type": "application/json", "accept": "text/event-stream"}
    with contextlib.closing(connection):
        body = json.dumps({"query": query})
        connection.request("POST", "/graphql", body, headers)
        response = connection.getresponse()
        events = (
            json.loads(line.partition(b":")[2])["data"]["notesChanged"]
            for line in response
            if line.startswith(b"data:")
        )
        assert next(events) == {"notes": [], "account": {"id": "7"}}
        write = 'mutation { addNote(customer_id: "7", text: "Hi") { note { number } } }'
        assert demo.ask(write)["data"] == {"addNote": {"note": {"number": 1}}}
        assert next(events) == {"notes": [{"text": "Hi"}], "account": {"id": "7"}}
        response.close()


def test_an_unknown_service_is_answered_with_the_known_ones(demo: Demo) -> None:
    """A typing mistake is told what there is."""
    assert "services are accounts, transactions, fraud" in demo.command("break", "frod")


def test_a_port_in_use_is_said_by_name(demo: Demo, place: Path) -> None:
    """A second demo on the same port ends at once and says what to type."""
    done = subprocess.run(
        [sys.executable, "-c", START, str(demo.port), str(place)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    said = " ".join(done.stdout.split())
    assert (done.returncode, f"port {demo.port} is already in use" in said) == (1, True)
    assert f"PORT={demo.port + 1} make demo" in said


def test_ctrl_c_ends_everything_the_demo_started(elsewhere: Path) -> None:
    """After the demo's own end, exit status 0, none of its ports answers.

    By SIGTERM and by SIGHUP the demos of these files end (`conftest.demo`).
    """
    with running(elsewhere) as demo:
        demo.process.send_signal(signal.SIGINT)
        assert demo.process.wait(60) == 0
        assert [refused(port) for port in demo.ports] == [True, True]


def test_not_even_a_killed_demo_leaves_orphans(elsewhere: Path) -> None:
    """Children notice that their parent is gone, without being told."""
    with running(elsewhere) as demo:
        demo.process.kill()
        until = time.monotonic() + PATIENCE
        while not all(map(refused, demo.ports)):
            assert time.monotonic() < until
            time.sleep(PAUSE)  # what the system ends is no event here
