"""Who signed a bundle, so that a store alone cannot make a gateway serve anything.

In charge of two kinds of proof: Ed25519, where gateways hold no secret, and an HMAC
under a secret that signer and gateways share. What is signed is the id, and the id is
the digest of everything in the bundle. Must never show a key.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from gateway.record import Model, replace
from gateway.release.model import SHORT, Bundle, ReleaseError, UnfitBundleError

_ED25519 = "ed25519"
_HMAC = "hmac-sha256"


class PublicKey(Model, frozen=True):
    """Ed25519, in PEM: proves what its private half signed."""

    pem: bytes


@dataclass(frozen=True, slots=True)
class PrivateKey:
    """Ed25519, in PEM, without a password: signs."""

    pem: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class SharedSecret:
    """Signs, and proves what it signed."""

    secret: bytes = field(repr=False)


Proving: TypeAlias = PublicKey | SharedSecret
Signing: TypeAlias = PrivateKey | SharedSecret


def signed(bundle: Bundle, name: str, key: Signing) -> Bundle:
    """The bundle with a signature under the key's name.

    Raises:
        ReleaseError: it is no key that could sign.
    """
    match key:
        case SharedSecret(secret):
            text = f"{_HMAC}:{_mac(bundle.id, secret)}"
        case PrivateKey(pem):
            text = f"{_ED25519}:{_sign(bundle.id, pem)}"
    return replace(bundle, signatures={**bundle.signatures, name: text})


def require_proof(bundle: Bundle, keys: Mapping[str, Proving]) -> str:
    """The name of the key that signed it.

    Raises:
        UnfitBundleError: none of these did.
    """
    for name, key in sorted(keys.items()):
        if any(_fits(bundle.id, each, key) for each in bundle.signatures.values()):
            return name
    said = ", ".join(sorted(bundle.signatures))[:200]
    how = f"is signed as {said}, which no key here proves" if said else "is not signed"
    raise UnfitBundleError(
        f"release {bundle.id[:SHORT]} {how}, and 'require_signature' is set",
        hint="headwater release publish --key FILE signs it",
    )


def require_key(key: Proving) -> None:
    """Look at a key before anything depends on it.

    Raises:
        ReleaseError: it is none.
    """
    if isinstance(key, PublicKey):
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
        from cryptography.hazmat.primitives.serialization import load_pem_public_key

        try:
            found: object = load_pem_public_key(key.pem)
        except ValueError:
            found = None
        if not isinstance(found, Ed25519PublicKey):
            raise ReleaseError(
                "this is no public key of Ed25519 in PEM",
                hint="make one with: openssl pkey -in release.key -pubout",
            )


def read_private(raw: bytes) -> Signing:
    """The key in a file: a private key in PEM, or anything else as a shared secret."""
    if b"-----BEGIN" in raw:
        return PrivateKey(raw)
    return SharedSecret(raw.strip())


def _message(bundle: str) -> bytes:
    """What is signed; the first words keep it from meaning anything elsewhere."""
    return f"headwater release\n{bundle}".encode()


def _mac(bundle: str, secret: bytes) -> str:
    return hmac.new(secret, _message(bundle), hashlib.sha256).hexdigest()


def _sign(bundle: str, pem: bytes) -> str:
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        key: object = load_pem_private_key(pem, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, Ed25519PrivateKey):
        raise ReleaseError(
            "this is no private key of Ed25519 in PEM, without a password",
            hint="make one with: openssl genpkey -algorithm ed25519 -out release.key",
        )
    return base64.b64encode(key.sign(_message(bundle))).decode()


def _fits(bundle: str, signature: str, key: Proving) -> bool:
    kind, _, text = signature.partition(":")
    match key:
        case SharedSecret(secret) if kind == _HMAC:
            return hmac.compare_digest(text.encode(), _mac(bundle, secret).encode())
        case PublicKey(pem) if kind == _ED25519:
            return _verifies(bundle, text, pem)
        case _:
            return False


def _verifies(bundle: str, text: str, pem: bytes) -> bool:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    try:
        key: object = load_pem_public_key(pem)
        if not isinstance(key, Ed25519PublicKey):
            return False
        key.verify(base64.b64decode(text, validate=True), _message(bundle))
    except (ValueError, binascii.Error, InvalidSignature):
        return False
    return True
