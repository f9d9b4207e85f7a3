"""`headwater status`: a running gateway as figures, once and while one watches."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route

from gateway.admin.process import ProcessDeeds
from gateway.admin.server import admin_app
from gateway.cli.status_figures import Heard, span_between, status_of
from gateway.cli.status_page import Page, added, page_of, quantiles
from gateway.schema.server import application
from gateway.schema.serving import ServerSettings
from gateway.telemetry.metrics import Sample
from gateway.values import JsonValue
from tests import ports
from tests.cli.conftest import Invoke
from tests.processes import ending
from tests.serving import Bank, running

TOKEN = "an-operators-token-1"
PATIENCE = 60.0


@dataclass(slots=True)
class Numbered(Bank):
    """One of two processes."""

    number: int = 1

    def health(self) -> Mapping[str, JsonValue]:
        worker: JsonValue = {"number": self.number, "of": 2, "pid": 70 + self.number}
        return {**Bank.health(self), "worker": worker, "stage": "serving"}


@pytest.fixture
def bank() -> Bank:
    return Numbered()


@pytest.fixture
def url(bank: Bank) -> Iterator[str]:
    with running(application(bank, ServerSettings())) as port:
        yield f"http://127.0.0.1:{port}"


def ask(url: str, id_: str) -> None:
    query = f'{{ customer(id: "{id_}") {{ name }} }}'
    httpx.post(f"{url}/graphql", json={"query": query}).raise_for_status()


def test_a_listener_says_how_it_does(url: str, invoke: Invoke) -> None:
    """Operations, steps and sources with what came of them; JSON has all of it."""
    for id_ in ("1", "2", "down"):
        ask(url, id_)
    found = invoke("status", "--url", url)
    assert found.exit_code == 0, found.stderr
    lines = [line.split() for line in found.stdout.splitlines()]
    assert lines[2][:5] == ["1", "71", "serving", "1", "nothing"]
    assert lines[5][:5] == ["customer", "3", "1", "0", "0"]
    assert "The others: --admin URL --workers" in found.stdout
    told = json.loads(invoke("status", "--url", url, "--json").stdout)
    (operation,), (step,) = told["operations"], told["steps"]
    assert {**operation, "p50_ms": None, "p95_ms": None} == {
        "operation": "customer",
        "requests": 3,
        "per_second": None,
        "failed": 1,
        "partial": 0,
        "refused": 0,
        "p50_ms": None,
        "p95_ms": None,
    }
    assert (step["steps"], step["failed"], step["skipped"]) == (3, 1, 0)
    (source,) = told["sources"]
    assert (source["running"], source["breakers_open"]) == (0, 0)
    assert (told["seconds"], told["unreachable"]) == (None, [])


def nobody() -> str:
    return f"http://127.0.0.1:{ports.free()}"


def test_nobody_there_is_one_line(invoke: Invoke) -> None:
    """With the address, and how to name another one."""
    place = nobody()
    found = invoke("status", "--url", place, "--watch")
    assert (found.exit_code, found.stdout) == (1, "")
    assert found.stderr.startswith(f"error: {place} cannot be reached: ")
    assert found.stderr.endswith(" with --url, or its admin API\n")


def test_what_is_no_gateway_is_said_so(invoke: Invoke) -> None:
    """Whatever it answers."""

    async def ok(_request: object) -> JSONResponse:
        return JSONResponse({"status": "UP"})

    app = Starlette(routes=[Route("/health", ok), Route("/metrics", ok)])
    with running(app) as port:
        place = f"http://127.0.0.1:{port}"
        found = invoke("status", "--url", place)
    said = f"error: {place}: what listens there is no gateway: it answered 200"
    hint = " — name the running gateway with --url, or its admin API\n"
    assert (found.exit_code, found.stdout, found.stderr) == (1, "", said + hint)


def test_a_page_that_a_proxy_keeps_for_itself_is_said_so(invoke: Invoke) -> None:
    """Its `/health` is a gateway's, which is asked to be named itself."""

    async def health(_request: object) -> JSONResponse:
        return JSONResponse({"generation": {"number": 1}})

    with running(Starlette(routes=[Route("/health", health)])) as port:
        place = f"http://127.0.0.1:{port}"
        found = invoke("status", "--url", place)
    said = f"error: {place}/metrics answered 404 — ask the gateway itself: a proxy "
    assert (found.exit_code, found.stdout) == (1, "")
    assert found.stderr.startswith(said)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--workers",), "--workers asks admin APIs — name the first with --admin"),
        (("--admin", "http://x", "--url", "http://y"), "an admin API has its own port"),
        (("--admin", "http://x"), "the admin API wants a token"),
        (("--every", "3"), "--every 3: this is no duration"),
        (("--header", "x"), "'x' is not a header"),
    ],
)
def test_options_that_do_not_go_together_are_refused(
    invoke: Invoke, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], said: str
) -> None:
    """Before anybody is asked."""
    monkeypatch.delenv("HEADWATER_ADMIN_TOKEN", raising=False)
    found = invoke("status", *words)
    assert (found.exit_code, found.stdout) == (2, "")
    assert found.stderr.startswith(f"error: {said}")


@contextlib.contextmanager
def two_workers() -> Iterator[str]:
    """The admin APIs of two processes at ports beside each other."""
    banks = [Numbered(number=1), Numbered(number=2)]
    apps = [
        admin_app(
            ProcessDeeds(bank).table(),  # type: ignore[arg-type]
            lambda: {"ci": TOKEN},
            bank.events.append,
        )
        for bank in banks
    ]
    for _ in range(50):
        with contextlib.ExitStack() as stack:
            port = stack.enter_context(running(apps[0]))
            try:
                stack.enter_context(running(apps[1], at=port + 1))
            except OSError:
                continue
            yield f"http://127.0.0.1:{port}"
            return


def test_all_workers_are_one_table(invoke: Invoke, tmp_path: Path) -> None:
    """By the port of one of them; a wrong token is told, and goes no further."""
    (tmp_path / "token").write_text(TOKEN)
    (tmp_path / "wrong").write_text("somebody-elses-token")
    with two_workers() as url:
        asks = ("status", "--admin", url, "--token-file")
        found = invoke(*asks, str(tmp_path / "token"), "--workers", "--json")
        told = json.loads(found.stdout)
        assert [one["pid"] for one in told["workers"]] == [71, 72]
        alone = invoke(*asks, str(tmp_path / "token"), "--json")
        assert [one["pid"] for one in json.loads(alone.stdout)["workers"]] == [71]
        wrong = invoke(*asks, str(tmp_path / "wrong"), "--workers")
    assert (wrong.exit_code, wrong.stdout) == (1, "")
    assert "A token of this API is wanted. — the token is that of" in wrong.stderr
    assert "somebody" not in wrong.stderr


@contextlib.contextmanager
def start(*arguments: str, **options: Any) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-m", "gateway", "status", "--watch", *arguments],
        text=True,
        start_new_session=True,
        **options,
    )
    with ending(process):
        yield process


def test_watching_counts_on_and_outlives_the_gateway(bank: Bank) -> None:
    """Rates are between looks; while nobody answers it says so; Ctrl-C is its end."""
    with contextlib.ExitStack() as ends:
        with running(application(bank, ServerSettings())) as port:
            url = f"http://127.0.0.1:{port}"
            words = "--url", url, "--json", "--every", "200ms"
            process = ends.enter_context(start(*words, stdout=subprocess.PIPE))
            assert process.stdout is not None
            looks = map(json.loads, process.stdout)
            first = next(looks)
            assert (first["seconds"], first["operations"]) == (None, [])
            ask(url, "1")
            known = next(told for told in looks if told["operations"])
            assert known["operations"][0]["per_second"] > 0
            assert known["operations"][0]["p95_ms"] > 0
        gone = next(told for told in looks if told["unreachable"])
        assert gone["unreachable"][0].startswith(f"{url} cannot be reached")
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=PATIENCE)  # what it says last needs a reader
        assert process.returncode == 0


def test_a_terminal_has_a_table_that_stays(url: str) -> None:
    """On a screen of its own, which is left at the end."""
    ours, its = os.openpty()
    environ = {**os.environ, "TERM": "xterm", "COLUMNS": "120", "LINES": "40"}
    with start("--url", url, stdout=its, env=environ) as process:
        os.close(its)
        seen = ""
        while "worker" not in seen:
            seen += os.read(ours, 4096).decode()
        process.send_signal(signal.SIGINT)
        with contextlib.suppress(OSError):  # Linux's word for the other end's end
            while part := os.read(ours, 4096).decode():
                seen += part
        os.close(ours)
        assert process.wait(PATIENCE) == 0
    assert ("\x1b[?1049h" in seen, "\x1b[?1049l" in seen) == (True, True)


def took(*counts: tuple[str, float]) -> Page:
    name = "headwater_request_seconds_bucket"
    return page_of(Sample(name, n, {"operation": "a", "le": le}) for le, n in counts)


@pytest.mark.parametrize(
    ("page", "share", "seconds"),
    [
        (took(("0.1", 0), ("0.2", 10), ("+Inf", 10)), 0.5, 0.15),
        (took(("0.1", 10), ("0.2", 10), ("+Inf", 10)), 0.5, 0.05),
        (took(("0.1", 1), ("0.2", 2), ("+Inf", 100)), 0.95, 0.2),
        (took(("0.1", 0), ("+Inf", 0)), 0.5, None),
    ],
)
def test_a_quantile_lies_evenly_between_bounds(
    page: Page, share: float, seconds: float | None
) -> None:
    """As Prometheus has it; beyond the last bound it is that bound."""
    found = quantiles(page, "headwater_request_seconds", ("operation",), share)
    expected = {} if seconds is None else {("a",): pytest.approx(seconds)}
    assert found == expected


def heard(pid: int, at: float, count: float) -> Heard:
    page = page_of(
        [
            Sample(
                "headwater_requests_total",
                count,
                {"operation": "a", "verdict": "whole"},
            ),
            Sample("headwater_slo_objective", 0.9, {"operation": "a"}),
            Sample(
                "headwater_slo_events_total",
                count,
                {"operation": "a", "outcome": "bad"},
            ),
        ]
    )
    return Heard(at, {"worker": {"number": 1, "pid": pid}}, page)


def test_a_process_that_began_anew_is_not_counted_backwards() -> None:
    """It counts from the next look on; the others' rates stand."""
    before = {one.process: one for one in (heard(1, 10.0, 100), heard(2, 10.0, 50))}
    span = span_between(before, [heard(3, 14.0, 2), heard(2, 14.0, 60)])
    told = status_of(span)
    assert told["operations"][0]["requests"] == 62
    assert told["operations"][0]["per_second"] == 2.5
    assert told["objectives"] == [
        {
            "of": "a",
            "objective": "",
            "share": 0.9,
            "good": 0,
            "bad": 62,
            "burn": 10.0,
        }
    ]


def test_pages_of_processes_add_up() -> None:
    """By name and labels; what only grows is compared, the rest is as it is."""
    one = page_of([Sample("a_total", 3.0), Sample("now", 5.0)])
    both = added([one, one])
    assert (both.by("a_total"), both.by("now")) == ({(): 6.0}, {(): 10.0})
    assert both.since(one).numbers == {"a_total": {(): 3.0}}


def test_only_steps_with_a_source_are_answered_without_it() -> None:
    """One that calls nothing always has a value of its own."""
    labels = {"operation": "a", "outcome": "static"}
    found = [
        Sample("headwater_steps_total", 3.0, {**labels, "step": step, "source": source})
        for step, source in (("band", ""), ("risk", "bureau"))
    ]
    told = status_of(span_between({}, [Heard(0.0, {}, page_of(found))]))
    assert {one["step"]: one["kept"] for one in told["steps"]} == {
        "a.band": 0,
        "a.risk": 3,
    }
