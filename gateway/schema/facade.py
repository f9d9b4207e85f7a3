"""The gateway as Strawberry sees it: one schema that is never the same twice.

Strawberry's views ask a `BaseSchema`. This one owns no types: it gives each operation
to the pipeline with the generation of that moment, so a socket that stays open over a
reload asks the new configuration. Must add no meaning of its own.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterable, Mapping
from typing import Any, Protocol

from graphql import GraphQLError, GraphQLFormattedError, print_schema
from strawberry.schema.base import BaseSchema
from strawberry.schema.config import StrawberryConfig
from strawberry.types.execution import ExecutionResult, PreExecutionError
from strawberry.types.graphql import OperationType

from gateway.errors import InternalError, RequestError
from gateway.generation import Generation
from gateway.request.model import RequestContext
from gateway.response.model import Answer, FieldError, Verdict, refusal
from gateway.schema.asking import read_members
from gateway.schema.documents import Documents
from gateway.schema.serving import Serving, answer_safely, given_of


class Opening(Protocol):
    """The context of a connection: begins a request for each of its operations."""

    @property
    def read_only(self) -> bool: ...

    @property
    def headers(self) -> Mapping[str, str]: ...

    def begin(self, generation: Generation, /) -> RequestContext:
        """The context of an operation that starts now.

        Raises:
            RequestError: its headers cannot be read.
        """


class ShownError(GraphQLError):
    """One of our errors in the words of graphql-core, written as we write it."""

    def __init__(self, error: FieldError) -> None:
        super().__init__(error.message)
        self.shown = error.as_json()

    @property
    def formatted(self) -> GraphQLFormattedError:
        return self.shown  # type: ignore[return-value]


class Facade(BaseSchema):
    """Strawberry's public protocol over the pipeline; it has no Strawberry types."""

    schema_converter: Any = None
    query: Any = None
    mutation: Any = None
    subscription: Any = None
    exception_handlers: tuple[Any, ...] = ()

    def __init__(self, serving: Serving, documents: Documents) -> None:
        self.serving = serving
        self.documents = documents
        self.config = StrawberryConfig()
        self.schema_directives = []

    async def execute(  # noqa: PLR0913 - Strawberry's signature
        self,
        query: str | None,
        variable_values: dict[str, Any] | None = None,
        context_value: Any | None = None,
        root_value: Any | None = None,  # noqa: ARG002
        operation_name: str | None = None,
        allowed_operation_types: Iterable[OperationType] | None = None,  # noqa: ARG002
        operation_extensions: dict[str, Any] | None = None,
    ) -> ExecutionResult:
        """One operation, checked and answered as a POST would be."""
        members = {
            "query": query,
            "variables": variable_values,
            "operationName": operation_name,
            "extensions": operation_extensions,
        }
        assert context_value is not None, "our views give one"  # noqa: S101
        return as_result(await self._answer(members, context_value))

    async def _answer(self, members: Mapping[str, Any], opening: Opening) -> Answer:
        try:
            asking = read_members(dict(members), read_only=opening.read_only)
            current = self.serving.current
            given = given_of(
                self.serving, current, opening.begin(current), opening.headers
            )
        except RequestError as error:
            return refusal(FieldError(error.message, error.code), status=error.status)
        pipeline, generation, request, _ = given
        return await answer_safely(pipeline, generation, asking, request)

    async def stream(  # noqa: PLR0913 - Strawberry's signature
        self,
        query: str | None,
        variable_values: dict[str, Any] | None = None,
        context_value: Any | None = None,
        root_value: Any | None = None,
        operation_name: str | None = None,
        operation_extensions: dict[str, Any] | None = None,
        allowed_operation_types: Iterable[OperationType] | None = None,
    ) -> AsyncGenerator[ExecutionResult, None]:
        """A stream of one answer: operations with many are not served yet."""

        async def one() -> AsyncGenerator[ExecutionResult, None]:
            yield await self.execute(
                query,
                variable_values,
                context_value,
                root_value,
                operation_name,
                allowed_operation_types,
                operation_extensions,
            )

        return one()

    async def subscribe(  # noqa: PLR0913 - Strawberry's signature
        self,
        query: str | None,
        variable_values: dict[str, Any] | None = None,
        context_value: Any | None = None,
        root_value: Any | None = None,
        operation_name: str | None = None,
        operation_extensions: dict[str, Any] | None = None,
    ) -> AsyncGenerator[ExecutionResult, None]:
        """The same stream of one answer."""
        return await self.stream(
            query,
            variable_values,
            context_value,
            root_value,
            operation_name,
            operation_extensions,
        )

    def execute_sync(self, *_: Any, **__: Any) -> ExecutionResult:
        """Never: the gateway waits for its sources."""
        raise InternalError("the gateway has no synchronous way in")

    def get_type_by_name(self, name: str) -> None:
        """None: there are no Strawberry types behind this schema."""

    def get_directive_by_name(self, graphql_name: str) -> None:
        """None: there are no Strawberry directives behind this schema."""

    def as_str(self) -> str:
        """The SDL of this moment."""
        return print_schema(self.serving.current.schema)


def as_result(answer: Answer) -> ExecutionResult:
    """An answer as Strawberry's views write it; a refusal ends the operation."""
    errors: list[GraphQLError] = [ShownError(error) for error in answer.errors]
    if answer.verdict is Verdict.REFUSED:
        return PreExecutionError(data=None, errors=errors)
    data = None if answer.data is None else dict(answer.data)
    return ExecutionResult(data, errors or None, dict(answer.extensions) or None)
