"""`auth` of a deployment → what judges who asks; rings of keys kept as they stay.

A reload that does not touch an issuer keeps its keys. In charge of files of keys too:
they are read here, and watched as the deployment's own files are.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Mapping
from functools import partial
from threading import Lock
from typing import TYPE_CHECKING

from gateway.clock import Clock, SystemClock
from gateway.deployment import AuthSettings, Deployment, unsafe
from gateway.deployment.auth import Auth
from gateway.deployment.doors import DOORS, MAIN
from gateway.deployment.issuers import ANY, Jwt
from gateway.errors import Problems
from gateway.expression import parse
from gateway.generation import Generation
from gateway.loading.doors import Closed, Judges, Judging, trusts
from gateway.loading.identified import keys_of
from gateway.record import Model, Struct, field
from gateway.telemetry.events import Observer, unobserved
from gateway.unfit import Trail
from gateway.values import SourceSpan, digest

if TYPE_CHECKING:
    from gateway.identity.keyring import KeyRing
    from gateway.identity.model import ApiKey, Issuer
    from gateway.identity.proving import Credentials
    from gateway.identity.refusals import Refusals


class _Held(Struct):
    ring: KeyRing
    users: int = 0


class IdentityPool(Struct):
    """One ring for each issuer that a generation in use names."""

    clock: Clock = field(default_factory=SystemClock)
    observe: Observer = unobserved
    host: str | None = None
    """Where the process listens already: what would be unsafe there is not loaded."""
    _held: dict[str, _Held] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)
    _refusals: Refusals | None = None
    _doors: set[str] = field(default_factory=set)
    """Those that any deployment so far had: what listens there goes on listening."""

    def open(
        self, deployment: Deployment, problems: Problems, *, dev: bool
    ) -> tuple[Judges, Callable[[], None]]:
        """What judges, and what gives its rings back. May be called in a thread.

        Nobody where nobody has to prove anything, or, with a problem, where it cannot
        be said. A door that the deployment no longer has is closed.
        """
        if self.host is not None and not dev:
            reason = unsafe(deployment, self.host)
            if reason is not None:
                place = deployment.places.get(MAIN, SourceSpan("headwater.yaml"))
                problems.add(place, reason)
                return Judges(), _nothing
        found: dict[str, Judging] = {}
        held: list[str] = []
        for at, auth in deployment.auths.items():
            rule = _Rule(deployment, at, problems)
            found[str(at[0])], keys = self._judging(rule, auth, dev=dev)
            held += keys
        if problems.errors:
            self._release(held)
            return Judges(), _nothing
        here = {d for d in DOORS if getattr(deployment, d) is not None}
        found.update({door: Judging(Closed()) for door in self._doors - here})
        self._doors |= here
        main = found.pop(str(MAIN[0]))
        return Judges(main, found), partial(self._release, held)

    def _judging(
        self, rule: _Rule, auth: Auth | None, *, dev: bool
    ) -> tuple[Judging, list[str]]:
        """One rule, and the keys of the rings that it holds."""
        if not isinstance(auth, AuthSettings) or not auth.proves:
            return Judging(None, trusts(auth)), []
        from gateway.identity.proving import Prover
        from gateway.identity.refusals import Refusals

        before = len(rule.problems.errors)
        rules, sets = rule.credentials(auth, dev=dev), rule.sets(auth)
        if len(rule.problems.errors) > before:
            return Judging(), []
        with self._lock:
            self._refusals = self._refusals or Refusals(self.observe)
            keys = [self._key(one, sets) for one in auth.jwt]
            rings = {
                one.issuer: self._ring(key, one, sets)
                for key, one in zip(keys, auth.jwt, strict=True)
            }
        return Judging(Prover(rules, rings, self._refusals)), keys

    async def closed(self) -> None:
        """Give up every fetch that is under way."""
        for held in [*self._held.values()]:
            await held.ring.close()

    @staticmethod
    def _key(one: Jwt, sets: Mapping[str, bytes]) -> str:
        trust = one.tls.content if one.tls else ""
        kept = sets.get(one.issuer, b"")
        return digest(
            one.issuer, one.jwks, str(one.refresh), str(one.keep), trust, kept
        )

    def _ring(self, key: str, one: Jwt, sets: Mapping[str, bytes]) -> KeyRing:
        from gateway.identity.jwks import read_keys
        from gateway.identity.keyring import KeyRing

        held = self._held.get(key)
        if held is None:
            made = KeyRing(one.issuer, self.clock, self.observe)
            if one.issuer in sets:
                made.keys = read_keys(sets[one.issuer])
            else:
                made.fetch = partial(_fetched, one)
            made.refresh, made.keep = one.refresh, max(one.keep, one.refresh)
            held = self._held[key] = _Held(made)
        held.users += 1
        return held.ring

    def _release(self, keys: list[str]) -> None:
        with self._lock:
            for key in keys:
                held = self._held[key]
                held.users -= 1
                if not held.users:
                    del self._held[key]


def fetch_ahead(generation: Generation, clock: Clock) -> None:
    """Have the keys of those who will ask fetched before somebody asks."""
    for admission in (generation.admission, *generation.doors.values()):
        if admission.prover is not None:
            admission.prover.begin(clock.wall().timestamp())


async def _fetched(one: Jwt) -> bytes:
    """An issuer's set as it is published now, at the place that it names now.

    Raises:
        UpstreamError: it cannot be had.
        NoKeysError: something else is there.
    """
    if one.discovery is None:
        return await _got(one.jwks, one)
    from gateway.identity.jwks import keys_url

    return await _got(keys_url(await _got(one.discovery, one), one.issuer), one)


async def _got(url: str, one: Jwt) -> bytes:
    """What is at a URL of an issuer; raises as above."""
    from urllib.parse import urlsplit

    from gateway.connectors.rest_request import Request
    from gateway.connectors.transport.lean import Keeping, LeanTransport
    from gateway.identity.jwks import MOST_BYTES, NoKeysError

    parts = urlsplit(url)
    path = f"?{parts.query}" if parts.query else ""
    base = f"{parts.scheme}://{parts.netloc}{parts.path}"
    headers = {"accept": "application/json", "user-agent": "headwater"}
    tls = one.tls.files if one.tls else None
    transport = LeanTransport(base, Keeping(1), tls=tls)
    try:
        reply = await transport.send(Request("GET", path, headers), MOST_BYTES)
    finally:
        await transport.close()
    if reply.status != _OK:
        raise NoKeysError(f"it answers {reply.status}")
    return reply.content


_OK = 200


def check_auth(deployment: Deployment, problems: Problems) -> None:
    """Whether its files can be read; nothing is fetched."""
    for at, auth in deployment.auths.items():
        if isinstance(auth, AuthSettings) and auth.proves:
            rule = _Rule(deployment, at, problems)
            rule.credentials(auth, dev=False)
            rule.sets(auth)


class _Rule(Model, frozen=True):
    """Where a rule is written, and who hears what is wrong with its files."""

    deployment: Deployment
    at: Trail
    problems: Problems

    def credentials(self, auth: AuthSettings, *, dev: bool) -> Credentials:
        place = self.place("keys")
        return _credentials(auth, keys_of(place, auth, self.problems), dev=dev)

    def sets(self, auth: AuthSettings) -> Mapping[str, bytes]:
        """The key sets that are files, by issuer."""
        from gateway.identity.jwks import NoKeysError, read_keys

        found = {}
        for number, one in enumerate(auth.jwt):
            if one.file is None:
                continue
            place = self.place("jwt", number, "jwks")
            try:
                content = one.file.read_bytes()
                read_keys(content)
            except OSError as error:
                why = error.strerror or "it is no file"
                self.problems.add(place, f"{one.file.name} cannot be read: {why}")
            except NoKeysError as error:
                said = f"{one.file.name} is no set of keys: {error}"
                self.problems.add(place, said)
            else:
                found[one.issuer] = content
        return found

    def place(self, *below: str | int) -> SourceSpan:
        trail = (*self.at, *below)
        return self.deployment.places.get(trail, SourceSpan("headwater.yaml"))


def _credentials(
    auth: AuthSettings, keys: tuple[ApiKey, ...] | None, *, dev: bool
) -> Credentials:
    from gateway.identity.keys import KeyBook
    from gateway.identity.model import Tenancy
    from gateway.identity.proving import Credentials
    from gateway.identity.proxied import ProxyRule

    proxy = auth.proxy
    return Credentials(
        issuers={one.issuer: _issuer(one) for one in auth.jwt},
        keys=KeyBook.of(keys) if keys is not None else None,
        key_header=auth.key_header,
        proxy=None
        if proxy is None
        else ProxyRule(
            tuple(ipaddress.ip_network(one) for one in proxy.networks),
            proxy.header,
            proxy.tenant,
            proxy.claims,
        ),
        anonymous=auth.anonymous,
        tenancy=Tenancy(
            parse(auth.tenant) if auth.tenant else None,
            parse(auth.roles) if auth.roles else None,
            None if auth.tenants is None else frozenset(auth.tenants),
        ),
        shown=dev,
    )


def _issuer(one: Jwt) -> Issuer:
    from gateway.identity.model import Issuer

    return Issuer(
        one.issuer,
        () if ANY in one.audience else one.audience,
        tuple(one.algorithms),
        one.leeway,
        one.claims,
    )


def _nothing() -> None:
    """Nothing is to be given back."""
