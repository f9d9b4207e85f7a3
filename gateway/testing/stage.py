"""Where one case plays: the gateway with scripted sources, a cache and time of its own.

In charge of what a case starts with: nothing is left of another one. Must never open
a source.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import orjson

from gateway.app import Gateway
from gateway.cache.memory import MemoryCache
from gateway.clock import LoopClock
from gateway.connectors.registry import open_source
from gateway.deployment import AnySource
from gateway.deployment.sources import FileSource, StaticSource
from gateway.execution.calls.caching import Commons
from gateway.execution.guards.breaker import Breakers
from gateway.execution.guards.bulkhead import RetryBudget
from gateway.execution.guards.latency import Latencies
from gateway.generation import Generation
from gateway.hold import Hold
from gateway.loading.settings import settings_of
from gateway.loading.withheld import withheld
from gateway.pipeline import Pipeline
from gateway.profile.model import Step
from gateway.record import replace
from gateway.request.adapter import flagged
from gateway.request.model import Asking, PlanWish, RequestContext, caller_of
from gateway.testing.document import AsDocument, AskedDocument, StepReply
from gateway.testing.replies import script_of
from gateway.testing.source import Behaviour, ScriptedSource
from gateway.testing.telling import told
from gateway.values import JsonValue

_CACHE_BYTES = 16_000_000
_WISHES = {"dry-run": PlanWish.DRY_RUN, "include": PlanWish.INCLUDE}


@dataclass(slots=True)
class Stage:
    """A generation whose sources answer from one case's script.

    ``book`` keeps the calls of all its sources in the order they came.
    """

    generation: Generation
    pipeline: Pipeline
    book: ScriptedSource = field(default_factory=lambda: ScriptedSource({}))
    clock: LoopClock = field(default_factory=LoopClock)

    @classmethod
    def set_up(
        cls,
        gateway: Gateway,
        steps: Mapping[str, Step],
        replies: Mapping[str, Sequence[StepReply]],
    ) -> Stage:
        """The stage of one case; ``steps`` are all that a reply may be written for."""
        deployment = gateway.loader.deployment
        sources = deployment.sources if deployment else {}
        stage = cls(gateway.current, replace(gateway.pipeline, commons=Commons()))
        upstreams = {}
        for name, upstream in gateway.current.upstreams.items():
            written = sources.get(name)
            unwrap = getattr(written, "unwrap", None)
            upstreams[name] = replace(
                upstream,
                source=ScriptedSource(
                    script_of(replies, steps, unwrap),
                    calls=stage.book.calls,
                    unexpected=stage.book.unexpected,
                    otherwise=_own_data(written),
                ),
                bulkhead=upstream.bulkhead.fresh(),
                budget=RetryBudget(upstream.budget.share),
                breakers=Breakers(upstream.breakers.rule),
                latencies=Latencies(),
                jitter=_longest,
            )
        cache = MemoryCache(_CACHE_BYTES, stage.clock)
        stage.generation = replace(
            stage.generation, upstreams=upstreams, cache=cache, auditing=None
        )
        return stage

    def hold(self, names: Sequence[str]) -> None:
        """Hold steps back from here on."""
        holds = [Hold(name, "", None, "a test", "", "") for name in names]
        self.generation = withheld(self.generation, holds)

    async def answer(
        self, asked: AskedDocument, default: AskedDocument, wish: PlanWish
    ) -> Mapping[str, JsonValue]:
        """The response to one request; what it leaves open is the default's."""
        query = asked.query or default.query or ""
        values = asked.variables or default.variables or {}
        asking = Asking(query, asked.operation_name or default.operation_name, values)
        request = self._request(asked.as_ or default.as_, wish)
        of_all = self.pipeline, self.generation, asking, request
        answer = await told(*of_all) or await self.pipeline.answer(*of_all[1:])
        body = orjson.dumps(answer.as_json(), default=str)
        return orjson.loads(body)  # type: ignore[no-any-return]

    def _request(self, asked: AsDocument | None, wish: PlanWish) -> RequestContext:
        who = asked or AsDocument()
        headers = {name.lower(): value for name, value in who.headers.items()}
        made = RequestContext(
            request_id="test",
            started=self.clock.now(),
            time=who.time,
            tenant=who.tenant,
            caller=caller_of(who.claims),
            client=who.client,
            region=who.region,
            headers=headers,
            flags=who.flags,
            plan=_WISHES.get(headers.get("headwater-plan", ""), wish),
            explain=True,
        )
        return flagged(made, self.generation.admission)


def _own_data(written: AnySource | None) -> Behaviour | None:
    """Reference data answers for itself where a case has no reply in its place."""
    if not isinstance(written, FileSource | StaticSource):
        return None
    own: Behaviour = open_source(settings_of(written)).call
    return own


def _longest() -> float:
    """No chance in tests: every pause before another attempt is the longest."""
    return 1.0
