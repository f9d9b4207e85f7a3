"""The requests of late, so that people may look at them: some, and all that went badly.

In charge of which are kept, of what is kept of one, and of how much memory they take.
Names, outcomes and times are kept; values of arguments, answers, headers and what
sources said never are. Must never keep what a request was made of: its memory ends with
it.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from typing import Final

import orjson

from gateway.plan.model import Plan
from gateway.record import Record, Struct, field
from gateway.request.model import PlanWish
from gateway.response.model import Answer
from gateway.response.report import plan_report
from gateway.values import JsonValue
from gateway.watching.context import trace_id
from gateway.watching.model import Ended
from gateway.watching.tracing import waterfall

SLOW: Final = 1.0
"""Seconds from which a request is slow, where `telemetry.slow` says nothing."""
MOST: Final = 100
"""Requests that are kept of each kind, and bytes of them."""
_BYTES: Final = 4_000_000
_LARGEST: Final = 400_000
"""Bytes of one plan with its outcomes; of a larger one the steps alone are kept."""
_GOOD_RATE: Final = 10
_BAD_RATE: Final = 50
"""How many are kept in a second: writing one down costs as much as a small request."""
_STEPS: Final = 60
_TRIES: Final = 5
"""Steps of a request and attempts of a step that its list entry tells; its plan has all
of them."""
_ERRORS: Final = 10
_NAME: Final = 100
"""Characters of a name that a caller chose."""
WHOLE: Final = "whole"


class Seen(Record, frozen=True):
    """One request: ``facts`` are what a list shows, ``plan`` is JSON, or empty."""

    facts: Mapping[str, JsonValue]
    plan: bytes

    def as_json(self) -> bytes:
        """All that is known, ``plan`` as an answer's `extensions.plan` has it."""
        facts = orjson.dumps(self.facts)
        return b'%s,"plan":%s}' % (facts[:-1], self.plan or b"null")


class Ring(Struct, eq=False):
    """The newest of one kind, in bounded memory, at a bounded rate."""

    rate: int
    kept: OrderedDict[str, tuple[Seen, int]] = field(default_factory=OrderedDict)
    size: int = 0
    second: int = -1
    taken: int = 0

    def has_room(self, now: float) -> bool:
        """Whether one more may be written down in this second."""
        second = int(now)
        if second != self.second:
            self.second, self.taken = second, 0
        self.taken += 1
        return self.taken <= self.rate

    def keep(self, id_: str, seen: Seen, size: int) -> None:
        self.kept[id_] = seen, size
        self.size += size
        while len(self.kept) > MOST or self.size > _BYTES:
            self.size -= self.kept.popitem(last=False)[1][1]


class Recent(Struct, eq=False):
    """The requests of one process, by ids that begin with ``boot``."""

    boot: str
    good: Ring = field(default_factory=lambda: Ring(_GOOD_RATE))
    bad: Ring = field(default_factory=lambda: Ring(_BAD_RATE))
    passed: int = 0
    """How many were not kept."""
    number: int = 0

    def over(self, ended: Ended, now: float) -> Seen | None:
        """A request has ended; what is kept of it."""
        if ended.request.plan is PlanWish.DRY_RUN:
            return None
        tracing = ended.generation.tracing
        slow = (tracing.slow if tracing else None) or SLOW
        fine = ended.verdict == WHOLE and ended.seconds < slow
        ring = self.good if fine else self.bad
        if not ring.has_room(now):
            self.passed += 1
            return None
        self.number += 1
        id_ = f"{self.boot}-{self.number}"
        seen = seen_of(ended, id_, slow=ended.seconds >= slow)
        ring.keep(id_, seen, len(seen.plan) + _size(seen))
        return seen

    def get(self, id_: str) -> Seen | None:
        """One of them."""
        found = self.bad.kept.get(id_) or self.good.kept.get(id_)
        return found[0] if found else None

    def newest(self, fits: Callable[[Seen], bool], most: int) -> tuple[Seen, ...]:
        """Those that fit, the newest first."""
        known = (*self.good.kept.values(), *self.bad.kept.values())
        ordered = sorted((one for one, _ in known), key=_number, reverse=True)
        return tuple(islice(filter(fits, ordered), most))

    def clear(self) -> None:
        """Forget all of them."""
        for ring in (self.good, self.bad):
            ring.kept.clear()
            ring.size = 0


def _number(seen: Seen) -> int:
    return int(str(seen.facts["id"]).rpartition("-")[2])


def _size(seen: Seen) -> int:
    return len(orjson.dumps(seen.facts))


def seen_of(ended: Ended, id_: str, *, slow: bool) -> Seen:
    """What is kept of a request."""
    request, plan, store = ended.request, ended.plan, ended.store
    steps = tuple(waterfall(ended))
    facts: dict[str, JsonValue] = {
        "id": id_,
        "at": request.time.isoformat(timespec="milliseconds"),
        "request_id": request.request_id,
        "trace": trace_id(request.trace, request.request_id) if request.trace else None,
        "name": _short(ended.operation),
        "operations": _operations(plan),
        "tenant": _short(request.tenant),
        "client": _short(request.client),
        "outcome": ended.verdict,
        "ms": round(ended.seconds * 1000, 2),
        "slow": slow,
        "generation": ended.generation.number,
        "errors": list(_errors(ended.answer)),
        "steps": [_step(step) for step in steps[:_STEPS]],
        "more_steps": max(0, len(steps) - _STEPS),
    }
    if plan is None or store is None:
        return Seen(facts, b"")
    report = orjson.dumps(plan_report(plan, store))
    return Seen(facts, report if len(report) <= _LARGEST else b"")


def _step(step: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    tries = step.get("tries")
    return {**step, "tries": tries[:_TRIES]} if isinstance(tries, list) else {**step}


def _operations(plan: Plan | None) -> list[JsonValue]:
    roots = plan.roots if plan else ()
    return list(dict.fromkeys(root.field.name for root in roots))


def _errors(answer: Answer | None) -> Iterator[JsonValue]:
    """Codes and where: a message may quote what the caller or a source said."""
    for error in islice(answer.errors if answer else (), _ERRORS):
        path = ".".join(_short(str(key)) or "" for key in error.path or ())
        yield {"code": error.code, "path": path}


def _short(name: str | None) -> str | None:
    return None if name is None else name[:_NAME]
