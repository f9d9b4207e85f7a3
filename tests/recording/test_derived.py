"""What a policy hides stays hidden in recordings and replays, whatever is made of it.

The callers are those of real tokens: who may, who may not, and who is of another
audience.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from gateway.app import build_gateway
from gateway.cli.listening import asgi
from gateway.telemetry.events import Event
from tests.cli.conftest import Invoke, Upstream
from tests.identity.issuing import EC, ISSUER, good, key_set
from tests.project import write

SDL = """
directive @tag(name: String!) repeatable on FIELD_DEFINITION | OBJECT
type Query { person(id: ID!): Person }
type Person {
  id: ID!
  name: String @tag(name: "pii")
  salary: Int @tag(name: "pii")
  loud: String
  raise: Int
  rated: Rated
  graded: String
  opened: String
  team: String
}
type Rated { band: String, team: String }
"""
PERSON = """
language: 1
operation: person
steps: [{ name: person, source: bank, endpoint: "/people/{id}" }]
"""
FIELDS = """
language: 1
entity: Person
fields:
  Person.loud: self.name.upperAscii()
  Person.raise: self.salary + 1111
steps:
  - name: rated
    source: bank
    endpoint: /rated
    query: { of: "${ self.name.upperAscii() }", more: "${ self.salary * 3 }" }
  - name: graded
    source: bank
    endpoint: "/graded/{self.id}"
    policy: "'pii' in request.claims.scope"
    select: response.body.grade
  - name: opened
    source: bank
    endpoint: "/opened"
    method: POST
    body: { key: "${ self.name.replace('a', '4') }" }
    declassify: true
    select: response.body.at
"""
ROSALIND = {
    "id": "7",
    "name": "Rosalind Marlowe",
    "salary": 1612345678,
    "team": "north",
}
ANSWERS: Mapping[str, Any] = {
    "/people/7": ROSALIND,
    "/rated": {"band": "platinum-9", "team": "south"},
    "/graded/7": {"grade": "excellent-3"},
    "/opened": {"at": "2020-01-02"},
}
MADE = (
    "ROSALIND MARLOWE",
    "ROSALIND+MARLOWE",
    "ROSALIND%20MARLOWE",
    "1612346789",
    "4837037034",
    "Ros4lind",
    "M4rlowe",
)
HIDDEN = ("Rosalind", "Marlowe", "1612345678", "platinum", "excellent", *MADE)
QUERY = """{ person(id: "7") {
  id name salary loud raise rated { band team } graded opened team
} }"""


@dataclass
class Taped:
    """A gateway that records, asked by bearers of tokens."""

    folder: Path
    upstream: Upstream
    heard: list[Event] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.upstream.answers = dict(ANSWERS)
        self.config = write(
            self.folder,
            {
                "schema/s.graphql": SDL,
                "profiles/person.yaml": PERSON,
                "profiles/Person.yaml": FIELDS,
                "keys.json": key_set(EC).decode(),
                "headwater.yaml": f"sources: {{ bank: {{ url: '{self.upstream.url}' "
                "} }\n"
                "record: { to: ./tapes, sample: 100%, tags: [] }\n"
                "policies: { pii: { when: \"'pii' in request.claims.scope\" } }\n"
                f"auth: {{ jwt: [{{ issuer: '{ISSUER}', audience: bank, "
                "jwks: ./keys.json }] }\n",
            },
        )

    def ask(self, *tokens: str) -> list[Any]:
        """The answers to these bearers; all is written when it returns."""
        return asyncio.run(self._ask(tokens))

    async def _ask(self, tokens: tuple[str, ...]) -> list[Any]:
        gateway = build_gateway(
            [self.config], {}, observe=self.heard.append, remember=True
        )
        app = asgi(gateway)
        transport = httpx.ASGITransport(app)
        base = "http://127.0.0.1:4000"
        async with (
            app.rest.router.lifespan_context(app.rest),
            httpx.AsyncClient(transport=transport, base_url=base) as client,
        ):
            return [
                (
                    await client.post(
                        "/graphql",
                        json={"query": QUERY},
                        headers={"authorization": f"Bearer {token}"},
                    )
                ).json()
                for token in tokens
            ]

    @property
    def text(self) -> str:
        """What is on the disk."""
        found = sorted((self.folder / "tapes").glob("*"))
        return "".join(path.read_text("utf-8") for path in found)


MAY = {"aud": "bank", "scope": "pii", "sub": "teller-17"}
MAY_NOT = {"aud": "bank", "scope": "none", "sub": "guest-42"}


@pytest.fixture
def taped(here: Path, upstream: Upstream) -> Taped:
    return Taped(here, upstream)


def test_nothing_of_it_is_on_the_disk(taped: Taped) -> None:
    """Nor what is computed of it, asked with it or answered to that; tokens neither."""
    tokens = [good(**MAY), good(**MAY_NOT), good(**{**MAY, "aud": "elsewhere"})]
    seen, masked, refused = taped.ask(*tokens)
    person = seen["data"]["person"]
    assert (person["loud"], person["raise"]) == ("ROSALIND MARLOWE", 1612346789)
    assert (person["rated"]["band"], person["graded"]) == ("platinum-9", "excellent-3")
    assert masked["data"]["person"]["name"] == "***"
    assert masked["data"]["person"]["loud"] == "***"
    assert refused["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
    text = taped.text
    assert len(text.splitlines()) == 2
    assert [one for one in HIDDEN if one.lower() in text.lower()] == []
    assert [one for one in ("teller-17", "guest-42", *tokens) if one in text] == []
    line = json.loads(text.splitlines()[0])
    shown = line["answer"]["data"]["person"]
    assert (shown["team"], shown["opened"]) == ("north", "2020-01-02")
    assert line["answer"]["derived"] == [["person", "loud"], ["person", "raise"]]


def test_a_replay_changes_nothing_and_shows_nothing(
    taped: Taped, invoke: Invoke
) -> None:
    """What is computed of pseudonyms is no change; whoever may not still may not."""
    taped.ask(good(**MAY), good(**MAY_NOT))
    taped.upstream.answers.clear()
    result = invoke("test", "--recordings", "tapes")
    said = "2 recordings, every answer is the same\n"
    assert (result.exit_code, result.stdout) == (0, said), result.stderr


def test_a_change_is_told_without_it(taped: Taped, invoke: Invoke) -> None:
    """By pseudonyms: a replay knows nothing else."""
    taped.ask(good(**MAY), good(**MAY_NOT))
    taped.upstream.answers.clear()
    path = taped.folder / "profiles/Person.yaml"
    text = path.read_text("utf-8")
    text = text.replace("self.salary + 1111", "'self.salary > 0 ? null : 1'")
    text = text.replace("upperAscii()\n", "upperAscii() + '!'\n", 1)
    path.write_text(text, "utf-8")
    result = invoke("test", "--recordings", "tapes", "--json")
    assert result.stdout, result.stderr
    report = json.loads(result.stdout)
    assert {one["path"] for one in report["changes"]} == {"person.raise"}
    said = result.stdout + result.stderr
    assert [one for one in HIDDEN if one.lower() in said.lower()] == []


def test_they_become_tests_without_it(taped: Taped, invoke: Invoke) -> None:
    """Profile tests that are made of recordings are for a repository."""
    taped.ask(good(**MAY))
    result = invoke("record", "--from", "tapes", "--to", "made.test.yaml")
    text = (taped.folder / "made.test.yaml").read_text("utf-8")
    assert result.exit_code == 0, result.stderr
    assert [one for one in HIDDEN if one.lower() in text.lower()] == []
