"""THE FLOW, one screen: read → select → plan → execute → respond.

One request goes through the five rooms in order. Nothing before `execute` does any
I/O; what was parsed, selected and planned before is found again by content digests.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

from gateway.aside import Aside
from gateway.auditing.recording import recorded
from gateway.clock import Clock
from gateway.crowding import Crowding
from gateway.errors import RequestError
from gateway.execution.calls.caching import Abroad, Commons
from gateway.execution.engine import Engine
from gateway.execution.streams.live import Live
from gateway.execution.streams.seeding import Seeds, Sown, execute_sown
from gateway.generation import Generation
from gateway.holding import HeldPassage
from gateway.passage import Passage
from gateway.plan.explain import as_json
from gateway.prepared import Ready
from gateway.preparing import Preparing
from gateway.refusing import refused
from gateway.repeating import Repeating
from gateway.request.model import Asking, PlanWish, RequestContext
from gateway.response.answering import Way
from gateway.response.model import Answer
from gateway.splitting import Splitting
from gateway.telemetry.events import Observer
from gateway.turnstile import Turnstile
from gateway.watched import WatchedPassage
from gateway.watching.model import Ended
from gateway.watching.watch import Watch


@dataclass(slots=True)
class Pipeline:
    """Answers GraphQL requests; ``ways`` counts how. Keeps what it prepared.

    ``quiet``: nobody hears of answers, nor of steps that were answered.
    """

    clock: Clock
    observe: Observer
    commons: Commons = field(default_factory=Commons)
    ways: Counter[Way] = field(default_factory=Counter)
    preparing: Preparing = field(init=False)
    repeating: Repeating = field(init=False)
    turnstile: Turnstile = field(default_factory=Turnstile)
    aside: Aside = field(default_factory=Aside)
    live: Live = field(init=False)
    crowding: Crowding = field(default_factory=Crowding)
    splitting: Splitting | None = None
    """Who is given a candidate instead; None where none is tried."""
    running: tuple[Generation, Engine] | None = field(init=False, default=None)
    watch: Watch = field(default_factory=Watch)
    """Looks at every request once it is answered."""
    quiet: bool = False

    def __post_init__(self) -> None:
        self.preparing = Preparing(self.clock, self.observe)
        self.repeating = Repeating(self.clock, self.observe)
        self.live = Live(self.clock, self.observe)
        self.commons.observe = self.observe

    async def answer(
        self, generation: Generation, asking: Asking, request: RequestContext
    ) -> Answer:
        """One request, layer by layer. Never raises, whatever was sent."""
        came: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()

        def done(answer: Answer) -> None:
            if not came.done():
                came.set_result(answer)

        kind = WatchedPassage if generation.limiting is None else HeldPassage
        passage = kind(self, generation, asking, request, done)
        with generation.lease:
            try:
                if not self.preparing.knows(generation, asking, request):
                    passage.arrive()
                    await self.turn(generation, asking, request)
            except RequestError as error:
                passage.tell(refused(error, asking, generation))
            else:
                passage.begin()
            try:
                return await came
            except asyncio.CancelledError:
                passage.leave()
                raise

    async def turn(
        self, generation: Generation, asking: Asking, request: RequestContext
    ) -> None:
        """Wait until a new document may be prepared; a large one is, meanwhile.

        Raises:
            RequestError: OVERLOADED, status 503: too many wait already.
        """
        await self.turnstile.turn()
        await self.aside.prepare(self.preparing, generation, asking, request)

    def begin(
        self,
        generation: Generation,
        asking: Asking,
        request: RequestContext,
        done: Callable[[Answer], None],
    ) -> Passage | None:
        """The same without a turn of the loop; None where that cannot be.

        ``done`` is told of the answer, perhaps before this returns.
        """
        known = self.preparing.known(generation, asking)
        if (known is None or known.heavy) and not self.preparing.knows(
            generation, asking, request
        ):
            return None
        kind = WatchedPassage if generation.limiting is None else HeldPassage
        passage = kind(self, generation, asking, request, done, known=known)
        passage.begin()
        return passage

    def prepare(
        self, generation: Generation, asking: Asking, request: RequestContext
    ) -> Ready:
        """Document, selection, arguments and plan; no I/O.

        Raises:
            RequestError: the request cannot run as it stands.
        """
        return self.preparing.prepare(generation, asking, request)

    async def answer_event(
        self,
        generation: Generation,
        asking: Asking,
        request: RequestContext,
        ready: Ready,
        seeds: Seeds,
    ) -> Answer:
        """One event of a subscription: its plan, of which ``seeds`` have settled."""
        if request.plan is PlanWish.DRY_RUN:
            return Answer(data=None, extensions={"plan": as_json(ready.plan)})
        with generation.lease:
            sown = Sown(ready.course, seeds, ready.compiling.forms)
            engine = self.engine(generation)
            reader = await execute_sown(engine, sown, request, ready.bindings)
            passage = Passage(self, generation, asking, request, None, ready)
            answer, reading = passage.made_of(reader), passage.reading
            auditing, observe = generation.auditing, self.observe
            answer = await recorded(auditing, reading, answer, observe) or answer
            name, said = asking.operation, answer.verdict.value
            seconds = self.clock.now() - request.started
            came = ready.plan, reader.store, said, seconds, answer
            self.watch.over(Ended(generation, request, name, *came), observe)
            return answer

    def engine(self, generation: Generation) -> Engine:
        """What runs the generation's plans, the same for all its requests."""
        if self.running is None or self.running[0] is not generation:
            abroad = Abroad(self.commons, generation.cache, generation.lease)
            engine = Engine(generation.upstreams, self.clock, self.observe, abroad)
            engine.mark, engine.quiet = generation.mark, self.quiet
            self.bound(engine, generation)
            self.running = generation, engine
        return self.running[1]

    def bound(self, engine: Engine, generation: Generation) -> None:
        """Hold each request of an engine to the calls that it may make."""
        limits = generation.limits
        engine.most_calls = limits.calls
        engine.holds_calls = "calls" not in limits.warn
        engine.exceeded = partial(self.preparing.too_many_calls, limits)
