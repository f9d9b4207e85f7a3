"""What is done about time, failure and repetition: a step's rules. All frozen.

In charge of their shapes. Must never hold anything of a call.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import TypeAlias

from gateway.connectors.base import InputUse, PageRules
from gateway.conversion import Sending
from gateway.expression import Decision, Expression, Template
from gateway.record import Model
from gateway.values import SourceSpan
from gateway.wanted import Chosen

_FIRST_PAUSE = 0.05
_LONGEST_PAUSE = 1.0


class Sharing(Enum):
    """Whose equal calls of a step become one."""

    NONE = "none"
    REQUEST = "request"
    ALL = "all"


class CacheScope(Enum):
    """Who may be given an answer that was asked for by another."""

    PUBLIC = "public"
    TENANT = "tenant"
    CALLER = "caller"


@dataclass(frozen=True, slots=True)
class Input:
    """What fills one slot of a target."""

    value: Expression | Template | Decision | Chosen
    use: InputUse = InputUse.VALUE
    name: str | None = field(init=False, repr=False, compare=False)
    """The one name that the value is read by; None where there is more to it."""

    def __post_init__(self) -> None:
        value = self.value
        name = value.name if isinstance(value, Expression | Template) else None
        object.__setattr__(self, "name", name)


class Pages(Model, frozen=True):
    """How a list that comes in pages is read.

    ``next`` and ``total`` read a page's reply. ``connection``: the answer is a Relay
    connection, a page of pages; else it is the rows.
    """

    rules: PageRules
    next: Expression | None = None
    total: Expression | None = None
    connection: bool = False


class Retry(Model, frozen=True):
    """When a failed call is made again.

    ``attempts`` counts the first. ``classes`` are as written: ``timeout``, ``5xx``,
    ``429``. ``condition`` is over ``response`` and also asks for another attempt.
    ``instead`` is what further attempts ask in place of the step's own call.
    """

    attempts: int
    classes: frozenset[str]
    condition: Expression | None = None
    instead: Instead | None = None

    @staticmethod
    def longest_pause(made: int) -> float:
        """Seconds that are waited at most after so many attempts, by our own choice."""
        return min(_LONGEST_PAUSE, _FIRST_PAUSE * 2.0 ** min(made - 1, 10))


class Instead(Model, frozen=True):
    """A call that further attempts make in place of the step's own.

    Fields mean what they do in a `Step`.
    """

    source: str
    target: object
    inputs: Mapping[str, Input]
    endpoint: str
    sending: Sending | None = None


class Hedge(Model, frozen=True):
    """When a second, equal call is made beside one that has not answered.

    ``after`` is in seconds. None: after the time that ``percent`` of a hundred of the
    endpoint's last answers did not exceed.
    """

    after: float | None = None
    percent: float = 0.0


class CacheRule(Model, frozen=True):
    """How long an answer may be used again, and for whom. Times are in seconds.

    From the age ``refresh`` on it is renewed while it is still given. ``negative`` is
    how long an answer that there is nothing is fresh. Expired, it serves a `stale`
    rung for ``keep`` more. ``tags`` are names to invalidate it by, made of the
    arguments and the request.
    """

    ttl: float
    refresh: float | None = None
    negative: float | None = None
    keep: float = 0.0
    scope: CacheScope = CacheScope.TENANT
    tags: tuple[Template, ...] = ()


class Invalidation(Model, frozen=True):
    """What of the cache is no longer true when a step has changed something.

    ``tags`` read the arguments, the request and the step's own answer. ``always``:
    also where the step was called and failed, since it may have been done all the same.
    """

    tags: tuple[Template, ...]
    always: bool = False


class Idempotency(Model, frozen=True):
    """How a mutation that is asked again is known again, for ``ttl`` seconds.

    ``key`` reads the arguments and the request; None: the caller's own header says it.
    With ``required`` nothing runs without a key.
    """

    ttl: float
    key: Template | None = None
    required: bool = False


class Stale(Model, frozen=True):
    """A rung: an expired answer that is at most so many seconds old."""

    age: float


class Guard(Model, frozen=True):
    """A ``policy``: who may see what it stands at, decided before planning.

    ``condition`` reads arguments, flags and the request. Only true allows: whatever
    else comes of it denies, and so does one that cannot be evaluated.
    """

    condition: Expression
    span: SourceSpan


Rung: TypeAlias = "str | Template | Stale"
"""What a step falls back to: another step, a value, or its own expired answer."""


class Saying(Model, frozen=True):
    """What the client is told when the step fails, in place of the usual words.

    The templates read arguments, request, flags and ``response.status``.
    """

    message: Template | None = None
    code: str | None = None
    extensions: Template | None = None


class SourceSays(Model, frozen=True):
    """Where a source's failed replies say what is wrong, over ``response``."""

    message: Expression | None = None
    code: Expression | None = None
