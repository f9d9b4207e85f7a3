"""A description in one form, whatever its version: operations, parameters, answers."""

from __future__ import annotations

from dataclasses import dataclass

from gateway.importing.openapi.library import Found, Raw


@dataclass(frozen=True, slots=True)
class Part:
    """An operation as written: its method and path, and its file."""

    method: str
    path: str
    raw: Raw
    file: str


@dataclass(frozen=True, slots=True)
class Parameter:
    """``style`` is that of OpenAPI 3; ``schema`` is None where none is told."""

    name: str
    place: str
    schema: Found
    required: bool = False
    style: str = "form"
    explode: bool = True
    description: str = ""
    deprecated: bool = False


@dataclass(frozen=True, slots=True)
class Body:
    """A request's body. ``media`` is the type that was chosen."""

    media: str
    schema: Found
    required: bool = False
    description: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer that counts. ``media`` is empty where it has no body."""

    status: str
    media: str = ""
    schema: Found | None = None
    headers: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Operation:
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


@dataclass(frozen=True, slots=True)
class Description:
    """All of it. ``security`` are schemes by name; ``required`` those asked for."""

    title: str
    version: str
    url: str
    operations: tuple[Operation, ...]
    security: Raw
    required: tuple[str, ...]
    scopes: tuple[str, ...] = ()
