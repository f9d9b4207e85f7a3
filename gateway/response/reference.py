"""The reference path: graphql-core executes the document over the results.

Its resolvers only read. Coercion, null propagation and error paths are graphql-core's,
so this path defines what an answer means.
"""

from __future__ import annotations

from collections.abc import Awaitable, Iterator, Mapping, Sequence
from typing import TypeGuard

from graphql import (
    ExecutionResult,
    GraphQLAbstractType,
    GraphQLError,
    GraphQLResolveInfo,
    GraphQLSchema,
    ValueNode,
    experimental_execute_incrementally,
)

from gateway.errors import Code, PartError
from gateway.execution.model import Failure
from gateway.execution.reading import Reader
from gateway.plan.model import Plan, PlannedRoot, PlannedStep
from gateway.record import Model, Record
from gateway.request.document import Document
from gateway.request.model import Asking
from gateway.response.complete import Naming, Reported, account_of
from gateway.response.model import Answer, FieldError, Showing, Verdict
from gateway.response.told import Told, told
from gateway.response.view import FieldFailedError, View, lost_parts, root_value
from gateway.values import JsonValue, StepId


class _Context(Model, frozen=True):
    """What resolvers reach through ``info.context``."""

    roots: Mapping[str, PlannedRoot]
    reader: Reader


class Finished(Record, frozen=True):
    """A request whose plan has run, and all it takes to answer it."""

    schema: GraphQLSchema
    document: Document
    asking: Asking
    plan: Plan
    reader: Reader


class ErrorView(Record, frozen=True):
    """What a caller sees of failures.

    With ``explain`` step, source, status, attempts and detail too; at most ``limit``
    errors, the rest counted. ``completeness``: when the answer accounts for itself.
    """

    explain: bool = False
    limit: int = 100
    completeness: Showing = Showing.OFF


def refer(finished: Finished, seen: ErrorView) -> Answer:
    """The answer to a request, by graphql-core's own execution."""
    plan = finished.plan
    # The schema knows @defer, which `execute` refuses; the document is without it.
    result = experimental_execute_incrementally(
        finished.schema,
        finished.document.node,
        context_value=_Context(
            {root.field.key: root for root in plan.roots}, finished.reader
        ),
        variable_values=dict(finished.asking.variables),
        operation_name=finished.asking.operation,
        field_resolver=_resolve,
        type_resolver=resolve_type,
        is_awaitable=_never,
    )
    assert isinstance(result, ExecutionResult), "resolvers never wait"  # noqa: S101
    found = [*(result.errors or ()), *lost_rows(plan, finished.reader, result.data)]
    entries = [reported(error, finished, seen) for error in found]
    errors = tuple(one.error for one in entries[: seen.limit])
    omitted = len(found) - len(errors)
    accounts = accounts_of(finished, result.data, entries, seen)
    return Answer(
        data=result.data,
        errors=errors,
        extensions={
            **({"errors_omitted": omitted} if omitted else {}),
            **({"completeness": accounts} if accounts else {}),
        },
        verdict=verdict_of(result.data, errors),
    )


def described(
    schema: GraphQLSchema, document: Document, asking: Asking
) -> Mapping[str, JsonValue] | None:
    """The data of an operation that has no root but `__schema`, `__type`, `__typename`.

    It takes as long as the schema is wide, and depends on nothing else of a request.
    None where there is an error to tell.
    """
    result = experimental_execute_incrementally(
        schema,
        document.node,
        variable_values=dict(asking.variables),
        operation_name=asking.operation,
    )
    assert isinstance(result, ExecutionResult), "a schema never waits"  # noqa: S101
    return None if result.errors else result.data


def accounts_of(
    finished: Finished,
    data: Mapping[str, object] | None,
    reported: Sequence[Reported],
    seen: ErrorView,
) -> dict[str, JsonValue]:
    """How complete each root field is, as far as the setting wants it told."""
    if seen.completeness is Showing.OFF:
        return {}
    named = naming_of(finished, seen)
    accounts = {
        root.field.key: account_of(root, finished.reader, data, reported)
        for root in finished.plan.roots
    }
    return {
        key: account.as_json(named)
        for key, account in accounts.items()
        if account.notable or seen.completeness is Showing.ON
    }


def naming_of(finished: Finished, seen: ErrorView) -> Naming:
    """What the caller may know of a step."""
    return _naming(finished.plan) if seen.explain else _nameless


def _nameless(_step: StepId | None) -> Mapping[str, JsonValue]:
    return {}


def _naming(plan: Plan) -> Naming:
    """Steps and sources by name, for those who may see them."""
    sources = {step.id: step.step.source for step in plan.steps}

    def named(step: StepId | None) -> Mapping[str, JsonValue]:
        names = {"step": str(step), "source": sources.get(step)} if step else {}
        return {name: text for name, text in names.items() if text is not None}

    return named


def lost_rows(
    plan: Plan, reader: Reader, data: Mapping[str, object] | None
) -> Iterator[GraphQLError]:
    """Errors of what is missing in a root field that has a value all the same."""
    for root in plan.roots:
        key = root.field.key
        if data and data.get(key) is not None:
            for cause in lost_parts(root, reader):
                yield GraphQLError(str(cause), path=[key], original_error=cause)


def _never(_value: object) -> TypeGuard[Awaitable[object]]:
    return False


def _resolve(
    source: object, info: GraphQLResolveInfo[_Context], **_arguments: object
) -> object:
    key = str(info.path.key)
    if isinstance(source, View):
        return source.get(info.parent_type.name, key)
    return root_value(info.context.roots[key], info.context.reader)


def resolve_type(
    value: object, info: GraphQLResolveInfo[_Context], abstract: GraphQLAbstractType
) -> str | None:
    if not isinstance(value, View):
        return None
    possible = frozenset(t.name for t in info.schema.get_possible_types(abstract))
    return value.concrete_type(possible)


def verdict_of(
    data: Mapping[str, object] | None, errors: tuple[FieldError, ...]
) -> Verdict:
    if not errors:
        return Verdict.WHOLE
    if data is None or all(value is None for value in data.values()):
        return Verdict.FAILED
    return Verdict.PARTIAL


def reported(error: GraphQLError, finished: Finished, seen: ErrorView) -> Reported:
    """An error of graphql-core in the words of ours, as far as the caller may see."""
    cause = error.original_error
    if isinstance(cause, PartError):
        cause = _of_part(cause, finished.plan, error.path)
    where = tuple((one.line, one.column) for one in error.locations or ())
    path = tuple(error.path) if error.path else None
    if isinstance(cause, FieldFailedError):
        fault = next((s for s in finished.plan.steps if s.id == cause.step), None)
        words = told(cause.failure, fault, finished.reader)
        facts = _facts(cause, fault, words) if seen.explain else {}
        further = {**words.extensions, **facts}
        code = cause.failure.code
        usual = None if words.code == code else code
        error_ = FieldError(words.message, words.code, path, where, further, usual)
        return Reported(error_, cause.step)
    if _is_clients(error):
        return Reported(FieldError(error.message, Code.BAD_USER_INPUT, path, where))
    shown = error.message if cause is None else "The source's value does not fit here."
    return Reported(FieldError(shown, Code.INVALID_VALUE, path, where))


def _of_part(
    part: PartError, plan: Plan, path: Sequence[str | int] | None
) -> FieldFailedError:
    """A part that a step's answer lacks, as that step's failure."""
    own = (s.id for s in plan.steps if s.id.step == part.step)
    at = next((id_ for id_ in own if not path or id_.path[0] == path[0]), None)
    failure = Failure(part.code, part.message, 1, detail=part.detail)
    return FieldFailedError(failure, at)


def _is_clients(error: GraphQLError) -> bool:
    """Whether graphql-core refused a switch or an argument.

    Only such an error is about a value in the document, and its words are about what
    the client wrote; those of all others may hold what a source said.
    """
    cause = error.original_error
    at_fault = cause if isinstance(cause, GraphQLError) else error
    return any(isinstance(node, ValueNode) for node in at_fault.nodes or ())


def _facts(
    cause: FieldFailedError, step: PlannedStep | None, words: Told
) -> Mapping[str, JsonValue]:
    """Step, source, status, attempts, detail and the source's own code.

    They are for those who may see them.
    """
    if cause.step is None:
        return {} if words.detail is None else {"detail": words.detail}
    owner, held = (step.step.owner, step.step.held) if step else (None, None)
    facts: dict[str, JsonValue] = {
        "step": str(cause.step),
        "source": step.step.source if step else None,
        "status": cause.failure.status,
        "attempts": cause.failure.attempts,
        "detail": words.detail,
        "upstream_code": cause.failure.upstream_code,
        "held": held.shown() if held else None,
        "owner": owner.as_json() if owner else None,
    }
    return {name: fact for name, fact in facts.items() if fact is not None}
