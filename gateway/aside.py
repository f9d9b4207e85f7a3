"""Large documents that nobody has sent before, prepared in a thread of their own.

In charge of the event loop going on meanwhile: a document of ten thousand tokens takes
a tenth of a second and more until it is known to be valid, and to be planned. Must tell
nobody what came of it: the request finds it where it looks, and says so itself.
"""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from gateway.errors import Code, RequestError
from gateway.generation import Generation
from gateway.policy.limits import LimitError
from gateway.prepared import Key, Operation, is_large, read_operation
from gateway.preparing import Preparing
from gateway.request.model import Asking, RequestContext

_BUSY = 503


@dataclass(slots=True)
class Aside:
    """One thread, which begins with the first such document; at most `most` wait."""

    most: int = 200
    waiting: int = 0
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
        """Have a large document prepared, for whoever prepares it next.

        Raises:
            RequestError: OVERLOADED, status 503: too many wait already. LimitError
                for another selection of a known operation, which takes too long.
        """
        if not is_large(asking.document):
            return
        if self.waiting >= self.most:
            message = "Too many large documents wait to be read. Try again in a moment."
            raise RequestError(message, code=Code.OVERLOADED, status=_BUSY)
        self.waiting += 1
        apart = Preparing(preparing.clock)
        before = preparing.operations.peek(_key(generation, asking))
        given = apart, generation, asking, request, before and before.afresh()
        try:
            loop = asyncio.get_running_loop()
            found = await loop.run_in_executor(self._thread, _prepared, *given)
        finally:
            self.waiting -= 1
        if before is None:
            preparing.left.keep(_key(generation, asking), found)
        elif isinstance(found, LimitError):
            asked = request.request_id, request.started
            preparing.excesses.note(found.excess, "refused", asked, apart.clock.now())
            raise found
        elif isinstance(found, Operation):
            before.take(found)


def _prepared(
    apart: Preparing,
    generation: Generation,
    asking: Asking,
    request: RequestContext,
    before: Operation | None,
) -> Operation | RequestError:
    """The operation with what its request will look for, or why there is none."""
    try:
        found = before or read_operation(generation, asking.document, asking.operation)
    except RequestError as error:
        return _bare(error)
    apart.left.keep(_key(generation, asking), found)
    try:
        apart.prepare(generation, asking, request)
    except LimitError as error:
        if error.excess.limit == "planning":  # it would take as long once more
            return _bare(error)
    except Exception:  # noqa: BLE001, S110 - the request meets it again, and tells it
        pass
    return found


def _bare(error: RequestError) -> RequestError:
    """What was made where it was raised is freed here."""
    error.__cause__ = error.__context__ = None
    return error.with_traceback(None)


def _key(generation: Generation, asking: Asking) -> Key:
    return generation.reading, asking.document, asking.operation
