"""Random results of a plan's steps, from right to absurd.

What a step has to give is read off the plan: every field that reads it demands a value
of its type there. So in a good mood everything fits, and nothing is made for nobody.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from random import Random

from gateway.errors import Code
from gateway.execution.model import (
    Failed,
    Failure,
    Join,
    Ok,
    Provenance,
    ResultStore,
    Skipped,
    SkipReason,
    StepResult,
    Timing,
)
from gateway.execution.objects.join import parents_of
from gateway.execution.reading import Reader
from gateway.plan.model import (
    AnswerOf,
    ConcatOf,
    Evaluate,
    FirstOf,
    JoinOf,
    KeyOf,
    Plan,
    PlannedField,
    PlannedStep,
    Read,
    Unavailable,
)
from gateway.profile.model import Fixed
from gateway.values import StepId
from tests.laws.values import GOOD, NEAR, ODD, SPELLED
from tests.laws.worlds import fails

Fields = list[PlannedField]
Demand = Mapping[str | None, Fields]
"""What is read of a step: its whole answer (None), or keys of it."""


class Mood(Enum):
    """How right results are: in all; but for leaves; here and there not; hardly.

    The number is the chance that something is not as it should be.
    """

    GOOD = 0.0
    NEAR = 0.1
    ODD = 0.03
    AWFUL = 0.3


FRESH = (Provenance.UPSTREAM, Provenance.CACHE, Provenance.SHARED, Provenance.STATIC)


def settled(plan: Plan, rng: Random, mood: Mood) -> Reader:
    """A reader of random results for every step of a plan."""
    store = ResultStore()
    reader = Reader(store, {}, {"request": {}, "flags": {}})
    demands, breaks = _Demands.of(plan), mood in (Mood.ODD, Mood.AWFUL)
    settling = _Settling(plan, reader, rng, mood, demands, breaks)
    for one in plan.steps:
        store.settle(one.id, settling.outcome(one), Timing(0.0, 1.0, 1))
    if plan.roots and breaks and rng.random() < 0.1:
        root = rng.choice(plan.roots)
        if root.steps:
            store.broken[root.field.key] = rng.choice(root.steps).id
    return reader


def always_fails(plan: Plan) -> bool:
    """Whether something has no value that is needed, whatever the steps come to."""
    conditions = (root.null_if for root in plan.roots if root.null_if)
    return any("== null" not in one.expression.text for one in conditions) or any(
        _has_none(one.read) for root in plan.roots for one in _all(root.field)
    )


def _has_none(read: Read) -> bool:
    """Whether it can give no value; what an expression reads may be what cannot."""
    if isinstance(read, Evaluate):
        return fails(read) or any(map(_has_none, (read.scope.own or {}).values()))
    return isinstance(read, Unavailable)


def _all(of: PlannedField) -> Iterator[PlannedField]:
    yield of
    for fields in of.fields.values():
        for child in fields.values():
            yield from _all(child)


# -- what is demanded ---------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Demands:
    """By step; those in ``firm`` are read by expressions, which need an answer."""

    of_steps: dict[StepId, dict[str | None, Fields]]
    firm: set[StepId]

    @classmethod
    def of(cls, plan: Plan) -> _Demands:
        made = cls(defaultdict(lambda: defaultdict(list)), set())
        for root in plan.roots:
            if root.null_if:
                made.firm.update(root.null_if.scope.steps.values())
            for one in _all(root.field):
                made.add(one.read, one)
        return made

    def add(self, read: Read, one: PlannedField) -> None:
        match read:
            case AnswerOf(step, key) | JoinOf(step, key):
                self.of_steps[step][key].append(one)
            case FirstOf(steps) | ConcatOf(steps):
                for step in steps:
                    self.of_steps[step][None].append(one)
            case Evaluate(expression, scope):
                for step in scope.steps.values():
                    self.of_steps[step][expression.text.split("'")[1]].append(one)
                    self.firm.add(step)
                for own in (scope.own or {}).values():
                    self.add(own, one)


def _keyed(fields: Fields, concrete: str) -> dict[str, Fields]:
    """What is read of the keys of an object of a type."""
    found: dict[str, Fields] = defaultdict(list)
    for one in fields:
        for child in one.fields[concrete].values():
            reads: list[Read] = [child.read]
            if isinstance(child.read, Evaluate):
                reads = list((child.read.scope.own or {}).values())
            for read in reads:
                if isinstance(read, KeyOf):
                    found[read.key].append(child)
    return found


# -- what comes ---------------------------------------------------------------------


@dataclass(slots=True)
class _Settling:
    plan: Plan
    reader: Reader
    rng: Random
    mood: Mood
    demands: _Demands
    breaks: bool = False
    made: dict[int, list[object]] = field(default_factory=lambda: defaultdict(list))

    def outcome(self, one: PlannedStep) -> StepResult:
        demand = self.demands.of_steps[one.id]
        if self.breaks and self._now(self.mood.value):
            return self._failure(one.id)
        if one.dormant or any(self._answered(other) for other in one.unless):
            return Skipped(SkipReason.ANSWERED)
        if one.id not in self.demands.firm and self._now(0.06) and _optional(demand):
            return self._left_out(demand)
        if one.parents is None:
            return self._ok(demand)
        join = Join()
        for parent in parents_of(one, self.reader):
            odd = self.breaks and self._now(self.mood.value)
            join.settle(parent, self._failure(one.id) if odd else self._each(demand))
        return Ok(join)

    def _answered(self, step: StepId) -> bool:
        result = self.reader.store[step]
        return isinstance(result, Ok) and result.value is not None

    def _left_out(self, demand: Demand) -> Skipped:
        """Skipped by its condition, with or without something that stands in."""
        stands_in = None
        if demand and self._now(0.5):
            stands_in = Fixed(self._ok(demand).value)  # type: ignore[arg-type]
        return Skipped(SkipReason.CONDITION, stands_in=stands_in)

    def _failure(self, step: StepId) -> StepResult:
        """Something that is not as usual."""
        code = self.rng.choice([Code.UPSTREAM_TIMEOUT, Code.UPSTREAM_STATUS])
        failed = Failed(Failure(code, "No.", attempts=1, detail="secret"))
        reason = self.rng.choice(list(SkipReason))
        skipped = Skipped(reason, step, self.rng.choice([None, Fixed([]), Fixed(1)]))
        odd = self.rng.choice(ODD)
        results: list[StepResult] = [
            failed,
            skipped,
            Ok(odd),
            Ok(odd, self.rng.choice(list(Provenance))),
            Ok(odd, self.rng.choice(list(Provenance)), because=failed),
            Ok(odd, self.rng.choice(list(Provenance)), because=skipped, by=step),
        ]
        return self.rng.choice(results)

    def _each(self, demand: Demand) -> StepResult:
        """One parent's answer; parents with an equal key have one: the same object."""
        if self._now(0.05) and _optional(demand):
            return self._left_out(demand)
        before = self.made[id(demand)]
        if before and self._now(0.3):
            return Ok(self.rng.choice(before))
        result = self._ok(demand)
        before.append(result.value)
        return result

    def _ok(self, demand: Demand) -> Ok:
        provenance = self.rng.choice(FRESH)
        if not demand:
            return Ok({"a": 1}, provenance)
        if demand.keys() == {None}:
            return Ok(self._value(demand[None]), provenance)
        return Ok({k: self._value(f) for k, f in demand.items() if k}, provenance)

    def _value(self, fields: Fields) -> object:
        first = fields[0]
        return self._wrapped(fields, first.type.wrappers)

    def _wrapped(self, fields: Fields, wrappers: str) -> object:
        near = NEAR.get(fields[0].type.name) if "[" not in wrappers else None
        if near and self._now(self.mood.value):
            return self.rng.choice(near)
        if self.breaks and self._now(self.mood.value):
            return self.rng.choice(ODD)
        if wrappers.startswith("!"):
            wrappers = wrappers[1:]
        elif self._now(0.12):
            return None
        if wrappers:
            return self._list(fields, wrappers[1:])
        return self._object(fields) if fields[0].fields else self._leaf(fields[0])

    def _list(self, fields: Fields, wrappers: str) -> object:
        length = self.rng.choice((0, 1, 1, 2, 3))
        items = [self._wrapped(fields, wrappers) for _ in range(length)]
        if items and self._now(0.1):
            items.append(items[0])
        return tuple(items) if self._now(0.1) else items

    def _leaf(self, one: PlannedField) -> object:
        if one.name == "kind":
            return "b"
        plain = one.convert is None or one.type.name not in SPELLED
        good = GOOD if plain or self._now(0.3) else SPELLED
        return self.rng.choice(good[one.type.name])

    def _object(self, fields: Fields) -> object:
        first = fields[0]
        concrete = self.rng.choice(list(first.fields))
        made: dict[str, object] = {"id": self.rng.choice((1, "1", 2))}
        for key, below in _keyed(fields, concrete).items():
            made[key] = self._value(below)
        if len(first.fields) > 1:
            made["__typename"] = concrete
            if first.type_by:
                rule = first.type_by
                known = (k for k, name in rule.types.items() if name == concrete)
                made[rule.field] = next(known)
        if self.breaks and self._now(self.mood.value) and len(made) > 1:
            made.pop(self.rng.choice(sorted(made)))
        return made

    def _now(self, chance: float) -> bool:
        return self.rng.random() < chance


def _optional(demand: Demand) -> bool:
    return not any(one.type.non_null for fields in demand.values() for one in fields)
