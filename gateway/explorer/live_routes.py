"""`/explorer/requests` and `/explorer/live`: what others ask, and what happens.

In charge of what is asked and of the form of the answer; both are of the process that
answers. Must never run an operation.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import isfinite, nan
from typing import cast

import orjson
from starlette.routing import Route

from gateway.errors import RequestError
from gateway.explorer.asked import Act, Place, Question, Streamed
from gateway.explorer.live_stream import Stream
from gateway.record import Model
from gateway.schema.serving import Serving
from gateway.values import JsonValue
from gateway.watching.live import READERS, Live
from gateway.watching.recent import MOST, WHOLE, Seen

_OUTCOMES = (WHOLE, "partial", "failed", "refused")
_KINDS = (*_OUTCOMES, "slow", "bad")
"""What `outcome` may be: `bad` is whatever is not whole."""
_NOT_FOUND, _BUSY = 404, 503


def live_routes(serving: Serving, ends: Callable[[], bool]) -> list[Route]:
    """The three of them. Streams end where ``ends`` says that the process does."""
    watch = serving.pipeline.watch
    live = watch.door = Live(serving.pipeline.clock)
    watch.shown(to_somebody=serving.current.admission.inspected)
    looking = Looking(serving, live, ends)
    table: Mapping[str, Act] = {
        "requests": looking.requests,
        "requests/{id}": looking.request,
        "live": looking.follow,
    }
    return [
        Route(f"/explorer/{path}", Place(serving, {"GET": act}))
        for path, act in table.items()
    ]


class Looking(Model, frozen=True):
    """The answers of one gateway."""

    serving: Serving
    live: Live
    ends: Callable[[], bool]

    async def requests(self, question: Question) -> JsonValue:
        """The requests that are kept, newest first, of those that the filters name."""
        question.require_inspection()
        fits = _fits(question.query)
        recent = self.live.recent
        found = recent.newest(fits, 2 * MOST)
        return {
            "worker": self._worker(),
            "requests": [cast("JsonValue", seen.facts) for seen in found],
            "passed": recent.passed,
        }

    async def request(self, question: Question) -> JsonValue:
        """One of them, with its plan and what its steps came to."""
        question.require_inspection()
        seen = self.live.recent.get(question.named["id"])
        if seen is None:
            raise RequestError(
                "This request is not kept here: newer ones took its place, or another "
                "process answered it.",
                status=_NOT_FOUND,
                hint=f"you asked worker {self._worker().get('number', 1)} of "
                f"{self._worker().get('of', 1)}; each keeps its own",
            )
        known: dict[str, JsonValue] = orjson.loads(seen.as_json())
        return {"worker": self._worker(), **known}

    async def follow(self, question: Question) -> Streamed:
        """Requests and events as they come."""
        question.require_inspection()
        if self.live.readers >= READERS:
            raise RequestError(
                f"{READERS} readers follow this process already.", status=_BUSY
            )
        return Streamed(Stream(self.serving, self.live, self.ends, self._worker()))

    def _worker(self) -> dict[str, JsonValue]:
        told = self.serving.health().get("worker")
        return dict(told) if isinstance(told, Mapping) else {}


def _fits(query: Mapping[str, str]) -> Callable[[Seen], bool]:
    """Whether a request is one of those that are asked for.

    Raises:
        RequestError: a filter cannot be read.
    """
    outcome, least = query.get("outcome", ""), query.get("min_ms", "")
    operation, tenant = query.get("operation", ""), query.get("tenant", "")
    if outcome and outcome not in _KINDS:
        raise RequestError(f"'outcome' is one of {', '.join(_KINDS)}.")
    try:
        shortest = float(least or 0)
    except ValueError:
        shortest = nan
    if not isfinite(shortest):
        raise RequestError("'min_ms' is a number of milliseconds.")

    def fits(seen: Seen) -> bool:
        facts = seen.facts
        known = (facts["name"], *cast("list[JsonValue]", facts["operations"]))
        return (
            (not operation or operation in known)
            and (not tenant or facts["tenant"] == tenant)
            and _is(facts, outcome)
            and cast("float", facts["ms"]) >= shortest
        )

    return fits


def _is(facts: Mapping[str, JsonValue], outcome: str) -> bool:
    if outcome == "slow":
        return facts["slow"] is True
    if outcome == "bad":
        return facts["outcome"] != WHOLE
    return not outcome or facts["outcome"] == outcome
