"""A gateway that asks who you are: reloads, floods, a provider's troubles."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gateway.cli.listening import Wishes, built
from gateway.errors import ProfileError
from gateway.identity.keys import hash_of, new_key
from gateway.record import replace
from gateway.telemetry.identifying import CallersRefused, IssuerKeysLost
from gateway.telemetry.log import log_observer
from tests.identity.conftest import JWT, KEY, PROFILE, WHO, Asked, asking
from tests.identity.issuing import EC, NEXT, good, key_set
from tests.project import write

REFUSED = (401, "UNAUTHENTICATED")
ENTRY = "issuer: a, jwks: 'https://a', audience: b"


def bearer(**claims: Any) -> dict[str, str]:
    return {"authorization": f"Bearer {good(**claims)}"}


@pytest.fixture
def keyed(tmp_path: Path) -> Iterator[Asked]:
    """One whose API keys are in a file of their own."""
    with asking(
        tmp_path, "{ keys: ./keys.yaml, anonymous: true }", {"keys.yaml": "{}"}
    ) as one:
        yield one


def test_a_key_counts_from_the_moment_that_it_is_written(
    keyed: Asked, tmp_path: Path
) -> None:
    """And ends when its line is gone; what is wrong in the file changes nothing."""
    key = new_key()
    entry = json.dumps({"hash": hash_of(key), "tenant": "acme"})
    path = tmp_path / "keys.yaml"

    def written(text: str, *, serves: bool) -> object:
        path.write_text(text, "utf-8")
        gateway, deadline = keyed.gateway, time.monotonic() + 60
        before = gateway.current
        while gateway.current is before if serves else not gateway.rejected:
            assert time.monotonic() < deadline
            keyed.client.get("/health?live")
        return keyed.who(x_api_key=key)

    assert keyed.who(x_api_key=key) == REFUSED
    assert keyed.who() == ("nobody", None, [])
    assert written(f"mobile: {entry}", serves=True) == ("mobile", "acme", [])
    assert written(f"mobile: {{ hash: '{key}' }}", serves=False)[0] == "mobile"  # type: ignore[index]
    assert key not in str(keyed.gateway.rejected)
    assert written("{}", serves=True) == REFUSED


def test_a_provider_that_is_away_when_we_start_is_asked_again(tmp_path: Path) -> None:
    """Its tokens are refused meanwhile; who needs none, and who has a key, is not."""
    keys = f"{{ a: {{ hash: '{hash_of(KEY)}' }} }}"
    auth = f"{{ jwt: [{JWT}], anonymous: true, keys: {keys} }}"
    with asking(tmp_path, auth) as one:
        ring = _ring(one)
        assert one.who(**bearer()) == ("ada", None, [])
        one.provider.status = 503
        ring._taken = ring._next = 0.0
        assert one.who(**bearer(jti="new")) == REFUSED
        assert one.who() == ("nobody", None, [])
        assert one.who(x_api_key=KEY)[0] == "a"  # type: ignore[index]
        lost = [e for e in one.heard if isinstance(e, IssuerKeysLost)]
        assert [e.reason for e in lost] == ["it answers 503"]
        one.provider.status, ring._next = 200, 0.0
        assert one.who(**bearer(jti="newer")) == ("ada", None, [])


def test_a_slow_provider_holds_nobody_up_but_those_it_knows(tmp_path: Path) -> None:
    """A token by a new key waits; all others are answered meanwhile."""
    with asking(tmp_path, f"{{ jwt: [{JWT}] }}") as one:
        ring = _ring(one)
        assert one.who(**bearer()) == ("ada", None, [])
        one.provider.free.clear()
        ring._taken = time.time() - 700
        ring._next = 0.0
        for number in range(20):
            assert one.who(**bearer(jti=str(number))) == ("ada", None, [])
        one.provider.content = key_set(EC, NEXT)
        one.provider.free.set()
        assert one.who(**bearer(signer=NEXT)) == ("ada", None, [])


def test_a_flood_of_bad_tokens_is_one_line_and_no_fetch_each(tmp_path: Path) -> None:
    """And good ones go through as they did."""
    with asking(tmp_path, f"{{ jwt: [{JWT}] }}") as one:
        token = bearer()
        assert one.who(**token) == ("ada", None, [])
        for number in range(60):
            bad = good(signer=NEXT, jti=str(number), header={"kid": f"k{number}"})
            assert one.who(authorization=f"Bearer {bad}") == REFUSED
            assert one.who(authorization="Bearer x" + "x" * number) == REFUSED
            assert one.who(**token) == ("ada", None, [])
        told = [e for e in one.heard if isinstance(e, CallersRefused)]
        assert sorted(e.reason for e in told) == ["key", "malformed"]
        assert one.provider.asked <= 3
        page = one.client.get("/metrics").text
        assert 'headwater_callers_refused_total{reason="malformed"} 60.0' in page


def test_nothing_that_leaves_the_process_has_a_credential_in_it(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """Answers, plans, errors, events, the log, health and metrics."""
    key = new_key()
    auth = f"{{ jwt: [{JWT}], keys: {{ app: {{ hash: '{hash_of(key)}' }} }} }}"
    with asking(tmp_path, auth, dev=True) as one:
        log = log_observer()
        tokens = [good(), good(exp=1), good(aud="x"), good(signer=NEXT), good()[:-9]]
        plan = {"headwater-plan": "include"}
        sent = [{"authorization": f"Bearer {one}", **plan} for one in tokens]
        sent += [{"x-api-key": secret, **plan} for secret in (key, f"{key}x")]
        pages = ("/health", "/metrics", "/-/versions", "/-/explain/me", "/api/me")
        seen = []
        for headers in sent:
            seen.append(
                one.client.post("/graphql", json={"query": WHO}, headers=headers).text
            )
            seen += [one.client.get(page, headers=headers).text for page in pages]
        for event in one.heard:
            log(event)
        seen += [repr(one.heard), repr(one.gateway.current), repr(one.gateway.loader)]
        seen += capfd.readouterr()
        said = "\n".join(seen)
        secrets = [token.rsplit(".", 1)[1] for token in tokens]
        secrets += [token.split(".")[1] for token in tokens]
        secrets += [key, hash_of(key).partition(":")[2]]
        assert [secret for secret in secrets if secret in said] == []
        assert "The token has expired." in said


@pytest.mark.parametrize(
    ("auth", "told"),
    [
        ("{}", "nobody could prove who he is"),
        ("{ anonymous: true }", "nobody could prove who he is"),
        ("{ tenant: request.claims.t }", "nobody could prove who he is"),
        ("{ trust_headers: true, keys: {} }", "headers that anybody can send"),
        (
            "{ jwt: [{ issuer: a, jwks: 'https://a' }] }",
            "the key 'audience' is missing",
        ),
        ("{ jwt: [{ issuer: a, jwks: 'ftp://a', audience: b }] }", "this is no URL"),
        ("{ jwt: [{ issuer: a, jwks: 'https://u:p@a', audience: b }] }", "a password"),
        ("{ jwt: [{ issuer: a, jwks: ./gone.json, audience: b }] }", "cannot be read"),
        ("{ jwt: [{ issuer: a, jwks: ./headwater.yaml, audience: b }] }", "no set of"),
        (
            f"{{ jwt: [{{ {ENTRY}, algorithms: [HS256] }}] }}",
            "whoever could verify such tokens could make them",
        ),
        (
            f"{{ jwt: [{{ {ENTRY}, algorithms: [none] }}] }}",
            "tokens without a signature prove nothing",
        ),
        (
            f"{{ jwt: [{{ {ENTRY} }}, {{ {ENTRY} }}] }}",
            "an issuer is named twice",
        ),
        ("{ keys: { a: { hash: secret } } }", "this is no hash of a key"),
        ("{ keys: ./gone.yaml }", "gone.yaml cannot be read"),
        ("{ keys: {}, key_header: authorization }", "no name of a header"),
        ("{ keys: {}, tenant: request.headers.x }", "only claims are"),
        ("{ proxy: { from: [everywhere], header: x-s } }", "no network of addresses"),
        ("{ proxy: { from: 10.0.0.1/8, header: x-s } }", "no network of addresses"),
        ("{ proxy: { from: [], header: x-s } }", "from"),
    ],
)
def test_what_cannot_be_meant_does_not_load(
    tmp_path: Path, auth: str, told: str
) -> None:
    """With the place, and in words; a deployment without protection is none."""
    config = write(tmp_path, {"headwater.yaml": f"auth: {auth}\n"})
    with pytest.raises(ProfileError) as refused:
        built(Wishes(config=(str(config),)), lambda _event: None)
    assert told in str(refused.value)
    assert "headwater.yaml:1:" in str(refused.value)


@pytest.mark.parametrize("after", ["", "auth: { trust_headers: true }"])
async def test_a_reload_never_opens_what_others_can_reach(
    tmp_path: Path, after: str
) -> None:
    """As a start would not; `auth: none` says that it is meant, `--dev` too."""
    start = "auth: { keys: {} }\n"
    config = write(tmp_path, {"headwater.yaml": start, "profiles/me.yaml": PROFILE})
    wishes = Wishes(config=(str(config),), host="0.0.0.0")  # noqa: S104
    gateway = built(wishes, lambda _event: None)
    config.write_text(f"{after}\nserver: {{ host: 127.0.0.1 }}\n", "utf-8")
    assert not await gateway.reload()
    assert "headwater.yaml:" in gateway.rejected[0]
    assert gateway.current.admission.prover is not None
    config.write_text("auth: none\n", "utf-8")
    assert await gateway.reload()
    dev = built(replace(wishes, dev=True), lambda _event: None)
    config.write_text("auth: { trust_headers: true }\n", "utf-8")
    assert await dev.reload()


def _ring(one: Asked) -> Any:
    """The provider's keys, as the gateway holds them."""
    (held,) = one.gateway.loader.identity._held.values()
    return held.ring
