"""Documents that take long to read or to plan, prepared in a thread of their own.

In charge of the event loop going on meanwhile: a document of ten thousand tokens takes
a tenth of a second and more until it is known to be valid, and to be planned, and so
does a short one whose abstract types multiply. Must tell nobody what came of it: the
request finds it where it looks, and says so itself.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeAlias

from gateway.cache.bounded import Bounded
from gateway.errors import Code, RequestError
from gateway.generation import Generation
from gateway.light import is_large, mark_of
from gateway.policy.limits import LimitError
from gateway.prepared import Key, Operation, Ready, read_operation
from gateway.preparing import Preparing
from gateway.request.model import Asking, RequestContext
from gateway.response.reference import described
from gateway.telemetry.events import Event, PlanMade
from gateway.values import digest

Description: TypeAlias = Mapping[str, Any]

_BUSY = 503
_AT_ONCE = 0.01
"""Seconds of the loop's for a new document that is not large: to read it, to select and
to plan, each. An ordinary one takes a tenth of that, any other goes to the thread."""
_REMEMBERED = 60.0
"""Seconds in which what took too long is not tried again."""


@dataclass(slots=True)
class Aside:
    """One thread, which begins with the first such document; at most `most` wait.

    ``slow`` are documents that nobody can have planned within the limit, by digest:
    until when on the gateway's clock, and how they are refused.
    """

    most: int = 200
    waiting: int = 0
    slow: Bounded[str, tuple[float, LimitError]] = field(
        default_factory=lambda: Bounded(1_000)
    )
    _thread: ThreadPoolExecutor = field(
        default_factory=lambda: ThreadPoolExecutor(1, "headwater-reading")
    )

    async def prepare(
        self,
        preparing: Preparing,
        generation: Generation,
        asking: Asking,
        request: RequestContext,
    ) -> None:
        """Have a document prepared, for whoever prepares it next.

        Raises:
            RequestError: OVERLOADED, status 503: too many wait already. LimitError
                for another selection of a known operation, which takes too long.
        """
        work = _Work(preparing, generation, asking, request)
        before = preparing.operations.peek(work.key)
        if before is None:
            preparing.left.keep(work.key, await self._new(work))
            return
        found = await self._elsewhere(work, before.afresh())
        if isinstance(found, LimitError):
            asked, now = (request.request_id, request.started), preparing.clock.now()
            preparing.excesses.note(found.excess, "refused", asked, now)
            raise found
        if isinstance(found, Operation):
            before.take(found)

    async def _new(self, work: _Work) -> Operation | RequestError:
        now, offered = work.preparing.clock.now(), work.generation.audience.digest
        mark = digest(*map(str, work.key), offered)
        until, slow = self.slow.peek(mark) or (now, None)
        if slow is not None and now < until:
            return LimitError(slow.excess, slow.where)
        read = None
        if not is_large(work.asking.document):
            work.apart.within = _AT_ONCE
            found = work.prepared(None)
            if not _is_given_up(found) or work.generation.limits.planning <= _AT_ONCE:
                work.tell()
                return found
            read = work.operation
        found = await self._elsewhere(work, read)
        if isinstance(found, LimitError) and work.is_settled and _is_given_up(found):
            self.slow.drop(mark)
            self.slow.get(mark, lambda: (now + _REMEMBERED, found))
        return found

    async def _elsewhere(
        self, work: _Work, before: Operation | None
    ) -> Operation | RequestError:
        """What the thread makes of it.

        Raises:
            RequestError: OVERLOADED.
        """
        if self.waiting >= self.most:
            message = "Too many large documents wait to be read. Try again in a moment."
            raise RequestError(message, code=Code.OVERLOADED, status=_BUSY)
        self.waiting += 1
        work.apart.within = math.inf
        try:
            loop = asyncio.get_running_loop()
            found = await loop.run_in_executor(self._thread, work.prepared, before)
        finally:
            self.waiting -= 1
        work.tell()
        return found


@dataclass(slots=True)
class _Work:
    """A request that is prepared, sharing nothing with others while that goes on."""

    preparing: Preparing
    generation: Generation
    asking: Asking
    request: RequestContext
    apart: Preparing = field(init=False)
    _heard: list[Event] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.apart = Preparing(self.preparing.clock, self._heard.append)

    @property
    def key(self) -> Key:
        return self.generation.reading, self.asking.document, self.asking.operation

    @property
    def operation(self) -> Operation | None:
        """What was read so far."""
        return self.apart.operations.peek(self.key)

    @property
    def is_settled(self) -> bool:
        """Whether the document alone decides how long that takes, whoever sends it."""
        read, generation = self.operation, self.generation
        if read is None or read.switches or generation.resolver is not None:
            return read is None
        variant = read.variants.peek(())
        if variant is None:
            return True
        basis = variant.bases.peek(generation.audience.digest)
        return basis is not None and not basis.conditions

    def tell(self) -> None:
        """Hand on what was made besides the operation.

        Whoever listens hears of plans; of all else, when the request runs.
        """
        for mark, made in self.apart.described.items():
            self.preparing.described.get(mark, partial(_same, made))
        for event in self._heard:
            if isinstance(event, PlanMade):
                self.preparing.observe(event)

    def _describe(self, operation: Operation, ready: Ready) -> None:
        """Have the answer to a question about the schema alone."""
        if not operation.describes or ready.plan.roots:
            return
        made = described(ready.schema(self.generation), ready.document, self.asking)
        if made is not None:
            mark = mark_of(self.generation, self.asking, self.request)
            self.apart.described.get(mark, lambda: made)

    def prepared(self, before: Operation | None) -> Operation | RequestError:
        """The operation with what its request will look for, or why there is none."""
        asking, apart = self.asking, self.apart
        document, name = asking.document, asking.operation
        try:
            found = before or read_operation(
                self.generation, document, name, apart.within
            )
        except RequestError as error:
            return _bare(error)
        apart.operations.keep(self.key, found)
        try:
            ready = apart.prepare(self.generation, asking, self.request)
            self._describe(found, ready)
        except LimitError as error:
            if _is_given_up(error):  # it would take as long once more
                return _bare(error)
        except Exception:  # noqa: BLE001, S110 - the request meets it again, and tells it
            pass
        return found


def _same(made: Description) -> Description:
    return made


def _is_given_up(found: Operation | RequestError) -> bool:
    """Whether that took too long."""
    return isinstance(found, LimitError) and found.excess.limit == "planning"


def _bare(error: RequestError) -> RequestError:
    """What was made where it was raised is freed here."""
    error.__cause__ = error.__context__ = None
    return error.with_traceback(None)
