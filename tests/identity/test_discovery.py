"""An issuer whose keys are where its OpenID configuration says."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest

from gateway.deployment import load_deployment
from gateway.errors import Problems
from gateway.identity.jwks import NoKeysError, keys_url
from gateway.telemetry.identifying import IssuerKeysLost
from tests.identity.conftest import Asked, asking
from tests.identity.issuing import good

REFUSED = (401, "UNAUTHENTICATED")
A = "https://idp.test"


AUTH = "{ jwt: [{ issuer: ISSUER, audience: headwater }] }"


def who(asked: Asked) -> object:
    """Who a token of the provider is of."""
    token = good(iss=asked.provider.issuer)
    return asked.who(authorization=f"Bearer {token}")


def test_the_issuer_alone_is_enough(tmp_path: Path) -> None:
    """Its configuration is read when keys are fetched, and its keys after it."""
    with asking(tmp_path, AUTH) as asked:
        assert [who(asked), who(asked)] == [("ada", None, [])] * 2
        assert asked.provider.paths == [
            "/.well-known/openid-configuration",
            "/jwks.json",
        ]
        assert asked.who(authorization=f"Bearer {good()}") == REFUSED


def test_a_configuration_of_somebody_else_is_not_believed(tmp_path: Path) -> None:
    """Whoever could put one there would choose the keys; why is in the log."""
    with asking(tmp_path, AUTH, named="https://evil.test") as asked:
        assert who(asked) == REFUSED
        lost = [one for one in asked.heard if isinstance(one, IssuerKeysLost)]
        assert lost[0].reason == "its configuration is of another issuer"
        assert "/jwks.json" not in asked.provider.paths


@pytest.mark.parametrize(
    "said",
    [
        "x",
        "[]",
        "{}",
        '{"issuer": "https://idp.test"}',
        '{"issuer": "https://idp.test/", "jwks_uri": "https://idp.test/keys"}',
        '{"issuer": "https://idp.test", "jwks_uri": "http://idp.test/keys"}',
        '{"issuer": "https://idp.test", "jwks_uri": "file:///etc/passwd"}',
        '{"issuer": "https://idp.test", "jwks_uri": "https://a:b@idp.test/keys"}',
        '{"issuer": "https://idp.test", "jwks_uri": 7}',
    ],
)
def test_a_configuration_without_a_safe_place_of_keys_is_none(said: str) -> None:
    """One that is asked by TLS may not send us to where there is none."""
    with pytest.raises(NoKeysError):
        keys_url(said.encode(), A)
    good_one = {"issuer": A, "jwks_uri": "https://keys.test/k?a=1"}
    assert keys_url(orjson.dumps(good_one), A) == "https://keys.test/k?a=1"


@pytest.mark.parametrize(
    ("issuer", "loads"), [("idp", False), ("ftp://idp", False), (A, True)]
)
def test_an_issuer_that_is_no_url_needs_to_say_where(
    tmp_path: Path, issuer: str, loads: bool
) -> None:
    """Its name is not where it is."""
    path = tmp_path / "headwater.yaml"
    path.write_text(f"auth: {{ jwt: [{{ issuer: '{issuer}', audience: a }}] }}\n")
    problems = Problems()
    assert (load_deployment([path], {}, problems) is not None) == loads
    assert ("no URL to ask for its keys" in str(problems.found)) != loads
