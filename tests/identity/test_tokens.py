"""Which tokens are believed: signed by a known key, for us, and now."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping
from typing import Any

import orjson
import pytest
from joserfc.jwk import ECKey, OctKey

from gateway.clock import SystemClock
from gateway.errors import Code, RequestError
from gateway.expression import parse
from gateway.identity.jwks import NoKeysError, read_keys
from gateway.identity.keyring import KeyRing
from gateway.identity.model import Issuer, Tenancy
from gateway.identity.proving import Credentials, Prover
from gateway.record import replace
from gateway.telemetry.events import unobserved
from tests.identity.issuing import (
    AUDIENCE,
    EC,
    ED,
    ISSUER,
    NEXT,
    NOW,
    RSA,
    Signer,
    key_set,
    unsigned,
)

RULES = Issuer(ISSUER, (AUDIENCE,), ("RS256", "ES256", "EdDSA"))


def prover(
    *signers: Signer, issuer: Issuer = RULES, tenancy: Tenancy | None = None
) -> Prover:
    """Believes tokens of these keys, and says why it does not."""
    ring = KeyRing(ISSUER, SystemClock(), unobserved)
    ring.keys = read_keys(key_set(*(signers or (EC, RSA, ED))))
    rules = Credentials({ISSUER: issuer}, tenancy=tenancy or Tenancy(), shown=True)
    return Prover(rules, {ISSUER: ring})


def by(token: str) -> Mapping[str, str]:
    return {"authorization": f"Bearer {token}"}


def why(token: str, judge: Prover | None = None, now: float = NOW) -> tuple[Code, str]:
    """How a token is refused."""
    with pytest.raises(RequestError) as refused:
        (judge or prover()).prove(by(token), now)
    assert refused.value.status in (401, 403)
    return refused.value.code, refused.value.message


@pytest.mark.filterwarnings("ignore:EdDSA")
@pytest.mark.parametrize("signer", [EC, RSA, ED], ids=lambda one: one.algorithm)
def test_a_token_of_a_known_key_says_who_asks(signer: Signer) -> None:
    """Its claims are the caller's; the scheme's name is read in any case."""
    token = signer.token(roles=["ops"], tenant="acme")
    judge = prover(tenancy=Tenancy(parse("request.claims.tenant")))
    proof = judge.prove({"authorization": f"bearer {token}"}, NOW)
    assert (proof.caller.subject, proof.tenant) == ("ada", "acme")
    assert proof.caller.claims["roles"] == ["ops"]
    assert judge.prove({"authorization": f"bearer {token}"}, NOW) is proof


@pytest.mark.parametrize(
    ("claims", "told"),
    [
        ({"aud": "others"}, "The claim 'aud'"),
        ({"aud": ["others", "more"]}, "The claim 'aud'"),
        ({"aud": None}, "The claim 'aud'"),
        ({"exp": int(NOW) - 30}, "The token has expired."),
        ({"exp": None}, "The claim 'exp'"),
        ({"exp": "soon"}, "The claim 'exp'"),
        ({"exp": True}, "The claim 'exp'"),
        ({"exp": 10**13}, "The claim 'exp'"),
        ({"exp": 10**400}, "This is no signed token."),
        ({"exp": float("inf")}, "This is no signed token."),
        ({"exp": float("nan")}, "This is no signed token."),
        ({"nbf": int(NOW) + 31}, "The token is not valid yet, by its claim 'nbf'."),
        ({"iat": int(NOW) + 31}, "The token is not valid yet, by its claim 'iat'."),
        ({"nbf": "later"}, "The claim 'nbf'"),
        ({"iss": "https://evil.test"}, "The issuer of the token is none"),
        ({"iss": None}, "This is no signed token."),
        ({"iss": [ISSUER]}, "The token has no 'iss'"),
        ({"sub": 42}, "The claim 'sub'"),
    ],
)
def test_a_token_that_is_not_for_us_now_is_refused(
    claims: dict[str, Any], told: str
) -> None:
    """However well it is signed."""
    code, message = why(EC.token(**claims))
    assert code is Code.UNAUTHENTICATED
    assert message.startswith(told)


def test_clocks_may_differ_by_the_leeway() -> None:
    """At both ends, and no second more."""
    judge = prover()
    judge.prove(by(EC.token(exp=int(NOW) - 29)), NOW)
    judge.prove(by(EC.token(nbf=int(NOW) + 30)), NOW)
    strict = prover(issuer=replace(RULES, leeway=0))
    assert why(EC.token(exp=int(NOW)), strict)[1] == "The token has expired."
    strict.prove(by(EC.token(exp=int(NOW) + 1)), NOW)


def test_a_remembered_token_ends_when_it_does() -> None:
    """What was verified once is believed until then, and not after."""
    judge, token = prover(), EC.token(exp=int(NOW) + 10)
    judge.prove(by(token), NOW)
    judge.prove(by(token), NOW + 39)
    assert why(token, judge, NOW + 40)[1] == "The token has expired."


def test_one_of_several_audiences_is_enough() -> None:
    """And an issuer whose audiences do not matter takes any."""
    prover().prove(by(EC.token(aud=["others", AUDIENCE])), NOW)
    prover(issuer=replace(RULES, audiences=())).prove(by(EC.token(aud="x")), NOW)


def test_claims_that_are_wanted_have_one_of_their_values() -> None:
    """A list has to hold one of them."""
    judge = prover(issuer=replace(RULES, claims={"azp": ("web", "app")}))
    judge.prove(by(EC.token(azp="app")), NOW)
    judge.prove(by(EC.token(azp=["cli", "web"])), NOW)
    for azp in ("cli", ["cli"], None, {"web": 1}):
        assert why(EC.token(azp=azp), judge)[1].startswith("The claim 'azp'")


# -- how a token is signed ----------


def test_a_public_key_is_no_secret() -> None:
    """The old trick: signed by HMAC with the published key as the secret."""
    pem = RSA.key.as_pem(private=False)
    head = unsigned({"alg": "HS256", "kid": "rsa-1"}, {"iss": ISSUER})
    head = head.rsplit(".", 1)[0]
    mac = hmac.new(pem, head.encode(), hashlib.sha256).digest()
    forged = head + "." + unsigned({}, {}, mac).rsplit(".", 1)[1]
    assert why(forged)[1] == "Tokens that are signed in this way are not taken."
    allowing = prover(issuer=replace(RULES, algorithms=("HS256", "RS256")))
    assert why(forged, allowing)[1] == "The key that signed the token is not known."


@pytest.mark.parametrize("name", ["none", "None", "NONE", "nOnE", "", "HS256", "RS256"])
def test_a_token_never_chooses_how_it_is_verified(name: str) -> None:
    """No signature, whatever it is called, is none."""
    claims = {"iss": ISSUER, "aud": AUDIENCE, "exp": NOW + 60}
    assert why(unsigned({"alg": name, "kid": "rsa-1"}, claims))[0] is (
        Code.UNAUTHENTICATED
    )


def test_a_key_verifies_what_it_is_made_for_alone() -> None:
    """Another kind of key, or another use of it, is not tried."""
    for header in ({"kid": "rsa-1"}, {"kid": "ed-1"}):
        message = why(EC.token(header=header))[1]
        assert message == "The key that signed the token is not known."
    wrong = Signer("ec-1", ECKey.generate_key("P-256"), "ES256")
    assert why(wrong.token())[1] == "The signature of the token is wrong."
    curve = Signer("ec-1", ECKey.generate_key("P-384"), "ES384")
    wide = prover(issuer=replace(RULES, algorithms=("ES256", "ES384")))
    assert why(curve.token(), wide)[0] is Code.UNAUTHENTICATED


def test_keys_that_a_token_brings_along_are_not_looked_at() -> None:
    """`jwk`, `jku`, `x5u` and `x5c` in the header are the sender's own words."""
    evil = Signer("ec-1", ECKey.generate_key("P-256"), "ES256")
    for brought in (
        {"jwk": evil.key.as_dict(private=False)},
        {"jku": "https://evil.test/jwks.json"},
        {"x5u": "https://evil.test/x.pem"},
    ):
        assert why(evil.token(header=brought))[1] in (
            "The signature of the token is wrong.",
            "This is no signed token.",
        )


def test_headers_that_must_be_understood_are() -> None:
    """`crit` names what is not known here: then the token means something else."""
    token = EC.token().split(".")
    head = {"alg": "ES256", "kid": "ec-1", "crit": ["exp"], "exp": 1}
    forged = unsigned(head, {}).split(".", 1)[0]
    assert why(f"{forged}.{token[1]}.{token[2]}")[0] is Code.UNAUTHENTICATED


def test_a_token_without_a_key_s_name_may_be_of_any_that_fits() -> None:
    """Some issuers name none."""
    prover(NEXT, RSA, EC).prove(by(EC.token(header={"kid": None})), NOW)
    stranger = Signer("x", ECKey.generate_key("P-256"), "ES256")
    message = why(stranger.token(header={"kid": None}), prover(NEXT, EC))[1]
    assert message == "The signature of the token is wrong."


@pytest.mark.parametrize(
    "token",
    [
        "",
        ".",
        "..",
        "a.b.c",
        "a.b.c.d.e",
        "\u00e9.\u00e9.\u00e9",
        unsigned([], []),
        unsigned(None, {"iss": ISSUER}),
        unsigned({"alg": "ES256"}, "text"),
        unsigned({"alg": 5}, {"iss": ISSUER}),
        unsigned({"alg": ["ES256"]}, {"iss": ISSUER}),
        unsigned({"alg": "ES256", "kid": {"a": 1}}, {"iss": ISSUER}),
        unsigned({"alg": "ES256", "kid": "../../etc/passwd"}, {"iss": ISSUER}),
        EC.token() + "x" * 9_000,
        "[" * 3_000 + "." + "[" * 3_000 + ".x",
        EC.token()[:-4],
        EC.token() + "=",
        EC.token() + "\n" + EC.token(),
        f"{EC.token()}, Bearer {EC.token()}",
    ],
)
def test_garbage_is_refused_and_nothing_worse(token: str) -> None:
    """Never an exception that is not ours."""
    assert why(token)[0] is Code.UNAUTHENTICATED


def test_deep_payloads_are_refused() -> None:
    """Their depth is no reason to fall over."""
    head, _, sign = EC.token().split(".")
    raw = b'{"iss":' + b"[" * 4_000 + b"]" * 4_000 + b"}"
    body = unsigned({}, {}, raw).split(".")[2]
    assert why(f"{head}.{body[:8_000]}.{sign}")[0] is Code.UNAUTHENTICATED


@pytest.mark.parametrize("scheme", ["Basic", "Digest", "Bearer", "Token", ""])
def test_other_schemes_are_refused(scheme: str) -> None:
    """What is sent to prove something and proves nothing is never taken for nobody."""
    anonymous = Prover(
        Credentials({ISSUER: RULES}, anonymous=True, shown=True),
        {ISSUER: KeyRing(ISSUER, SystemClock(), unobserved)},
    )
    assert anonymous.prove({}, NOW).caller.subject is None
    with pytest.raises(RequestError):
        anonymous.prove({"authorization": scheme}, NOW)


# -- the keys ----------


def test_only_public_keys_for_signatures_are_taken_from_a_set() -> None:
    """Secrets, weak keys, keys for encryption, and what nobody knows are left out."""
    weak = base64.urlsafe_b64encode(b"\xf1" * 128).rstrip(b"=").decode()
    listed = [
        {"kty": "RSA", "n": weak, "e": "AQAB"},
        OctKey.generate_key(256).as_dict(private=True),
        {**NEXT.public, "use": "enc"},
        {**NEXT.public, "key_ops": ["encrypt"]},
        {"kty": "AKP", "kid": "pq"},
        {"kty": "RSA", "n": "AQAB", "e": "AQAB"},
        {"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA"},
        {"kty": ["RSA"]},
        {},
        5,
        None,
        EC.public,
    ]
    found = read_keys(orjson.dumps({"keys": listed}))
    assert [one.id for one in found.keys] == ["ec-1"]


def test_private_parts_of_a_published_key_are_not_kept() -> None:
    """A set that leaks them is not ours to leak again."""
    leaked = {**EC.key.as_dict(private=True), "kid": "ec-1"}
    (key,) = read_keys(orjson.dumps({"keys": [leaked]})).keys
    assert not key.key.is_private


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<html>",
        b"[]",
        b"null",
        b'{"keys": {}}',
        b'{"keys": []}',
        b'{"keys": [{}]}',
        b"[" * 100_000,
        b" " * 600_000,
        b'{"keys": "' + b"x" * 1_000 + b'"}',
    ],
)
def test_what_is_no_set_of_keys_is_said_so(content: bytes) -> None:
    """In words; none of its own are repeated."""
    with pytest.raises(NoKeysError) as told:
        read_keys(content)
    assert "x" * 10 not in str(told.value)


# -- tenants and roles ----------


def test_a_tenant_that_is_not_served_is_refused() -> None:
    """With 403: he proved who he is."""
    served = Tenancy(parse("request.claims.org"), None, frozenset({"acme"}))
    judge = prover(tenancy=served)
    assert judge.prove(by(EC.token(org="acme")), NOW).tenant == "acme"
    for org in ("beta", "", None, 5, ["acme"], {"acme": 1}):
        assert why(EC.token(org=org), judge)[0] is Code.FORBIDDEN


def test_roles_are_where_policies_look_for_them() -> None:
    """In place of what the token says under that name."""
    judge = prover(tenancy=Tenancy(None, parse("request.claims.realm.roles")))
    told = judge.prove(by(EC.token(realm={"roles": ["ops"]}, roles=["root"])), NOW)
    assert told.caller.claims["roles"] == ["ops"]
    nothing = judge.prove(by(EC.token(roles=["root"])), NOW)
    assert nothing.caller.claims["roles"] == []


def test_nobody_is_told_why_but_authors() -> None:
    """Whoever guesses learns nothing from the answer, nor from what is logged."""
    ring = KeyRing(ISSUER, SystemClock(), unobserved)
    ring.keys = read_keys(key_set(EC))
    judge = Prover(Credentials({ISSUER: RULES}), {ISSUER: ring})
    stranger = Signer("ec-1", ECKey.generate_key("P-256"), "ES256")
    tokens = [EC.token(exp=5), EC.token(aud="x"), stranger.token(), "garbage"]
    assert {why(one, judge)[1] for one in tokens} == {
        "The credentials are not accepted."
    }
    with pytest.raises(RequestError) as missing:
        judge.prove({}, NOW)
    assert missing.value.headers == (
        (b"www-authenticate", b'Bearer realm="headwater"'),
    )
    assert tokens[0] not in repr(judge)
