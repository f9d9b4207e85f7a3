"""Requests on their way to a recording: what was taken of each, as it was.

Must never outlive its redaction: nothing of this is shown, logged or written.
"""

from __future__ import annotations

from gateway.connectors.base import Call
from gateway.execution.calls.sharing import Landed
from gateway.plan.model import Plan
from gateway.profile.model import Protection
from gateway.record import Model, field
from gateway.recording.blurring import Hiding
from gateway.request.model import Asking, RequestContext
from gateway.response.model import Answer
from gateway.shape import Shapes
from gateway.values import Coordinate

USUAL_CLAIMS = frozenset({"roles", "role", "scope", "scp", "groups", "tenant"})
"""Claims that say what a caller may, not who it is."""


class Taking(Model, frozen=True):
    """What of requests is kept, and what of that is hidden.

    ``headers`` are lower-case; the values of ``claims`` and ``headers`` are kept as
    they are. ``hidden`` are the fields under tags that are nobody's business, ``known``
    says of plans what is made of them, ``enums`` are the words of those that are enums.
    """

    hiding: Hiding
    hidden: frozenset[Coordinate] = frozenset()
    known: tuple[Protection, Shapes] | None = None
    enums: tuple[tuple[str, ...], ...] = ()
    headers: frozenset[str] = frozenset()
    claims: frozenset[str] = USUAL_CLAIMS


class MadeBy(Model, frozen=True):
    """What answered: the digest of the generation, and the bundle that it came from."""

    generation: str
    bundle: str | None = None


class TakenCall(Model, frozen=True):
    """One call. ``landed`` is None where it had not ended when the answer left.

    ``seconds`` are how long it took, None likewise.
    """

    step: str
    source: str
    call: Call[object]
    landed: Landed | None
    seconds: float | None


class Taken(Model, frozen=True):
    """One request, complete."""

    asking: Asking
    request: RequestContext
    plan: Plan
    calls: tuple[TakenCall, ...]
    answer: Answer
    made_by: MadeBy
    seconds: float = field(default=0.0)
