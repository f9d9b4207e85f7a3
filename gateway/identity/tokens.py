"""Bearer tokens: read, and verified by joserfc, under an issuer's rules. Pure.

In charge of what a token must have to be believed. The algorithm is one that the
deployment allows and the key is made for: a token never chooses how it is verified.
Must never put a token, or a part of one, into a message.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson
from joserfc import jws, jwt
from joserfc.errors import (
    BadSignatureError,
    ClaimError,
    ExpiredTokenError,
    InvalidClaimError,
    UnsupportedAlgorithmError,
)
from joserfc.jws import JWSRegistry

from gateway.identity.jwks import KeySet
from gateway.identity.model import Issuer, NotBelievedError, Reason, unbelieved
from gateway.record import Model
from gateway.values import JsonValue

LONGEST = 8_192
"""Characters of a token; identity providers stay far below."""
_LONGEST_HEADER = 2_048
_EVER = 1e12
"""Seconds: a time beyond is no time. Nor is what is no number."""
_MOST_TRIES = 8
"""Keys that are tried for a token that names none."""


class _Registry(JWSRegistry):
    """joserfc's rules, with room for headers that bring certificates along."""

    max_header_length = _LONGEST_HEADER
    max_payload_length = LONGEST

    def get_alg(self, name: str) -> Any:
        """As joserfc does, but for its warning that EdDSA has a newer name.

        Raises:
            UnsupportedAlgorithmError: it is not the one that is allowed.
        """
        if name not in (self.allowed or ()) or name not in self.algorithms:
            raise UnsupportedAlgorithmError("it is not allowed")
        return self.algorithms[name]


class Unverified(Model, frozen=True):
    """What a token says of itself: good for choosing keys, and for nothing else."""

    issuer: str
    algorithm: str
    key_id: str | None


def peek(token: str) -> Unverified:
    """What it says of itself.

    Raises:
        NotBelievedError: it is no signed token.
    """
    if len(token) > LONGEST:
        detail = f"The token is longer than {LONGEST} characters."
        raise unbelieved(Reason.MALFORMED, detail)
    try:
        read = jws.extract_compact(token.encode("ascii"), registry=_Registry())
        header, payload = read.headers(), orjson.loads(read.payload)
        issuer, algorithm, id_ = payload["iss"], header["alg"], header.get("kid")
    except Exception:  # noqa: BLE001 - bytes of anybody, read by another's code
        raise unbelieved(Reason.MALFORMED, "This is no signed token.") from None
    if not isinstance(issuer, str) or not isinstance(algorithm, str):
        raise unbelieved(Reason.MALFORMED, "The token has no 'iss' or no 'alg'.")
    return Unverified(issuer, algorithm, id_ if isinstance(id_, str) else None)


def verified(
    token: str, said: Unverified, issuer: Issuer, keys: KeySet, now: float
) -> Mapping[str, JsonValue]:
    """The claims of a token that is believed at a time, in seconds since 1970.

    Raises:
        NotBelievedError: it is not; KEY where the key that it names is not known.
    """
    fitting = keys.for_token(said.key_id, said.algorithm)
    if not fitting:
        raise unbelieved(Reason.KEY, "The key that signed the token is not known.")
    for key in fitting[:_MOST_TRIES]:
        try:
            read = jwt.decode(
                token,
                key.key,
                algorithms=[said.algorithm],
                registry=_Registry(algorithms=[said.algorithm]),
            )
        except BadSignatureError:
            continue
        except Exception:  # noqa: BLE001 - as above
            raise unbelieved(Reason.MALFORMED, "This is no signed token.") from None
        _check(read.claims, issuer, now)
        return read.claims
    raise unbelieved(Reason.SIGNATURE, "The signature of the token is wrong.")


def _check(claims: dict[str, JsonValue], issuer: Issuer, now: float) -> None:
    """What it says is for us, and now."""
    wanted: dict[str, object] = {
        "iss": {"essential": True, "value": issuer.name},
        "exp": {"essential": True},
    }
    if issuer.audiences:
        wanted["aud"] = {"essential": True, "values": list(issuer.audiences)}
    for name in ("exp", "nbf", "iat"):
        time = claims.get(name)
        if isinstance(time, int | float) and not -_EVER < time < _EVER:
            raise unbelieved(Reason.CLAIMS, f"The claim {name!r} is no time.")
    rules = jwt.JWTClaimsRegistry(
        now=int(now),
        leeway=int(issuer.leeway),
        **wanted,  # type: ignore[arg-type]
    )
    try:
        rules.validate(claims)
    except ExpiredTokenError:
        raise unbelieved(Reason.EXPIRED, "The token has expired.") from None
    except InvalidClaimError as error:
        early = error.claim in ("nbf", "iat") and isinstance(
            claims.get(error.claim), int | float
        )
        if early:
            raise _early(error.claim) from None
        raise _unfit(error.claim) from None
    except ClaimError as error:
        raise _unfit(error.claim) from None
    for name, values in issuer.claims.items():
        found = claims.get(name)
        if found not in values and not (
            isinstance(found, list) and any(one in values for one in found)
        ):
            raise _unfit(name)


def _early(name: str) -> NotBelievedError:
    detail = f"The token is not valid yet, by its claim {name!r}."
    return unbelieved(Reason.NOT_YET, detail)


def _unfit(name: str) -> NotBelievedError:
    detail = f"The claim {name!r} of the token is missing, or not what it must be."
    return unbelieved(Reason.CLAIMS, detail)
