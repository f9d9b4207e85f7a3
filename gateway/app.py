"""The only place that constructs things: a deployment → a gateway that serves.

A `Generation` is built aside and becomes current by one assignment; a request holds
the one it began with. Sources are kept open by what they are, so that a reload which
does not touch a source keeps its connections.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from gateway.clock import Clock, SystemClock
from gateway.errors import ProfileError
from gateway.escalation.escalating import Escalating
from gateway.generation import Generation
from gateway.loading.alarming import RollPool
from gateway.loading.caching import CachePool, open_no_cache
from gateway.loading.candidates import candidate_in, hidden_in
from gateway.loading.flagging import FlagPool
from gateway.loading.following import Following
from gateway.loading.heeding import heed_files, heed_store, heed_trial
from gateway.loading.holding import Holding
from gateway.loading.identifying import IdentityPool, fetch_ahead
from gateway.loading.limiting import LimitPool
from gateway.loading.loader import CacheOpening, Dressing, Loader, Opening
from gateway.loading.opening import SourcePool, open_nothing
from gateway.loading.recording import Recorders
from gateway.loading.releasing import OfStore
from gateway.loading.telling import changed, tell_release
from gateway.loading.tracing import Tracers, all_of_them
from gateway.loading.using import UseCounted
from gateway.pipeline import Pipeline
from gateway.record import Model
from gateway.standing import Stage, standing
from gateway.telemetry.events import Observer, ReloadRejected, StepWatched
from gateway.telemetry.log import debugs, log_observer
from gateway.telemetry.unfailing import unfailing
from gateway.trying.keeping import Trying
from gateway.values import JsonValue
from gateway.warming import warmed
from gateway.watching.watch import HEARD, Watch


class Worker(Model, frozen=True):
    """Which process of a deployment it is, counted from 1, and of how many."""

    number: int = 1
    of: int = 1


@dataclass(slots=True)
class Gateway:
    """A gateway in one process: the current generation and the flow through it."""

    loader: Loader
    pipeline: Pipeline
    observe: Observer
    current: Generation
    pool: SourcePool
    escalating: Escalating
    caches: CachePool
    trying: Trying
    holding: Holding
    rejected: tuple[str, ...] = ()
    stage: Stage = Stage.STARTING
    worker: Worker = Worker()  # noqa: RUF009 - it is frozen
    releases: OfStore | None = None
    """What chooses releases; None in a process that looks at files alone."""
    tracers: Tracers = field(default_factory=Tracers)
    recorders: Recorders | None = None
    """What records a sample of its requests, where the deployment says so."""
    use: UseCounted = field(default_factory=UseCounted)
    loading: asyncio.Lock = field(default_factory=asyncio.Lock)
    """One load at a time, whoever asks for it."""
    holds: Following = field(init=False)

    def __post_init__(self) -> None:
        self.holds, self.trying.hold = Following(self), self.holding.also

    async def reload(self) -> bool:
        """Load aside, then swap in one assignment. False where the load is rejected."""
        async with self.loading:
            taken = await self._reload()
            await self._try()
            return taken

    async def take_release(self) -> bool:
        """Ask the store for what is active, and serve it. False where nothing changed.

        What goes wrong is told as an event; what serves goes on serving.
        """
        async with self.loading:
            releases, deployment = self.releases, self.loader.deployment
            if releases is None or deployment is None:
                return False
            before = self.current.release
            if await asyncio.to_thread(releases.look, deployment):
                await self._reload()
            await self._try()
            return self.current.release != before

    async def _try(self) -> None:
        """Have the candidate beside what serves, where the store says so."""
        releases = self.releases
        store = releases.store if releases else None
        wanted = releases.trial if releases and store else None
        load = partial(candidate_in, self.loader, stored=store)
        await self.trying.take(wanted, self.holding.loaded or self.current, load)

    async def judge(self) -> None:
        """End the trial of a candidate where it is time to, for the whole fleet."""
        async with self.loading:
            releases = self.releases
            store = releases.store if releases else None
            await self.trying.hear(store.releases if store else None)
            decision = self.trying.decide()
            if decision is None or store is None:
                return
            host = f"{socket.gethostname()} ({os.getpid()})"
            record = partial(self.trying.record, decision, store.releases, host)
            if not await asyncio.to_thread(record):
                return  # the store is away: it holds here, and is tried again
        await self.take_release()

    async def _reload(self) -> bool:
        started = SystemClock().now()
        try:
            loaded = await asyncio.to_thread(self.loader.load)
            await self._warm(loaded)
        except ProfileError as error:
            self.rejected = tuple(map(str, error.problems))
            self.observe(ReloadRejected(error.problems))
            return False
        fresh = self.holding.upon(loaded)
        before, self.current, self.rejected = self.current, fresh, ()
        self.escalating.serves(fresh)
        self.pipeline.watch.shown(to_somebody=fresh.admission.inspected)
        await self.use.serves(self)
        self.pipeline.live.serves()
        fetch_ahead(self.current, self.pipeline.clock)
        before.lease.retire()
        if fresh.digest != before.digest or fresh.problems != before.problems:
            self.observe(changed(fresh, SystemClock().now() - started))
        tell_release(self.observe, fresh, before)
        return True

    async def _warm(self, fresh: Generation) -> None:
        """Prepare what is in use for the next generation, before it serves."""
        if fresh.digest == self.current.digest:
            return
        preparing = self.pipeline.preparing
        hot = preparing.hot(self.current)
        preparing.keep(await asyncio.to_thread(lambda: tuple(warmed(hot, fresh))))

    def health(self) -> Mapping[str, JsonValue]:
        """What `/health` says: readiness, the generation, what is stale and why."""
        return standing(self)

    @contextlib.asynccontextmanager
    async def serving(self) -> AsyncIterator[Gateway]:
        """Watch files and steps while serving; close every source afterwards."""
        stop = asyncio.Event()
        loops = [each(self, stop) for each in (heed_files, heed_store, heed_trial)]
        tasks = [asyncio.create_task(each) for each in (*loops, self.holds.run(stop))]
        fetch_ahead(self.current, self.pipeline.clock)
        try:
            async with self.escalating.running(), self.use.running(self):
                self.stage = Stage.SERVING
                yield self
        finally:
            self.stage = Stage.DRAINING
            stop.set()
            await asyncio.gather(*tasks)
            self.trying.end()
            if self.releases is not None:
                self.releases.close()
            self.current.lease.retire()
            if self.recorders is not None:
                await asyncio.to_thread(self.recorders.close)
            await asyncio.to_thread(self.tracers.close)
            await self.pool.closed()
            await self.caches.closed()
            await self.loader.identity.closed()
            await self.loader.limiting.closed()


def build_gateway(  # noqa: PLR0913 - each option is one door to the outside
    config: Sequence[Path],
    environ: Mapping[str, str],
    *,
    observe: Observer | None = None,
    usual: bool = True,
    clock: Clock | None = None,
    open_sources: Opening | None = None,
    open_cache: CacheOpening | None = None,
    dev: bool = False,
    remember: bool = False,
    mocking: Dressing | None = None,
) -> Gateway:
    """A gateway with its first generation loaded.

    ``observe`` hears in place of the log; with ``usual`` of answers and answered steps
    too. With ``dev`` everybody may see plans and the details of failures; with
    ``remember`` the last good profiles outlive the process, and the release that the
    store names is served: for processes that serve.
    ``open_sources`` replaces the deployment's sources, for tests and mocks; nothing is
    cached then, unless ``open_cache`` opens a store. ``mocking`` takes the systems out
    of every generation: no source is opened at all.

    Raises:
        ProfileError: the configuration cannot make a generation.
    """
    only: dict[type, Observer] = {}
    observer = unfailing(observe or log_observer(), only=only)
    ticking = clock or SystemClock()
    pool = SourcePool(ticking, observer)
    caches = CachePool(ticking, observer)
    if mocking is not None:
        open_sources = open_nothing
    loader = Loader(config, environ, open_sources or pool.open, dev, remember)
    recorders = Recorders(ticking, observer)
    tracers = Tracers(observe=observer)
    if remember and mocking is None:
        mocking = all_of_them(recorders, tracers)
    loader.dress = mocking
    loader.flags = FlagPool(observer)
    loader.identity = IdentityPool(ticking, observer)
    loader.limiting = LimitPool(ticking, observer)
    loader.open_cache = open_cache or (open_no_cache if open_sources else caches.open)
    releases = OfStore(SystemClock(), observer) if remember else None
    loader.choosing, started = releases or loader.choosing, SystemClock().now()
    loaded, holding = loader.load(), Holding(ticking, observer)
    if releases is not None:
        holding.look(loader.deployment, releases.lost)
    first = holding.upon(loaded)
    observer(changed(first, SystemClock().now() - started))
    tell_release(observer, first)
    stores = RollPool(lambda: loader.deployment, ticking)
    escalating = Escalating(ticking, observer, first, stores)
    watch = Watch()
    only[StepWatched] = unfailing(escalating.hear)
    only.update(dict.fromkeys(HEARD, watch.hear))
    quiet = not (debugs() if observe is None else usual)
    pipeline = Pipeline(ticking, observer, watch=watch, quiet=quiet)
    parts = pool, escalating, caches, Trying(pipeline, hidden_in), holding
    made = Gateway(loader, pipeline, observer, first, *parts)
    made.releases, made.recorders, made.tracers = releases, recorders, tracers
    return made
