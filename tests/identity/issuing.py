"""An identity provider in small: keys, tokens, and its key set on a real port."""

from __future__ import annotations

import base64
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import orjson
from joserfc import jwt
from joserfc.jwk import ECKey, OKPKey, RSAKey

ISSUER = "https://idp.test"
AUDIENCE = "headwater"
NOW = 1_800_000_000.0


@dataclass(frozen=True, slots=True)
class Signer:
    """One key pair of an issuer, under a name."""

    id: str
    key: Any
    algorithm: str

    @property
    def public(self) -> dict[str, Any]:
        """The key as it is published."""
        return {**self.key.as_dict(private=False), "kid": self.id}

    def token(self, *, now: float = NOW, header: Any = None, **claims: Any) -> str:
        """A token that is good for five minutes; a claim that is None is left out."""
        said = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": "ada",
            "iat": int(now),
            "exp": int(now) + 300,
            **claims,
        }
        head = {"alg": self.algorithm, "kid": self.id, **(header or {})}
        kept = {name: value for name, value in said.items() if value is not None}
        shown = {name: value for name, value in head.items() if value is not None}
        return jwt.encode(shown, kept, self.key, algorithms=[self.algorithm])


EC = Signer("ec-1", ECKey.generate_key("P-256"), "ES256")
NEXT = Signer("ec-2", ECKey.generate_key("P-256"), "ES256")
RSA = Signer("rsa-1", RSAKey.generate_key(2048), "RS256")
ED = Signer("ed-1", OKPKey.generate_key("Ed25519"), "EdDSA")


def key_set(*signers: Signer) -> bytes:
    """What an issuer publishes."""
    return orjson.dumps({"keys": [one.public for one in signers]})


def unsigned(header: Any, payload: Any, signature: bytes = b"") -> str:
    """Three parts, whatever is in them."""
    parts = (orjson.dumps(header), orjson.dumps(payload), signature)
    return ".".join(base64.urlsafe_b64encode(p).rstrip(b"=").decode() for p in parts)


def good(now: float | None = None, signer: Signer = EC, **claims: Any) -> str:
    """A token that a gateway on the system's clock believes."""
    return signer.token(now=time.time() if now is None else now, **claims)


@dataclass(slots=True)
class Provider:
    """The address of a key set. Set `content` to rotate, `status` to fail.

    One that is `held` answers nothing until it is let go. ``named`` is the issuer that
    its OpenID configuration is of, None: itself. ``paths`` are what was asked.
    """

    content: bytes = field(default_factory=lambda: key_set(EC))
    status: int = 200
    asked: int = 0
    url: str = ""
    free: threading.Event = field(default_factory=threading.Event)
    named: str | None = None
    paths: list[str] = field(default_factory=list)

    @property
    def issuer(self) -> str:
        """Its own address, as an issuer's name."""
        return self.url.removesuffix("/jwks.json")

    @property
    def configuration(self) -> bytes:
        """What it says of itself."""
        issuer = self.named or self.issuer
        return orjson.dumps({"issuer": issuer, "jwks_uri": self.url})


@contextmanager
def provider() -> Iterator[Provider]:
    """A provider on a real port."""
    made = Provider()
    made.free.set()

    class Answering(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            made.asked += 1
            made.free.wait(60)
            made.paths.append(self.path)
            told = "openid-configuration" in self.path
            content = made.configuration if told else made.content
            self.send_response(made.status)
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            with suppress(OSError):
                self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            """Nobody reads it."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answering)
    server.daemon_threads = True
    made.url = f"http://127.0.0.1:{server.server_port}/jwks.json"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield made
    finally:
        made.free.set()
        server.shutdown()
        thread.join()
        server.server_close()
