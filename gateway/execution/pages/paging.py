"""A step whose answer comes in pages: a call for each, until enough rows are there.

In charge of the order: one page after the other, each a call of its own, which is
shared, kept and tried again by itself. Which page is next is decided in `pages`. A page
that fails fails the step: a list that lacks rows unnoticed is worse than none.
"""

from __future__ import annotations

from collections.abc import Mapping

from gateway.clock import Deadline
from gateway.connectors.base import Reply
from gateway.execution.attempt import Prepared, Sent, Tally, concluded
from gateway.execution.calls.allowing import BEYOND
from gateway.execution.calls.sending import Sending
from gateway.execution.model import Failed, Ok, Provenance, Skipped, StepResult
from gateway.execution.pages.window import WINDOW, Page, Reading, page_of, window_of
from gateway.profile.model import Pages, Step
from gateway.record import Model
from gateway.telemetry.events import PagesCut

_FRESHEST = (Provenance.UPSTREAM, Provenance.SHARED, Provenance.CACHE)
"""Where a list comes from: from the source where any of its pages does."""


class Paging(Model, frozen=True):
    """One step's pages at work."""

    step: Step
    pages: Pages
    sending: Sending
    deadline: Deadline
    tally: Tally

    async def result(self, prepared: Prepared) -> StepResult:
        """The rows of all pages that are wanted; the failure of the first that fails.

        Null where there is null in place of the first page's rows.
        """
        window = window_of(self.step, self.pages, prepared.inputs)
        if isinstance(window, Failed):
            return window
        reading = Reading(self.step, self.pages, window, window.after)
        if window.first == 0 and not self.pages.connection:
            return Ok([], Provenance.STATIC, pages=reading.read)
        came: set[Provenance] = set()
        while True:
            page = await self._page(prepared, reading)
            if isinstance(page, Ok | Failed | Skipped):
                return page
            found, provenance = page
            came.add(provenance)
            if found is None and reading.asked == 1 and not window.inside:
                return Ok(None, provenance)
            failure = reading.take(found or Page(()))
            if failure is not None:
                return failure
            if reading.done:
                return self._done(reading, came)

    async def _page(
        self, prepared: Prepared, reading: Reading
    ) -> tuple[Page | None, Provenance] | StepResult:
        """The next page and where it is from; None where null stands for its rows."""
        if reading.asked and not self.sending.allows(1):
            return BEYOND
        asked = _asking(prepared, reading.inputs())
        sent = await self.sending.send(self.step, asked, self.deadline, self.tally)
        result = concluded(self.step, sent, prepared.scope)
        if not isinstance(result, Ok):
            return result
        if result.value is None:
            return None, result.provenance
        page = self._read(result.value, sent, prepared.scope)
        return page if isinstance(page, Failed) else (page, result.provenance)

    def _read(
        self, value: object, sent: Sent, scope: Mapping[str, object]
    ) -> Page | Failed:
        reply = sent.reply
        assert isinstance(reply, Reply), "only a reply has a value"  # noqa: S101
        if reply.status in self.step.on_status and isinstance(value, list | tuple):
            return Page(tuple(value), says=True)  # what stands in names no next page
        seen = {
            "status": reply.status,
            "headers": reply.headers,
            "body": reply.body,
        }
        return page_of(self.pages, value, reply, {**scope, "response": seen})

    def _done(self, reading: Reading, came: set[Provenance]) -> Ok:
        read = reading.read
        if read.cut:
            request = self.sending.request.request_id
            step = f"{self.step.origin}.{self.step.name}"
            cut = PagesCut(request, step, self.step.source, read.asked, read.rows)
            self.sending.observe(cut)
        provenance = next((p for p in _FRESHEST if p in came), Provenance.UPSTREAM)
        return Ok(reading.answer(), provenance, pages=read)


def _asking(prepared: Prepared, page: Mapping[str, object]) -> Prepared:
    """The call for one page, and what further attempts at it make instead.

    It does not say which rows are wanted in all: then it is the same for everybody.
    """
    others, own = prepared.others, prepared.inputs
    asked = {name: own[name] for name in own if name not in WINDOW}
    return prepared._replace(
        inputs={**asked, **page},
        others=None if others is None else {**others, **page},
    )
