"""``@cost`` and ``@listSize`` of a schema → `Weights`; what is wrong with them.

The words are those of the GraphQL cost directives (IBM's specification), with a number
as weight as federation has it. In charge of reading them; what they come to for a plan
is `plan.estimating`'s.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, TypeAlias

from graphql import (
    DirectiveNode,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
    is_introspection_type,
    is_list_type,
    value_from_ast_untyped,
)
from graphql.type import get_nullable_type

from gateway.errors import Problems
from gateway.schema.marks import span_of
from gateway.values import Coordinate
from gateway.weights import Sizing, Weights

_Fielded: TypeAlias = GraphQLObjectType | GraphQLInterfaceType
_SLICES = ("first", "last")
_PAGES = ("edges", "nodes")


def weights_of(schema: GraphQLSchema) -> Weights:
    """What the directives of a schema that was checked say.

    A list (or a Relay connection) with the argument `first` or `last` is as long as
    those say, without a directive, too.
    """
    types: dict[str, float] = {}
    fields: dict[Coordinate, float] = {}
    arguments: dict[Coordinate, Mapping[str, float]] = {}
    sizes: dict[Coordinate, Sizing] = {}
    for name, type_ in schema.type_map.items():
        if is_introspection_type(type_):
            continue
        _keep(types, name, _weight(type_))
        for field, one in type_.fields.items() if isinstance(type_, _Fielded) else ():
            at = Coordinate(name, field)
            _keep(fields, at, _weight(one))
            given = {n: _weight(a) for n, a in one.args.items()}
            told = {n: w for n, w in given.items() if w is not None}
            if told:
                arguments[at] = told
            _keep(sizes, at, _sizing(one))
    return Weights(types, fields, arguments, sizes)


def _keep(kept: dict[Any, Any], key: object, value: object) -> None:
    if value is not None:
        kept[key] = value


def _directive(of: object, name: str) -> DirectiveNode | None:
    """The directive where a type, field or argument is defined, or extended."""
    nodes = (getattr(of, "ast_node", None), *(getattr(of, "extension_ast_nodes", ())))
    for node in nodes:
        for one in (node.directives or ()) if node is not None else ():
            if one.name.value == name:
                found: DirectiveNode = one
                return found
    return None


def _given(node: DirectiveNode) -> dict[str, Any]:
    return {
        one.name.value: value_from_ast_untyped(one.value)
        for one in node.arguments or ()
    }


def _weight(of: object) -> float | None:
    node = _directive(of, "cost")
    if node is None:
        return None
    try:
        return float(_given(node)["weight"])
    except (KeyError, TypeError, ValueError):
        return None  # `cost_problems` has told it


def _sizing(field: GraphQLField) -> Sizing | None:
    node = _directive(field, "listSize")
    if node is None:
        return _usual(field)
    said = _given(node)
    slicing = tuple(tuple(one.split(".")) for one in _names(said, "slicingArguments"))
    one = said.get("requireOneSlicingArgument", True) is not False
    sized = tuple(_names(said, "sizedFields"))
    return Sizing(said.get("assumedSize"), slicing, sized, bool(slicing) and one)


def _usual(field: GraphQLField) -> Sizing | None:
    slices = tuple(
        (name,)
        for name in _SLICES
        if name in field.args and get_named_type(field.args[name].type).name == "Int"
    )
    if not slices:
        return None
    if _is_list(field):
        return Sizing(slicing=slices)
    below = get_named_type(field.type)
    known = below.fields if isinstance(below, _Fielded) else {}
    pages = tuple(n for n in _PAGES if n in known and _is_list(known[n]))
    return Sizing(slicing=slices, sized=pages) if pages else None


def _is_list(field: GraphQLField) -> bool:
    return is_list_type(get_nullable_type(field.type))


def _names(said: Mapping[str, Any], key: str) -> list[str]:
    found = said.get(key) or []
    return [found] if isinstance(found, str) else list(found)


def cost_problems(schema: GraphQLSchema, problems: Problems) -> None:
    """Whatever is said of nothing: names that the schema does not have, no numbers."""
    for name, type_ in schema.type_map.items():
        _check_weight(type_, name, problems)
        fields = type_.fields if isinstance(type_, _Fielded) else {}
        for field, one in fields.items():
            at = f"{name}.{field}"
            _check_weight(one, at, problems)
            for argument, known in one.args.items():
                _check_weight(known, f"{at}({argument})", problems)
            node = _directive(one, "listSize")
            if node is not None:
                for what, hint in _wrong(one, _given(node)):
                    problems.add(span_of(node), f"@listSize of {at}{what}", hint=hint)


def _check_weight(of: object, at: str, problems: Problems) -> None:
    node = _directive(of, "cost")
    if node is not None and _weight(of) is None:
        problems.add(
            span_of(node), f"@cost of {at} has no number", hint="write @cost(weight: 5)"
        )


def _wrong(field: GraphQLField, said: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    sized = _names(said, "sizedFields")
    below = get_named_type(field.type)
    known = below.fields if isinstance(below, _Fielded) else {}
    for name in sized:
        if name not in known or not _is_list(known[name]):
            yield f" sizes {name!r}, which is no list of it", "name a list below it"
    if not sized and not _is_list(field):
        yield " is of no list", "name the lists below it in sizedFields"
    for name in _names(said, "slicingArguments"):
        if not _takes(field, name.split(".")):
            yield (
                f" slices by {name!r}, which is no whole number that it takes",
                "name an argument of type Int",
            )
    if not said.get("slicingArguments") and said.get("assumedSize") is None:
        yield " says no size", "write assumedSize, or slicingArguments"
    if (said.get("assumedSize") or 0) < 0:
        yield " assumes less than nothing", "write a number from 0"


def _takes(field: GraphQLField, path: Iterable[str]) -> bool:
    """Whether the path leads to an argument, or a field of one, that is an Int."""
    inside: Mapping[str, Any] = field.args
    last: Any = None
    for name in path:
        if name not in inside:
            return False
        last = get_named_type(inside[name].type)
        inside = last.fields if isinstance(last, GraphQLInputObjectType) else {}
    return last is not None and last.name == "Int"
