"""Execution of a document while the plan's steps are under way, by graphql-core.

The reference path's meaning, in parts: a field whose steps have settled is read at
once, any other is awaited. What a part is, whom a null takes with it and which errors
belong where is graphql-core's.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple, TypeAlias

from graphql import (
    ExecutionResult,
    ExperimentalIncrementalExecutionResults,
    GraphQLError,
    GraphQLResolveInfo,
    experimental_execute_incrementally,
)
from graphql.execution.incremental.incremental_executor import (
    DeliveryGroup,
    IncrementalExecutor,
)
from graphql.execution.types import (
    InitialIncrementalExecutionResult,
    SubsequentIncrementalExecutionResult,
)

from gateway.errors import Code
from gateway.execution.model import Failed, Failure
from gateway.plan.model import Groups, PlannedRoot
from gateway.response.incremental.document import Arranged
from gateway.response.incremental.model import Waiting
from gateway.response.reference import Finished, resolve_type
from gateway.response.view import FieldFailedError, View, root_value
from gateway.values import StepId

Begun: TypeAlias = ExecutionResult | ExperimentalIncrementalExecutionResults
_NOTHING = frozenset[StepId]()
_NO_ANSWER = Failure(Code.DEPENDENCY_FAILED, "A required source did not answer.")


class _Context(NamedTuple):
    """What resolvers reach through ``info.context``."""

    finished: Finished
    groups: Groups
    waiting: Waiting
    roots: Mapping[str, PlannedRoot]
    parts: Mapping[str, frozenset[StepId]]
    """The steps that each part needs further, by its label."""


def begin(
    finished: Finished, groups: Groups, document: Arranged, waiting: Waiting
) -> Begun | Awaitable[Begun]:
    """The first payload's execution; with it, or when awaited, those of the others."""
    later = {
        label: groups.later.get(part.number, _NOTHING)
        for label, part in document.parts.items()
    }
    roots = {root.field.key: root for root in finished.plan.roots}
    return experimental_execute_incrementally(
        finished.schema,
        document.document,
        context_value=_Context(finished, groups, waiting, roots, later),
        variable_values=dict(finished.asking.variables),
        operation_name=finished.asking.operation,
        field_resolver=_resolve,
        type_resolver=resolve_type,
        executor_class=_Executor,
    )


def first_of(begun: Begun) -> ExecutionResult | InitialIncrementalExecutionResult:
    """What the first payload says."""
    return begun if isinstance(begun, ExecutionResult) else begun.initial_result


def others_of(
    begun: Begun,
) -> AsyncGenerator[SubsequentIncrementalExecutionResult, None] | None:
    """What the others say, as it comes; None where the first says everything."""
    return None if isinstance(begun, ExecutionResult) else begun.subsequent_results


def _resolve(
    source: object, info: GraphQLResolveInfo[_Context], **_arguments: object
) -> object:
    key, context = str(info.path.key), info.context
    if isinstance(source, View):
        concrete = info.parent_type.name
        group = context.groups.needs[id(source.field.fields[concrete][key])]
        if context.waiting.is_settled(group):
            return source.get(concrete, key)
        return context.waiting.later(group, partial(source.get, concrete, key))
    root, reader = context.roots[key], context.finished.reader
    group = context.groups.firm[key]
    if context.waiting.is_settled(group):
        return root_value(root, reader)
    return context.waiting.later(group, partial(root_value, root, reader))


class _Executor(IncrementalExecutor):
    """Fails a part that has lost a required step; nothing of it is delivered."""

    def execute_execution_group(
        self, delivery_groups: Sequence[DeliveryGroup], *rest: Any
    ) -> Any:
        result = super().execute_execution_group(delivery_groups, *rest)
        if not self.is_awaitable(result):
            self._check(delivery_groups)
            return result

        check = partial(self._check, delivery_groups)
        return self.context_value.waiting.checked(result, check)

    def _check(self, delivery_groups: Sequence[DeliveryGroup]) -> None:
        """Raise where all the parts that something belongs to have lost a step.

        Raises:
            GraphQLError: they have; the first one's step is told.
        """
        context: _Context = self.context_value
        lost = context.waiting.lost
        if not lost:
            return
        faults = [lost & context.parts[group.label or ""] for group in delivery_groups]
        if all(faults):
            step = min(faults[0])
            result = context.finished.reader.store[step]
            failure = result.failure if isinstance(result, Failed) else _NO_ANSWER
            path = delivery_groups[0].path
            self.abort_in_background()
            raise GraphQLError(
                failure.message,
                path=path.as_list() if path else [],
                original_error=FieldFailedError(failure, step),
            )
