"""A gRPC source is shown who calls: the proof is metadata, made anew where refused."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from gateway.clock import Deadline, LoopClock
from gateway.connectors.base import Call
from gateway.connectors.credentials.settings import (
    AuthSettings,
    BasicSettings,
    BearerSettings,
    ExchangeSettings,
    OAuth2Settings,
)
from gateway.connectors.grpc.descriptors import read_set
from gateway.connectors.grpc.source import GrpcSource
from gateway.connectors.grpc.target import GrpcTarget
from gateway.connectors.probing import Probed
from gateway.connectors.settings import GrpcSettings
from gateway.errors import ErrorClass, UpstreamError
from gateway.testing.contract import call_of
from tests.connectors.grants import Answer, Server, granting, serving
from tests.deployment.test_deployment import Files
from tests.grpc_server import SERVICE, GrpcServer, descriptor_set

SECRET = "very-secret"


def client(idp: Server) -> OAuth2Settings:
    return OAuth2Settings(f"{idp.url}/token", "hw", SECRET)


@asynccontextmanager
async def source(server: GrpcServer, auth: AuthSettings) -> AsyncIterator[GrpcSource]:
    made = GrpcSource(GrpcSettings(server.target, auth=auth))
    try:
        yield made
    finally:
        await made.close()


def call(
    rpc: str = "Hear", only: str | None = None, caller: str | None = None, **more: Any
) -> Call[GrpcTarget]:
    """``only`` is the one proof that the server takes."""
    metadata = {} if only is None else {"only": only}
    target = GrpcTarget(SERVICE, rpc, metadata=metadata, **more)
    headers = {} if caller is None else {"authorization": f"Bearer {caller}"}
    made = call_of(target)._replace(headers=headers)
    return made._replace(deadline=Deadline.after(10, LoopClock()))


async def shown(made: GrpcSource, asked: Call[GrpcTarget]) -> str | None:
    """Who the server heard."""
    body = (await made.call(asked)).body
    assert isinstance(body, Mapping)
    said: str | None = body["metadata"].get("authorization")
    return said


@pytest.mark.parametrize(
    ("auth", "said"),
    [
        (BearerSettings("abc"), "Bearer abc"),
        (BasicSettings("ada", "pw"), "Basic YWRhOnB3"),
    ],
)
async def test_constant_proof_is_metadata(
    grpc_server: GrpcServer, auth: AuthSettings, said: str
) -> None:
    """It goes with reflection too, and is no part of what is shown or asked for."""
    async with source(grpc_server, auth) as made:
        assert await shown(made, call()) == said
        assert await made.probe({"a.b": GrpcTarget(SERVICE, "Hear")}) == Probed(
            "connected"
        )
        assert said not in f"{made.describe(call())} {made.render(call())}"


async def test_one_token_is_fetched_for_all_calls(grpc_server: GrpcServer) -> None:
    """However many come at once."""
    async with (
        serving(granting()) as idp,
        source(grpc_server, client(idp)) as made,
    ):
        heard = await asyncio.gather(*(shown(made, call()) for _ in range(10)))
        assert heard == ["Bearer t1"] * 10
        assert len(idp.came) == 1
        assert await made.probe({}) == Probed("connected, token")
        assert len(idp.came) == 1


async def test_a_refused_token_is_replaced_once(grpc_server: GrpcServer) -> None:
    """The call is made again with another; a second refusal is the answer."""
    method = read_set(descriptor_set()).method(SERVICE, "Hear")
    async with (
        serving(granting()) as idp,
        source(grpc_server, client(idp)) as made,
    ):
        assert await shown(made, call(only="Bearer t2", method=method)) == "Bearer t2"
        assert len(idp.came) == 2
        with pytest.raises(UpstreamError) as caught:
            await made.call(call(only="nobody", method=method))
        assert (caught.value.kind, caught.value.status) == (ErrorClass.STATUS, 401)
        assert len(idp.came) <= 3


async def test_a_constant_that_is_refused_is_not_repeated(
    grpc_server: GrpcServer,
) -> None:
    """There is no other proof, so the status is the answer."""
    async with source(grpc_server, BearerSettings("abc")) as made:
        with pytest.raises(UpstreamError) as caught:
            await made.call(call(only="nobody"))
        assert caught.value.status == 401


async def test_each_caller_has_a_token_of_his_own(grpc_server: GrpcServer) -> None:
    """His own token never reaches the server; calls of two are two calls."""
    async with (
        serving(granting()) as idp,
        source(grpc_server, ExchangeSettings(client(idp))) as made,
    ):
        for caller, said in (("ann", "for-ann-1"), ("bob", "for-bob-2")):
            assert await shown(made, call(caller=caller)) == f"Bearer {said}"
        ann, bob = (made.render(call(caller=who)) for who in ("ann", "bob"))
        assert ann.key != bob.key
        assert "ann" not in str(ann.key)
        assert made.describe(call(caller="ann"))["metadata"] == {}
        with pytest.raises(UpstreamError) as caught:
            await made.call(call())
        assert caught.value.kind is ErrorClass.REJECTED


async def test_without_a_token_nothing_is_asked(grpc_server: GrpcServer) -> None:
    """The failure names the token endpoint and no secret."""
    async with (
        serving(lambda _: Answer(401, {"error": "invalid_client"})) as idp,
        source(grpc_server, client(idp)) as made,
    ):
        with pytest.raises(UpstreamError) as caught:
            await made.call(call())
        assert "invalid_client" in str(caught.value.detail)
        assert SECRET not in f"{caught.value} {caught.value.detail}"


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        (
            "auth: { sigv4: { region: a, service: b } }",
            "AWS signs HTTP, and no gRPC",
        ),
        (
            "auth: { bearer: x }, headers: { Authorization: y }",
            "'authorization' is written by 'auth' already",
        ),
        (
            "auth: { bearer: x }, forward_headers: [authorization]",
            "the caller's own credential is not passed on beside 'auth'",
        ),
    ],
)
def test_who_calls_is_said_once(tmp_path: Path, keys: str, message: str) -> None:
    """Two ways to say it would leave open which one counts."""
    files = Files(tmp_path)
    files.load(f"sources: {{ b: {{ url: 'grpc://h:1', {keys} }} }}")
    assert [p.message for p in files.problems.found] == [message]
