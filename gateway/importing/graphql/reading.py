"""A GraphQL schema from SDL or from an introspection's answer. Pure.

In charge of what schemas look like in files: subgraphs extend types that nobody
defines, and use words of federation that nobody defines either.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from graphql import (
    DefinitionNode,
    DocumentNode,
    EnumTypeDefinitionNode,
    EnumTypeExtensionNode,
    GraphQLError,
    GraphQLSchema,
    InputObjectTypeDefinitionNode,
    InputObjectTypeExtensionNode,
    InterfaceTypeDefinitionNode,
    InterfaceTypeExtensionNode,
    ObjectTypeDefinitionNode,
    ObjectTypeExtensionNode,
    ScalarTypeDefinitionNode,
    ScalarTypeExtensionNode,
    SchemaExtensionNode,
    UnionTypeDefinitionNode,
    UnionTypeExtensionNode,
    build_ast_schema,
    build_client_schema,
    parse,
)

from gateway.importing.made import ImportFailure

_DEFINITIONS: Mapping[type[object], type[DefinitionNode]] = {
    ObjectTypeExtensionNode: ObjectTypeDefinitionNode,
    InterfaceTypeExtensionNode: InterfaceTypeDefinitionNode,
    UnionTypeExtensionNode: UnionTypeDefinitionNode,
    EnumTypeExtensionNode: EnumTypeDefinitionNode,
    InputObjectTypeExtensionNode: InputObjectTypeDefinitionNode,
    ScalarTypeExtensionNode: ScalarTypeDefinitionNode,
}


def schema_in(text: str, place: str) -> GraphQLSchema:
    """The schema that a text holds: SDL, or the JSON of an introspection.

    Raises:
        ImportFailure: it holds none.
    """
    if text.lstrip().startswith("{"):
        try:
            return introspected(json.loads(text), place)
        except (ValueError, RecursionError):
            raise ImportFailure(place, "this is neither SDL nor JSON") from None
    try:
        return build_ast_schema(_defined(parse(text)), assume_valid_sdl=True)
    except GraphQLError as error:
        at = error.locations[0] if error.locations else None
        where = f"{place}:{at.line}:{at.column}" if at else place
        raise ImportFailure(where, error.message) from None
    except (TypeError, RecursionError) as error:
        raise ImportFailure(place, f"this is no schema: {error}") from None


def introspected(answer: object, place: str) -> GraphQLSchema:
    """The schema that an introspection's answer describes.

    Raises:
        ImportFailure: it describes none.
    """
    found = answer.get("data", answer) if isinstance(answer, Mapping) else None
    if not isinstance(found, Mapping) or "__schema" not in found:
        hint = "many APIs forbid it: ask for their SDL and name that file"
        raise ImportFailure(place, "there is no introspection in the answer", hint)
    try:
        return build_client_schema(dict(found))  # type: ignore[arg-type]
    except GraphQLError as error:
        raise ImportFailure(place, f"the introspection is none: {error}") from None
    except (TypeError, ValueError, LookupError, AttributeError, RecursionError):
        why = "the introspection is none: a part of it has another form"
        raise ImportFailure(place, why) from None


def _defined(document: DocumentNode) -> DocumentNode:
    """The document where every type that is extended is defined."""
    definitions = tuple(_DEFINITIONS.values())
    known = {_name(o) for o in document.definitions if isinstance(o, definitions)}
    kept: list[DefinitionNode] = []
    for one in document.definitions:
        definition = _DEFINITIONS.get(type(one))
        name = _name(one)
        if isinstance(one, SchemaExtensionNode):
            continue  # links to federation, of no meaning here
        if definition is not None and name not in known:
            known.add(name)
            fields = {key: getattr(one, key, None) for key in definition.keys}
            kept.append(definition(**fields))
        else:
            kept.append(one)
    return DocumentNode(definitions=tuple(kept))


def _name(node: object) -> object:
    return getattr(getattr(node, "name", None), "value", None)
