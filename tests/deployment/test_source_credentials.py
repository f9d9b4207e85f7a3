"""`auth`, `tls`, `allow` and `health` of a source: what is read, what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest
import trustme

from gateway.connectors.credentials.settings import (
    BasicSettings,
    BearerSettings,
    ExchangeSettings,
    OAuth2Settings,
    SigV4Settings,
)
from gateway.deployment import RestSource
from gateway.loading.credentials import credentials_of, tls_files_of
from tests.deployment.test_deployment import Files

SOURCE = "sources: {{ core: {{ url: 'https://c.internal', {} }} }}"
CLIENT = "token_url: 'https://idp.internal/t', client_id: hw, client_secret: s"


@pytest.fixture
def files(tmp_path: Path) -> Files:
    return Files(tmp_path)


@pytest.mark.parametrize(
    ("written", "settings"),
    [
        ("bearer: abc", BearerSettings("abc")),
        ("basic: { username: me, password: 'p w' }", BasicSettings("me", "p w")),
        (
            (
                f"oauth2: {{ {CLIENT}, scopes: [a, b], audience: core, "
                "client_auth: body }"
            ),
            OAuth2Settings(
                "https://idp.internal/t", "hw", "s", ("a", "b"), "core", "body"
            ),
        ),
        (
            f"oauth2: {{ {CLIENT}, scopes: a b }}",
            OAuth2Settings("https://idp.internal/t", "hw", "s", ("a", "b")),
        ),
        (
            f"exchange: {{ {CLIENT}, header: X-Token, callers: 9, subject_type: jwt }}",
            ExchangeSettings(
                OAuth2Settings("https://idp.internal/t", "hw", "s"),
                "x-token",
                9,
                "urn:ietf:params:oauth:token-type:jwt",
            ),
        ),
        (
            "sigv4: { region: eu-central-1, service: states }",
            SigV4Settings("eu-central-1", "states"),
        ),
        (
            (
                "sigv4: { region: r, service: s, access_key: a, secret_key: k, "
                "session_token: t }"
            ),
            SigV4Settings("r", "s", "a", "k", "t"),
        ),
    ],
)
def test_each_kind_of_auth_is_what_it_takes_to_prove_it(
    files: Files, written: str, settings: object
) -> None:
    """Complete, with the defaults applied; nothing of it is in a repr."""
    made = files.rest(files.good(SOURCE.format(f"auth: {{ {written} }}")))
    assert credentials_of(made.auth) == settings
    assert "abc" not in f"{made!r}{settings!r}"
    assert "p w" not in f"{made!r}{settings!r}"


@pytest.mark.parametrize(
    ("written", "problem"),
    [
        (
            "auth: {}",
            (
                "a.yaml:1:53: this says nothing — write one of bearer, basic, oauth2, "
                "exchange, sigv4"
            ),
        ),
        (
            "auth: { bearer: a, basic: { username: a, password: b } }",
            (
                "a.yaml:1:66: a source has one kind of auth, and here are 2 — remove "
                "the others"
            ),
        ),
        (
            "auth: { bearer: 'Bearer abc' }",
            (
                "a.yaml:1:63: this is empty, or has a space, a line break or a letter "
                "beyond ASCII — write the token alone, without 'Bearer'"
            ),
        ),
        (
            "auth: { basic: { username: 'a:b', password: c } }",
            "a.yaml:1:74: a user name has no colon — write what is before it",
        ),
        (
            "auth: { basic: { username: a, password: '' } }",
            "a.yaml:1:87: this secret is empty — write ${file:...} or ${NAME}",
        ),
        (
            "auth: { oauth2: { token_url: idp, client_id: hw, client_secret: s } }",
            "a.yaml:1:76: this is no http URL — write https://idp.internal/token",
        ),
        (
            "auth: { sigv4: { region: r, service: s, access_key: a } }",
            "a.yaml:1:87: one key is of no use alone — add secret_key",
        ),
        (
            "auth: { bearer: a }, forward_headers: [authorization]",
            (
                "a.yaml:1:68: the caller's own credential is not passed on beside "
                "'auth' — remove authorization here, or remove 'auth'"
            ),
        ),
        (
            "auth: { bearer: a }, headers: { Authorization: b }",
            (
                "a.yaml:1:68: 'authorization' is written by 'auth' already — remove "
                "one of the two"
            ),
        ),
        (
            "tls: { key: k.pem }",
            (
                "a.yaml:1:54: a key is of no use without a certificate — name the "
                "certificate: cert: FILE"
            ),
        ),
        (
            "tls: { ca: no.pem }",
            (
                "a.yaml:1:54: the file no.pem cannot be read: No such file or "
                "directory — the path is relative to this file; create it, or mount "
                "the secret"
            ),
        ),
        (
            "tls: { ca: a.yaml }",
            (
                "a.yaml:1:54: this file has no certificate — name a PEM file of "
                "certificates"
            ),
        ),
        (
            "health: 'https://elsewhere/'",
            "a.yaml:1:55: this is no path below the URL — write /health",
        ),
        (
            "allow: { methods: ['G T'] }",
            "a.yaml:1:66: this is no HTTP method — write GET",
        ),
    ],
)
def test_what_could_not_prove_anything_does_not_load(
    files: Files, written: str, problem: str
) -> None:
    """At its place, with the fix, and no secret."""
    assert files.wrong(SOURCE.format(written)) == [problem]


def test_certificates_towards_a_plain_url_would_protect_nothing(files: Files) -> None:
    """Whoever writes them believes that they do."""
    text = "sources: { core: { url: 'http://c.internal', tls: { ca: x.pem } } }"
    (files.folder / "x.pem").write_bytes(trustme.CA().cert_pem.bytes())
    assert files.wrong(text) == [
        "a.yaml:1:46: 'tls' has no effect on an http URL — write https://, or remove it"
    ]


def test_certificates_are_read_beside_the_file_and_watched(files: Files) -> None:
    """A file of other content is another source, so that it is opened anew."""
    text = SOURCE.format("tls: { ca: ./tls/ca.pem, server_name: core }")
    ca = files.folder / "tls" / "ca.pem"
    ca.parent.mkdir()
    digests = set()
    for authority in (trustme.CA(), trustme.CA()):
        ca.write_bytes(authority.cert_pem.bytes())
        for _ in range(2):
            made = files.good(text)
            assert ca in made.watched
            digests.add(made.source_digests["core"])
        source = made.sources["core"]
        assert isinstance(source, RestSource)
        read = tls_files_of(source.tls)
        assert read is not None
        assert (read.ca, read.server_name) == (authority.cert_pem.bytes(), "core")
    assert len(digests) == 2


def test_those_of_a_token_server_are_files_too(files: Files) -> None:
    """Beside the file that names them."""
    (files.folder / "ca.pem").write_bytes(trustme.CA().cert_pem.bytes())
    auth = f"auth: {{ oauth2: {{ {CLIENT}, tls: {{ ca: ca.pem }} }} }}"
    made = files.good(SOURCE.format(auth))
    assert files.folder / "ca.pem" in made.watched


def test_a_secret_file_that_changed_is_another_source(files: Files) -> None:
    """So that its next token, or its next call, is of the new secret."""
    text = SOURCE.format("auth: { bearer: '${file:token}' }")
    digests = []
    for token in ("one", "two"):
        (files.folder / "token").write_text(f"{token}\n")
        made = files.good(text)
        digests.append(made.source_digests["core"])
        assert credentials_of(files.rest(made).auth) == BearerSettings(token)
    assert digests[0] != digests[1]
    assert files.folder / "token" in made.watched


def test_a_signature_without_its_library_says_what_to_install(
    files: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When the files are read, not when the first call is made."""
    monkeypatch.setattr(
        "gateway.deployment.sources.credentials.find_spec", lambda _: None
    )
    text = SOURCE.format("auth: { sigv4: { region: r, service: s } }")
    assert files.wrong(text) == [
        (
            "a.yaml:1:62: signing needs a library that is not installed — pip install "
            "'headwater[aws]'"
        )
    ]
