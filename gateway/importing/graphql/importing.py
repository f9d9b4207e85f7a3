"""A GraphQL schema → types of ours, and an operation for each field of its roots.

In charge of what is taken over and under which name. Must never ask anybody.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from graphql import (
    GraphQLField,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    ObjectTypeDefinitionNode,
    StringValueNode,
    get_named_type,
    is_input_type,
    print_ast,
)
from graphql.utilities import ast_from_value

from gateway.importing.graphql.types import Types
from gateway.importing.made import ImportFailure, LeftOut, Made, Told
from gateway.importing.names import argument_name
from gateway.importing.sdl_text import ArgumentMade, FieldMade, extended, sdl
from gateway.importing.yaml_text import document
from gateway.record import Model

_FEDERATION = frozenset({"_entities", "_service"})


class Wishes(Model, frozen=True):
    """What somebody wants of a schema. ``besides`` are operations that are left out."""

    source: str
    url: str
    mutations: bool = False
    entities: bool = False
    besides: frozenset[str] = frozenset()


def import_schema(schema: GraphQLSchema, title: str, wishes: Wishes) -> Made:
    """The project of a schema.

    Raises:
        ImportFailure: nothing of it can be asked.
    """
    made = _Making(schema, wishes)
    queries = list(made.operations(schema.query_type))
    mutations = list(made.operations(schema.mutation_type)) if wishes.mutations else []
    if not queries and not mutations:
        raise ImportFailure(title, "it has no field that can be asked for")
    made.tell_of_rest()
    roots = [extended("Query", queries)] if queries else []
    if mutations:
        roots.append(extended("Mutation", mutations))
    types = made.types.printed()
    files = {f"schema/{wishes.source}.graphql": sdl((*roots, *types)), **made.files}
    summary = {"operations": len(queries) + len(mutations), "types": len(types)}
    keys = {"type": "graphql", "url": wishes.url}
    return Made(
        title,
        files,
        {wishes.source: keys},
        made.told,
        {**summary, "files": len(files)},
    )


@dataclass(slots=True)
class _Making:
    schema: GraphQLSchema
    wishes: Wishes
    told: Told = field(default_factory=Told)
    files: dict[str, str] = field(default_factory=dict)
    types: Types = field(init=False)

    def __post_init__(self) -> None:
        self.types = Types(self.schema, self.told)

    def operations(self, root: GraphQLObjectType | None) -> Iterator[FieldMade]:
        """A field of ours, and its profile, for each field of a root."""
        for name, found in (root.fields if root is not None else {}).items():
            if name in _FEDERATION or name in self.wishes.besides:
                continue
            if not self.types.can_have(get_named_type(found.type)):
                self.told.leave_out(name, "it answers with the root itself")
                continue
            yield self._operation(
                name, found, changes=root is self.schema.mutation_type
            )

    def _operation(self, name: str, found: GraphQLField, *, changes: bool) -> FieldMade:
        self.types.take(get_named_type(found.type))
        arguments, given, types = [], {}, {}
        for theirs, argument in found.args.items():
            ours = argument_name(theirs)
            if ours != theirs:
                self.told.change(f"{name}({theirs})", f"it is called {ours} here")
            self.types.take(get_named_type(argument.type))
            given[theirs] = f"${{ {ours} }}"
            types[theirs] = str(argument.type)
            arguments.append(
                ArgumentMade(
                    ours,
                    str(argument.type),
                    argument.description or "",
                    _default(argument),
                    bool(argument.deprecation_reason),
                )
            )
        self._profile(name, given, types, changes=changes)
        return FieldMade(
            name,
            str(found.type),
            found.description or "",
            tuple(arguments),
            bool(found.deprecation_reason),
        )

    def _profile(
        self,
        name: str,
        given: Mapping[str, str],
        types: Mapping[str, str],
        *,
        changes: bool,
    ) -> None:
        taken = {one[3:-2] for one in given.values()}
        step: dict[str, object] = {
            "name": argument_name(name if name not in taken else f"{name}Answer"),
            "type": "graphql",
            "source": self.wishes.source,
            "field": name,
        }
        if changes:
            step["mutation"] = True
        if given:
            step |= {"arguments": dict(given), "types": dict(types)}
        whole: dict[str, object] = {"language": 1, "operation": name}
        if changes:
            whole["kind"] = "mutation"
        self.files[f"profiles/{name}.yaml"] = document({**whole, "steps": [step]})

    def tell_of_rest(self) -> None:
        """Everything that a person might miss, and the entities where wanted."""
        if self.schema.mutation_type is not None and not self.wishes.mutations:
            for name in self.schema.mutation_type.fields:
                self.told.leave_out(name, "it changes something: add --mutations")
        if self.schema.subscription_type is not None:
            for name in self.schema.subscription_type.fields:
                self.told.leave_out(name, "subscriptions are not asked for")
        for type_ in list(self.schema.type_map.values()):
            for key in _keys(type_):
                self._entity(type_, key)

    def _entity(self, type_: GraphQLNamedType, key: str) -> None:
        what, names = f'{type_.name} @key(fields: "{key}")', key.split()
        path = f"profiles/{type_.name}.entity.yaml"
        if not self.wishes.entities:
            why = "what asks for it by its key is made with --entities"
            self.told.leave_out(what, why)
        elif "{" in key or path in self.files or not self.types.has(type_):
            self.told.leave_out(what, "one plain key of a type that is reached is made")
        elif isinstance(type_, GraphQLObjectType):
            others = [
                n for n, f in type_.fields.items() if n not in names and not f.args
            ]
            step: dict[str, object] = {
                "name": f"{self.wishes.source}{type_.name}",
                "type": "graphql",
                "source": self.wishes.source,
                "provides": others,
                "entity": {"type": type_.name, "key": names},
            }
            whole = {"language": 1, "entity": type_.name, "key": names, "steps": [step]}
            if others:
                self.files[path] = document(whole)


def _default(argument: object) -> str:
    node = getattr(getattr(argument, "ast_node", None), "default_value", None)
    if node is not None:
        return print_ast(node)
    value, type_ = getattr(argument, "default_value", None), argument.type  # type: ignore[attr-defined]
    if (
        value is None
        or not is_input_type(type_)
        or type(value).__name__ == "UndefinedType"
    ):
        return ""
    made = ast_from_value(value, type_)
    return print_ast(made) if made is not None else ""


def _keys(type_: GraphQLNamedType) -> Iterator[str]:
    """The keys that federation finds it by, as its SDL says."""
    nodes = (type_.ast_node, *(type_.extension_ast_nodes or ()))
    for node in nodes:
        if not isinstance(node, ObjectTypeDefinitionNode) and node is type_.ast_node:
            continue
        for directive in getattr(node, "directives", None) or ():
            for argument in (
                directive.arguments if directive.name.value == "key" else ()
            ):
                if argument.name.value == "fields" and isinstance(
                    argument.value, StringValueNode
                ):
                    yield argument.value.value


__all__ = ["LeftOut", "Wishes", "import_schema"]
