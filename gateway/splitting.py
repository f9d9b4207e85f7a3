"""What the ways in ask while a candidate is tried beside the generation that serves."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple, Protocol

from gateway.cache.base import ReplyCache
from gateway.generation import Generation
from gateway.request.model import RequestContext

if TYPE_CHECKING:
    from gateway.pipeline import Pipeline

_SHORT = 12

ASIDE = ("same", "different", "unfit", "failed", "dropped")
"""What may come of a request that is run aside."""


class Given(NamedTuple):
    """What a request runs in, and as whom that reads it.

    ``told``: whether its answer says which release it is of.
    """

    pipeline: Pipeline
    generation: Generation
    request: RequestContext
    told: bool = True

    @property
    def header(self) -> tuple[bytes, bytes]:
        """What its answer says of the release that gave it."""
        found = self.generation.release
        return b"headwater-release", found.bundle[:_SHORT].encode() if found else b"-"

    @property
    def line(self) -> bytes:
        """The same as a line of a head."""
        return b"%s: %s\r\n" % self.header


class Splitting(Protocol):
    """Who is given the candidate. Asked for the same request, it says the same."""

    def given(
        self,
        stable: tuple[Pipeline, Generation],
        request: RequestContext,
        headers: Mapping[str, str],
    ) -> Given:
        """What a request runs in; ``stable`` is what it would without a candidate.

        ``headers`` are all that came with it, in lower case.
        """

    @property
    def candidate(self) -> Generation:
        """What is tried; its cache takes away what both sides keep."""

    @property
    def release(self) -> str:
        """The candidate's release."""

    @property
    def answers(self) -> Mapping[str, Counter[str]]:
        """Answers since the trial began, of candidate and stable, by verdict."""

    @property
    def counts(self) -> Mapping[str, int]:
        """Requests that were run aside, by what came of them, and their calls."""


def cache_of(splitting: Splitting | None, generation: Generation) -> ReplyCache:
    """Where a reply is taken away by key: of what serves, and of what is tried."""
    return generation.cache if splitting is None else splitting.candidate.cache
