"""Whom a proxy vouches for: from its own addresses, and once."""

from __future__ import annotations

import ipaddress

import pytest

from gateway.errors import RequestError
from gateway.expression import parse
from gateway.identity.model import Tenancy
from gateway.identity.proving import Credentials, Prover
from gateway.identity.proxied import ProxyRule
from gateway.request.model import Arrived, Proof
from gateway.schema.exchange import joined
from tests.identity.issuing import NOW

RULE = ProxyRule(
    (ipaddress.ip_network("10.0.0.0/8"), ipaddress.ip_network("fd00::/8")),
    "x-client-cert-subject",
    "x-client-tenant",
    "x-client-claims",
)
SUBJECT = "CN=billing, O=Acme"


def seen(
    headers: dict[str, str],
    peer: str | None = "10.1.2.3",
    *,
    tenancy: Tenancy | None = None,
    anonymous: bool = False,
) -> Proof | str:
    """Who asks by such headers from an address; or why it is nobody."""
    rules = Credentials(
        proxy=RULE, tenancy=tenancy or Tenancy(), anonymous=anonymous, shown=True
    )
    try:
        return Prover(rules, {}).prove(Arrived(headers, peer), NOW)
    except RequestError as error:
        return error.message


def test_a_proxy_says_who_asks() -> None:
    """Its headers are the caller's name, tenant and claims."""
    sent = {
        "x-client-cert-subject": SUBJECT,
        "x-client-tenant": "acme",
        "x-client-claims": '{"roles": ["ops"], "sub": "other"}',
    }
    for peer in ("10.1.2.3", "fd00::1", "::ffff:10.9.9.9", "fd00::1%eth0"):
        proof = seen(sent, peer)
        assert isinstance(proof, Proof)
        assert (proof.caller.subject, proof.tenant) == (SUBJECT, "acme")
        assert proof.caller.claims == {"roles": ["ops"], "sub": SUBJECT}


@pytest.mark.parametrize(
    "peer",
    ["11.0.0.1", "127.0.0.1", "::1", "fe80::1", "::ffff:11.0.0.1", "", "proxy", None],
)
@pytest.mark.parametrize(
    "name", ["x-client-cert-subject", "x-client-tenant", "x-client-claims"]
)
def test_such_a_header_from_elsewhere_is_refused(peer: str | None, name: str) -> None:
    """Whoever sends it wants to be somebody else; also where nobody need be anybody."""
    sent = {name: "x", "x-forwarded-for": "10.1.2.3", "forwarded": "for=10.1.2.3"}
    told = f"The header {name!r} is believed from a proxy alone."
    assert seen(sent, peer) == told
    assert seen(sent, peer, anonymous=True) == told


def test_a_header_that_came_twice_is_refused() -> None:
    """One of them is the caller's own, and nobody knows which."""
    pairs = [(b"x-client-cert-subject", b"a"), (b"x-client-cert-subject", b"b")]
    arrived = joined(pairs, "10.1.2.3")
    with pytest.raises(RequestError):
        Prover(Credentials(proxy=RULE), {}).prove(arrived, NOW)


@pytest.mark.parametrize(
    "sent",
    [
        {"x-client-cert-subject": ""},
        {"x-client-cert-subject": "  "},
        {"x-client-tenant": "acme"},
        {"x-client-claims": "{}"},
        {"x-client-cert-subject": "a", "x-client-claims": "[]"},
        {"x-client-cert-subject": "a", "x-client-claims": "{"},
        {"x-client-cert-subject": "a", "x-client-claims": "[" * 9_000},
    ],
)
def test_what_names_nobody_is_refused(sent: dict[str, str]) -> None:
    """A tenant without a caller, or claims that are none."""
    assert isinstance(seen(sent), str)


def test_the_tenant_may_come_of_the_proxy_s_claims() -> None:
    """And has to be one that is served."""
    tenancy = Tenancy(parse("request.claims.org"), None, frozenset({"acme"}))
    sent = {"x-client-cert-subject": "a", "x-client-claims": '{"org": "acme"}'}
    proof = seen(sent, tenancy=tenancy)
    assert isinstance(proof, Proof)
    assert proof.tenant == "acme"
    other = {**sent, "x-client-tenant": "beta"}
    assert isinstance(seen(other, tenancy=tenancy), str)


def test_nobody_comes_through_the_proxy_unnamed() -> None:
    """Unless nobody may ask."""
    assert seen({}) == "This needs credentials, and none came."
    assert isinstance(seen({}, anonymous=True), Proof)
