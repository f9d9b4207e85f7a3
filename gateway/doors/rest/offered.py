"""What a generation offers here: operations of profiles and saved ones, by name.

In charge of looking a name up, and of saying why there is nothing behind it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from graphql import GraphQLField, GraphQLInputType, type_from_ast
from graphql.language import parse_type

from gateway.doors.rest.problems import RefusedError
from gateway.errors import Code, Problem, did_you_mean
from gateway.generation import Generation
from gateway.record import Model
from gateway.request.model import OperationKind
from gateway.saved.model import SavedOperation

KINDS = {"query": OperationKind.QUERY, "mutation": OperationKind.MUTATION}
"""What is served: a subscription has no one answer."""
_SHOWN = 100
_NOT_FOUND = 404
_UNAVAILABLE = 503


class Offered(Model, frozen=True):
    """A root field that a profile serves.

    ``parameter`` is the one that says which fields: ``fields``, or with underscores
    before it where the operation has an argument of that name.
    """

    name: str
    kind: OperationKind
    field: GraphQLField
    description: str | None = None

    @property
    def parameter(self) -> str:
        name = "fields"
        while name in self.field.args:
            name = f"_{name}"
        return name

    @property
    def types(self) -> Mapping[str, GraphQLInputType]:
        return {name: one.type for name, one in self.field.args.items()}


def offered_by(generation: Generation) -> Mapping[str, Offered]:
    """Every operation of a profile that is served, by name."""
    made = {}
    for name in sorted(generation.audience.profiles):
        found = _offered(generation, name)
        if found is not None:
            made[name] = found
    return made


def find(generation: Generation, name: str) -> Offered:
    """The operation of a name.

    Raises:
        RefusedError: 404, there is none; 503, no version of it can serve.
    """
    found = _offered(generation, name)
    if found is not None:
        return found
    audience = generation.audience
    places = {f"{root}.{name}" for root in ("Query", "Mutation")}
    missing = audience.unavailable if places.isdisjoint(audience.hidden) else {}
    raise _nothing(name, missing, offered_by(generation), "operation")


def find_saved(generation: Generation, name: str) -> SavedOperation:
    """The saved operation of a name.

    Raises:
        RefusedError: as above.
    """
    found = generation.saved.get(name)
    if found is not None and found.kind.value in KINDS:
        return found
    raise _nothing(name, generation.unsaved, generation.saved, "saved operation")


def _offered(generation: Generation, name: str) -> Offered | None:
    profile = generation.audience.profiles.get(name)
    kind = KINDS.get(profile.kind.value) if profile else None
    if profile is None or kind is None:
        return None
    schema = generation.schema
    query = kind is OperationKind.QUERY
    root = schema.query_type if query else schema.mutation_type
    field = root.fields.get(name) if root else None
    if field is None:
        return None
    return Offered(name, kind, field, field.description or profile.description)


def _nothing(
    name: str,
    unavailable: Mapping[str, tuple[Problem, ...]],
    known: Iterable[str],
    what: str,
) -> RefusedError:
    shown = name[:_SHOWN]
    if name in unavailable:
        return RefusedError(
            f"The {what} {shown!r} has no valid version at the moment.",
            status=_UNAVAILABLE,
            code=Code.PROFILE_UNAVAILABLE,
        )
    hint = did_you_mean(shown, known)
    tail = f" ({hint})" if hint else ""
    return RefusedError(
        f"There is no {what} {shown!r}{tail}.",
        status=_NOT_FOUND,
        code=Code.OPERATION_RESOLUTION_FAILURE,
        more={"hint": hint} if hint else None,
    )


def types_of(
    generation: Generation, saved: SavedOperation
) -> Mapping[str, GraphQLInputType]:
    """The types of a saved operation's variables."""
    made: dict[str, GraphQLInputType] = {}
    for one in saved.variables:
        type_ = type_from_ast(generation.schema, parse_type(one.type))
        made[one.name] = type_  # type: ignore[assignment]
    return made
