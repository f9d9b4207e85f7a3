"""No secret leaves by systems that are not plain HTTP, nor what they quote."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, closing
from pathlib import Path
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner

from gateway.admin.holds import HoldDeeds
from gateway.admin.process import ProcessDeeds
from gateway.admin.releases import ReleaseDeeds
from gateway.app import Gateway, build_gateway
from gateway.cli.administering import administered
from gateway.cli.listening import asgi
from gateway.cli.main import app as command
from gateway.telemetry.events import Crashed
from gateway.telemetry.log import configure, log_observer
from gateway.workbench.answers import Answers
from tests.identity.issuing import Signer, unsigned
from tests.secrets.far import (
    PRIVATE,
    SECRETS,
    SIGNING,
    STEPS,
    STREAMS,
    Quoting,
    knowing,
    project,
    refusing,
    rpcs,
)
from tests.secrets.heard import Heard

PERSONAL = "cnry-ada-lindqvist"
QUOTED = (PERSONAL, "4111 1111", "cnry-ada-lindqvist@core")
CONFIGURED = (*SECRETS.values(), PRIVATE)
PLAN = {"headwater-plan": "include"}
ASKS = "query Q($w: String) { NAME(who: $w) { name id } }"


@asynccontextmanager
async def serving(
    folder: Path, *, dev: bool
) -> AsyncIterator[tuple[Gateway, httpx.AsyncClient, Quoting, Sequence[str]]]:
    """The gateway of the project, with each of its systems as it is."""
    quoting = Quoting(PERSONAL)
    async with AsyncExitStack() as stack:
        ports = []
        for system in (quoting, refusing, knowing):
            server = await asyncio.start_server(system, "127.0.0.1", 0)
            stack.enter_context(closing(server))
            ports.append(server.sockets[0].getsockname()[1])
        url, kv, known = (f"127.0.0.1:{port}" for port in ports)
        pg = f"postgresql://hw@{known}/bank"
        async with rpcs(PERSONAL) as rpc:
            config = project(folder, f"http://{url}", rpc, pg, kv)
            gateway = build_gateway(
                [config], SECRETS, observe=log_observer(), remember=True, dev=dev
            )
            app = asgi(gateway)
            async with (
                app.rest.router.lifespan_context(app.rest),
                httpx.AsyncClient(
                    transport=httpx.ASGITransport(app),
                    base_url="http://127.0.0.1:4000",
                ) as client,
            ):
                routes: Any = app.rest.router.routes
                yield gateway, client, quoting, [route.path for route in routes]


async def everything(client: httpx.AsyncClient, heard: Heard) -> None:
    """Every operation with its plan, every subscription, bad tokens."""
    for name in STEPS:
        asked = {"query": ASKS.replace("NAME", name), "variables": {"w": PERSONAL}}
        reply = await client.post("/graphql", json=asked, headers=PLAN)
        heard.add(f"answer of {name}", reply.text + str(reply.headers))
        reply = await client.post("/explorer/plan", json=asked)
        heard.add(f"page of {name}", reply.text)
        assert reply.status_code == 200
    for name in STREAMS:
        asked = {"query": f"subscription {{ {name} {{ name }} }}"}
        stream = {"accept": "text/event-stream"}
        reply = await client.post("/graphql", json=asked, headers=stream, timeout=20)
        heard.add(f"events of {name}", reply.text)
    theirs = Signer("k1", SIGNING, "ES256")
    tokens = (theirs.token(sub="cnry-subject"), unsigned({"alg": "none"}, {}), "x.y.z")
    for token in tokens:
        bearer = {"authorization": f"Bearer {token}"}
        reply = await client.post("/graphql", json={"query": "{a}"}, headers=bearer)
        heard.add("an answer to a token", reply.text + str(reply.headers))
        assert token not in heard.said["an answer to a token"]


ASKED = {"query": ASKS.replace("NAME", "rpc"), "variables": {"w": PERSONAL}}
BODIES: Mapping[str, object] = {
    "/-/cache/invalidate": {"tags": ["operation:kv"]},
    "/explorer/plan": ASKED,
    "/explorer/drawing": {"plan": {"steps": [{"id": "a"}]}, "form": "page"},
    "/explorer/schema": {"form": "introspection"},
    "/explorer/compare": {**ASKED, "right": {"as": {"tenant": "acme"}}},
    "/webhooks/{source}": {},
    "/v1/reload": {},
    "/v1/cache/invalidate": {"tags": ["operation:kv"]},
    "/v1/holds/{step}/release": {},
    **{f"/v1/releases/{deed}": {} for deed in ("rollback", "promote")},
    **{f"/v1/releases/{{id}}/{d}": {} for d in ("activate", "canary", "shadow")},
}
NAMED = {
    "{operation}": "rpc",
    "{path:path}": "rpc.yaml",
    "{source}": "pager",
    "{id}": "0" * 32,
    "{step}": "rpc.it",
    "{rest:path}": "nowhere",
}
EDITS: Mapping[str, Mapping[str, Any]] = {
    "check": {"texts": {"rpc.yaml": "operation: rpc"}, "file": "graph.yaml"},
    "diff": {"texts": {"rpc.yaml": None}},
    "plan": {**ASKED, "texts": {}},
}
"""Questions about edited texts, which a process of their own answers."""
UNASKED = {
    *("/explorer/live", "/explorer/files/{digest}/{name:path}"),
    *("/explorer/check", "/explorer/diff", "/explorer/dry-run"),
}
"""What ends with the process, and tells what is kept; the page's own files; `EDITS`."""


NOBODY: Any = None
ADMINISTERED = [
    f"/v1{deed.path}"
    for table in (ProcessDeeds, ReleaseDeeds, HoldDeeds)
    for deed in table(NOBODY).table()
]


async def pages(
    paths: Iterable[str], client: httpx.AsyncClient, heard: Heard, **headers: str
) -> None:
    """Whichever there are: one that is added is asked too, or named here."""
    for pattern in sorted({*paths} - UNASKED):
        path, body = pattern, BODIES.get(pattern)
        for name, value in NAMED.items():
            path = path.replace(name, value)
        assert "{" not in path, f"NAMED does not say what stands in {path}"
        method = "GET" if body is None else "POST"
        reply = await client.request(
            method, path, json=body, headers=headers, timeout=60
        )
        assert reply.status_code != 405, f"BODIES does not say what {path} is asked"
        heard.add(path, reply.text + str(reply.headers))


async def administer(gateway: Gateway, heard: Heard) -> None:
    """Every page that operators have, with the token, and one with a wrong one."""
    admin = administered(gateway)
    assert admin is not None
    wrong = SECRETS["ADMIN"].replace("cnry", "yrnc")
    async with admin.serving(), httpx.AsyncClient(base_url=admin.url) as client:
        right = f"Bearer {SECRETS['ADMIN']}"
        await pages(ADMINISTERED, client, heard, authorization=right)
        bearer = {"authorization": f"Bearer {wrong}"}
        reply = await client.get("/v1/versions", headers=bearer)
        assert wrong not in reply.text + str(reply.headers)


@pytest.mark.parametrize("dev", [False, True], ids=["production", "development"])
async def test_nothing_that_is_said_of_them_has_a_secret_in_it(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
    dev: bool,
) -> None:
    """Nor what they quote of callers and their data: in answers, logs and traces."""
    heard = Heard()
    caplog.set_level(logging.DEBUG)
    # The exporter's own way to be given headers; its value is escaped as a URL's.
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_HEADERS", f"x-k={SECRETS['SPANS']}")
    configure(json=not dev, debug=True)
    async with serving(tmp_path, dev=dev) as (
        gateway,
        client,
        quoting,
        paths,
    ):
        await everything(client, heard)
        await pages(paths, client, heard)
        await administer(gateway, heard)
        bug = ValueError(f"password={SECRETS['PG']} Bearer {SECRETS['RPC']}")
        gateway.observe(Crashed("1", "test", bug))
    printed = capsys.readouterr()
    heard.add("the log", printed.err + printed.out)
    ours = ("httpx", "httpcore")  # the client of this test
    lines = [
        one.getMessage() for one in caplog.records if not one.name.startswith(ours)
    ]
    heard.add("the logs of libraries", "\n".join(lines))
    assert quoting.traces, "spans were sent"
    heard.add("traces", b"".join(quoting.traces).decode("latin-1"))
    for name in (*STEPS, *STREAMS):
        assert f"{name}.it" in heard.said["the log"] or name in STREAMS, name
    for line in ("incident.undelivered", "cache.unavailable", "traces.unsent"):
        assert line in heard.said["the log"], line
    assert heard.leaks(*CONFIGURED) == []
    assert heard.leaks(*QUOTED) == []


COMMANDS = {
    "check --live": ("check", "--json", "--live"),
    "plan": ("plan", '{ rpc(who: "1") { name } }'),
    "run": ("run", f'{{ graph(who: "{PERSONAL}") {{ name }} }}'),
    "run --step": ("run", "--step", "trino.it"),
    "release bundle": ("release", "bundle", "--out", "out.bundle"),
}
STORE = (
    'release: { store: "redis://:${STORE}@127.0.0.1:1/0", keys: { ci: '
    '{ hmac: "${SIGNED}" } } }\n'
)


def test_no_command_prints_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither with the right keys nor where a key is wrong, or a store away."""
    config = project(
        tmp_path, "http://127.0.0.1:1", "127.0.0.1:1", "postgresql://u@127.0.0.1:1/b"
    )
    text = config.read_text("utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TERM", "dumb")
    heard = Heard()
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)

    def tell(name: str, *arguments: str) -> None:
        result = CliRunner().invoke(command, arguments)
        heard.add(name, result.output + repr(result.exception))
        assert "No such" not in result.output, name
        assert not isinstance(result.exception, AttributeError | TypeError), name

    for name, arguments in COMMANDS.items():
        tell(name, *arguments)
    heard.add("bundle", (tmp_path / "out.bundle").read_bytes().decode("latin-1"))
    answers = Answers([config], SECRETS, dev=False)
    for kind, asked in EDITS.items():
        heard.add(kind, str(answers.answer({"kind": kind, **asked})))
    config.write_text(text.replace("${KEYPASS}", "${OTLP}"), "utf-8")
    tell("a wrong key", "check")
    config.write_text(text + STORE, "utf-8")
    for name in ("history", "report"):
        tell(f"a store that is away, {name}", "release", name)
    assert heard.leaks(*CONFIGURED) == []
