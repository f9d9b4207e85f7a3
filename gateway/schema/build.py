"""SDL and profiles → the one superset schema of a generation."""

from __future__ import annotations

from collections.abc import Iterable

from graphql import DefinitionNode, GraphQLError, GraphQLSchema, parse, validate_schema
from graphql.validation.validate import validate_sdl

from gateway.errors import Problems
from gateway.profile.model import Profile
from gateway.request.model import OperationKind
from gateway.schema.sdl import Sdl, complete, executable, report
from gateway.schema.shapes import print_fields, print_type
from gateway.values import SourceSpan, digest

_ROOTS = {kind: kind.value.capitalize() for kind in OperationKind}

EMPTY_SCHEMA = 'type Query {\n  "No profile is loaded yet."\n  _empty: Boolean\n}'


def declared_sdl(profiles: Iterable[Profile], sdl: Sdl) -> str:
    """What the profiles add to the SDL: root fields and types of their own."""
    parts = []
    fields: dict[str, list[str]] = {}
    for profile in sorted(profiles, key=lambda p: p.operation):
        if profile.declares_field:
            root = _ROOTS[profile.kind]
            fields.setdefault(root, []).append(print_fields([profile.field]))
        parts += [print_type(shape) for shape in profile.declares]
        parts += [
            f"extend type {profile.returns} {{\n{print_fields([added])}\n}}"
            for added in profile.adds
        ]
    for root, lines in sorted(fields.items()):
        keyword = "extend type" if sdl.shapes.get(root) else "type"
        parts.append(f"{keyword} {root} {{\n" + "\n".join(lines) + "\n}")
    if not sdl.shapes.get("Query") and "Query" not in fields:
        parts.append(EMPTY_SCHEMA)
    return "\n\n".join(dict.fromkeys(parts))


def schema_digest(sdl: Sdl, declared: str) -> str:
    return digest(sdl.digest, declared)


def build_schema(sdl: Sdl, declared: str, problems: Problems) -> GraphQLSchema | None:
    """The executable schema; None and problems where the parts do not fit."""
    definitions: list[DefinitionNode] = list(sdl.document.definitions)
    try:
        if declared:
            definitions += parse(declared, no_location=True).definitions
    except GraphQLError as syntax:
        problems.add(SourceSpan("<declared by profiles>"), syntax.message)
        return None
    document = complete(definitions)
    errors = validate_sdl(document)
    for error in errors:
        report(error, problems)
    if errors:
        return None
    schema = executable(document)
    broken = validate_schema(schema)
    for error in broken:
        report(error, problems)
    return None if broken else schema
