"""The reply cache in the way of a call: given while fresh, renewed behind the answer.

In charge of what is fresh, what may be kept, and of renewing once at a time. Must
never keep a reply that was no answer to its step, and never wait for the store longer
than the store itself allows.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Hashable, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

from gateway.cache.base import CallKey, Entry, ReplyCache, operation_tag, step_tag
from gateway.clock import Clock, Deadline
from gateway.connectors.base import Reply, Wire
from gateway.execution.attempt import Sent, concluded
from gateway.execution.calls.calling import Calling
from gateway.execution.calls.retrying import trouble_with
from gateway.execution.calls.sharing import Alone, Flight, InFlight, Landed, Trip
from gateway.execution.model import Ok, Provenance
from gateway.execution.objects.gathering import Pots
from gateway.execution.reading import evaluated
from gateway.lapses import LapsesOf
from gateway.profile.model import CacheRule, CacheScope, Step
from gateway.record import Model, replace
from gateway.request.model import RequestContext
from gateway.telemetry.events import Crashed, Observer, unobserved

_VALIDATORS = frozenset({"etag", "last-modified"})


class Filed(Model, frozen=True):
    """Where a call's reply is kept: under which key, and the tags that end it."""

    key: CallKey
    tags: tuple[str, ...]
    rule: CacheRule


@dataclass(slots=True)
class Commons:
    """What the requests of a process have in common.

    Calls in the air, keys that wait to be asked together, renewals, the time that
    operations have, and invalidations under way. ``window`` says how many seconds keys
    wait for those of other requests where their step does not; None: they do not wait.
    """

    in_flight: InFlight = field(default_factory=InFlight)
    pots: Pots = field(default_factory=Pots)
    renewals: dict[Hashable, asyncio.Task[None]] = field(default_factory=dict)
    observe: Observer = unobserved
    deadlines: LapsesOf = field(default_factory=LapsesOf)
    invalidations: set[asyncio.Task[None]] = field(default_factory=set)
    window: float | None = None

    def renew(
        self,
        keys: Sequence[Hashable],
        lease: AbstractContextManager[None],
        asking: Callable[[], Coroutine[object, object, None]],
    ) -> None:
        """Ask again behind an answer for what is kept under these keys."""
        held = ExitStack()
        held.enter_context(lease)
        task = asyncio.create_task(asking())
        self.renewals.update(dict.fromkeys(keys, task))

        def ended(task: asyncio.Task[None]) -> None:
            for key in keys:
                del self.renewals[key]
            held.close()
            error = None if task.cancelled() else task.exception()
            if error is not None:
                self.observe(Crashed("", "renewal", error))

        task.add_done_callback(ended)

    async def close(self) -> None:
        """End every renewal: nobody waits for them."""
        running = list(self.renewals.values())
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)


class Abroad(NamedTuple):
    """What a request may share with others.

    ``lease`` keeps the sources open while a renewal outlives its request.
    """

    commons: Commons
    cache: ReplyCache
    lease: AbstractContextManager[None]


def audience_of(rule: CacheRule | None, request: RequestContext) -> tuple[str, ...]:
    """For whom a reply counts, as part of its key."""
    tenant = request.tenant or ""
    if rule is None or rule.scope is CacheScope.TENANT:
        return ("tenant", tenant)
    if rule.scope is CacheScope.PUBLIC:
        return ()
    return ("caller", tenant, *request.caller.known_as)


def is_nobody(rule: CacheRule | None, request: RequestContext) -> bool:
    """Whether a reply for one caller has none it could be kept for."""
    personal = rule is not None and rule.scope is CacheScope.CALLER
    return personal and not request.caller.subject


def filed(
    step: Step,
    wire: Wire,
    request: RequestContext,
    scope: Mapping[str, object],
    part: bytes = b"",
) -> Filed | None:
    """Where the reply to a call, or the `part` of one, is kept; None where it is not.

    A reply whose tags cannot be told could never be invalidated, so it is not kept.
    """
    rule = step.cache
    if rule is None or is_nobody(rule, request):
        return None
    tags = _tags_of(step.origin, step.name)
    for template in rule.tags:
        tag = evaluated(template, scope)
        if not isinstance(tag, str) or not tag:
            return None
        tags = (*tags, tag)
    asked = step.source, wire.key, audience_of(rule, request)
    return Filed(CallKey(*asked, *((part,) if part else ())), tags, rule)


@lru_cache(10_000)
def _tags_of(operation: str, step: str) -> tuple[str, ...]:
    return operation_tag(operation), step_tag(operation, step)


def fresh_until(entry: Entry, rule: CacheRule) -> float:
    """A rule that was tightened since holds for what is kept already."""
    return min(entry.fresh_until, entry.stored + rule.ttl)


def is_due(entry: Entry, rule: CacheRule, now: float) -> bool:
    """Whether it is given, but old enough to be asked for again behind the answer."""
    return rule.refresh is not None and now >= entry.stored + rule.refresh


def at_hand(cache: ReplyCache, filed: Filed, now: Callable[[], float]) -> Entry | None:
    """What can be given at once: near, fresh, and nothing is due."""
    entry = cache.near(filed.key, filed.tags)
    if entry is None:
        return None
    rule, at = filed.rule, now()
    if at >= fresh_until(entry, rule) or is_due(entry, rule, at):
        return None
    return entry


def kept_as(reply: Reply, rule: CacheRule, now: float, *, nothing: bool) -> Entry:
    """A reply with its times; that there is ``nothing`` may have one of its own.

    One that its source can say is still true is kept as long again as it is fresh, to
    be asked about.
    """
    fresh = rule.ttl
    if nothing and rule.negative is not None:
        fresh = rule.negative
    keep = rule.keep
    if not _VALIDATORS.isdisjoint(reply.headers):
        keep = max(keep, fresh)
    return Entry(reply, now, now + fresh, now + fresh + keep)


class Caching(Model, frozen=True):
    """One call whose reply is kept."""

    step: Step
    filed: Filed
    calling: Calling
    abroad: Abroad
    clock: Clock

    def begin(self, until: Deadline) -> Flight[Landed]:
        """Its flight, which is over already where the reply is at hand."""
        entry = at_hand(self.abroad.cache, self.filed, self._now)
        if entry is None:
            return Flight.start(until, self.landed)
        flight = Flight[Landed](until)
        flight.land(Landed(entry.reply, 0, Provenance.CACHE))
        return flight

    async def landed(self, trip: Trip) -> Landed:
        """What is kept and fresh, else what the source says now.

        An expired entry travels along, for a `stale` rung to stand on.
        """
        entry = await self.abroad.cache.get(self.filed.key, self.filed.tags)
        now = self._now()
        if entry is not None and now < fresh_until(entry, self.filed.rule):
            if is_due(entry, self.filed.rule, now):
                self._renew(entry)
            return Landed(entry.reply, 0, Provenance.CACHE)
        trip.kept = entry
        self._ask_whether_it_holds(entry)
        return await self._fetch(trip)

    def _ask_whether_it_holds(self, entry: Entry | None) -> None:
        """Unless `retry.with` asks another question, which no validator fits."""
        if self.step.retry is None or self.step.retry.instead is None:
            self.calling.kept = entry.reply if entry else None

    def _now(self) -> float:
        return self.clock.wall().timestamp()

    async def _fetch(self, trip: Trip) -> Landed:
        began = self._now()
        landed = await self.calling.landed(trip)
        entry = self._entry(landed)
        if entry is not None:
            await self.abroad.cache.put(self.filed.key, entry, self.filed.tags, began)
        return landed

    def _entry(self, landed: Landed) -> Entry | None:
        """What is worth keeping: an answer to the step, nothing being one, too."""
        reply, scope = landed.reply, self.calling.prepared.scope
        if landed.instead or (isinstance(reply, Reply) and reply.partial):
            return None  # whoever asks next asks for the whole again
        if not isinstance(reply, Reply) or trouble_with(self.step, reply, scope):
            return None
        result = concluded(self.step, Sent(reply, Provenance.UPSTREAM), scope)
        if not isinstance(result, Ok):
            return None
        nothing = result.value is None or result.value in ([], {}, "")
        return kept_as(reply, self.filed.rule, self._now(), nothing=nothing)

    def _renew(self, entry: Entry) -> None:
        """Ask again behind the answer, unless somebody does already."""
        commons, key = self.abroad.commons, self.filed.key.of
        if key not in commons.renewals:
            self._ask_whether_it_holds(entry)
            commons.renew([key], self.abroad.lease, self._renewal)

    async def _renewal(self) -> None:
        """It is bounded by its attempts: no request waits for it, none ends it.

        So it is made however little time the request had that saw it was due.
        """
        held = self.step.held is not None
        own = replace(self, calling=replace(self.calling, late=held, trail=None))
        await own._fetch(Alone(Deadline(float("inf"))))  # noqa: SLF001 - its own
