"""What a plan is beyond: its calls and its cost, judged with what it is planned of.

In charge of judging once what does not depend on a request's values. Pure; who is held
to it is decided in `preparing`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from gateway.errors import Code
from gateway.plan.estimating import Assumed, Estimate, Tree
from gateway.plan.model import Plan
from gateway.plan.weighing import tree_of
from gateway.policy.limits import Excess, Limits, counted
from gateway.record import Model
from gateway.request.coercion import Binder
from gateway.request.model import Bindings
from gateway.shape import Shapes
from gateway.values import JsonValue


class Judged(Model, frozen=True):
    """What has to be looked at before each run of a plan; None stands for nothing.

    ``tree`` is there where values of the request decide, else ``known`` has all.
    """

    limits: Limits
    known: tuple[Excess, ...] = ()
    tree: Tree | None = None
    declassified: tuple[str, ...] = ()

    def beyond(self, bindings: Bindings) -> Iterator[Excess]:
        """What a request is beyond, with these arguments."""
        if self.tree is None:
            yield from self.known
        else:
            yield from _beyond(self.tree.estimate(bindings), self.limits)


def judged(plan: Plan, binder: Binder, shapes: Shapes, limits: Limits) -> Judged | None:
    """What has to be looked at before each run; None: nothing."""
    tree = tree_of(plan, shapes, _assumed(limits, shapes), binder.taken())
    if tree.varies:
        return Judged(limits, (), tree, plan.declassified)
    known = tuple(_beyond(tree.estimate(binder.constants()), limits))
    if known or plan.declassified:
        return Judged(limits, known, None, plan.declassified)
    return None


class Foreseen(NamedTuple):
    """What a plan is beyond before anybody asks; ``sure``: whatever values come."""

    beyond: tuple[Excess, ...]
    sure: bool


def foreseen(
    plan: Plan, binder: Binder, bindings: Bindings, shapes: Shapes, limits: Limits
) -> Foreseen:
    """What a plan is beyond with these arguments, where others are not known yet.

    A list whose size such a one is has as many items as one of which nothing is said.
    """
    tree = tree_of(plan, shapes, _assumed(limits, shapes), binder.taken())
    found = tree.estimate(bindings)
    if tree.varies:  # requests may say yet what these arguments do not
        found = found._replace(unsized=())
    return Foreseen(tuple(_beyond(found, limits)), not tree.varies)


def estimated(
    plan: Plan, bindings: Bindings, shapes: Shapes, limits: Limits
) -> Mapping[str, JsonValue]:
    """What a plan comes to, as its report shows it."""
    tree = tree_of(plan, shapes, _assumed(limits, shapes), {})
    found = tree.estimate(bindings)
    costliest: JsonValue = {"field": found.at, "cost": _whole(found.most)}
    return {
        "total": _whole(found.cost),
        "allowed": limits.cost,
        "calls": _whole(found.calls),
        "costliest": costliest if found.at else None,
    }


def cost_as_text(report: JsonValue) -> str:
    """What a plan's report says of its cost, as a line for people."""
    cost = report.get("cost") if isinstance(report, Mapping) else None
    if not isinstance(cost, Mapping):
        return ""
    most = cost["costliest"]
    of = (
        f", {most['cost']:,} of it for '{most['field']}'"
        if isinstance(most, Mapping)
        else ""
    )
    return (
        f"cost: {cost['total']:,} of {cost['allowed']:,}{of};"
        f" upstream calls: about {cost['calls']:,}"
    )


def _assumed(limits: Limits, shapes: Shapes) -> Assumed:
    return Assumed(shapes.weights, limits.assumed, limits.per_call)


def _beyond(found: Estimate, limits: Limits) -> Iterator[Excess]:
    for name, slicing in found.unsized:
        wanted = ", ".join(f"'{one}'" for one in slicing)
        what = f"has to give '{name}' exactly one of {wanted}, which its size is by"
        yield Excess("cost", Code.MAX_COST_LIMIT, what, None, limits.cost)
    calls = _whole(found.calls)
    if calls > limits.calls:
        yield calls_beyond(calls, limits)
    cost = _whole(found.cost)
    if cost > limits.cost:
        most = counted(_whole(found.most), "of it")
        what = f"costs {counted(cost, '').rstrip()}, {most} for '{found.at}'"
        yield Excess("cost", Code.MAX_COST_LIMIT, what, cost, limits.cost)


def calls_beyond(calls: int, limits: Limits) -> Excess:
    """More calls than a request may make."""
    what = f"makes {counted(calls, 'upstream calls')}"
    return Excess("calls", Code.MAX_CALLS_LIMIT, what, calls, limits.calls)


def _whole(number: float) -> int:
    return int(number + 0.5)
