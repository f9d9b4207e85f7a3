"""The attempts at a step's calls, as they are told to those who look at a request.

In charge of one record, for spans, the slow log and `extensions.plan`. Attempts that go
the long way are recorded; a first one that went the short way and stood is not, unless
its request is traced: `Timing` says all there is to say of it. Must never decide
anything.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from random import Random
from typing import TYPE_CHECKING, Any, Final

from gateway.connectors.marks import Marks
from gateway.record import Struct, field
from gateway.values import JsonValue

if TYPE_CHECKING:
    from gateway.execution.attempt import Tally

MOST: Final = 100
"""How many attempts of one step are recorded; `Timing.attempts` counts all."""
OK: Final = "ok"
SHARED: Final = "shared"
CANCELLED: Final = "cancelled"
LOST: Final = "lost"
_DICE: Final = Random()  # noqa: S311 - an id, no secret


class Try(Struct, eq=False):
    """One attempt at a call. Times are in seconds on the gateway's clock.

    ``began`` is when it took its place in line, ``sent`` when it left (None: it did
    not), ``ended`` when it was over (None: it was not when its step was). ``number``
    counts the attempts of its call that left, 0: it did not. ``hedge``: it ran beside
    a slow one. ``came`` is `ok`, a class of `retry.errors`, a code where it was not
    sent, `lost` where the one beside it was quicker, `cancelled` where nobody waited
    any more, `shared` where it is another's call. ``target`` is what was called, as
    compiled. ``pause`` is how long until the next
    one. ``span`` is its span's id, 0: it has none; ``joined`` is the flight of the
    other's call, whose result names the span of that.
    """

    source: str
    endpoint: str
    began: float
    number: int = 0
    hedge: bool = False
    sent: float | None = None
    ended: float | None = None
    came: str | None = None
    status: int | None = None
    pause: float | None = None
    marks: Marks = field(default_factory=Marks)
    span: int = 0
    joined: Any = None
    target: object = None


def span_id() -> int:
    """A new span's id: 64 bits, never 0."""
    return _DICE.getrandbits(64) | 1


def noted(tally: Tally, one: Try) -> Try:
    """Have an attempt among those of its step, where there are not too many."""
    whole = tally.whole or tally
    if whole.tries is None:
        whole.tries = []
    if len(whole.tries) < MOST:
        whole.tries.append(one)
    return one


def shown(tries: Iterable[Try], since: float) -> list[JsonValue]:
    """Attempts as JSON, in ms; ``since`` is when their request began."""
    return [_shown(one, since) for one in tries]


def _shown(one: Try, since: float) -> dict[str, JsonValue]:
    told: dict[str, JsonValue] = {
        "n": one.number,
        "at": _ms(one.began - since),
        "ms": None if one.ended is None else _ms(one.ended - one.began),
        "came": one.came or CANCELLED,
        **{name: _ms(seconds) for name, seconds in phases(one).items()},
    }
    if one.status is not None:
        told["status"] = one.status
    if one.hedge:
        told["hedge"] = True
    if one.pause is not None:
        told["pause"] = _ms(one.pause)
    return told


def phases(one: Try) -> Mapping[str, float]:
    """How many seconds each part of an attempt took, as far as it was measured.

    ``queue`` is waiting for its turn, ``connect`` for a connection, ``wait`` for the
    first bytes of the reply, ``read`` for all of them, ``decode`` reading what they
    say.
    """
    marks = one.marks
    points = (
        ("queue", one.sent),
        ("connect", marks.connected),
        ("wait", marks.first),
        ("read", marks.received),
        ("decode", one.ended if marks.received is not None else None),
    )
    found, last = {}, one.began
    for name, at in points:
        if at is not None:
            found[name], last = max(0.0, at - last), at
    return found


def _ms(seconds: float) -> float:
    return round(seconds * 1000, 2)
