"""What is wanted of an object as GraphQL text. Pure, and done once for a plan."""

from __future__ import annotations

from collections.abc import Iterator

from graphql import GraphQLError, parse, parse_type

from gateway.wanted import Wanted, WantedField

_NOTHING = "__typename"
"""What is asked for of an object of which only that it is there is wanted."""


def selection_text(wanted: Wanted, also: str = "") -> str:
    """A selection set: shared fields first, then those of each type."""
    shared = [_field(f) for (on, _), f in wanted.fields.items() if not on]
    types = dict.fromkeys(on for on, _ in wanted.fields if on)
    for type_ in types:
        own = [_field(f) for (on, _), f in wanted.fields.items() if on == type_]
        shared.append(f"... on {type_} {{ {' '.join(own)} }}")
    inner = [*shared, also] if also else shared
    return f"{{ {' '.join(inner) or _NOTHING} }}"


def variables_of(wanted: Wanted) -> list[str]:
    """The variables of the arguments in it, as an operation declares them."""
    return [
        f"${argument.variable}: {argument.type}"
        for field in _fields(wanted)
        for argument in field.arguments
    ]


def _fields(wanted: Wanted) -> Iterator[WantedField]:
    for field in wanted.fields.values():
        yield field
        yield from _fields(field.below)


def _field(field: WantedField) -> str:
    alias = "" if field.key == field.name else f"{field.key}: "
    given = ", ".join(f"{one.name}: ${one.variable}" for one in field.arguments)
    text = f"{alias}{field.name}" + (f"({given})" if given else "")
    if field.composite or field.below.fields:
        return f"{text} {selection_text(field.below)}"
    return text


def selection_misfit(text: str) -> str | None:
    """What is wrong with a selection as an author writes it; None where nothing is."""
    try:
        parse(f"{{ {text} }}")
    except GraphQLError as error:
        return error.message.removeprefix("Syntax Error: ")
    return None


def type_misfit(text: str) -> bool:
    """Whether a text is no GraphQL type."""
    try:
        parse_type(text)
    except GraphQLError:
        return True
    return False
