"""A project with a secret in every place that takes one, over systems that all fail.

In charge of the project, and of an upstream that answers each path in a way of its own,
with words in it that nobody may read again.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from pathlib import Path

from tests.project import write

SECRETS: Mapping[str, str] = {
    name.upper(): f"cnry-{name}-wqzkxvjpmt"
    for name in (
        "bearer",
        "header",
        "basic",
        "client",
        "postgres",
        "mysql",
        "redis",
        "nats",
        "cache",
        "hmac",
        "hook",
        "admin",
    )
}
"""What the environment has, by name; the file `client` has one, too."""
GIVEN: Mapping[str, str] = {
    "authorization": "Bearer cnry-token-in-a-header",
    "cookie": "session=cnry-cookie",
    "x-api-key": "cnry-api-key",
}
"""Headers of every request."""
GRANTED = "cnry-granted-wqzxkvjpmt"
"""What an issuer of tokens gives the gateway."""
PERSONAL = "cnry-personal"
"""What is in every argument and in every answer of the upstream."""

SDL = """
directive @tag(name: String!) repeatable on FIELD_DEFINITION | ARGUMENT_DEFINITION
type Query {
  ASKED
}
type Told { name: String @tag(name: "pii")  team: String  number: Int }
"""
STEPS: Mapping[str, str] = {
    "good": 'source: good, endpoint: "/good/{who}"',
    "header": 'source: good, endpoint: /good, headers: { x-who: "${ who }" }',
    **{
        f"echo_{name}": f"source: {name}, endpoint: /echo"
        for name in ("good", "basic", "granted")
    },
    "status": 'source: basic, endpoint: /status, query: { who: "${ who }" }',
    "retried": "source: basic, endpoint: /status, "
    "retry: { attempts: 2, errors: [5xx] }",
    "text": "source: basic, endpoint: /text",
    "problem": "source: basic, endpoint: /problem",
    "moved": "source: basic, endpoint: /moved",
    "closed": "source: basic, endpoint: /closed",
    "late": "source: basic, endpoint: /hangs, timeout: 30ms",
    "oauth": "source: oauth, endpoint: /good",
    "away": "source: away, endpoint: /good",
    "tls": "source: tls, endpoint: /good",
    "rejected": "source: basic, endpoint: /good, "
    "success_if: response.body.name == 'other'",
    "wrong": "source: basic, endpoint: /good, "
    "select: \"{'number': response.body.name}\"",
    "failing": "source: basic, endpoint: /good, "
    "select: \"{'number': int(response.body.name)}\"",
    "duck": "type: warehouse, source: duck, "
    'query: "SELECT CAST(:who AS INTEGER) AS number, 1 AS team, 1 AS name"',
    "lite": "type: warehouse, source: lite, "
    'query: "SELECT name, team, number FROM nowhere WHERE a = :who"',
    "postgres": "type: warehouse, source: postgres, "
    'query: "SELECT :who AS name, 1 AS team, 1 AS number"',
    "mysql": "type: warehouse, source: mysql, "
    'query: "SELECT :who AS name, 1 AS team, 1 AS number"',
}
"""One operation each."""


def files(url: str) -> dict[str, str]:
    """The project."""
    secure = url.replace("http://", "https://")
    made = {
        f"profiles/{name}.yaml": f"language: 1\noperation: {name}\n"
        f"steps: [{{ name: it, role: optional, {step} }}]\n"
        "fields: FIELDS\naggregation: { strategy: merge }\n"
        for name, step in STEPS.items()
    }
    made = {name: text.replace("fields: FIELDS\n", "") for name, text in made.items()}
    asked = "\n  ".join(
        f'{name}(who: String @tag(name: "pii")): Told' for name in STEPS
    )
    made["schema/s.graphql"] = SDL.replace("ASKED", asked)
    made["client"] = "cnry-file-5e2f9a7b3c\n"
    made["headwater.yaml"] = f"""
sources:
  good:
    url: {url}
    auth: {{ bearer: "${{BEARER}}" }}
    headers: {{ x-k: "${{HEADER}}" }}
  basic:
    url: {url}
    auth: {{ basic: {{ username: hw, password: "${{BASIC}}" }} }}
    limits: {{ concurrency: 4 }}
  oauth:
    url: {url}
    auth:
      oauth2:
        token_url: {url}/token
        client_id: hw
        client_secret: "${{file:client}}"
  granted:
    url: {url}
    auth:
      oauth2:
        token_url: {url}/granted
        client_id: hw
        client_secret: "${{file:client}}"
  away: {{ url: "http://127.0.0.1:1", auth: {{ bearer: "${{BEARER}}" }} }}
  tls:
    url: {secure}
    auth: {{ basic: {{ username: hw, password: "${{BASIC}}" }} }}
  duck: {{ type: duckdb }}
  lite: {{ type: sqlite, path: ":memory:" }}
  postgres: {{ url: "postgresql://hw:${{POSTGRES}}@127.0.0.1:1/bank" }}
  mysql: {{ url: "mysql://hw:${{MYSQL}}@127.0.0.1:1/bank" }}
  kv: {{ url: "redis://:${{REDIS}}@127.0.0.1:1/0" }}
  bus: {{ url: "nats://hw:${{NATS}}@127.0.0.1:1" }}
  hook: {{ type: webhook, hmac: {{ header: x-sign, secret: "${{HMAC}}" }} }}
  told: {{ type: webhook, token: {{ header: x-token, value: "${{HOOK}}" }} }}
auth:
  anonymous: true
  keys: {{ app: {{ hash: "sha256:{"0" * 64}" }} }}
policies: {{ pii: {{ when: "'pii' in request.claims.scope", deny: mask }} }}
admin: {{ port: 0, tokens: {{ ci: "${{ADMIN}}" }} }}
cache: {{ url: "redis://:${{CACHE}}@127.0.0.1:1/0" }}
plan: {{ when: "true" }}
api: true
agents: {{ query: true }}
record: {{ to: ./tapes, sample: 100% }}
audit: {{ sink: ./access.jsonl, tags: [pii] }}
usage: {{ to: ./usage, by: [field, client, operation] }}
"""
    return made


def project(folder: Path, url: str) -> Path:
    """The deployment file of the project, in a folder."""
    return write(folder, files(url))


async def upstream(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answers by path; whatever it says has words in it that nobody may read."""
    try:
        while line := await reader.read(1):
            if line == HELLO:
                return
            line += await reader.readline()
            path = line.decode("latin-1").split(" ")[1].partition("?")[0]
            length, sent = 0, list[str]()
            while (head := await reader.readline()).strip():
                name, _, value = head.decode("latin-1").partition(":")
                length = int(value) if name.lower() == "content-length" else length
                sent += value.split() if name.lower() in _TELLING else ()
            await reader.readexactly(length)
            written = _ANSWERS.get("/" + path.split("/")[1])
            if path == "/echo":
                written = _echo(sent)
            if written is None:
                return
            if not written:
                await reader.read()
                return
            writer.write(written)
            await writer.drain()
    except (ConnectionError, asyncio.IncompleteReadError, IndexError):
        pass
    finally:
        writer.close()


def _reply(status: str, body: str, *more: str) -> bytes:
    head = [f"HTTP/1.1 {status}", f"content-length: {len(body)}", *more]
    head.append(f"set-cookie: {PERSONAL}=1")
    return ("\r\n".join(head) + "\r\n\r\n" + body).encode()


def _echo(sent: list[str]) -> bytes:
    """A problem that names each word of its caller's credentials, and no scheme."""
    words = [one for one in sent if one.lower() not in ("bearer", "basic")]
    title = json.dumps({"title": "nobody is " + " or ".join(words)})
    return _reply("422 No", title, "content-type: application/problem+json")


_TELLING = ("authorization", "x-k")
HELLO = b"\x16"
"""How a client of TLS begins."""
_JSON = "content-type: application/json"
_ANSWERS: Mapping[str, bytes | None] = {
    "/good": _reply("200 OK", f'{{"name": "{PERSONAL}", "team": "x"}}', _JSON),
    "/status": _reply("500 Oops", f'{{"error": "{PERSONAL}"}}', _JSON),
    "/problem": _reply(
        "422 No",
        f'{{"title": "no \'{PERSONAL}\' by basic {SECRETS["BASIC"]}"}}',
        "content-type: application/problem+json",
    ),
    "/text": _reply("200 OK", f"<p>{PERSONAL}</p>", "content-type: text/html"),
    "/moved": _reply("302 Found", "", f"location: http://a/?t={PERSONAL}"),
    "/token": _reply("401 No", f'{{"error": "{PERSONAL}"}}', _JSON),
    "/granted": _reply("200 OK", f'{{"access_token": "{GRANTED}"}}', _JSON),
    "/hangs": b"",
    "/closed": None,
}
