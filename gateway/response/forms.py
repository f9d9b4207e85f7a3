"""Which lists of an operation are decoded as their selected fields alone, and how.

In charge of choosing, when the operation is compiled: the rows of a step that nothing
else reads. How a row is decoded is `row_types`'. Must never choose rows that anybody
wants as values.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from graphql import GraphQLSchema

from gateway.plan.model import (
    AnswerOf,
    ConcatOf,
    Evaluate,
    FirstOf,
    Given,
    JoinOf,
    Plan,
    PlannedField,
    PlannedRoot,
    Read,
    Scope,
    Typed,
)
from gateway.profile.model import Step
from gateway.request.model import SelectedField, Selection
from gateway.response.row_types import form_of
from gateway.typed import Form
from gateway.values import StepId


def forms_of(
    schema: GraphQLSchema, selection: Selection, plan: Plan
) -> Mapping[StepId, Form]:
    """A form for each step whose rows are read as nothing but what is selected."""
    lists = list(_lists(selection, plan))
    if not lists:
        return {}
    read, steps = _readers(plan), {step.id: step for step in plan.steps}
    forms: dict[StepId, Form] = {}
    for selected, planned, id_ in lists:
        step = steps.get(id_)
        alone = step is not None and step.parents is None and read[id_] == 1
        if step is None or not alone or not _is_plain(step.step):
            continue
        form = form_of(schema, selected, planned)
        if form is not None:
            forms[id_] = form
    return forms


def _is_plain(step: Step) -> bool:
    """Whether nothing but the operation reads a reply's body, and nobody keeps it."""
    looks = (step.select, step.success_if, step.cache, step.batch, step.pages)
    judged = step.retry is not None and step.retry.condition is not None
    return looks == (None,) * len(looks) and not judged


# -- which lists ---------------------------------------------------------------------

_List = tuple[SelectedField, PlannedField, StepId]


def _lists(selection: Selection, plan: Plan) -> Iterator[_List]:
    """The lists of objects that are the whole answers of steps."""
    for selected, root in zip(selection.roots, plan.roots, strict=True):
        yield from _below(selected, root.field)


def _below(selected: SelectedField, planned: PlannedField) -> Iterator[_List]:
    match planned.read:
        case AnswerOf(step, None) if planned.type.wrappers.count("[") == 1:
            if len(planned.fields) == 1:
                yield selected, planned, step
            return
    for concrete, fields in planned.fields.items():
        for child in selected.fields[concrete]:
            yield from _below(child, fields[child.key])


def _readers(plan: Plan) -> Counter[StepId]:
    """How often each step is read, or waited for, in a plan."""
    found: Counter[StepId] = Counter()
    for root in plan.roots:
        found.update(_read_by(root))
    return found


def _read_by(root: PlannedRoot) -> Iterator[StepId]:
    yield from _in_field(root.field)
    if root.null_if is not None:
        yield from _in(root.null_if)
    for step in root.steps:
        yield from step.depends_on
        yield from _in_scope(step.scope)


def _in_field(field: PlannedField) -> Iterator[StepId]:
    yield from _in(field.read)
    for fields in field.fields.values():
        for child in fields.values():
            yield from _in_field(child)


def _in(read: Read) -> Iterator[StepId]:
    match read:
        case AnswerOf(step) | JoinOf(step) | Given(_, JoinOf(step)):
            yield step
        case FirstOf(steps) | ConcatOf(steps):
            yield from steps
        case Typed(named, kinds):
            yield from (named.step, *(kind.row.step for kind in kinds.values()))
        case Evaluate(scope=scope):
            yield from _in_scope(scope)


def _in_scope(scope: Scope) -> Iterator[StepId]:
    yield from scope.steps.values()
    for read in (scope.own or {}).values():
        yield from _in(read)
