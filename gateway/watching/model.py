"""A request at its end, as those see it who watch."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.execution.model import ResultStore
from gateway.plan.model import Plan
from gateway.record import Struct
from gateway.request.model import RequestContext
from gateway.response.model import Answer

if TYPE_CHECKING:
    from gateway.generation import Generation


class Ended(Struct, eq=False):
    """A request that is answered, after ``seconds``.

    ``operation`` is the name that its document has for it, and no profile's: those are
    the roots of ``plan``; ``answer`` is None where it
    came in parts. A refused one has no ``plan``; ``store`` is None where nothing ran.
    """

    generation: Generation
    request: RequestContext
    operation: str | None
    plan: Plan | None
    store: ResultStore | None
    verdict: str
    seconds: float
    answer: Answer | None = None
