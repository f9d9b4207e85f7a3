"""A JSON Web Key Set as it was published → the keys that can verify. Pure.

In charge of which keys are of use: public ones, for signatures, strong enough. What a
set has besides is left out, as RFC 7517 asks. Secrets (`oct`) are never taken: whoever
can read a set could sign with them.
"""

from __future__ import annotations

import warnings
from typing import Any
from urllib.parse import urlsplit

import orjson
from joserfc.errors import SecurityWarning
from joserfc.jwk import ECKey, JWKRegistry, OKPKey, RSAKey

from gateway.record import Model

MOST_BYTES = 512_000
_MOST_KEYS = 200
_LEAST_RSA, _MOST_RSA = 2_048, 8_192
_SIGNING = (None, "sig")


class NoKeysError(Exception):
    """What was published is no set of keys; the message says why."""


class Key(Model, frozen=True):
    """One public key. ``algorithm`` is the only one it is for, where it says so."""

    id: str | None
    kind: str
    algorithm: str | None
    key: RSAKey | ECKey | OKPKey

    def fits(self, algorithm: str) -> bool:
        """Whether it could have made a signature of this kind."""
        kind = _KINDS.get(algorithm[:2])
        return kind == self.kind and self.algorithm in (None, algorithm)


_KINDS = {"RS": "RSA", "PS": "RSA", "ES": "EC", "Ed": "OKP"}


class KeySet(Model, frozen=True):
    """The keys of one issuer, and a digest that changes with them."""

    keys: tuple[Key, ...] = ()

    @property
    def names(self) -> frozenset[tuple[str | None, str]]:
        """What the keys are, by their thumbprints."""
        return frozenset((one.id, one.key.thumbprint()) for one in self.keys)

    def for_token(self, id_: str | None, algorithm: str) -> tuple[Key, ...]:
        """Those that may have signed a token with such a header.

        A key without an id may have signed any; a token without one may be of any.
        """
        return tuple(
            one
            for one in self.keys
            if one.fits(algorithm) and (id_ is None or one.id in (None, id_))
        )


def read_keys(content: bytes) -> KeySet:
    """The usable keys of a set.

    Raises:
        NoKeysError: it is no set, or none of its keys is of use.
    """
    if len(content) > MOST_BYTES:
        raise NoKeysError(f"it is larger than {MOST_BYTES} bytes")
    try:
        found = orjson.loads(content)
    except orjson.JSONDecodeError:
        raise NoKeysError("it is not valid JSON") from None
    listed = found.get("keys") if isinstance(found, dict) else None
    if not isinstance(listed, list):
        raise NoKeysError("it has no list 'keys'")
    made = (_key(one) for one in listed[:_MOST_KEYS])
    usable = tuple(key for key in made if key is not None)
    if not usable:
        raise NoKeysError("none of its keys can verify a signature")
    return KeySet(usable)


def keys_url(content: bytes, issuer: str) -> str:
    """Where an issuer says that its keys are, by OpenID Connect Discovery.

    Raises:
        NoKeysError: it says so of another issuer, or names no URL as safe as its own.
    """
    try:
        found = orjson.loads(content)
    except orjson.JSONDecodeError:
        raise NoKeysError("its configuration is not valid JSON") from None
    if not isinstance(found, dict) or found.get("issuer") != issuer:
        raise NoKeysError("its configuration is of another issuer")
    url = found.get("jwks_uri")
    parts = urlsplit(url) if isinstance(url, str) else None
    safe = ("https",) if issuer.startswith("https:") else ("https", "http")
    if parts is None or parts.scheme not in safe or not parts.hostname:
        raise NoKeysError("its configuration names no 'jwks_uri' that can be asked")
    if parts.username is not None:
        raise NoKeysError("its 'jwks_uri' has a password in it")
    return str(url)


def _key(written: Any) -> Key | None:
    if not isinstance(written, dict) or written.get("use") not in _SIGNING:
        return None
    if written.get("kty") not in ("RSA", "EC", "OKP"):
        return None
    operations = written.get("key_ops")
    if isinstance(operations, list) and "verify" not in operations:
        return None
    public = {name: text for name, text in written.items() if name not in _PRIVATE}
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SecurityWarning)
            made = JWKRegistry.import_key(public)
    except Exception:  # noqa: BLE001 - whatever it is, it is no key
        return None
    if not isinstance(made, RSAKey | ECKey | OKPKey) or not _is_strong(made):
        return None
    id_, algorithm = written.get("kid"), written.get("alg")
    return Key(
        id_ if isinstance(id_, str) else None,
        made.key_type,
        algorithm if isinstance(algorithm, str) else None,
        made,
    )


_PRIVATE = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})


def _is_strong(key: RSAKey | ECKey | OKPKey) -> bool:
    if not isinstance(key, RSAKey):
        return True
    return _LEAST_RSA <= key.public_key.key_size <= _MOST_RSA
