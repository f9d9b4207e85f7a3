"""A system that counts its calls, and a gateway whose answers about it are shadowed."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse

from gateway.app import Gateway
from gateway.release.model import Bundle, bundle_of
from gateway.release.terms import Terms
from gateway.request.model import Asking
from gateway.trying.shadowing import Shadow
from tests.release.kit import FACTS
from tests.trying.kit import Fleet, request

SDL = """
directive @tag(name: String!) repeatable on FIELD_DEFINITION
type Query { person(id: ID!): Person }
type Mutation { rename(id: ID!): Person }
type Person { name: String, mail: String @tag(name: "pii"), score: Int }
"""
PERSON = (
    "{ name: person, source: core, endpoint: '/people/{id}', provides: [name, mail] }"
)
SCORE = "{ name: score, source: core, endpoint: '/scores/{id}', provides: [score] }"
EVERY = Terms(1.0)
QUERY = '{ person(id: "7") { name mail score } }'


def project(*, person: str = PERSON, score: str = SCORE) -> Bundle:
    return bundle_of(
        {
            "profiles/person.yaml": "language: 1\noperation: person\n"
            f"steps: [{person}, {score}]\n",
            "profiles/rename.yaml": "language: 1\noperation: rename\nsteps: "
            "[{ name: set, source: core, endpoint: '/people/7', method: POST,"
            " provides: [name] }]\n",
            "schema/person.graphql": SDL,
        },
        FACTS,
    )


A = project()
RENAMED = project(score=SCORE.replace("/scores", "/newer"))
SELECT = """, select: '{"name": response.body.name + "!", "mail": "x"}' }"""
SHOUTED = project(person=PERSON.replace(" }", SELECT))


@dataclass
class Core:
    """A system that counts its calls."""

    calls: list[tuple[str, str, str | None]] = field(default_factory=list)

    async def answer(self, asked: Request) -> JSONResponse:
        path = asked.url.path
        mark = asked.headers.get("headwater-shadow")
        self.calls.append((asked.method, path, mark))
        if path.startswith("/broken"):
            return JSONResponse({}, 500)
        if path.startswith("/people"):
            return JSONResponse({"name": "Ada", "mail": "ada@example.com"})
        return JSONResponse({"score": 5 if path.startswith("/scores") else 6})


@dataclass
class Shadowing:
    fleet: Fleet
    core: Core

    async def tries(self, one: Bundle, terms: Terms = EVERY) -> Gateway:
        self.fleet.activate(A)
        self.fleet.tries(one, terms, "shadow")
        gateway = self.fleet.gateway()
        await gateway.take_release()
        return gateway


async def answered(gateway: Gateway, document: str = QUERY) -> Any:
    """As a way in does it."""
    pipeline, generation = gateway.pipeline, gateway.current
    who = request(id="r1")._replace(
        started=pipeline.clock.now(), time=pipeline.clock.wall(), origin="c"
    )
    given = shadow_in(gateway).given((pipeline, generation), who, {})
    answer = await given.pipeline.answer(
        given.generation, Asking(document), given.request
    )
    return answer.as_json().get("data")


async def ask(gateway: Gateway, document: str = QUERY) -> Any:
    """The same, and what runs aside is waited for."""
    data, running = await answered(gateway, document), shadow_in(gateway).running
    async with asyncio.timeout(60):
        while running:  # noqa: ASYNC110 - what runs aside tells nobody
            await asyncio.sleep(0)
    return data


def shadow_in(gateway: Gateway) -> Shadow:
    splitting = gateway.pipeline.splitting
    assert isinstance(splitting, Shadow)
    return splitting


def report(gateway: Gateway) -> Any:
    trial = gateway.trying.trial
    assert trial is not None
    return trial.differences.as_json()


async def closed(gateway: Gateway) -> None:
    gateway.trying.end()
    gateway.current.lease.retire()
    await gateway.pool.closed()
