"""A deployment that records, with a real upstream; what it wrote, read again."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gateway.app import Gateway, build_gateway
from gateway.recording.writing import Writer
from gateway.request.adapter import flagged
from gateway.request.model import Asking, Caller, RequestContext
from gateway.telemetry.events import Event
from gateway.values import JsonValue
from tests.cli.conftest import Upstream
from tests.project import write

SDL = """
directive @tag(name: String!) repeatable on FIELD_DEFINITION | OBJECT
type Query { customer(id: ID!, mail: String): Customer }
type Customer {
  id: ID!
  fullName: String @tag(name: "pii")
  email: String @tag(name: "pii")
  age: Int @tag(name: "pii")
  since: String
  rank: Rank @tag(name: "pii")
  city: City
}
enum Rank { LOW MIDDLE HIGH }
type City { name: String, code: String }
"""
CUSTOMER = """
language: 1
operation: customer
steps:
  - { name: customer, source: bank, endpoint: "/people/{id}" }
"""
PERSON = """
language: 1
entity: Customer
fields: { Customer.email: self.contact.mail_addr }
steps:
  - { name: city, source: bank, endpoint: "/cities/{self.town}" }
"""
ADA: dict[str, JsonValue] = {
    "id": "7",
    "fullName": "Ada Lindqvist-Moe",
    "contact": {"mail_addr": "ada.lindqvist@example.org"},
    "age": 37,
    "since": "2019-03-04",
    "town": "london",
    "rank": "HIGH",
    "api_key": "sk-canary-0123456789",
    "note": "call ada.lindqvist@example.org at noon",
}
QUERY = """
query Q($id: ID!) { customer(id: $id) { fullName who: email since city { name } } }
"""


def files(url: str, record: str = "sample: 100%") -> dict[str, str]:
    """The files of the project."""
    return {
        "schema/schema.graphql": SDL,
        "profiles/customer.yaml": CUSTOMER,
        "profiles/Customer.yaml": PERSON,
        "headwater.yaml": (
            f"sources: {{ bank: {{ url: '{url}' }} }}\n"
            f"record: {{ to: ./tapes, {record} }}\n"
        ),
    }


@dataclass
class Recorded:
    """A gateway that records what it is asked, and what it told of that."""

    folder: Path
    upstream: Upstream
    record: str = "sample: 100%"
    heard: list[Event] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.upstream.answers = {"/people/7": ADA, "/cities/london": {"name": "London"}}
        self.config = write(self.folder, files(self.upstream.url, self.record))

    @property
    def tapes(self) -> Path:
        return self.folder / "tapes"

    def asked(self, *askings: Asking, **who: Any) -> list[Mapping[str, Any]]:
        """The answers to requests, all of them recorded when this returns."""
        return asyncio.run(self._asked(askings, who))

    async def _asked(
        self, askings: tuple[Asking, ...], who: Mapping[str, Any]
    ) -> list[Mapping[str, Any]]:
        gateway = build_gateway(
            [self.config], {}, observe=self.heard.append, remember=True
        )
        async with gateway.serving():
            return [await self._one(gateway, each, who) for each in askings]

    async def _one(
        self, gateway: Gateway, asking: Asking, who: Mapping[str, Any]
    ) -> Mapping[str, Any]:
        clock = gateway.pipeline.clock
        request = RequestContext("test", clock.now(), clock.wall(), **who)
        request = flagged(request, gateway.current.admission)
        answer = await gateway.pipeline.answer(gateway.current, asking, request)
        return answer.as_json()

    def lines(self) -> list[dict[str, Any]]:
        """What is in the folder."""
        return list(self._lines())

    def text(self) -> str:
        """The same, as it is on the disk."""
        return "".join(p.read_text("utf-8") for p in sorted(self.tapes.glob("*")))

    def _lines(self) -> Iterator[dict[str, Any]]:
        for line in self.text().splitlines():
            yield json.loads(line)


def asking(customer: str = "7") -> Asking:
    """Who a customer is, and where."""
    return Asking(QUERY, None, {"id": customer})


def caller(**claims: JsonValue) -> Caller:
    """Somebody with claims."""
    subject = claims.get("sub")
    return Caller(subject if isinstance(subject, str) else None, claims)


__all__ = ["ADA", "QUERY", "Recorded", "Writer", "asking", "caller", "files"]
