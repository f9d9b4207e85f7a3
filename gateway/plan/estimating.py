"""What a plan costs and how many calls it makes, by the sizes of its lists.

A plan is made a tree of its objects once; what an argument says of a list's length is
read of the arguments when it is added up. The weights follow Apollo's demand control:
a field's own weight stands in for its type's. Pure; must never run anything.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from gateway.plan.model import Plan, PlannedField, PlannedStep
from gateway.request.model import Arguments, Bindings
from gateway.shape import Shapes
from gateway.values import Coordinate, Path
from gateway.weights import Sizing, Weights

_NONE: Arguments = {}
_NOTHING: frozenset[str] = frozenset()
_LARGEST = 1e15
"""Beyond it nobody adds up."""

Taken = Mapping[Path, frozenset[str]]
"""The arguments that variables say, by the path of their field."""


class Estimate(NamedTuple):
    """What an operation comes to; ``most`` of it for the field at ``at``.

    ``calls`` are those that are sure: lists of which nothing is said count as one,
    so that nobody is refused for a guess.

    ``unsized`` are fields that do not say how long they are, and have to: each with the
    arguments of which it wants one.
    """

    cost: float
    calls: float
    at: str
    most: float
    unsized: tuple[tuple[str, tuple[str, ...]], ...] = ()


@dataclass(frozen=True, slots=True)
class Assumed:
    """Weights, and what is counted besides: a list's items, a call's cost."""

    weights: Weights
    items: int
    per_call: float


@dataclass(frozen=True, slots=True)
class _Kind:
    """Objects of one type: what one of them weighs, and the calls made for them.

    ``calls`` are how many objects share each.
    """

    weight: float
    calls: tuple[int, ...]
    fields: tuple[_Node, ...]


@dataclass(frozen=True, slots=True)
class _Node:
    """A field that weighs something. ``lists`` are how many are in each other."""

    name: str
    path: Path
    lists: int
    sizing: Sizing | None
    defaults: Arguments
    arguments: Mapping[str, float]
    kinds: tuple[_Kind, ...]


@dataclass(frozen=True, slots=True)
class Tree:
    """A plan as what it costs. ``varies``: arguments of a request say how much."""

    roots: tuple[_Node, ...]
    once: Mapping[str, int]
    assumed: Assumed
    varies: bool

    def estimate(self, bindings: Bindings) -> Estimate:
        """What it comes to with these arguments."""
        sums = _Sums(bindings, self.assumed)
        cost, calls = 0.0, 0.0
        for root in self.roots:
            asked = self.once.get(root.path[0], 0)
            spent = asked * self.assumed.per_call
            own, more = sums.add(root, _Count(1.0, 1.0), None, spent)
            cost, calls = cost + own, calls + asked + more
        return Estimate(cost, calls, sums.at, sums.most, tuple(sums.unsized))


class _Count(NamedTuple):
    """How many objects there are ``taken`` to be, and as far as that is ``said``."""

    taken: float
    said: float

    def times(self, more: _Count) -> _Count:
        """So many, for each."""
        taken, said = self.taken * more.taken, self.said * more.said
        return _Count(min(taken, _LARGEST), min(said, _LARGEST))


@dataclass(slots=True)
class _Sums:
    bindings: Bindings
    assumed: Assumed
    at: str = ""
    most: float = -1.0
    unsized: list[tuple[str, tuple[str, ...]]] = field(default_factory=list)

    def add(
        self, node: _Node, parents: _Count, sized: float | None, spent: float = 0.0
    ) -> tuple[float, float]:
        """What a field of so many parents costs, and the calls made below it."""
        given = self.bindings.get(node.path, _NONE)
        length, below = self._length(node, given, sized)
        count = parents.times(length)
        own, cost, calls = 0.0, 0.0, 0.0
        for kind in node.kinds:
            made = sum(math.ceil(count.taken / per) for per in kind.calls)
            sure = sum(math.ceil(count.said / per) for per in kind.calls)
            mine = count.taken * kind.weight + made * self.assumed.per_call
            more, further = self._below(kind, count, below)
            own, cost = max(own, mine), max(cost, mine + more)
            calls = max(calls, sure + further)
        said = sum(w for a, w in node.arguments.items() if given.get(a) is not None)
        extra = spent + parents.taken * said
        if own + extra > self.most:
            self.at, self.most = node.name, own + extra
        return max(0.0, min(cost + extra, _LARGEST)), min(calls, _LARGEST)

    def _below(
        self, kind: _Kind, count: _Count, sized: tuple[float, tuple[str, ...]] | None
    ) -> tuple[float, float]:
        cost, calls = 0.0, 0.0
        for one in kind.fields:
            known = sized[0] if sized is not None and _is_of(one, sized[1]) else None
            own, made = self.add(one, count, known)
            cost, calls = cost + own, calls + made
        return cost, calls

    def _length(
        self, node: _Node, given: Arguments, sized: float | None
    ) -> tuple[_Count, tuple[float, tuple[str, ...]] | None]:
        """How many there are of one parent; and of the lists below, if that is said."""
        sizing = node.sizing
        said = self._said(node, sizing, given) if sizing is not None else None
        usual = float(self.assumed.items)
        if sizing is not None and sizing.sized:
            below = None if said is None else (said, sizing.sized)
            return _Count(usual**node.lists, 1.0), below
        if not node.lists:
            return _Count(1.0, 1.0), None
        one = said if said is not None else sized
        inside = usual ** (node.lists - 1)
        if one is None:
            return _Count(usual * inside, 1.0), None
        return _Count(one * inside, one), None

    def _said(self, node: _Node, sizing: Sizing, given: Arguments) -> float | None:
        found = [(path, _at(given, path)) for path in sizing.slicing]
        numbers = [(path, n) for path, n in found if n is not None]
        if (
            len(numbers) > 1
        ):  # a default that nobody chose does not count beside another
            chosen = [one for one in numbers if one[1] != _at(node.defaults, one[0])]
            numbers = chosen if len(chosen) == 1 else numbers
        if sizing.one and len(numbers) != 1:
            names = tuple(".".join(path) for path in sizing.slicing)
            self.unsized.append((node.name, names))
        if not numbers:
            return None if sizing.assumed is None else float(sizing.assumed)
        return float(max(0, *(n for _, n in numbers), 0))


def _is_of(node: _Node, names: tuple[str, ...]) -> bool:
    return node.name.rpartition(".")[2] in names


def _at(given: object, path: Iterable[str]) -> int | None:
    for name in path:
        given = given.get(name) if isinstance(given, Mapping) else None
    return given if isinstance(given, int) else None


def tree_of(plan: Plan, shapes: Shapes, assumed: Assumed, taken: Taken) -> Tree:
    """A plan as what it costs."""
    growing = _Growing(plan, shapes, assumed.weights, taken)
    kind = plan.kind.value.capitalize()
    roots = tuple(
        growing.node(root.field, Coordinate(kind, root.field.name), (root.field.key,))
        for root in plan.roots
    )
    once: dict[str, int] = {}
    for step in growing.calls:
        if step.id not in growing.placed:
            once[step.root] = once.get(step.root, 0) + 1
    return Tree(roots, once, assumed, growing.varies)


@dataclass(slots=True)
class _Growing:
    plan: Plan
    shapes: Shapes
    weights: Weights
    taken: Taken
    varies: bool = False
    calls: list[PlannedStep] = field(init=False)
    placed: set[object] = field(default_factory=set)
    by_path: dict[Path, list[PlannedStep]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.calls = [*_calling(self.plan)]
        for step in self.calls:
            if step.parents is not None:
                self.by_path.setdefault(step.id.path, []).append(step)

    def node(
        self, one: PlannedField, at: Coordinate, path: Path, shown: str = ""
    ) -> _Node:
        shown = f"{shown}.{one.name}" if shown else one.name
        sizing = self.weights.sizes.get(at)
        arguments = self.weights.arguments.get(at, {})
        declared = self.shapes.field(at.type, at.field)
        defaults = declared.defaults() if sizing and declared else _NONE
        names = [*arguments, *(p[0] for p in (sizing.slicing if sizing else ()))]
        self.varies = self.varies or not self.taken.get(path, _NOTHING).isdisjoint(
            names
        )
        kinds = tuple(
            self._kind(one, concrete, at, path, shown) for concrete in one.fields
        ) or (_Kind(self._weight(at, one.type.name, 0.0), (), ()),)
        lists = one.type.wrappers.count("[")
        return _Node(shown, path, lists, sizing, defaults, arguments, kinds)

    def _kind(
        self,
        one: PlannedField,
        concrete: str,
        at: Coordinate,
        path: Path,
        shown: str,
    ) -> _Kind:
        several = len(one.fields) > 1
        here = (*path[:-1], f"{path[-1]}<{concrete}>") if several else path
        fields = tuple(
            self.node(child, Coordinate(concrete, child.name), (*here, key), shown)
            for key, child in one.fields[concrete].items()
            if child.fields or self._weighs(Coordinate(concrete, child.name), child)
        )
        steps = self.by_path.get(here, ())
        self.placed.update(step.id for step in steps)
        shared = tuple(s.step.batch.most if s.step.batch else 1 for s in steps)
        return _Kind(self._weight(at, concrete, 1.0), shared, fields)

    def _weight(self, at: Coordinate, type_: str, usual: float) -> float:
        own = self.weights.fields.get(at)
        return self.weights.types.get(type_, usual) if own is None else own

    def _weighs(self, at: Coordinate, leaf: PlannedField) -> bool:
        """Whether a leaf, which most of the time is free, is not."""
        weights = self.weights
        return (
            at in weights.fields
            or at in weights.arguments
            or leaf.type.name in weights.types
        )


def _calling(plan: Plan) -> Iterator[PlannedStep]:
    """The steps that ask a source whatever happens."""
    for one in plan.steps:
        if one.step.source is not None and one.gate is None and not one.dormant:
            yield one
