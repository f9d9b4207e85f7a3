"""A description in one form, whatever its version: operations, parameters, answers."""

from __future__ import annotations

from gateway.importing.openapi.library import Found, Raw
from gateway.record import Model


class Part(Model, frozen=True):
    """An operation as written: its method and path, and its file."""

    method: str
    path: str
    raw: Raw
    file: str


class Parameter(Model, frozen=True):
    """``style`` is that of OpenAPI 3; ``schema`` is None where none is told."""

    name: str
    place: str
    schema: Found
    required: bool = False
    style: str = "form"
    explode: bool = True
    description: str = ""
    deprecated: bool = False


class Body(Model, frozen=True):
    """A request's body. ``media`` is the type that was chosen."""

    media: str
    schema: Found
    required: bool = False
    description: str = ""


class Answer(Model, frozen=True):
    """The answer that counts. ``media`` is empty where it has no body."""

    status: str
    media: str = ""
    schema: Found | None = None
    headers: frozenset[str] = frozenset()


class Operation(Model, frozen=True):
    """One method of one path. ``name`` is its `operationId`, which may be empty."""

    method: str
    path: str
    name: str
    tag: str
    parameters: tuple[Parameter, ...]
    body: Body | None
    answer: Answer | None
    statuses: frozenset[str]
    summary: str = ""
    description: str = ""
    deprecated: bool = False

    @property
    def said(self) -> str:
        """As people call it: ``GET /pets/{id}``."""
        return f"{self.method} {self.path}"


class Description(Model, frozen=True):
    """All of it. ``security`` are schemes by name; ``required`` those asked for."""

    title: str
    version: str
    url: str
    operations: tuple[Operation, ...]
    security: Raw
    required: tuple[str, ...]
    scopes: tuple[str, ...] = ()
