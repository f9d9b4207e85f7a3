"""A gateway with policies over a source that counts, asked by every way in."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
from orjson import dumps

from gateway.app import Gateway, build_gateway
from gateway.cli.listening import asgi
from tests.project import write

SECRETS = ("Ada", "CH93", "41.5", "gold")
"""What of the source's answers not everybody may read."""
ANSWERS = {
    "people": {"id": "7", "kind": "p", "name": "Ada", "iban": "CH93", "team": "x"},
    "income": 41.5,
    "notes": ["gold"],
    "offers": ["gold"],
}
BASE = "http://127.0.0.1:4000"
MAY = "'notes' in request.claims.scope"
FILES = {
    "headwater.yaml": """
sources: { default: { url: "URL" } }
auth: { trust_headers: true }
federation: true
api: true
agents: true
explorer: false
policies:
  pii: { when: "'pii' in request.claims.scope", deny: mask }
  money: { when: "'money' in request.claims.scope", deny: error }
""",
    "schema/people.graphql": """
type Query { person(id: ID!): Person  found(id: ID!): [Found!]  party(id: ID!): Party }
interface Party { id: ID!, name: String @tag(name: "pii") }
type Person implements Party @key(fields: "id") {
  id: ID!
  name: String
  iban: String @tag(name: "pii")
  team: String
  income: Float @tag(name: "money")
  rich: Boolean
  notes: [String!]
  offers: [String!]
}
type Thing { id: ID! }
union Found = Person | Thing
""",
    "profiles/person.yaml": """
language: 1
operation: person
steps: [{ name: person, endpoint: "/people/{id}" }]
""",
    "profiles/party.yaml": """
language: 1
operation: party
steps:
  - name: party
    endpoint: "/people/{id}"
    type_by: { field: kind, types: { p: Person, "*": Person } }
""",
    "profiles/found.yaml": """
language: 1
operation: found
steps:
  - name: found
    endpoint: "/people/{id}"
    select: "[response.body]"
    type_by: { field: kind, types: { p: Person, "*": Thing } }
""",
    "profiles/people.yaml": """
language: 1
entity: Person
key: [id]
lookup: [{ name: whole, endpoint: "/people/{self.id}", provides: [name, iban, team] }]
steps:
  - { name: income, endpoint: "/income/{self.id}" }
  - { name: notes, endpoint: "/notes/{self.id}", policy: "NOTES" }
  - { name: offers, endpoint: "/offers/{self.id}", query: { n: "${ size(notes) }" } }
fields: { Person.rich: self.income > 9.0 }
""",
}


@dataclass(slots=True)
class People:
    """The source: what it was asked for, and how often."""

    asked: Counter[str] = field(default_factory=Counter)

    async def serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        try:
            while line := await reader.readline():
                what = line.decode().split("/")[1]
                while (await reader.readline()).strip():
                    pass
                self.asked[what] += 1
                body = dumps(ANSWERS[what])
                head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n"
                writer.write(
                    f"{head}content-length: {len(body)}\r\n\r\n".encode() + body
                )
                await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()


@dataclass(slots=True)
class Ways:
    """A client of the gateway."""

    gateway: Gateway
    people: People
    client: httpx.AsyncClient


@asynccontextmanager
async def ways(folder: Path) -> AsyncIterator[Ways]:
    """The gateway, its source and a client."""
    people = People()
    server = await asyncio.start_server(people.serve, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    files = {
        name: text.replace("URL", url).replace("NOTES", MAY)
        for name, text in FILES.items()
    }
    gateway = build_gateway([write(folder, files)], {})
    transport = httpx.ASGITransport(asgi(gateway))
    try:
        async with (
            gateway.serving(),
            httpx.AsyncClient(
                transport=transport, base_url="http://127.0.0.1:4000"
            ) as client,
        ):
            yield Ways(gateway, people, client)
    finally:
        server.close()
