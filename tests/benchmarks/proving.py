"""What it costs to know who asks: a token that was seen before, a new one, a key."""

from __future__ import annotations

import contextlib
import statistics
import time
from collections.abc import Callable, Mapping

from gateway.clock import SystemClock
from gateway.errors import RequestError
from gateway.identity.jwks import read_keys
from gateway.identity.keyring import KeyRing
from gateway.identity.keys import KeyBook, hash_of, new_key, read_hash
from gateway.identity.model import ApiKey, Issuer
from gateway.identity.proving import Credentials, Prover
from gateway.telemetry.events import unobserved
from tests.identity.issuing import AUDIENCE, EC, ISSUER, NEXT, NOW, RSA, key_set

ROUNDS, NEW, SAMPLES = 20_000, 200, 5


def main() -> None:
    """Print microseconds of CPU for each."""
    ring = KeyRing(ISSUER, SystemClock(), unobserved)
    ring.keys = read_keys(key_set(EC, RSA))
    key = new_key()
    hashed = read_hash(hash_of(key))
    assert hashed is not None
    issuer = Issuer(ISSUER, (AUDIENCE,), ("ES256", "RS256"))
    book = KeyBook.of([ApiKey("app", hashed[1])])
    prover = Prover(Credentials({ISSUER: issuer}, keys=book), {ISSUER: ring})
    claims = {"roles": ["reader"] * 20}
    seen = by(EC.token(**claims))
    tell("a token that was seen before", [seen] * ROUNDS, prover)
    tell("an API key", [{"x-api-key": key}] * ROUNDS, prover)
    for signer in (EC, RSA):
        new = [by(signer.token(jti=str(n), **claims)) for n in range(NEW * SAMPLES)]
        tell(f"a new token, {signer.algorithm}", new, prover, SAMPLES)
    forged = [by(f"{EC.token(jti=str(n))[:-86]}{'A' * 86}") for n in range(NEW)]
    tell("a forged token", forged, prover, 1)
    unknown = [by(NEXT.token(jti=str(n))) for n in range(NEW)]
    ring.fetch = None
    tell("a token by a key that is not known", unknown, prover, 1)


def by(token: str) -> Mapping[str, str]:
    return {"authorization": f"Bearer {token}"}


def tell(
    what: str, sent: list[Mapping[str, str]], prover: Prover, parts: int = SAMPLES
) -> None:
    """The median of several parts of what is sent."""
    size = len(sent) // parts
    spent = [timed(prover.prove, sent[n * size : (n + 1) * size]) for n in range(parts)]
    print(f"{what:36} {statistics.median(spent) * 1e6:8.1f} us")


def timed(
    prove: Callable[[Mapping[str, str], float], object], sent: list[Mapping[str, str]]
) -> float:
    start = time.process_time()
    for headers in sent:
        with contextlib.suppress(RequestError):
            prove(headers, NOW)
    return (time.process_time() - start) / len(sent)


if __name__ == "__main__":
    main()
