"""Headers → who asks: the one place where a caller is believed or refused.

In charge of which credentials count, and of remembering what was verified until it
ends. `prove` never waits: it judges by the keys at hand. `ready` waits, where a token
cannot be judged without keys that are on their way. Must never tell a credential.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping
from typing import NamedTuple, TypeVar

from gateway.identity.keyring import KeyRing
from gateway.identity.keys import KeyBook
from gateway.identity.model import (
    Issuer,
    NotBelievedError,
    Reason,
    Refusal,
    Tenancy,
    unbelieved,
)
from gateway.identity.proxied import ProxyRule
from gateway.identity.refusals import Refusals
from gateway.identity.tenancy import nobody, proof_of
from gateway.identity.tokens import Unverified, peek, verified
from gateway.record import Model, field
from gateway.request.model import Proof

_KEPT = 10_000
_REFUSED = 2_000
_REFUSED_SECONDS = 10.0
_BEARER = "bearer "
_NEVER: tuple[float, Refusal | None] = (-1.0, None)
_DOTS = 2
"""In a signed token, and in no API key."""

V = TypeVar("V")


class _Known(NamedTuple):
    """A token that was verified by a version of a ring, and until when that holds."""

    until: float
    ring: KeyRing
    version: int
    proof: Proof


class _Awaited(NotBelievedError):  # noqa: N818 - it may be believed in a moment
    """It cannot be judged before this ring's keys are here."""

    def __init__(self, refusal: Refusal, ring: KeyRing) -> None:
        super().__init__(refusal)
        self.ring = ring


class Credentials(Model, frozen=True):
    """Whose credentials are believed.

    ``key_header`` is where API keys come besides ``authorization``. ``shown``: whoever
    is refused may know why.
    """

    issuers: Mapping[str, Issuer] = field(default_factory=dict)
    keys: KeyBook | None = None
    key_header: str = "x-api-key"
    proxy: ProxyRule | None = None
    anonymous: bool = False
    tenancy: Tenancy = field(default_factory=Tenancy)
    shown: bool = False


class Prover:
    """Believes or refuses, by one deployment."""

    __slots__ = (
        "_known",
        "_refused",
        "_rings",
        "_rules",
        "_salt",
        "brought",
        "introducing",
        "refusals",
    )

    def __init__(
        self,
        rules: Credentials,
        rings: Mapping[str, KeyRing],
        refusals: Refusals | None = None,
    ) -> None:
        self._rules = rules
        self._rings = rings
        self.refusals = refusals or Refusals()
        self._known: dict[bytes, _Known] = {}
        self._refused: dict[bytes, tuple[float, Refusal]] = {}
        self._salt = secrets.token_bytes(16)
        of_proxy = rules.proxy.headers if rules.proxy else ()
        of_keys = (rules.key_header,) if rules.keys else ()
        self.brought = frozenset(("authorization", *of_keys, *of_proxy))
        """Headers in which credentials come."""
        self.introducing = frozenset(of_keys)
        """Those that a browser's socket may bring in its first message."""

    def __repr__(self) -> str:
        return f"<Prover of {len(self._rules.issuers)} issuers>"

    @property
    def refused(self) -> Mapping[str, int]:
        """How many callers were refused, by reason."""
        return {one.value: count for one, count in self.refusals.counts.items()}

    def begin(self, now: float) -> None:
        """Fetch the keys of all issuers, before somebody has to wait for them."""
        for ring in self._rings.values():
            ring.at(now)

    def prove(self, headers: Mapping[str, str], now: float) -> Proof:
        """Who asks, at a time in seconds since 1970.

        Raises:
            RequestError: UNAUTHENTICATED, or FORBIDDEN for a tenant that is not served.
        """
        try:
            return self._proof(headers, now)
        except NotBelievedError as error:
            raise error.refusal.error(shown=self._rules.shown) from None

    async def ready(self, headers: Mapping[str, str], now: float) -> None:
        """Wait until `prove` can judge, and count who is refused.

        Raises:
            RequestError: as `prove` does.
        """
        try:
            try:
                self._proof(headers, now)
            except _Awaited as error:
                await error.ring.settled()
                self._proof(headers, now)
        except NotBelievedError as error:
            self.refusals.note(error.refusal, now)
            raise error.refusal.error(shown=self._rules.shown) from None

    def _proof(self, headers: Mapping[str, str], now: float) -> Proof:
        rules = self._rules
        vouched = None if rules.proxy is None else rules.proxy.vouched(headers)
        given = headers.get("authorization")
        key = None if rules.keys is None else headers.get(rules.key_header)
        if key is not None:
            if given is not None and rules.issuers:
                detail = "There are two credentials; send one."
                raise unbelieved(Reason.SEVERAL, detail)
            return self._of_key(key, now)
        if given is not None and (rules.issuers or rules.keys is not None):
            return self._of_bearer(given, now)
        if vouched is not None:
            return proof_of(rules.tenancy, vouched.claims, vouched.tenant)
        if rules.anonymous:
            return nobody(rules.tenancy)
        raise unbelieved(Reason.MISSING, "This needs credentials, and none came.")

    def _of_bearer(self, given: str, now: float) -> Proof:
        mark = hashlib.blake2b(
            given.encode("utf-8", "replace"), digest_size=16, key=self._salt
        ).digest()
        known = self._known.get(mark)
        if (
            known is not None
            and now < known.until
            and known.version == known.ring.version
        ):
            return known.proof
        token = given[len(_BEARER) :].strip()
        if given[: len(_BEARER)].lower() != _BEARER or not token:
            detail = "The header 'authorization' is no bearer token."
            raise unbelieved(Reason.MALFORMED, detail)
        if self._rules.keys is not None and token.count(".") != _DOTS:
            return self._of_key(token, now)
        return self._of_token(mark, token, now)

    def _of_key(self, key: str, now: float) -> Proof:
        assert self._rules.keys is not None, "there are keys"  # noqa: S101
        found = self._rules.keys.find(key, now)
        claims = found.claims
        if found.until is not None:
            claims = {**claims, "exp": found.until}
        return proof_of(
            self._rules.tenancy, {"sub": found.name, **claims}, found.tenant
        )

    def _of_token(self, mark: bytes, token: str, now: float) -> Proof:
        until, refusal = self._refused.get(mark, _NEVER)
        if refusal is not None and now < until:
            raise NotBelievedError(refusal)
        try:
            made = self._verified(token, now)
        except _Awaited:
            raise
        except NotBelievedError as error:
            if not error.refusal.passing:
                kept = now + _REFUSED_SECONDS, error.refusal
                _keep(self._refused, mark, kept, _REFUSED)
            raise
        _keep(self._known, mark, made, _KEPT)
        return made.proof

    def _verified(self, token: str, now: float) -> _Known:
        said = peek(token)
        issuer = self._rules.issuers.get(said.issuer)
        if issuer is None:
            detail = "The issuer of the token is none of 'auth.jwt'."
            raise unbelieved(Reason.ISSUER, detail)
        if said.algorithm not in issuer.algorithms:
            detail = "Tokens that are signed in this way are not taken."
            raise unbelieved(Reason.ALGORITHM, detail)
        ring = self._rings[issuer.name]
        keys = ring.at(now)
        try:
            claims = verified(token, said, issuer, keys, now)
        except NotBelievedError as error:
            if error.refusal.reason is Reason.KEY:
                raise self._unknown(said, ring, now) from None
            raise
        proof = proof_of(self._rules.tenancy, claims)
        expires = claims["exp"]
        assert isinstance(expires, int | float), "it was verified"  # noqa: S101
        until = min(expires + issuer.leeway, ring.until(now))
        return _Known(until, ring, ring.version, proof)

    @staticmethod
    def _unknown(said: Unverified, ring: KeyRing, now: float) -> NotBelievedError:
        """A key that is not known may have been published since."""
        reason, detail = Reason.KEY, "The key that signed the token is not known."
        if not ring.keys.keys:
            reason = Reason.KEYS_AWAY
            detail = f"The keys of {said.issuer} cannot be had at the moment."
        refusal = Refusal(reason, detail, passing=True)
        if ring.begin(now):
            return _Awaited(refusal, ring)
        return NotBelievedError(refusal)


def _keep(kept: dict[bytes, V], mark: bytes, value: V, most: int) -> None:
    """Keep a value in place of an older one of its own, or of the oldest."""
    kept.pop(mark, None)
    while len(kept) >= most:
        del kept[next(iter(kept))]
    kept[mark] = value
