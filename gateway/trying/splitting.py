"""Which generation a request is given while a candidate is tried: decided here alone.

Pure but for the clock that a context is read by. The same request is given the same
generation wherever it is asked, so that each way in may ask for itself. Must never
look into a document.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from hashlib import blake2b
from types import MappingProxyType
from typing import NamedTuple, NoReturn

from gateway.errors import RequestError
from gateway.expression import ABSENT, EvaluationError, Expression
from gateway.generation import Generation
from gateway.pipeline import Pipeline
from gateway.record import Model, replace
from gateway.release.terms import Terms, key_of
from gateway.request.adapter import adapt
from gateway.request.model import Caller, Proof, RequestContext
from gateway.splitting import Given

_WHOLE = float(1 << 64)


class _Known(NamedTuple):
    """Who asks, as the way in has proven it: another rule is not asked again."""

    caller: Caller
    tenant: str | None
    brought: frozenset[str] = frozenset()
    introducing: frozenset[str] = frozenset()
    refused: Mapping[str, int] = MappingProxyType({})

    def begin(self, now: float) -> None:
        """Nothing is needed."""

    def prove(self, headers: Mapping[str, str], now: float) -> Proof:  # noqa: ARG002
        """Who it is known to be."""
        return Proof(self.caller, self.tenant)

    def ready(self, headers: Mapping[str, str], now: float) -> NoReturn:
        """Nobody waits for what is known."""
        raise AssertionError(headers.keys(), now)


class Split(Model, frozen=True):
    """A candidate, the pipeline that it has for itself, and who is given it."""

    terms: Terms
    key: Expression | None
    salt: bytes
    candidate: Generation
    pipeline: Pipeline
    release: str
    answers: Mapping[str, Counter[str]]

    @property
    def counts(self) -> Mapping[str, int]:
        """Nothing is run aside."""
        return {}

    def given(
        self,
        stable: tuple[Pipeline, Generation],
        request: RequestContext,
        headers: Mapping[str, str],
    ) -> Given:
        """What a request runs in; ``stable`` is what it would without a candidate."""
        pipeline, generation = stable
        if not self.chooses(request, headers):
            return Given(pipeline, generation, request)
        known = _Known(request.caller, request.tenant)
        admission = replace(self.candidate.admission, prover=known)
        if admission != replace(generation.admission, prover=known):
            try:
                request = adapt(
                    headers,
                    admission,
                    request_id=request.request_id,
                    clock=pipeline.clock,
                )
            except RequestError:  # it was read a moment ago: then not this way
                return Given(pipeline, generation, request)
        return Given(self.pipeline, self.candidate, request)

    def chooses(self, request: RequestContext, headers: Mapping[str, str]) -> bool:
        """Whether a request gets the candidate. See Note [who stays together]."""
        terms = self.terms
        header = terms.header
        if header is not None and headers.get(header[0]) == header[1]:
            return True
        if not terms.share or (terms.tenant and request.tenant != terms.tenant):
            return False
        if terms.share >= 1:
            return True
        value = request.request_id if self.key is None else _value(self.key, request)
        return value is not None and place_of(self.salt, value) < terms.share


def split_of(
    terms: Terms,
    bundle: str,
    into: tuple[Generation, Pipeline],
    answers: Mapping[str, Counter[str]],
) -> Split:
    """The split that terms mean, with what both sides have answered.

    Raises:
        ReleaseError: they cannot be read.
    """
    salt = bundle.encode()[:64]
    return Split(terms, key_of(terms), salt, *into, bundle, answers)


def place_of(salt: bytes, value: str) -> float:
    """Where a value is between 0 and 1, evenly spread, elsewhere by each salt."""
    digest = blake2b(value.encode("utf-8", "replace"), key=salt, digest_size=8).digest()
    return int.from_bytes(digest, "big") / _WHOLE


def _value(key: Expression, request: RequestContext) -> str | None:
    """What keeps a request with others; None where it has nothing of that kind."""
    try:
        value = key(request.surroundings)
    except EvaluationError:
        return None
    return None if value is None or value is ABSENT or value == "" else str(value)


# Note [who stays together]
# The hash is keyed by the candidate's id: whoever was given it stays with it when its
# share grows, and another candidate meets other people first. All gateways of a fleet
# work it out alike, so nobody has to remember who was given what. Who has no value of
# the key cannot be kept with himself, and so stays with what serves.
