"""What a plan costs and how many calls it makes, by the sizes of its lists.

What an argument says of a list's length is read of the arguments when it is added up;
`weighing` makes the tree, once for a plan. Pure; must never run anything.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from gateway.record import Model, Struct, field
from gateway.request.model import Arguments, Bindings
from gateway.values import Path
from gateway.weights import Sizing, Weights

NONE: Arguments = {}
_LARGEST = 1e15
"""Beyond it nobody adds up."""


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


class Assumed(Model, frozen=True):
    """Weights, and what is counted besides: a list's items, a call's cost."""

    weights: Weights
    items: int
    per_call: float


class Call(NamedTuple):
    """A call for objects: how many share it, and what it counts."""

    shared: int
    cost: float


class Kind(Model, frozen=True):
    """Objects of one type: what one of them weighs, and the calls made for them."""

    weight: float
    calls: tuple[Call, ...]
    fields: tuple[Node, ...]


class Node(Model, frozen=True):
    """A field that weighs something. ``lists`` are how many are in each other."""

    name: str
    path: Path
    lists: int
    sizing: Sizing | None
    defaults: Arguments
    arguments: Mapping[str, float]
    kinds: tuple[Kind, ...]


class Tree(Model, frozen=True):
    """A plan as what it costs. ``varies``: arguments of a request say how much.

    ``once`` has what each call counts that is made once for a root.
    """

    roots: tuple[Node, ...]
    once: Mapping[str, tuple[float, ...]]
    assumed: Assumed
    varies: bool

    def estimate(self, bindings: Bindings) -> Estimate:
        """What it comes to with these arguments."""
        sums = _Sums(bindings, self.assumed)
        cost, calls = 0.0, 0.0
        for root in self.roots:
            asked = self.once.get(root.path[0], ())
            own, more = sums.add(root, _Count(1.0, 1.0), None, sum(asked))
            cost, calls = cost + own, calls + len(asked) + more
        return Estimate(cost, calls, sums.at, sums.most, tuple(sums.unsized))


class _Count(NamedTuple):
    """How many objects there are ``taken`` to be, and as far as that is ``said``."""

    taken: float
    said: float

    def times(self, more: _Count) -> _Count:
        """So many, for each."""
        taken, said = self.taken * more.taken, self.said * more.said
        return _Count(min(taken, _LARGEST), min(said, _LARGEST))


class _Sums(Struct):
    bindings: Bindings
    assumed: Assumed
    at: str = ""
    most: float = -1.0
    unsized: list[tuple[str, tuple[str, ...]]] = field(default_factory=list)

    def add(
        self, node: Node, parents: _Count, sized: float | None, spent: float = 0.0
    ) -> tuple[float, float]:
        """What a field of so many parents costs, and the calls made below it."""
        given = self.bindings.get(node.path, NONE)
        length, below = self._length(node, given, sized)
        count = parents.times(length)
        own, cost, calls = 0.0, 0.0, 0.0
        for kind in node.kinds:
            made = sum(math.ceil(count.taken / n) * each for n, each in kind.calls)
            sure = sum(math.ceil(count.said / n) for n, _ in kind.calls)
            mine = count.taken * kind.weight + made
            more, further = self._below(kind, count, below)
            own, cost = max(own, mine), max(cost, mine + more)
            calls = max(calls, sure + further)
        said = sum(w for a, w in node.arguments.items() if given.get(a) is not None)
        extra = spent + parents.taken * said
        if own + extra > self.most:
            self.at, self.most = node.name, own + extra
        return max(0.0, min(cost + extra, _LARGEST)), min(calls, _LARGEST)

    def _below(
        self, kind: Kind, count: _Count, sized: tuple[float, tuple[str, ...]] | None
    ) -> tuple[float, float]:
        cost, calls = 0.0, 0.0
        for one in kind.fields:
            known = sized[0] if sized is not None and _is_of(one, sized[1]) else None
            own, made = self.add(one, count, known)
            cost, calls = cost + own, calls + made
        return cost, calls

    def _length(
        self, node: Node, given: Arguments, sized: float | None
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

    def _said(self, node: Node, sizing: Sizing, given: Arguments) -> float | None:
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


def _is_of(node: Node, names: tuple[str, ...]) -> bool:
    return node.name.rpartition(".")[2] in names


def _at(given: object, path: Iterable[str]) -> int | None:
    for name in path:
        given = given.get(name) if isinstance(given, Mapping) else None
    return given if isinstance(given, int) else None
