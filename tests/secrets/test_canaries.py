"""No secret leaves the process, whatever fails, by whatever channel.

Each place that takes a secret has one of its own, every source fails in a way of its
own, and what is looked through is all that comes out: answers, logs, pages, commands,
files.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, closing
from pathlib import Path

import httpx
import pytest
from typer.testing import CliRunner

from gateway.app import Gateway, build_gateway
from gateway.cli.listening import asgi
from gateway.cli.main import app as command
from gateway.telemetry.events import Crashed
from gateway.telemetry.log import configure, log_observer
from tests.secrets.heard import Heard
from tests.secrets.stand import (
    GIVEN,
    GRANTED,
    PERSONAL,
    SECRETS,
    STEPS,
    project,
    upstream,
)

CONFIGURED = (*SECRETS.values(), "cnry-file-5e2f9a7b3c", GRANTED)
SENT = ("cnry-token-in-a-header", "cnry-cookie", "cnry-api-key")
QUERY = "query Q($w: String) { NAME(who: $w) { name team number } }"


@asynccontextmanager
async def serving(
    folder: Path, *, dev: bool
) -> AsyncIterator[tuple[Gateway, httpx.AsyncClient]]:
    """The gateway of the project, all of whose systems fail."""
    tasks: list[asyncio.Task[None]] = []
    server = await asyncio.start_server(
        lambda *ends: tasks.append(asyncio.create_task(upstream(*ends))), "127.0.0.1", 0
    )
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    gateway = build_gateway(
        [project(folder, url)],
        SECRETS,
        observe=log_observer(),
        remember=True,
        dev=dev,
    )
    app = asgi(gateway)
    transport = httpx.ASGITransport(app)
    with closing(server):
        async with (
            app.rest.router.lifespan_context(app.rest),
            httpx.AsyncClient(
                transport=transport, base_url="http://127.0.0.1:4000", headers=COOKIE
            ) as client,
        ):
            yield gateway, client
    await asyncio.wait(tasks, timeout=10)


COOKIE = {"cookie": GIVEN["cookie"]}
PLAN = {"headwater-plan": "include"}


async def everything(client: httpx.AsyncClient, heard: Heard) -> None:
    """Every operation by two ways, every page, and callers who are refused."""
    for name in STEPS:
        asked = {"query": QUERY.replace("NAME", name), "variables": {"w": PERSONAL}}
        for way, headers in (("plain", {}), ("plan", PLAN)):
            reply = await client.post("/graphql", json=asked, headers=headers)
            heard.add(f"{way} answer of {name}", reply.text + str(reply.headers))
    for path in (
        "/health",
        "/metrics",
        "/-/versions",
        "/-/explain/good",
        "/api/openapi.json",
        "/api/status?fields=team",
        "/webhooks/hook",
        "/nowhere",
    ):
        heard.add(path, (await client.get(path)).text)
    for header in GIVEN:
        given = {header: GIVEN[header]}
        reply = await client.post("/graphql", json={"query": "{"}, headers=given)
        heard.add(f"an answer to {header}", reply.text + str(reply.headers))
    signed = {"x-sign": "cnry-signature", "x-token": "cnry-wrong"}
    for name in ("hook", "told"):
        path = f"/webhooks/{name}"
        reply = await client.post(path, json={"a": PERSONAL}, headers=signed)
        heard.add(path, reply.text)


@pytest.mark.parametrize("dev", [False, True], ids=["production", "development"])
async def test_nothing_that_a_gateway_says_has_a_secret_in_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], dev: bool
) -> None:
    """Nor has it somebody's data but where he asks for them: the log tells no value."""
    heard = Heard()
    configure(json=not dev, debug=True)
    async with serving(tmp_path, dev=dev) as (gateway, client):
        await everything(client, heard)
        bug = ValueError("GET http://hw:cnry-in-a-url@core.internal/?token=cnry-query")
        gateway.observe(Crashed("1", "test", bug))
    printed = capsys.readouterr()
    heard.add("the log", printed.err + printed.out)
    for folder in ("tapes", "usage"):
        for path in sorted((tmp_path / folder).glob("*")):
            heard.add(folder, path.read_text("utf-8"))
    assert "step.failed" in heard.said["the log"]
    for name in ("good", "basic", "granted"):
        assert "nobody is ***" in heard.said[f"plain answer of echo_{name}"]
    assert "ValueError" in heard.said["the log"]
    assert heard.leaks(*CONFIGURED, *SENT) == []
    assert heard.leaks("cnry-in-a-url", "cnry-query", "cnry-signature") == []
    assert heard.leaks(PERSONAL) == []


COMMANDS: Mapping[str, tuple[str, ...]] = {
    "check": ("check",),
    "check --live": ("check", "--live"),
    "check --json": ("check", "--json"),
    "plan": ("plan", "{ good { name } }"),
    "explain": ("explain", "good"),
    "schema": ("schema",),
    "run": ("run", "{ status { name } }"),
    "run --step": ("run", "--step", "status.it"),
    "diff": ("diff", ".", "."),
    "release bundle": ("release", "bundle", "--out", "out.bundle"),
    "a query that is none": ("run", "{"),
}


def test_no_command_prints_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither what it shows nor what it complains of, nor a bundle."""
    project(tmp_path, "http://127.0.0.1:1")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TERM", "dumb")
    heard = Heard()
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)
    for name, arguments in COMMANDS.items():
        result = CliRunner().invoke(command, arguments)
        heard.add(name, result.output + repr(result.exception))
        assert "No such" not in result.output, name
        assert not isinstance(result.exception, AttributeError | TypeError), name
    heard.add("bundle", (tmp_path / "out.bundle").read_bytes().decode("latin-1"))
    assert heard.leaks(*CONFIGURED) == []


WRONG: Mapping[str, str] = {
    "a URL with a password": 'sources: { core: { url: "http://hw:${BASIC}@a" } }',
    "a URL that is none": 'sources: { core: { url: "${BASIC}" } }',
    "a port that is none": 'sources: { kv: { url: "redis://:${REDIS}@a:b/0" } }',
    "a database that is none": 'sources: { db: { url: "oracle7://u:${MYSQL}@a/b" } }',
    "a Postgres that is none": 'sources: { db: { url: "postgresql://u:${POSTGRES}" } }',
    "a NATS that is none": 'sources: { bus: { url: "nats://u:${NATS}@a:b" } }',
    "a token as a number of workers": 'server: { workers: "${BEARER}" }',
    "a token as a port": 'server: { port: "${BEARER}" }',
    "a token as a key": 'auth: { "${BEARER}": 1 }',
    "a token as a hash": 'auth: { keys: { a: { hash: "${BEARER}" } } }',
    "a token as a duration": 'defaults: { timeout: "${BEARER}" }',
    "a token as a word": 'completeness: "${BEARER}"',
    "a token as an expression": 'plan: { when: "${BEARER} ++" }',
    "a token of two lines": 'sources: { a: { url: "http://a", auth: { bearer: "'
    '${BEARER}\\n" } } }',
    "a token as a header": 'sources: { a: { url: "http://a", headers: { "${BEARER}"'
    ": x } } }",
    "a short admin token": 'admin: { tokens: { ci: "${BEARER} " } }',
    "a JWKS with a password": "auth: { jwt: [{ issuer: a, audience: b, jwks: "
    '"https://hw:${BEARER}@idp/keys" }] }',
    "a cache that is none": 'cache: { url: "redis://:${CACHE}@a:b" }',
    "a store that is none": 'release: { store: "s3://${BEARER}@a b", nothing: 1 }',
    "a secret in a profile": "profiles: ./profiles",
}


@pytest.mark.parametrize("written", WRONG.values(), ids=WRONG)
def test_what_is_wrong_with_a_secret_is_said_without_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, written: str
) -> None:
    """The place, what is wrong and the fix; never what came of the environment."""
    (tmp_path / "headwater.yaml").write_text(f"{written}\n", "utf-8")
    monkeypatch.chdir(tmp_path)
    heard = Heard()
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)
    result = CliRunner().invoke(command, ["check"])
    heard.add("check", result.output + repr(result.exception))
    assert heard.leaks(*CONFIGURED) == []
