"""A plan → the tree of its objects, with what each of them weighs.

In charge of which calls are made for which objects. The weights follow Apollo's demand
control: a field's own weight stands in for its type's. Pure; must never look at the
arguments of a request.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from gateway.plan.estimating import NONE, Assumed, Call, Kind, Node, Tree
from gateway.plan.model import Plan, PlannedField, PlannedStep
from gateway.profile.model import Step
from gateway.shape import Shapes
from gateway.values import Coordinate, Path
from gateway.weights import Weights

_NOTHING: frozenset[str] = frozenset()

Taken = Mapping[Path, frozenset[str]]
"""The arguments that variables say, by the path of their field."""


def tree_of(plan: Plan, shapes: Shapes, assumed: Assumed, taken: Taken) -> Tree:
    """A plan as what it costs."""
    growing = _Growing(plan, shapes, assumed, taken)
    kind = plan.kind.value.capitalize()
    roots = tuple(
        growing.node(root.field, Coordinate(kind, root.field.name), (root.field.key,))
        for root in plan.roots
    )
    once: dict[str, tuple[float, ...]] = {}
    for step in growing.calls:
        if step.id not in growing.placed:
            counts = cost_of(step.step, assumed.per_call)
            once[step.root] = (*once.get(step.root, ()), counts)
    return Tree(roots, once, assumed, growing.varies)


@dataclass(slots=True)
class _Growing:
    plan: Plan
    shapes: Shapes
    assumed: Assumed
    taken: Taken
    varies: bool = False
    calls: list[PlannedStep] = field(init=False)
    placed: set[object] = field(default_factory=set)
    by_path: dict[Path, list[PlannedStep]] = field(default_factory=dict)

    @property
    def weights(self) -> Weights:
        return self.assumed.weights

    def __post_init__(self) -> None:
        self.calls = [*_calling(self.plan)]
        for step in self.calls:
            if step.parents is not None:
                self.by_path.setdefault(step.id.path, []).append(step)

    def node(
        self, one: PlannedField, at: Coordinate, path: Path, shown: str = ""
    ) -> Node:
        shown = f"{shown}.{one.name}" if shown else one.name
        sizing = self.weights.sizes.get(at)
        arguments = self.weights.arguments.get(at, {})
        declared = self.shapes.field(at.type, at.field)
        defaults = declared.defaults() if sizing and declared else NONE
        names = [*arguments, *(p[0] for p in (sizing.slicing if sizing else ()))]
        self.varies = self.varies or not self.taken.get(path, _NOTHING).isdisjoint(
            names
        )
        kinds = tuple(
            self._kind(one, concrete, at, path, shown) for concrete in one.fields
        ) or (Kind(self._weight(at, one.type.name, 0.0), (), ()),)
        lists = one.type.wrappers.count("[")
        return Node(shown, path, lists, sizing, defaults, arguments, kinds)

    def _kind(
        self,
        one: PlannedField,
        concrete: str,
        at: Coordinate,
        path: Path,
        shown: str,
    ) -> Kind:
        several = len(one.fields) > 1
        here = (*path[:-1], f"{path[-1]}<{concrete}>") if several else path
        fields = tuple(
            self.node(child, Coordinate(concrete, child.name), (*here, key), shown)
            for key, child in one.fields[concrete].items()
            if child.fields or self._weighs(Coordinate(concrete, child.name), child)
        )
        steps = self.by_path.get(here, ())
        self.placed.update(step.id for step in steps)
        shared = tuple(self._call(one.step) for one in steps)
        return Kind(self._weight(at, concrete, 1.0), shared, fields)

    def _call(self, step: Step) -> Call:
        shared = step.batch.most if step.batch else 1
        return Call(shared, cost_of(step, self.assumed.per_call))

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


def cost_of(step: Step, usual: float) -> float:
    """What each call of a step counts: its own, else as any other's."""
    return usual if step.cost is None else step.cost


def _calling(plan: Plan) -> Iterator[PlannedStep]:
    """The steps that ask a source whatever happens."""
    for one in plan.steps:
        if one.step.source is not None and one.gate is None and not one.dormant:
            yield one
