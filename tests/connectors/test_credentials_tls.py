"""Certificates of our own, and of whom we believe, over both transports."""

from __future__ import annotations

import asyncio
import datetime as dt
import ssl
from collections.abc import Mapping
from pathlib import Path

import pytest
import trustme

from gateway.clock import Deadline
from gateway.connectors.base import Call, Reply
from gateway.connectors.credentials.settings import OAuth2Settings
from gateway.connectors.rest import RestSource
from gateway.connectors.rest_request import RestTarget
from gateway.connectors.settings import RestSettings
from gateway.errors import ErrorClass, UpstreamError
from gateway.tls import TlsFiles, TlsFilesError, trust_of
from tests.connectors.alerting import alerting
from tests.connectors.grants import Answer, Came, Server, granting, serving

pytestmark = pytest.mark.usefixtures("transport")
GET = RestTarget("GET", ("/a",))
PAST = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


def pem_of(authority: trustme.CA) -> bytes:
    return authority.cert_pem.bytes()


def own(authority: trustme.CA, name: str = "hw") -> TlsFiles:
    """A certificate of ours, and whom we believe."""
    made = authority.issue_cert(name)
    cert = b"".join(each.bytes() for each in made.cert_chain_pems)
    return TlsFiles(pem_of(authority), cert, made.private_key_pem.bytes())


def offering(
    authority: trustme.CA,
    name: str = "localhost",
    *,
    asks: trustme.CA | None = None,
    ends: dt.datetime | None = None,
) -> ssl.SSLContext:
    """A server's side; ``asks``: whose certificates it wants to be shown."""
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(name, not_after=ends).configure_cert(made)
    if asks is not None:
        asks.configure_trust(made)
        made.verify_mode = ssl.CERT_REQUIRED
    return made


def ok(_: Came) -> Answer:
    return Answer(200, {})


async def answer(
    server: Server, tls: TlsFiles | None, **more: object
) -> Reply | UpstreamError:
    source = RestSource(RestSettings(server.url, tls=tls, **more))  # type: ignore[arg-type]
    until = Deadline(asyncio.get_running_loop().time() + 10)
    try:
        return await source.call(Call("step", GET, {}, until))
    except UpstreamError as error:
        return error
    finally:
        await source.close()


async def test_a_server_that_asks_for_a_certificate_is_shown_ours(
    authority: trustme.CA,
) -> None:
    """Mutual TLS: both sides prove who they are."""
    async with serving(ok, offering(authority, asks=authority)) as server:
        reply = await answer(server, own(authority))
        assert isinstance(reply, Reply)
        assert len(server.came) == 1


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
async def test_without_the_certificate_that_is_asked_for_there_is_no_connection(
    authority: trustme.CA, version: ssl.TLSVersion
) -> None:
    """With TLS 1.3 it is told after the handshake, and means the same."""
    trust = offering(authority, asks=authority)
    trust.maximum_version = version
    with alerting(trust) as (server, asked):
        error = await answer(server, TlsFiles(ca=pem_of(authority)))
        assert isinstance(error, UpstreamError)
        assert (error.kind, error.message) == (
            ErrorClass.CONNECT,
            "The source cannot be reached.",
        )
        assert "ask" in str(error.detail).partition(" (")[0]
        assert "certificate" in str(error.detail).partition(" (")[0]
        assert asked == []


async def test_a_certificate_of_ours_from_a_stranger_is_no_connection(
    authority: trustme.CA,
) -> None:
    """It is said whose certificate is not believed."""
    stranger = own(trustme.CA())
    tls = TlsFiles(pem_of(authority), stranger.cert, stranger.key)
    with alerting(offering(authority, asks=authority)) as (server, _):
        error = await answer(server, tls)
        assert isinstance(error, UpstreamError)
        assert error.kind is ErrorClass.CONNECT
        assert str(error.detail).startswith(
            "it does not trust the gateway's certificate ("
        )


@pytest.mark.parametrize(
    ("server_side", "why"),
    [
        ({"ends": PAST}, "its certificate has expired"),
        ({"name": "other.internal"}, "its certificate is for another name"),
    ],
)
async def test_a_certificate_that_does_not_hold_is_told_in_words(
    authority: trustme.CA, server_side: Mapping[str, object], why: str
) -> None:
    """Class connect; clients learn nothing more."""
    trust = offering(authority, **server_side)  # type: ignore[arg-type]
    async with serving(ok, trust) as server:
        error = await answer(server, TlsFiles(ca=pem_of(authority)))
        assert isinstance(error, UpstreamError)
        assert error.kind is ErrorClass.CONNECT
        assert str(error.detail).startswith(f"{why} (")
        assert server.came == []


async def test_only_the_named_authorities_are_believed(authority: trustme.CA) -> None:
    """Another's certificate is signed by nobody."""
    async with serving(ok, offering(trustme.CA())) as server:
        error = await answer(server, TlsFiles(ca=pem_of(authority)))
        assert isinstance(error, UpstreamError)
        assert str(error.detail).startswith(
            "its certificate is signed by no authority that is trusted ("
        )


async def test_another_name_may_be_what_it_has_to_prove(authority: trustme.CA) -> None:
    """For sources behind an address that is not in their certificate."""
    async with serving(ok, offering(authority, "core.internal")) as server:
        tls = TlsFiles(ca=pem_of(authority), server_name="core.internal")
        assert isinstance(await answer(server, tls), Reply)


async def test_nothing_below_tls_1_2_is_spoken(authority: trustme.CA) -> None:
    """Whatever OpenSSL was told elsewhere."""
    made = trust_of(TlsFiles(ca=pem_of(authority)))
    assert made.minimum_version >= ssl.TLSVersion.TLSv1_2
    assert made.check_hostname
    assert made.verify_mode is ssl.CERT_REQUIRED


async def test_a_server_of_tokens_has_certificates_of_its_own(
    authority: trustme.CA,
) -> None:
    """Those of the source are not shown to it."""
    async with (
        serving(granting(), offering(authority, asks=authority)) as idp,
        serving(ok) as api,
    ):
        auth = OAuth2Settings(f"{idp.url}/t", "hw", "s", tls=own(authority))
        assert isinstance(await answer(api, None, auth=auth), Reply)
        assert api.shown() == ["Bearer t1"]
        blind = OAuth2Settings(f"{idp.url}/t", "hw", "s")
        error = await answer(api, None, auth=blind)
        assert isinstance(error, UpstreamError)
        assert str(error.detail).startswith(
            "token endpoint localhost: its certificate is signed by no authority"
        )


async def test_trying_tells_what_is_spoken(authority: trustme.CA) -> None:
    """And that a certificate is missing, which TLS 1.3 tells late."""
    with alerting(offering(authority, asks=authority)) as (server, asked):
        source = RestSource(RestSettings(server.url, tls=own(authority)))
        assert (await source.probe({})).said == "TLS 1.3"
        await source.close()
        blind = TlsFiles(ca=pem_of(authority))
        source = RestSource(RestSettings(server.url, tls=blind))
        with pytest.raises(UpstreamError) as caught:
            await source.probe({})
        assert "asks for a certificate" in str(caught.value.detail)
        await source.close()
        assert asked == []


def files(**more: bytes | str | None) -> TlsFiles:
    return TlsFiles(**more)  # type: ignore[arg-type]


def test_what_is_wrong_with_files_is_told_by_key(authority: trustme.CA) -> None:
    """Before any call is made; nobody is asked for a password at a terminal."""
    good, other = own(authority), own(authority)
    locked = _encrypted(authority)
    wrong = [
        (files(ca=b"no pem"), "ca", "this file has no certificate"),
        (files(ca=b""), "ca", "this file has no certificate"),
        (files(cert=b"no pem", key=good.key), "cert", "this file has no certificate"),
        (files(cert=good.cert, key=b"no"), "key", "this file has no key"),
        (files(cert=good.cert), "cert", "the key is missing"),
        (
            files(cert=good.cert, key=other.key),
            "key",
            "the key is not that of the certificate",
        ),
        (
            files(cert=locked.cert, key=locked.key),
            "key",
            "the key is encrypted, and its password is missing",
        ),
        (
            files(cert=locked.cert, key=locked.key, password="no"),
            "key",
            "the key is encrypted, and its password does not open it",
        ),
    ]
    for each, key, message in wrong:
        with pytest.raises(TlsFilesError) as caught:
            trust_of(each)
        assert (caught.value.key, caught.value.message) == (key, message)
    trust_of(files(cert=locked.cert, key=locked.key, password="open"))
    assert "PRIVATE" not in repr(good)


def _encrypted(authority: trustme.CA) -> TlsFiles:
    from cryptography.hazmat.primitives import serialization as form

    good = own(authority)
    key = form.load_pem_private_key(good.key or b"", None)
    pem = key.private_bytes(
        form.Encoding.PEM,
        form.PrivateFormat.PKCS8,
        form.BestAvailableEncryption(b"open"),
    )
    return TlsFiles(cert=good.cert, key=pem)


def test_no_file_of_a_key_is_left_behind(
    authority: trustme.CA, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where keys cannot be handed over in memory, the file is gone at once."""
    monkeypatch.delattr("os.memfd_create", raising=False)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    trust_of(own(authority))
    assert list(tmp_path.iterdir()) == []
