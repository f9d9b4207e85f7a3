"""Whether a delivery comes from whom it should.

In charge of signatures, tokens and their age. Pure: the time is handed in. Must never
compare a secret in a time that depends on it, nor say what was expected.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from gateway.record import Model

_PARTS = re.compile(r"(\{\w+\})")
_WORD = re.compile(r"[a-z0-9]{1,16}=")
_SECONDS = re.compile(r"\d{1,12}")
NO_SIGNATURE = "The delivery is not signed."
WRONG = "The delivery's signature is not right."
NO_TIME = "The delivery does not say when it was signed."
OLD = "The delivery was signed too long ago, or in the future."
NO_TOKEN = "The delivery's token is not right."  # noqa: S105 - what is said of one


@dataclass(frozen=True, slots=True)
class HmacSettings:
    """A signature. ``signed`` is the text with its ``{parts}``; times in seconds."""

    header: str
    secret: bytes = field(repr=False)
    algorithm: Literal["sha256", "sha512", "sha1"] = "sha256"
    format: Literal["hex", "base64", "prefixed"] = "hex"
    signed: str = "{body}"
    time_header: str | None = None
    tolerance: float = 300.0


@dataclass(frozen=True, slots=True)
class TokenSettings:
    """A token that has to come along."""

    header: str
    value: bytes = field(repr=False)


Verifying: TypeAlias = HmacSettings | TokenSettings | None


class Delivery(Model, frozen=True):
    """What came: headers by lower-case name, the body as sent, its own id."""

    headers: Mapping[str, str]
    content: bytes
    id: str | None = None


def objection(how: Verifying, delivery: Delivery, now: float) -> str | None:
    """Why a delivery is not believed; None where it is. ``now`` in Unix seconds."""
    match how:
        case None:
            return None
        case TokenSettings():
            given = _sent(delivery.headers.get(how.header, ""))
            return None if hmac.compare_digest(given, how.value) else NO_TOKEN
        case HmacSettings():
            return _signature(how, delivery) or _age(how, delivery, now)


def _signature(how: HmacSettings, delivery: Delivery) -> str | None:
    given = delivery.headers.get(how.header)
    if given is None:
        return NO_SIGNATURE
    made = hmac.new(how.secret, _signed(how, delivery), getattr(hashlib, how.algorithm))
    if how.format == "base64":
        wanted = b64encode(made.digest())
    else:
        wanted = made.hexdigest().encode()
        word = _WORD.match(given) if how.format == "prefixed" else None
        if how.format == "prefixed" and word is None:
            return WRONG
        given = given[word.end() :] if word else given
        given = given.lower()
    return None if hmac.compare_digest(_sent(given), wanted) else WRONG


def _signed(how: HmacSettings, delivery: Delivery) -> bytes:
    known = {
        "{body}": delivery.content,
        "{timestamp}": _sent(delivery.headers.get(how.time_header or "", "")),
        "{delivery}": _sent(delivery.id or ""),
    }
    parts = _PARTS.split(how.signed)
    return b"".join(known[p] if p in known else p.encode() for p in parts)


def _age(how: HmacSettings, delivery: Delivery, now: float) -> str | None:
    """Looked at after the signature, so that it tells nothing to strangers."""
    if how.time_header is None:
        return None
    said = delivery.headers.get(how.time_header, "")
    if not _SECONDS.fullmatch(said):
        return NO_TIME
    return OLD if abs(now - int(said)) > how.tolerance else None


def _sent(text: str) -> bytes:
    """A header as the bytes that came: ASGI's are read as Latin-1."""
    return text.encode("latin-1", "replace")
