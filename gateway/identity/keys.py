"""API keys: made, hashed, and known again by their hash.

A key is 256 random bits, so a fast hash keeps it as well as a slow one would: there is
nothing to guess. Keys that people think up are none. Pure.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Iterable, Mapping

from gateway.identity.model import ApiKey, Reason, unbelieved
from gateway.record import Model

PREFIX = "hw_"
_BITS = 32
_LONGEST = 512
_HASHES = {"sha256": 64, "sha512": 128}
_HEX = re.compile(r"[0-9a-f]+")


def new_key() -> str:
    """A key that nobody else has."""
    return PREFIX + secrets.token_urlsafe(_BITS)


def hash_of(key: str, algorithm: str = "sha256") -> str:
    """The hash of a key as it is written: ``sha256:`` and hexadecimal digits."""
    return f"{algorithm}:{_digest(key, algorithm).hex()}"


def read_hash(written: str) -> tuple[str, bytes] | None:
    """Algorithm and digest of a written hash; None where it is none."""
    algorithm, _, digits = written.strip().partition(":")
    digits = digits.lower()
    if _HASHES.get(algorithm) != len(digits) or not _HEX.fullmatch(digits):
        return None
    return algorithm, bytes.fromhex(digits)


class KeyBook(Model, frozen=True):
    """Every key by its hash. What is looked up is a hash, so no time tells a key."""

    by_digest: Mapping[bytes, ApiKey]
    algorithms: tuple[str, ...]

    @classmethod
    def of(cls, keys: Iterable[ApiKey]) -> KeyBook:
        """The book of these keys."""
        listed = {key.digest: key for key in keys}
        return cls(listed, tuple(sorted({key.algorithm for key in listed.values()})))

    def find(self, given: str, now: float) -> ApiKey:
        """Whose key it is.

        Raises:
            NotBelievedError: nobody's, or it is over.
        """
        if len(given) <= _LONGEST and given.isascii():
            for algorithm in self.algorithms:
                digest = _digest(given, algorithm)
                found = self.by_digest.get(digest)
                if found is not None and hmac.compare_digest(found.digest, digest):
                    return _in_time(found, now)
        raise unbelieved(Reason.API_KEY, "This API key is none of 'auth.keys'.")


def _in_time(found: ApiKey, now: float) -> ApiKey:
    if found.until is None or now < found.until:
        return found
    detail = f"The API key {found.name!r} has expired."
    raise unbelieved(Reason.EXPIRED, detail)


def _digest(key: str, algorithm: str) -> bytes:
    hashing = hashlib.sha256 if algorithm == "sha256" else hashlib.sha512
    return hashing(key.encode()).digest()
