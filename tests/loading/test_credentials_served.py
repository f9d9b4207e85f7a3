"""Credentials in a whole gateway: whose answer is whose, new secrets at run time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import orjson
import pytest
import trustme

from gateway.app import Gateway, build_gateway
from gateway.clock import LoopClock
from gateway.errors import ProfileError
from gateway.request.adapter import adapt
from gateway.request.model import Asking
from tests.connectors.grants import Answer, Came, Server, accepting, granting, serving
from tests.connectors.test_credentials_tls import offering

PROFILE = """language: 1
operation: me
steps:
  - { name: who, type: api, source: core, endpoint: /who, KEYS }
"""
CLIENT = "token_url: '{idp}/t', client_id: hw, client_secret: hidden"


def write(folder: Path, source: str, keys: str = "timeout: 5s") -> Path:
    (folder / "profiles").mkdir(exist_ok=True)
    (folder / "profiles" / "me.yaml").write_text(PROFILE.replace("KEYS", keys))
    config = folder / "headwater.yaml"
    config.write_text(f"sources: {{ core: {{ {source} }} }}\n")
    return config


@asynccontextmanager
async def gateway(config: Path) -> AsyncIterator[Gateway]:
    made = build_gateway([config], {}, clock=LoopClock(), dev=True)
    try:
        yield made
    finally:
        made.current.lease.retire()
        await made.pool.sources.closed()


async def ask(made: Gateway, **headers: str) -> Mapping[str, object]:
    """The answer to `{ me { who } }`, as it would be sent."""
    current, clock = made.current, made.pipeline.clock
    told = {"headwater-plan": "include", **headers}
    request = adapt(told, current.admission, request_id="1", clock=clock)
    answer = await made.pipeline.answer(current, Asking("{ me { who } }"), request)
    found: Mapping[str, object] = orjson.loads(orjson.dumps(answer.as_json()))
    return found


def whose(answer: Mapping[str, object]) -> object:
    return answer["data"]["me"]["who"]["shown"]  # type: ignore[index]


def by(caller: str) -> dict[str, str]:
    return {"authorization": f"Bearer {caller}"}


async def test_callers_at_the_same_time_never_get_each_other_s_answers(
    tmp_path: Path,
) -> None:
    """What is asked in a caller's name is shared with nobody else."""

    def answer(came: Came) -> Answer:
        return Answer(200, {"shown": came.shown.split("-")[1]})  # type: ignore[union-attr]

    async with serving(granting()) as idp, serving(answer) as api:
        source = f"url: '{api.url}', auth: {{ exchange: {{ {CLIENT} }} }}"
        config = write(tmp_path, source.replace("{idp}", idp.url))
        async with gateway(config) as made:
            callers = ["ann", "bob"] * 20
            answers = await asyncio.gather(*(ask(made, **by(each)) for each in callers))
            assert list(map(whose, answers)) == callers
            again = await asyncio.gather(*(ask(made, **by(each)) for each in callers))
            assert list(map(whose, again)) == callers
            subjects = sorted(each.form["subject_token"] for each in idp.came)
            assert subjects == ["ann", "bob"]
            assert "for-ann" not in str(answers)
            nobody = await ask(made)
            assert "UPSTREAM_REJECTED" in str(nobody["errors"])


def test_what_a_caller_is_told_is_kept_for_him_only(tmp_path: Path) -> None:
    """A cache for more people than the call is for does not load."""
    client = CLIENT.replace("{idp}", "http://idp.internal")
    source = f"url: 'http://c.internal', auth: {{ exchange: {{ {client} }} }}"
    for scope in ("public", "tenant"):
        keys = f"cache: {{ ttl: 1m, scope: {scope} }}"
        made = build_gateway([write(tmp_path, source, keys)], {})
        assert [str(p).partition(": ")[2] for p in made.current.problems] == [
            (
                "the call says who asks, so its answer is for one caller — write "
                "'scope: caller'"
            )
        ]
    keys = "cache: { ttl: 1m, scope: caller }"
    assert build_gateway([write(tmp_path, source, keys)], {}).current.problems == ()


async def test_a_revoked_token_costs_no_answer(tmp_path: Path) -> None:
    """By the short way of a call too; nothing that is shown has a secret in it."""
    async with serving(granting()) as idp, serving(accepting("t1")) as api:
        source = f"url: '{api.url}', auth: {{ oauth2: {{ {CLIENT} }} }}"
        async with gateway(write(tmp_path, source.replace("{idp}", idp.url))) as made:
            assert whose(await ask(made)) == "Bearer t1"
            assert whose(await ask(made)) == "Bearer t1"
            api.answer = accepting("t2")
            answers = await asyncio.gather(*(ask(made) for _ in range(20)))
            assert set(map(whose, answers)) == {"Bearer t2"}
            assert len(idp.came) == 2
            api.answer, idp.answer = accepting(), lambda _: Answer(500, b"hidden")
            shown = [await ask(made) for _ in range(3)]
            assert shown[-1]["errors"]
            assert "hidden" not in str(shown)
            assert "Bearer" not in str(shown)


async def test_a_secret_that_changed_is_shown_from_then_on(tmp_path: Path) -> None:
    """Without a restart; who asked before keeps his answer."""
    secret, held = tmp_path / "token", asyncio.Event()
    secret.write_text("one\n")
    came = asyncio.Event()

    def answer(asked: Came) -> Answer:
        came.set()
        return Answer(200, {"shown": asked.shown}, after=held)

    async with serving(answer) as api:
        source = f"url: '{api.url}', auth: {{ bearer: '${{file:token}}' }}"
        async with gateway(write(tmp_path, source)) as made:
            first = asyncio.create_task(ask(made))
            await came.wait()
            secret.write_text("two\n")
            assert await made.reload()
            second = asyncio.create_task(ask(made))
            held.set()
            assert whose(await first) == "Bearer one"
            assert whose(await second) == "Bearer two"


async def test_certificates_that_changed_are_shown_from_then_on(
    tmp_path: Path,
) -> None:
    """A source that changes its authority is served again after a reload."""
    old, new = trustme.CA(), trustme.CA()
    ca = tmp_path / "ca.pem"
    ca.write_bytes(old.cert_pem.bytes())

    def ok(_: Came) -> Answer:
        return Answer(200, {"shown": "ok"})

    async def served(server: Server, made: Gateway) -> bool:
        return "errors" not in await ask(made)

    async with serving(ok, offering(old)) as first:
        config = write(tmp_path, f"url: '{first.url}', tls: {{ ca: ca.pem }}")
        async with gateway(config) as made:
            assert await served(first, made)
    async with serving(ok, offering(new)) as second:
        config = write(tmp_path, f"url: '{second.url}', tls: {{ ca: ca.pem }}")
        async with gateway(config) as made:
            assert not await served(second, made)
            ca.write_text("half wri")
            assert not await made.reload()
            ca.write_bytes(new.cert_pem.bytes())
            assert await made.reload()
            assert await served(second, made)


def test_a_file_that_is_missing_keeps_the_gateway_from_starting(
    tmp_path: Path,
) -> None:
    """At its place, before anybody listens."""
    config = write(tmp_path, "url: 'https://c.internal', tls: { ca: ca.pem }")
    with pytest.raises(ProfileError) as caught:
        build_gateway([config], {})
    (problem,) = caught.value.problems
    assert (problem.span.line, problem.span.column) == (1, 54)
