"""The step that `run --step` names, and what its expressions read.

In charge of finding the step, and of making NAME=VALUE texts the values that the
schema says they are. What is not given and is no step is refused by name.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from graphql import (
    FieldNode,
    GraphQLError,
    GraphQLField,
    GraphQLInputType,
    OperationDefinitionNode,
    get_named_type,
    get_nullable_type,
    is_list_type,
    is_scalar_type,
    parse,
)

from gateway.cli.failures import misused
from gateway.cli.query import read_pairs, read_value
from gateway.errors import RequestError, did_you_mean
from gateway.record import Model
from gateway.request.arguments import Unbound
from gateway.request.document import coerce_variables

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gateway.generation import Generation
    from gateway.profile.model import Entity, Profile, Step
    from gateway.values import JsonValue

_JSON_SCALARS = ("Int", "Float", "Boolean", "JSON")


class Found(Model, frozen=True):
    """A step, the steps beside it, and the profile it belongs to if one alone."""

    step: Step
    beside: Mapping[str, Step]
    profile: Profile | None


class Given(Model, frozen=True):
    """What expressions read: names with their values, and steps that can run."""

    names: Mapping[str, object]
    steps: Mapping[str, Step]


def find_step(generation: Generation, name: str) -> Found:
    """The step of ``operation.step`` or ``Type.step``.

    Raises:
        CommandError: there is none of that name.
    """
    owner, dot, step = name.partition(".")
    if not dot:
        raise misused(
            f"{name!r} names no step", hint="write OPERATION.STEP, or TYPE.STEP"
        )
    audience = generation.whole
    profile, entity = audience.profiles.get(owner), audience.entities.get(owner)
    if profile is None and entity is None:
        known = {*audience.profiles, *audience.entities}
        raise misused(
            f"there is no operation or entity {owner!r}",
            hint=did_you_mean(owner, known) or _listed(known),
        )
    steps = _steps(profile, entity)
    if step not in steps:
        raise misused(
            f"{owner} has no step {step!r}",
            hint=did_you_mean(step, steps) or _listed(steps),
        )
    return Found(steps[step], steps, profile)


def _steps(profile: Profile | None, entity: Entity | None) -> Mapping[str, Step]:
    if profile is None:
        return {**entity.lookups, **entity.steps} if entity else {}
    own = {n: s for each in profile.entities.values() for n, s in each.steps.items()}
    return {**own, **profile.steps}


def _listed(names: Iterable[str]) -> str:
    return f"there are: {', '.join(sorted(names)) or 'none'}"


def read_given(generation: Generation, found: Found, values: Sequence[str]) -> Given:
    """The names that the step's expressions read.

    An argument has its type, ``self.x`` and ``args.x`` are keys of ``self`` and
    ``args``, a step's name stands for its answer.

    Raises:
        CommandError: a name is unknown, or an argument is missing or of another type.
    """
    pairs = read_pairs(values, "a value")
    own, arguments = _below(pairs, "self"), _below(pairs, "args")
    field = _root_field(generation, found.profile)
    declared = field.args if field else {}
    _require_known(pairs, (*declared, *found.beside))
    names: dict[str, object] = {"args": {**_defaults(generation, found), **arguments}}
    if found.step.fills:
        names["self"] = own
    if found.profile is not None and field is not None:
        texts = {name: pairs[name] for name in declared.keys() & pairs.keys()}
        names.update(_arguments(generation, found.profile, field, texts))
    for name in found.beside.keys() & pairs.keys():
        names[name] = read_value(pairs[name])
    return Given(names, found.beside)


def _require_known(pairs: Mapping[str, str], known: Sequence[str]) -> None:
    for name in pairs:
        if name not in known and not name.startswith(("self.", "args.")):
            raise misused(
                f"{name!r} is neither an argument nor a step",
                hint=did_you_mean(name, known) or _listed(known),
            )


def _below(pairs: Mapping[str, str], name: str) -> dict[str, JsonValue]:
    """The values given as ``name.key=value``, by their keys."""
    prefix = f"{name}."
    return {
        key.removeprefix(prefix): read_value(text)
        for key, text in pairs.items()
        if key.startswith(prefix)
    }


def _root_field(generation: Generation, profile: Profile | None) -> GraphQLField | None:
    schema = generation.schema
    if profile is None:
        return None
    for root in (schema.query_type, schema.mutation_type):
        found: GraphQLField | None = (
            root.fields.get(profile.operation) if root else None
        )
        if found is not None:
            return found
    return None


def _defaults(generation: Generation, found: Found) -> Mapping[str, object]:
    """What the arguments of the field that the step fills are where none is given."""
    step = found.step
    owner = step.fills or (found.profile.returns if found.profile else "")
    shape = generation.shapes.field(owner, step.name)
    return shape.defaults() if shape else {}


def _arguments(
    generation: Generation,
    profile: Profile,
    field: GraphQLField,
    texts: Mapping[str, str],
) -> Mapping[str, object]:
    """The operation's arguments, as a request with these values binds them."""
    types = ", ".join(f"${name}: {field.args[name].type}" for name in texts)
    uses = ", ".join(f"{name}: ${name}" for name in texts)
    head, call = (f"query ({types})", f"({uses})") if texts else ("query", "")
    operation = parse(f"{head} {{ {profile.operation}{call} }}").definitions[0]
    assert isinstance(operation, OperationDefinitionNode)  # noqa: S101 - just written
    node = operation.selection_set.selections[0]
    assert isinstance(node, FieldNode)  # noqa: S101 - just written
    values = {n: _typed(text, field.args[n].type) for n, text in texts.items()}
    try:
        variables = coerce_variables(generation.schema, operation, values)
        return Unbound(field, node).bind(variables)
    except (RequestError, GraphQLError) as error:
        raise misused(error.message) from None


def _typed(text: str, kind: GraphQLInputType) -> JsonValue:
    """What a person means who types this for a value of the type."""
    nullable = get_nullable_type(kind)
    named = get_named_type(nullable)
    as_json = is_list_type(nullable) or not is_scalar_type(named)
    if as_json or named.name in _JSON_SCALARS or text == "null":
        return read_value(text)
    return text
