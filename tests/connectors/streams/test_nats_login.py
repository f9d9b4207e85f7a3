"""Who a NATS lets in, and whom we believe: tokens, users, TLS, against a real one."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme

from gateway.connectors.nats.source import NatsSource
from gateway.connectors.settings import NatsSettings
from gateway.errors import ErrorClass, UpstreamError
from gateway.tls import TlsFiles
from tests.nats_server import PASSWORD, NatsServer, nats_running

TOKEN = "t0ken-of-ours"
REFUSED = "The source does not accept who we are."
AWAY = "The source cannot be reached."


async def tried(settings: NatsSettings) -> str:
    """What logging in comes to; a refusal names no secret."""
    source = NatsSource(settings)
    try:
        return (await source.probe({})).said.partition(" 2.")[0]
    except UpstreamError as error:
        refused = error
    finally:
        await source.close()
    shown = f"{refused.message} {refused.detail} {refused.__cause__}"
    assert refused.kind is ErrorClass.CONNECT
    assert not [each for each in (TOKEN, PASSWORD) if each in shown]
    return refused.message


@pytest.fixture(scope="module")
def tokened() -> Iterator[NatsServer]:
    with nats_running(f'authorization {{ token: "{TOKEN}" }}') as server:
        yield server


async def test_a_token_lets_in_and_another_does_not(tokened: NatsServer) -> None:
    """By its key, or in the place of a user in the URL."""
    address = f"127.0.0.1:{tokened.port}"
    assert [
        await tried(NatsSettings(f"nats://{address}", token=TOKEN)),
        await tried(NatsSettings(f"nats://{TOKEN}@{address}")),
        await tried(NatsSettings(f"nats://{address}", token="another")),
        await tried(NatsSettings(f"nats://{address}")),
    ] == ["NATS", "NATS", REFUSED, REFUSED]


async def test_a_user_lets_in_by_keys_and_by_url(nats_server: NatsServer) -> None:
    """And not with another's password."""
    url = f"nats://127.0.0.1:{nats_server.port}"
    assert [
        await tried(NatsSettings(url, user="ear", password=PASSWORD)),
        await tried(NatsSettings(nats_server.url)),
        await tried(NatsSettings(url, user="ear", password="another")),
        await tried(NatsSettings(url)),
    ] == ["NATS", "NATS", REFUSED, REFUSED]


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="module")
def secured(
    authority: trustme.CA, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[NatsServer]:
    """It shows a certificate for `bus.test`, and wants one of ours."""
    folder: Path = tmp_path_factory.mktemp("nats-tls")
    made = authority.issue_cert("bus.test")
    made.private_key_and_cert_chain_pem.write_to_path(folder / "server.pem")
    authority.cert_pem.write_to_path(folder / "ca.pem")
    login = (
        f'authorization {{ token: "{TOKEN}" }}\n'
        f'tls {{ cert_file: "{folder}/server.pem", key_file: "{folder}/server.pem", '
        f'ca_file: "{folder}/ca.pem", verify: true }}'
    )
    with nats_running(login) as server:
        yield server


async def test_both_sides_prove_who_they_are(
    secured: NatsServer, authority: trustme.CA
) -> None:
    """The name is the one that `server_name` says; nothing is sent to a stranger."""
    own = authority.issue_cert("headwater").private_key_and_cert_chain_pem.bytes()
    ca, stranger = authority.cert_pem.bytes(), trustme.CA().cert_pem.bytes()

    async def by(scheme: str, tls: TlsFiles | None) -> str:
        url = f"{scheme}://127.0.0.1:{secured.port}"
        secure = tls is not None or scheme == "tls"
        return await tried(NatsSettings(url, token=TOKEN, secure=secure, tls=tls))

    assert await asyncio.gather(
        by("tls", TlsFiles(ca, own, server_name="bus.test")),
        by("nats", TlsFiles(ca, own, server_name="bus.test")),
        by("tls", TlsFiles(ca, own)),
        by("tls", TlsFiles(ca, own, server_name="other.test")),
        by("tls", TlsFiles(stranger, own, server_name="bus.test")),
        by("tls", TlsFiles(ca, server_name="bus.test")),
        by("tls", None),
        by("nats", None),
    ) == ["NATS", "NATS", *[AWAY] * 6]
