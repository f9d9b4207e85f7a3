"""A gateway that asks who you are, on a real port, with every door open."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest

from gateway.app import Gateway
from gateway.cli.listening import Wishes, asgi, built
from gateway.identity.keys import hash_of
from gateway.telemetry.events import Event
from tests.identity.issuing import AUDIENCE, ISSUER, Provider, provider
from tests.project import write
from tests.serving import running

PROFILE = """
language: 1
operation: me
steps:
  - name: told
    type: value
    value:
      subject: "${ request.claims.?sub.orValue('nobody') }"
      tenant: "${ request.tenant }"
      roles: "${ request.claims.?roles.orValue([]) }"
"""
JWT = f"{{ issuer: '{ISSUER}', jwks: 'JWKS', audience: {AUDIENCE} }}"
WHO = "{ me { told } }"


@dataclass(slots=True)
class Asked:
    """A running gateway, its client, and all that it told."""

    client: httpx.Client
    gateway: Gateway
    provider: Provider
    heard: list[Event] = field(default_factory=list)

    @property
    def port(self) -> int:
        return self.client.base_url.port or 0

    def who(self, **headers: str) -> object:
        """What a query comes to: the three answers, or status and code."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        reply = self.client.post("/graphql", json={"query": WHO}, headers=sent)
        body = reply.json()
        if "errors" in body:
            return reply.status_code, body["errors"][0]["extensions"]["code"]
        return tuple(body["data"]["me"]["told"].values())


@contextmanager
def asking(
    folder: Path,
    auth: str,
    files: Mapping[str, str] | None = None,
    *,
    dev: bool = False,
    named: str | None = None,
) -> Iterator[Asked]:
    """A gateway with this `auth`; JWKS and ISSUER in it are the provider's addresses.

    ``named`` is the issuer that the provider's OpenID configuration is of.
    """
    heard: list[Event] = []
    with ExitStack() as stack:
        idp = stack.enter_context(provider())
        idp.named = named
        made = {
            "profiles/me.yaml": PROFILE,
            "headwater.yaml": f"agents: true\napi: true\nauth: {auth}\n",
            **(files or {}),
        }
        placed = {
            name: text.replace("JWKS", idp.url).replace("ISSUER", idp.issuer)
            for name, text in made.items()
        }
        config = write(folder, placed)
        gateway = built(Wishes(config=(str(config),), dev=dev), heard.append)
        port = stack.enter_context(running(asgi(gateway), lifespan="on"))
        client = stack.enter_context(
            httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False)
        )
        yield Asked(client, gateway, idp, heard)


@pytest.fixture
def gate(tmp_path: Path) -> Callable[..., object]:
    """Opens gateways in a folder of their own."""

    def opened(auth: str, **more: object) -> object:
        return asking(tmp_path, auth, **more)  # type: ignore[arg-type]

    return opened


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Asked]:
    """One for all tests that leave it as it is."""
    auth = (
        f"{{ jwt: [{JWT}], tenant: request.claims.tenant, "
        "tenants: [acme, beta], keys: ./keys.yaml }"
    )
    with asking(tmp_path_factory.mktemp("auth"), auth, {"keys.yaml": KEYS}) as found:
        yield found


KEY = "hw_a-key-that-everybody-may-read-in-this-test"
KEYS = f"""
# headwater key partner
partner: {{ hash: "{hash_of(KEY)}", tenant: acme, roles: [reader] }}
"""
