"""A mutation that is asked again under its key is answered as the first time.

In charge of who is the same: tenant, caller, operation and key; of doing once what was
asked several times, at one time or later; and of what is worth remembering. Must never
give an answer to another tenant or caller, nor let one run that it knows nothing of
where it should know.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from typing import TypeAlias
from uuid import uuid4

from gateway.cache.base import CacheUnavailable
from gateway.cache.codec import UnfitForCacheError
from gateway.cache.deeds import Deed, Deeds, MemoryDeeds, Remembers
from gateway.clock import Clock
from gateway.errors import Code, RequestError
from gateway.execution.keys import key_of
from gateway.execution.model import Failed, ResultStore, is_failure
from gateway.generation import Generation
from gateway.plan.model import Plan
from gateway.prepared import Ready
from gateway.record import Model, replace
from gateway.remembered import answered_again, as_kept
from gateway.request.model import Asking, RequestContext
from gateway.response.model import Answer
from gateway.telemetry.events import AnswerForgotten, Observer
from gateway.values import canonical, digest

_LONGEST_KEY = 255
_A_LITTLE = 10.0
"""Seconds after its deadlines that something under way is believed to be so."""
_CONFLICT, _UNPROCESSABLE, _UNAVAILABLE = 409, 422, 503


@dataclass(slots=True)
class Seen:
    """What the steps of a mutation came to, for whoever remembers its answer."""

    store: ResultStore = field(default_factory=ResultStore)


Perform: TypeAlias = Callable[[Seen], Awaitable[Answer]]


class Asked(Model, frozen=True):
    """One mutation that may have been asked before: under which name, and for what."""

    name: str
    fingerprint: str
    seconds: float
    """How long its answer is remembered."""
    busy: float
    """How long it may be under way."""


@dataclass(slots=True)
class Repeating:
    """Answers mutations that have a key, each once."""

    clock: Clock
    observe: Observer
    memory: MemoryDeeds = field(init=False)
    _flights: dict[str, tuple[str, asyncio.Task[Answer]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.memory = MemoryDeeds(self.clock)

    async def answer(
        self,
        generation: Generation,
        asking: Asking,
        request: RequestContext,
        ready: Ready,
        perform: Perform,
    ) -> Answer:
        """The answer of now, or that of the first time.

        What has begun goes on where its caller is gone: he may ask again.

        Raises:
            RequestError: it has no key, one that was used for something else, or one
                under which another process is at work.
        """
        asked = _asked(asking, request, ready)
        if asked is None:
            return await perform(Seen())
        flying = self._flights.get(asked.name)
        if flying is None:
            doing = self._do(generation, request, asked, ready.plan, perform)
            task = asyncio.create_task(doing)
            self._flights[asked.name] = asked.fingerprint, task
            task.add_done_callback(lambda task: self._landed(asked.name, task))
            return await asyncio.shield(task)
        if flying[0] != asked.fingerprint:
            raise _reused()
        return answered_again(as_kept(await asyncio.shield(flying[1])))

    def _landed(self, name: str, task: asyncio.Task[Answer]) -> None:
        del self._flights[name]
        if not task.cancelled():
            task.exception()  # seen, or the loop would report it

    async def _do(
        self,
        generation: Generation,
        request: RequestContext,
        asked: Asked,
        plan: Plan,
        perform: Perform,
    ) -> Answer:
        cache = generation.cache
        deeds = cache.deeds if isinstance(cache, Remembers) else self.memory
        own = Deed(asked.fingerprint, uuid4().hex)
        with generation.lease:
            before = await _begun(deeds, asked, own)
            if before.token != own.token:
                return _of_before(before, asked)
            seen = Seen()
            try:
                answer = await perform(seen)
                kept = replace(own, answer=as_kept(answer))
                if not _is_done(generation, plan, answer, seen.store):
                    await deeds.forget(asked.name, own)
                else:
                    await deeds.finish(asked.name, kept, asked.seconds)
            except (CacheUnavailable, UnfitForCacheError) as error:
                self.observe(AnswerForgotten(request.request_id, str(error)))
            return answer


async def _begun(deeds: Deeds, asked: Asked, own: Deed) -> Deed:
    """The deed that stands: without knowing it, nothing is done."""
    try:
        return await deeds.begin(asked.name, own, asked.busy)
    except CacheUnavailable:
        raise RequestError(
            "Whether this was asked before cannot be known at the moment, so nothing "
            "was done.",
            code=Code.IDEMPOTENCY_UNAVAILABLE,
            status=_UNAVAILABLE,
        ) from None


def _of_before(before: Deed, asked: Asked) -> Answer:
    """The answer of the first time."""
    if before.fingerprint != asked.fingerprint:
        raise _reused()
    if before.answer is None:
        raise RequestError(
            "The first request with this idempotency key is still at work. Ask again "
            "in a moment.",
            code=Code.IDEMPOTENCY_IN_PROGRESS,
            status=_CONFLICT,
        )
    return answered_again(before.answer)


def _reused() -> RequestError:
    return RequestError(
        "The idempotency key was used for another request. A new request wants a new "
        "key.",
        code=Code.IDEMPOTENCY_KEY_REUSED,
        status=_UNPROCESSABLE,
    )


def _is_done(
    generation: Generation, plan: Plan, answer: Answer, store: ResultStore
) -> bool:
    """Whether asking again must not do it again.

    Not where nothing that changes something was called, or where all such calls failed
    at sources that know them again by themselves.
    """
    if not answer.errors:
        return True
    for planned in plan.steps:
        timing = store.timings.get(planned.id)
        if not planned.step.writes or timing is None or not timing.attempts:
            continue
        upstream = generation.upstreams[planned.step.source or ""]
        knows = upstream.idempotency_header is not None
        if not (knows and is_failure(store[planned.id])):
            return True
    return False


def _asked(asking: Asking, request: RequestContext, ready: Ready) -> Asked | None:
    """Under which name a request is known; None where it brings no key.

    Raises:
        RequestError: it has to bring one, or brings one that is none.
    """
    keys = tuple(_keys(request, ready))
    if not keys:
        return None
    variables = canonical(asking.variables).decode()
    rules = [root.profile.idempotency for root in ready.course.keyed if root.profile]
    who = (request.tenant or "", *request.caller.known_as)
    denied = sorted(str(one) for root in ready.plan.roots for one in root.denied)
    known = f"{request.tenant is None}{request.caller.subject is None}"
    return Asked(
        digest("deed", known, *who, *keys),
        digest(asking.document, asking.operation or "", variables, *denied),
        min(rule.ttl for rule in rules if rule is not None),
        sum(root.deadline for root in ready.plan.roots) + _A_LITTLE,
    )


def _keys(request: RequestContext, ready: Ready) -> Iterator[str]:
    """Operations and their keys, in order."""
    for root in ready.course.keyed:
        rule = root.profile.idempotency if root.profile else None
        if rule is None:
            continue
        arguments = ready.bindings.get((root.field.key,), {})
        key = key_of(rule, {**arguments, **request.surroundings})
        if isinstance(key, Failed):
            message = f"The idempotency key cannot be told: {key.failure.message}"
            raise RequestError(message, code=Code.BAD_USER_INPUT)
        if key is not None:
            if len(key) > _LONGEST_KEY or not key.isprintable():
                raise RequestError(
                    f"An idempotency key has at most {_LONGEST_KEY} printable "
                    "characters.",
                    code=Code.BAD_USER_INPUT,
                )
            yield from (root.field.name, key)
        elif rule.required:
            raise RequestError(
                f"'{root.field.name}' wants an idempotency key, by default in the "
                "header 'Idempotency-Key'. Nothing was done.",
                code=Code.IDEMPOTENCY_KEY_MISSING,
            )
