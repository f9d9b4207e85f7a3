"""One trial in one process: what it counts, and when it is over.

Plain functions of figures and times. Must never write to a log: whoever asks does.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

from gateway.generation import Generation
from gateway.pipeline import Pipeline
from gateway.record import Model, Struct, field
from gateway.release.activation import Activation
from gateway.release.terms import Terms
from gateway.splitting import ASIDE
from gateway.trying.counting import REQUESTS, Window
from gateway.trying.differing import Differences
from gateway.trying.fleet import Heard, Sides
from gateway.trying.judging import compared, has_enough, judged
from gateway.units import spelt
from gateway.values import JsonValue

GRACE = 60.0
"""Seconds after its time in which a gateway that has seen enough may promote it."""


class Decision(Model, frozen=True):
    """How a trial ends, why, and by which figures."""

    how: Literal["withdrawn", "promoted"]
    reason: str
    figures: Mapping[str, JsonValue]


class Trial(Struct):
    """A candidate as it is tried here. ``beside`` is the generation it was loaded for.

    ``decided``: it is over for this process, whatever its store says yet.
    """

    entry: Activation
    terms: Terms
    candidate: Generation
    beside: Generation
    pipeline: Pipeline
    mine: Window
    theirs: Window
    decided: Decision | None = None
    differences: Differences = field(default_factory=Differences)
    """Of a shadow: where its answers differ."""
    others: Heard = field(default_factory=Heard)
    """Of a canary: what other processes count."""

    def counted(self) -> Heard:
        """What all processes count that are heard of, with this one."""
        made = Heard()
        for sides in (self.here(), (self.others.stable, self.others.candidate)):
            made.add(sides)
        made.processes = 1 + self.others.processes
        return made

    def here(self) -> Sides:
        """What this process counts."""
        return self.theirs.figures(), self.mine.figures()

    def decide(self, wall: datetime) -> Decision | None:
        """How it ends, if it does now. ``wall`` is the time in UTC."""
        both = self.counted()
        stable, mine = both.stable, both.candidate
        tries = self.entry.act == "canary"
        found = judged(stable, mine, self.terms.bounds) if tries else None
        if found is not None:
            return Decision("withdrawn", found.reason, found.figures)
        lasts, age = self.terms.lasts, self._age(wall)
        if lasts is None or age < lasts:
            return None
        figures, time = compared(stable, mine), spelt(lasts)
        if not self.terms.promotes:
            return Decision("withdrawn", f"its {time} are over", figures)
        least = self.terms.bounds.least
        if has_enough(mine, self.terms.bounds):
            return Decision("promoted", f"within its bounds for {time}", figures)
        if age < lasts + GRACE:
            return None
        seen = mine[REQUESTS].count if REQUESTS in mine else 0
        why = f"in {time} it had {seen} requests, of {least} that would say something"
        return Decision("withdrawn", why, figures)

    @property
    def requests(self) -> int:
        """How many the candidate has had, or a shadow has run."""
        counts = self.differences.counts
        ran = sum(counts[one] for one in ASIDE if one != "dropped")
        return self.mine.answers.total() + ran

    def shown(self) -> Mapping[str, JsonValue]:
        """How it stands, for operators."""
        if self.entry.act == "shadow":
            return {**of(self.entry), "counts": dict(self.differences.counts)}
        both = self.counted()
        figures = compared(both.stable, both.candidate)
        state = self.decided.how if self.decided else "tried"
        why = {"reason": self.decided.reason} if self.decided else {}
        return {
            **of(self.entry),
            "state": state,
            **why,
            "processes": both.processes,
            "figures": figures,
        }

    def _age(self, wall: datetime) -> float:
        return (wall - datetime.fromisoformat(self.entry.at)).total_seconds()


def of(entry: Activation) -> Mapping[str, JsonValue]:
    """What is said of a trial wherever it is."""
    return {
        "bundle": entry.bundle,
        "number": entry.number,
        "kind": entry.act,
        "since": entry.at,
        "by": entry.by,
    }
