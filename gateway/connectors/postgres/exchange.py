"""One question to the server, and what has come of it.

In charge of when an answer is complete, failed or too large. Must never do I/O.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from psycopg.pq import DiagnosticField, ExecStatus

from gateway.connectors.marks import Marks
from gateway.connectors.postgres.faults import lost, query_error, too_large
from gateway.errors import UpstreamError
from gateway.record import Struct, field

_ROWS = frozenset(
    {ExecStatus.TUPLES_OK, ExecStatus.TUPLES_CHUNK, ExecStatus.SINGLE_TUPLE}
)


class Exchange(Struct, eq=False):
    """``came`` is the results, or why there are none; ``over`` is when it has ended.

    ``told`` is called when ``came`` is, at once. ``limit`` is in bytes of text; 0 is
    none. ``marks`` are of a call that somebody looks into: when its first rows came,
    and all. The question may go on at the server after ``came`` has failed: the
    connection is free when ``over`` is done.
    """

    came: asyncio.Future[list[Any]]
    over: asyncio.Future[None]
    limit: int = 0
    told: Callable[[], None] | None = None
    size: int = 0
    results: list[Any] = field(default_factory=list)
    marks: Marks | None = None

    def take(self, result: Any) -> None:
        """One more result; no more than may be are kept."""
        if self.came.done():
            return
        if self.marks is not None and self.marks.first is None:
            self.marks.first = asyncio.get_running_loop().time()
        if self.limit and result.status in _ROWS:
            self.size += _size(result)
            if self.size > self.limit:
                self.results.clear()
                self._settle(too_large(self.limit))
                return
        self.results.append(result)

    def end(self, why: UpstreamError | None = None) -> None:
        """The server has said all, or (``why``) the connection has ended."""
        if not self.over.done():
            self.over.set_result(None)
        if not self.came.done():
            self._settle(_failure(self.results) or why)

    def _settle(self, failed: UpstreamError | None) -> None:
        if self.marks is not None:
            self.marks.received = asyncio.get_running_loop().time()
        if failed is None:
            self.came.set_result(self.results)
        else:
            self.came.set_exception(failed)
            self.came.exception()  # whoever gave up does not ask
        if self.told is not None:
            self.told()


def _size(result: Any) -> int:
    """Bytes of the values that have any length; the others are a few each."""
    wide = [n for n in range(result.nfields) if result.fsize(n) < 0]
    return sum(
        len(result.get_value(row, column) or b"")
        for row in range(result.ntuples)
        for column in wide
    )


def _failure(results: list[Any]) -> UpstreamError | None:
    for result in results:
        if result.status == ExecStatus.FATAL_ERROR:
            state = result.error_field(DiagnosticField.SQLSTATE) or b""
            said = result.error_field(DiagnosticField.MESSAGE_PRIMARY)
            text = (said or result.error_message).decode(errors="replace")
            if state:
                return query_error(state.decode(), text)
            return lost(text.strip())  # libpq's own: what came was no answer
    return None
