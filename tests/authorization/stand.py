"""A gateway that protects values in every way there is, over a source that counts.

In charge of the project and its source. What is asked, and by which door, is said in
`ways` and `doors`.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, field
from pathlib import Path

import httpx
from orjson import dumps

from gateway.app import Gateway, build_gateway
from gateway.cli.listening import asgi
from gateway.schema.server import Application
from gateway.telemetry.events import Event
from tests.project import write

ALLOWED = '{"sub": "ann", "scope": ["all"]}'
DENIED = '{"sub": "bob", "scope": []}'
MAY = "'all' in request.claims.scope"

PROTECTED: Mapping[str, str] = {
    "masked": "zq-masked",
    "kept": "zq-kept-0123456789",
    "nulled": "zq-nulled",
    "failed": "zq-failed",
    "hidden": "zq-hidden",
    "wallet": "zq-wallet",
    "inner": "zq-inner",
    "stepped": "zq-stepped",
    "derived": "zq-masked",
    "fetched": "zq-fetched",
    "argued": "zq-argued",
}
"""Fields of a person, each protected in its way, and the secret that it would tell."""
NESTED = {"wallet": "wallet { number }", "argued": "argued(n: 3)"}
"""Those that are no plain field."""
BODY = {
    "id": "7",
    "kind": "p",
    "team": "open",
    "masked": "zq-masked",
    "kept": "zq-kept-0123456789",
    "nulled": "zq-nulled",
    "failed": "zq-failed",
    "hidden": "zq-hidden",
    "wallet": {"number": "zq-wallet"},
    "inner": "zq-inner",
}
ANSWERS = {
    "people": BODY,
    "all": [BODY, BODY],
    "stepped": "zq-stepped",
    "fetched": "zq-fetched",
    "argued": "zq-argued",
    "vault": {"gold": "zq-vault"},
    "desk": {"note": "zq-desk"},
}
GUARDED = frozenset({"stepped", "fetched", "argued", "vault", "desk"})
"""What is not called for who is denied."""
PERSON = """
  id: ID!
  team: String
  masked: String
  kept: String
  nulled: String
  failed: String
  hidden: String
  wallet: Wallet
  inner: String
  stepped: String
  derived: String
  fetched: String
  argued(n: Int = 3): String
  friend: Person
"""
TAGS = {
    "masked": "mask",
    "kept": "keep",
    "nulled": "null",
    "failed": "error",
    "hidden": "hide",
}


def _tagged(sdl: str) -> str:
    lines = []
    for line in sdl.splitlines():
        name = line.strip().partition(":")[0]
        tag = TAGS.get(name)
        lines.append(line + (f' @tag(name: "{tag}")' if tag else ""))
    return "\n".join(lines)


SDL = f"""
type Query {{
  person(id: ID! = "7"): Person
  party(id: ID! = "7"): Party
  found(id: ID! = "7"): [Found!]
  people: [Person!]
  vault(id: ID! = "7"): Vault
  desk(id: ID! = "7"): Desk
}}
type Subscription {{ met: Met }}
type Met {{ person: Person }}
interface Party {{ id: ID!  team: String  inner: String @tag(name: "error") }}
interface Named {{ {PERSON} }}
type Person implements Party & Named @key(fields: "id") {{ {_tagged(PERSON)} }}
type Thing {{ id: ID! }}
union Found = Person | Thing
type Wallet @tag(name: "error") {{ number: String }}
type Vault {{ gold: String }}
type Desk {{ open: Person  note: Note }}
type Note {{ note: String }}
"""
STEP = 'endpoint: "/people/{id}"'
TYPED = 'type_by: { field: kind, types: { p: Person, "*": Person } }'
FILES = {
    "schema/people.graphql": SDL,
    "profiles/person.yaml": f"""
language: 1
operation: person
steps: [{{ name: person, {STEP} CACHED }}]
""",
    "profiles/party.yaml": f"""
language: 1
operation: party
steps: [{{ name: party, {STEP}, {TYPED} CACHED }}]
""",
    "profiles/found.yaml": f"""
language: 1
operation: found
steps:
  - name: found
    {STEP}
    select: "[response.body]"
    type_by: {{ field: kind, types: {{ p: Person, "*": Thing }} }}
""",
    "profiles/people.yaml": """
language: 1
operation: people
steps: [{ name: people, endpoint: "/all" CACHED }]
""",
    "profiles/vault.yaml": f"""
language: 1
operation: vault
policy: "{MAY}"
steps: [{{ name: vault, endpoint: "/vault/{{id}}" CACHED }}]
""",
    "profiles/desk.yaml": f"""
language: 1
operation: desk
steps:
  - {{ name: open, {STEP} }}
  - {{ name: note, endpoint: "/desk/{{id}}", policy: "{MAY}" CACHED }}
""",
    "profiles/met.yaml": """
language: 1
operation: met
kind: subscription
steps:
  - { name: person, type: stream, every: 1h, poll: { endpoint: "/people/7" } }
""",
    "profiles/Person.yaml": f"""
language: 1
entity: Person
key: [id]
lookup:
  - name: whole
    endpoint: "/people/{{self.id}}"
    provides: [team, masked, kept, nulled, failed, hidden, wallet, inner]
steps:
  - {{ name: friend, endpoint: "/people/{{self.id}}" CACHED }}
  - {{ name: stepped, endpoint: "/stepped/{{self.id}}", policy: "{MAY}" CACHED }}
  - {{ name: fetched, endpoint: "/fetched/{{self.failed}}" CACHED }}
  - name: argued
    endpoint: "/argued/{{self.id}}"
    query: {{ n: "${{ args.n }}" }}
    policy: "{MAY}"
fields: {{ Person.derived: "'of ' + self.masked" }}
""",
}
DEPLOYMENT = f"""
sources: {{ default: {{ url: "URL" }} }}
auth: {{ trust_headers: true }}
federation: true
api: true
agents: {{ query: true }}
explorer: false
plan: {{ when: "true" }}
limits: {{ depth: 30 }}
policies:
  mask: {{ when: "{MAY}", deny: mask }}
  keep: {{ when: "{MAY}", deny: mask, keep: 4 }}
  "null": {{ when: "{MAY}", deny: "null" }}
  error: {{ when: "{MAY}", deny: error }}
  hide: {{ when: "{MAY}", deny: hide }}
"""
KEPT = ", cache: { ttl: 10m }"


@dataclass(slots=True)
class People:
    """The source: what it was asked for. While it is held it answers nothing."""

    asked: list[str] = field(default_factory=list)
    free: asyncio.Event = field(default_factory=asyncio.Event)
    came: asyncio.Event = field(default_factory=asyncio.Event)

    async def serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        try:
            while line := await reader.readline():
                what = line.decode().split("/")[1].partition(" ")[0]
                while (await reader.readline()).strip():
                    pass
                self.asked.append(what)
                self.came.set()
                await self.free.wait()
                body = dumps(ANSWERS[what])
                head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n"
                length = f"content-length: {len(body)}\r\n\r\n"
                writer.write((head + length).encode() + body)
                await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()


@dataclass(slots=True)
class Stand:
    """The running gateway, its source, a client, and all that it told."""

    gateway: Gateway
    people: People
    app: Application
    client: httpx.AsyncClient
    folder: Path
    heard: list[Event]


@asynccontextmanager
async def stand(
    folder: Path, *, kept: bool = False, more: str = ""
) -> AsyncIterator[Stand]:
    """It serves in this loop; ``kept``: its steps keep their answers for all."""
    people = People()
    people.free.set()
    server = await asyncio.start_server(people.serve, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    files = {**FILES, "headwater.yaml": DEPLOYMENT + more}
    written = {
        name: text.replace("URL", url).replace(" CACHED", KEPT if kept else "")
        for name, text in files.items()
    }
    heard: list[Event] = []
    config = write(folder, written)
    gateway = build_gateway([config], {}, observe=heard.append, remember=True)
    app = asgi(gateway)
    made = httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://127.0.0.1:4000"
    )
    with closing(server):
        async with gateway.serving(), made as client:
            yield Stand(gateway, people, app, client, folder, heard)
