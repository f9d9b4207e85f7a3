"""What of a decision's table can never matter, or says two things at once: warnings.

In charge of comparing rules by where they are true. A warning is only given where it
holds for every value; must never refuse a table.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from gateway.errors import Problems
from gateway.expression import Expression, Mode
from gateway.expression.regions import Box, Region, meet, without
from gateway.expression.spelling import described
from gateway.record import Model, Struct, field
from gateway.values import JsonValue, SourceSpan, canonical

_MOST = 100
"""Boxes that are compared; the pairs of a longer table would slow a load down."""


class Row(Model, frozen=True):
    """A rule with its number from 1 and the place of its condition."""

    number: int
    when: Expression
    then: Mapping[str, JsonValue]
    span: SourceSpan

    @property
    def region(self) -> Region:
        return self.when.region

    @property
    def always(self) -> bool:
        return {} in self.region.boxes


def advise_table(
    rows: Sequence[Row], default: SourceSpan | None, mode: Mode, problems: Problems
) -> None:
    """Warn of rules and of a default that can never answer, and of overlaps."""
    first = _First(problems)
    for row in rows:
        if not row.region.boxes:
            problems.warn(
                row.span,
                f"rule {row.number} never holds: no value meets its condition",
                hint="correct the condition, or remove the rule",
            )
        elif mode == "first":
            first.add(row)
    always = next((row for row in rows if row.always), None)
    if always and default:
        problems.warn(
            default,
            f"'default' is never given: rule {always.number} always holds",
            hint="remove one of the two",
        )


class _First(Struct):
    """A table of which the first rule that holds answers, read from the top.

    ``asked`` is what is known where every rule so far was evaluated and was false.
    """

    problems: Problems
    before: list[Row] = field(default_factory=list)
    boxes: list[Box] = field(default_factory=list)
    asked: Box | None = field(default_factory=dict)

    def add(self, row: Row) -> None:
        if len(self.boxes) > _MOST:
            return
        left = without(self._possible(row.region.boxes), self.boxes)
        if left is not None and not left:
            self._never_reached(row)
        elif left:
            self._overlapping(row)
        self.before.append(row)
        self.boxes += row.region.boxes
        if self.asked is not None:
            self.asked = meet(self.asked, row.region.asks)

    def _possible(self, boxes: Iterable[Box]) -> list[Box]:
        """The boxes where no rule so far has failed."""
        if self.asked is None:
            return []
        met = (meet(self.asked, box) for box in boxes)
        return [box for box in met if box is not None]

    def _never_reached(self, row: Row) -> None:
        boxes = row.region.boxes
        cover = (one for one in self.before if without(boxes, one.region.boxes) == [])
        earlier = next(cover, None)
        if earlier is None:
            why = "where it could hold, a rule before it does"
            hint = "remove it, or let the rules before it hold for less"
        elif earlier.always:
            why = f"rule {earlier.number} always holds"
            hint = f"put rule {earlier.number} last, or write it as 'default'"
        elif without(earlier.region.boxes, boxes) == []:
            why = f"rule {earlier.number} has the same condition"
            hint = "correct one of the conditions, or remove this rule"
        else:
            why = f"rule {earlier.number} holds whenever this one would"
            hint = f"put it before rule {earlier.number}, or remove it"
        self.problems.warn(
            row.span, f"rule {row.number} is never reached: {why}", hint=hint
        )

    def _overlapping(self, row: Row) -> None:
        for number, earlier in enumerate(self.before):
            found = _overlap(earlier, row)
            if found is None:
                continue
            taken = [box for one in self.before[:number] for box in one.region.boxes]
            if not all(without([box], taken) for box in (found.both, found.alone)):
                continue
            where = described(found.name, found.both[found.name])
            self.problems.warn(
                row.span,
                f"rules {earlier.number} and {row.number} overlap where {where}, "
                f"and rule {earlier.number} answers",
                hint="let one end where the other begins",
            )
            return


class _Overlap(NamedTuple):
    """Two rules differ in one thing read: where both hold, and where the earlier alone.

    Where the earlier does not hold alone, it is a special case of the later.
    """

    name: str
    both: Box
    alone: Box


def _overlap(earlier: Row, later: Row) -> _Overlap | None:
    """Rules that differ in more than one thing go from special to general as a rule."""
    one, other = earlier.region.boxes, later.region.boxes
    if len(one) != 1 or len(other) != 1 or one[0].keys() != other[0].keys():
        return None
    apart = [name for name in one[0] if one[0][name] != other[0][name]]
    if len(apart) != 1:
        return None
    name = apart[0]
    mine, theirs = one[0][name], other[0][name]
    if (mine & theirs).empty or (mine - theirs).empty or (theirs - mine).empty:
        return None
    if canonical(earlier.then) == canonical(later.then):
        return None
    return _Overlap(
        name, {**one[0], name: mine & theirs}, {**one[0], name: mine - theirs}
    )
