"""What is believed of callers, complete and frozen; and why somebody is not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from gateway.errors import Code, RequestError
from gateway.expression import Expression
from gateway.record import Model
from gateway.values import JsonValue

_UNAUTHENTICATED = 401
_FORBIDDEN = 403


class Reason(StrEnum):
    """Why a caller is refused: what operators count."""

    MISSING = "missing"
    MALFORMED = "malformed"
    SEVERAL = "several"
    ISSUER = "issuer"
    ALGORITHM = "algorithm"
    KEY = "key"
    KEYS_AWAY = "keys_away"
    SIGNATURE = "signature"
    EXPIRED = "expired"
    NOT_YET = "not_yet"
    CLAIMS = "claims"
    API_KEY = "api_key"
    PROXY = "proxy"
    TENANT = "tenant"


_TOLD = {
    Reason.MISSING: "This needs credentials, and none came with it.",
    Reason.TENANT: "This tenant is not served here.",
}
_MASKED = "The credentials are not accepted."
_CHALLENGE = 'Bearer realm="headwater"'


class Refusal(Model, frozen=True):
    """Why a caller is not believed. ``detail`` names no secret, and is for authors.

    ``passing`` ones may be gone in a moment, and are not kept.
    """

    reason: Reason
    detail: str
    passing: bool = False

    def error(self, *, shown: bool) -> RequestError:
        """The error of a request; ``shown`` where its sender may know why."""
        message = self.detail if shown else _TOLD.get(self.reason, _MASKED)
        if self.reason is Reason.TENANT:
            return RequestError(message, code=Code.FORBIDDEN, status=_FORBIDDEN)
        wrong = self.reason is not Reason.MISSING
        challenge = _CHALLENGE + (', error="invalid_token"' if wrong else "")
        error = RequestError(
            message, code=Code.UNAUTHENTICATED, status=_UNAUTHENTICATED
        )
        error.headers = ((b"www-authenticate", challenge.encode()),)
        return error


class NotBelievedError(Exception):
    """Inside this room: what was sent proves nothing."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.reason.value)
        self.refusal = refusal


def unbelieved(reason: Reason, detail: str) -> NotBelievedError:
    """The exception of a refusal."""
    return NotBelievedError(Refusal(reason, detail))


@dataclass(frozen=True, slots=True)
class Issuer:
    """Whose tokens are believed, and what has to be in them.

    ``audiences`` are those of which a token names one; none: any token will do.
    ``leeway`` is in seconds. ``claims`` have one of the values that are listed.
    """

    name: str
    audiences: tuple[str, ...]
    algorithms: tuple[str, ...]
    leeway: float = 30.0
    claims: Mapping[str, tuple[JsonValue, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key that somebody holds. ``until`` is in seconds since 1970."""

    name: str
    digest: bytes = field(repr=False)
    algorithm: str = "sha256"
    tenant: str | None = None
    claims: Mapping[str, JsonValue] = field(default_factory=dict)
    until: float | None = None


class Tenancy(Model, frozen=True):
    """Which tenant and roles claims speak of, and which tenants there are."""

    tenant: Expression | None = None
    roles: Expression | None = None
    tenants: frozenset[str] | None = None
