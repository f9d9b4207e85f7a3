"""Which steps of a plan have a runway: decided once for it and its sources. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from gateway.connectors.hearing import Lane
from gateway.execution.calls.runway import NO_RUNWAYS, Runway
from gateway.execution.upstream import Upstream, Upstreams
from gateway.expression import Expression, Template
from gateway.plan.model import KeyOf, Plan, PlannedStep
from gateway.profile.model import Batch
from gateway.request.model import OperationKind
from gateway.values import StepId
from gateway.wanted import SELECTED

_TAKEN = frozenset({"request", "flags", "args", "self", SELECTED})
"""Names that stand for more than an argument of the operation."""


def runways_of(plan: Plan, upstreams: Upstreams) -> Mapping[StepId, Runway]:
    """The runways of a plan's steps; none of what changes something."""
    if plan.kind is not OperationKind.QUERY:
        return NO_RUNWAYS
    lanes = {
        step.id: lane
        for step in plan.steps
        if (lane := _lane(step, upstreams)) is not None
    }
    made = {
        step.id: Runway(
            step,
            upstreams[step.step.source or ""],
            lanes[step.id],
            alone=all(_apart(step, other, lanes) for other in plan.steps),
        )
        for step in plan.steps
        if step.id in lanes
    }
    # A key that another list of the request asks for, too, is asked once.
    return {id_: one for id_, one in made.items() if one.alone or not one.step.batch}


def _lane(planned: PlannedStep, upstreams: Upstreams) -> Lane | None:
    """How a step's calls differ by texts alone; None where they differ by more."""
    step, scope = planned.step, planned.scope
    upstream = upstreams.get(step.source or "")
    open_lane = getattr(upstream.source, "lane", None) if upstream else None
    if open_lane is None or upstream is None or not _tells_nothing(upstream):
        return None
    plain = (
        step.pages is None
        and (step.batch is None or _is_plain(step.batch))
        and step.when is None
        and step.sending is None
        and step.hedge is None
        and not step.skips_late
        and step.cache is None
        and (step.retry is None or step.retry.instead is None)
        and not scope.steps
    )
    names = _names(planned) if plain else None
    if names is None:
        return None
    lane: Lane | None = open_lane(step.target, names)
    return lane


def _names(planned: PlannedStep) -> Mapping[str, str] | None:
    """The texts that a step's calls differ by, by slot; None where there is more to it.

    Of an operation's step they are arguments, of an entity's step keys of its parents.
    """
    step, scope = planned.step, planned.scope
    if planned.parents is not None:
        if step.select is not None or step.success_if is not None or step.on_status:
            return None
        return _keys(planned) if step.batch is None else _joined(planned)
    names = {slot: given.name for slot, given in step.inputs.items()}
    found = {s: name for s, name in names.items() if name and name not in _TAKEN}
    return found if scope.own is None and len(found) == len(names) else None


def _keys(planned: PlannedStep) -> Mapping[str, str] | None:
    """The same of an entity's step, of which nothing but those keys is read."""
    own = planned.scope.own or {}
    fields = {
        slot: given.value.own
        if isinstance(given.value, Expression | Template)
        else None
        for slot, given in planned.step.inputs.items()
    }
    keys = {name: read.key for name, read in own.items() if isinstance(read, KeyOf)}
    if set(fields.values()) != set(keys) or len(keys) != len(own):
        return None
    return {slot: keys[name] for slot, name in fields.items() if name is not None}


def _is_plain(batch: Batch) -> bool:
    """Whether one call asks for the keys of its list, and for nothing else's."""
    return batch.join is not None and not batch.wait_all and batch.window is None


def _joined(planned: PlannedStep) -> Mapping[str, str] | None:
    """The text that a batch's calls differ by: the keys, joined, and nothing else."""
    inputs = planned.step.inputs
    keys = {slot: "keys" for slot, given in inputs.items() if given.name == "keys"}
    return keys if len(keys) == len(inputs) == 1 else None


def _tells_nothing(upstream: Upstream) -> bool:
    """Whether a source is told nothing of the request but the call."""
    return (
        upstream.headers is None
        and not upstream.forward
        and upstream.deadline_header is None
    )


def _apart(step: PlannedStep, other: PlannedStep, lanes: Mapping[StepId, Lane]) -> bool:
    """Whether two steps never make equal calls, as far as one look tells."""
    if step.id == other.id:
        return True
    retry = other.step.retry
    if retry is not None and retry.instead is not None:
        return False
    if step.step.source != other.step.source:
        return True
    mine, theirs = lanes[step.id], lanes.get(other.id)
    if theirs is None:
        return other.step.source is None
    one, two = mine.begins_with, theirs.begins_with
    return not one.startswith(two) and not two.startswith(one)
