"""An upstream's schema at load time: what a document or a field is held to.

In charge of reading SDL once for each text, of saying what does not fit it, and of
asking no type for what it can never be. Must never be asked when a request is served.
"""

from __future__ import annotations

from functools import lru_cache

from graphql import (
    GraphQLError,
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    build_schema,
    get_named_type,
    is_abstract_type,
    is_required_argument,
    parse,
    specified_rules,
    validate,
)

from gateway.connectors.graphql.holding import held_by
from gateway.errors import did_you_mean
from gateway.held import Fields, Held
from gateway.record import Model, replace
from gateway.wanted import Wanted

_SOURCES = 128
"""Schemas that are kept: with fewer than a graph has, each step would read one anew."""


@lru_cache(maxsize=_SOURCES)
def schema_of(text: str) -> GraphQLSchema | GraphQLError:
    """The schema of an SDL text, or what is wrong with it.

    Directives and scalars of federation need no definition.
    """
    try:
        return build_schema(text, assume_valid_sdl=True)
    except (GraphQLError, TypeError) as error:
        return error if isinstance(error, GraphQLError) else GraphQLError(str(error))


@lru_cache(maxsize=_SOURCES)
def upstream_of(text: str) -> Upstream | None:
    """What a text tells of an upstream; None where it is no schema."""
    schema = schema_of(text)
    if isinstance(schema, GraphQLError):
        return None
    return Upstream(schema, held_by(parse(text)))


class Upstream(Model, frozen=True, eq=False):
    """An upstream as its SDL describes it."""

    schema: GraphQLSchema
    held: Held

    def answers(self, root: str | None, *, mutation: bool) -> str:
        """The type of what a root field answers with; empty where nothing is known."""
        of = self._root(mutation=mutation)
        found = of.fields.get(root or "") if of is not None else None
        return "" if found is None else get_named_type(found.type).name

    def besides(self, root: str, *, mutation: bool) -> Fields:
        """What the objects of a root field have besides what their type has."""
        of = self._root(mutation=mutation)
        return {} if of is None else self.held.provided.get((of.name, root), {})

    def _root(self, *, mutation: bool) -> GraphQLObjectType | None:
        return self.schema.mutation_type if mutation else self.schema.query_type

    def fitted(self, wanted: Wanted, type_name: str) -> Wanted:
        """What is wanted of a type, without types that it can never be.

        A subgraph refuses a whole document for one such condition in it.
        """
        parent = self.schema.type_map.get(type_name)
        if parent is None or not wanted.fields:
            return wanted
        kept = {}
        for (on, key), field in wanted.fields.items():
            holder = self.schema.type_map.get(on) if on else parent
            if holder is not None and (not on or self._can_be(parent, holder)):
                below = self.fitted(field.below, _type_below(holder, field.name))
                kept[on, key] = replace(field, below=below)
        return replace(wanted, fields=kept)

    def _can_be(self, parent: GraphQLNamedType, one: GraphQLNamedType) -> bool:
        if parent is one or not is_abstract_type(parent):
            return parent is one
        return one in self.schema.get_possible_types(parent)


def _type_below(holder: GraphQLNamedType, name: str) -> str:
    if not isinstance(holder, GraphQLObjectType | GraphQLInterfaceType):
        return ""
    found = holder.fields.get(name)
    return "" if found is None else get_named_type(found.type).name


def root_field(
    schema: GraphQLSchema, name: str, *, mutation: bool
) -> tuple[GraphQLField | None, str | None]:
    """A field of the root, or the fix where there is none of the name."""
    roots = (schema.query_type, schema.mutation_type)
    own, other = reversed(roots) if mutation else roots
    if own is not None and name in own.fields:
        return own.fields[name], None
    if other is not None and name in other.fields:
        told = "remove 'mutation'" if mutation else "add mutation: true"
        return None, f"it is a field of {other.name}: {told}"
    return None, did_you_mean(name, own.fields if own is not None else ())


def missing_arguments(field: GraphQLField, given: set[str]) -> list[str]:
    """The arguments that a field cannot do without."""
    return [
        name
        for name, argument in field.args.items()
        if is_required_argument(argument) and name not in given
    ]


def misfits(schema: GraphQLSchema, document: str) -> list[GraphQLError]:
    """What is wrong with a document, as the upstream itself would say it."""
    return validate(schema, parse(document), specified_rules, max_errors=20)
