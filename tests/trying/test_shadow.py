"""A shadow runs what was answered again, aside, and tells where answers differ."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from gateway.app import Gateway
from gateway.release.model import Bundle, bundle_of
from gateway.release.terms import Terms
from gateway.request.model import Asking
from gateway.telemetry.events import StepSettled
from gateway.trying.shadowing import Shadow
from tests.release.kit import FACTS
from tests.serving import running
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
        self.calls.append((asked.method, path, asked.headers.get("headwater-shadow")))
        if path.startswith("/people"):
            return JSONResponse({"name": "Ada", "mail": "ada@example.com"})
        return JSONResponse({"score": 5 if path.startswith("/scores") else 6})


@pytest.fixture(scope="module")
def served() -> Iterator[tuple[Core, int]]:
    core = Core()
    route = Route("/{rest:path}", core.answer, methods=["GET", "POST"])
    with running(Starlette(routes=[route])) as port:
        yield core, port


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


@pytest.fixture
def shadowing(tmp_path: Path, served: tuple[Core, int]) -> Iterator[Shadowing]:
    core, port = served
    core.calls.clear()
    url = f"http://127.0.0.1:{port}"
    fleet = Fleet(
        tmp_path / "project",
        str(tmp_path / "store"),
        f'sources: {{ core: {{ type: rest, url: "{url}" }} }}\n',
    )
    yield Shadowing(fleet, core)
    fleet.close()


async def ask(gateway: Gateway, document: str = QUERY) -> Any:
    """As a way in does it; and what runs aside is waited for."""
    pipeline, generation = gateway.pipeline, gateway.current
    splitting = pipeline.splitting
    assert isinstance(splitting, Shadow)
    who = request(id="r1")._replace(
        started=pipeline.clock.now(), time=pipeline.clock.wall()
    )
    given = splitting.given((pipeline, generation), who, {})
    answer = await given.pipeline.answer(
        given.generation, Asking(document), given.request
    )
    await asyncio.gather(*splitting.running)
    return answer.as_json()["data"]


def report(gateway: Gateway) -> Any:
    trial = gateway.trying.trial
    assert trial is not None
    return trial.differences.as_json()


async def closed(gateway: Gateway) -> None:
    gateway.trying.end()
    gateway.current.lease.retire()
    await gateway.pool.closed()


async def test_what_is_the_same_call_is_not_made_again(shadowing: Shadowing) -> None:
    """An unchanged step gets the request's own reply; a changed one is asked."""
    gateway = await shadowing.tries(RENAMED)
    assert await ask(gateway) == {
        "person": {"name": "Ada", "mail": "ada@example.com", "score": 5}
    }
    assert sorted(shadowing.core.calls) == [
        ("GET", "/newer/7", "1"),
        ("GET", "/people/7", None),
        ("GET", "/scores/7", None),
    ]
    assert report(gateway) == {
        "counts": {"calls_made": 1, "calls_shared": 1, "different": 1},
        "differences": [
            {
                "path": "person.score",
                "operation": "person",
                "count": 1,
                "how": {"value": 1},
                "before": 5,
                "after": 6,
            }
        ],
        "further_paths": 0,
    }
    await closed(gateway)


async def test_values_under_a_tag_are_told_by_hash_alone(shadowing: Shadowing) -> None:
    """Also under an alias; what differs again is counted."""
    gateway = await shadowing.tries(SHOUTED)
    for _ in range(3):
        await ask(gateway, '{ person(id: "7") { name m: mail } }')
    told = {one["path"]: one for one in report(gateway)["differences"]}
    assert {path: one["count"] for path, one in told.items()} == {
        "person.name": 3,
        "person.m": 3,
    }
    assert (told["person.name"]["before"], told["person.name"]["after"]) == (
        "Ada",
        "Ada!",
    )
    assert told["person.m"]["before"].startswith("#")
    assert "example.com" not in str(report(gateway))
    assert len(shadowing.core.calls) == 3
    await closed(gateway)


async def test_a_mutation_has_no_shadow(shadowing: Shadowing) -> None:
    """It is done once."""
    gateway = await shadowing.tries(SHOUTED)
    await ask(gateway, 'mutation { rename(id: "7") { name } }')
    assert shadowing.core.calls == [("POST", "/people/7", None)]
    assert report(gateway)["counts"] == {}
    await closed(gateway)


async def test_a_step_that_writes_or_is_billed_is_not_called(
    shadowing: Shadowing,
) -> None:
    """Its request is not compared."""
    writes = PERSON.replace(" }", ", method: POST, idempotent: false }")
    gateway = await shadowing.tries(project(person=writes))
    await ask(gateway)
    assert ("POST", "/people/7", "1") not in shadowing.core.calls
    assert report(gateway)["counts"]["unfit"] == 1
    await closed(gateway)


async def test_only_the_operations_that_are_named(shadowing: Shadowing) -> None:
    """Others are answered, and nothing else."""
    gateway = await shadowing.tries(SHOUTED, Terms(1.0, operations=("other",)))
    await ask(gateway)
    assert report(gateway)["counts"] == {}
    await closed(gateway)


async def test_a_source_with_little_room_is_left_to_requests(
    shadowing: Shadowing,
) -> None:
    """A call of a shadow is not made where half of the slots are taken."""
    gateway = await shadowing.tries(RENAMED)
    held = gateway.current.upstreams["core"].bulkhead
    splitting = gateway.pipeline.splitting
    assert isinstance(splitting, Shadow)
    trial = gateway.trying.trial
    assert trial is not None
    assert trial.candidate.upstreams["core"].bulkhead is held
    held.running += held.allowed // 2
    await ask(gateway)
    held.running -= held.allowed // 2
    assert report(gateway)["counts"] == {"calls_shared": 1, "unfit": 1}
    await closed(gateway)


async def test_nobody_is_told_of_what_a_shadow_meets(shadowing: Shadowing) -> None:
    """Its steps are no steps of requests: only the report has them."""
    gateway = await shadowing.tries(RENAMED)
    await ask(gateway)
    settled = shadowing.fleet.told(StepSettled)
    assert len(settled) == 2
    await closed(gateway)
