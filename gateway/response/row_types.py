"""A list's selection → a decoder of its rows. The only importer of msgspec.

In charge of types that let by exactly what leaves as it came: a value that graphql-core
would spell in another way, or refuse, fits none of them, and then the answer is read as
every other is. Must never choose a type for what it does not know by heart.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from graphql import GraphQLEnumType, GraphQLNamedType, GraphQLSchema

from gateway.plan.model import KeyOf, PlannedField
from gateway.request.model import SelectedField
from gateway.typed import Form

_MOST_FIELDS = 100
"""Of a row: each costs some 20 us when an operation is compiled."""
_LARGE_INT = 2**31
_LARGE_FLOAT = 2.0**53
"""From here on not every integer is a float, and graphql-core refuses those that are
none; from 1e16 on msgspec writes exponents without the sign that orjson writes."""

Type = Any
"""What msgspec takes for a type: an annotation, put together at run time."""


class _UnfitError(Exception):
    """Something is selected that does not leave as it came."""


def form_of(
    schema: GraphQLSchema, selected: SelectedField, planned: PlannedField
) -> Form | None:
    """How a list's rows are read; None where they have to be read as values.

    That is where a field is no key of the row, or goes by another name than its key,
    or is of a type whose values may have to be spelled anew; and for ``__typename``.
    """
    ((concrete, below),) = planned.fields.items()
    children = selected.fields[concrete]
    if selected.meta.get(concrete) or len(children) > _MOST_FIELDS:
        return None
    try:
        fields = [_field(schema, below[child.key]) for child in children]
    except _UnfitError:
        return None
    import msgspec  # not before the first operation is compiled that needs it

    item = planned.type.wrappers.removeprefix("!").removeprefix("[")
    whole, parts = (
        _listed(_row([child.key for child in children], fields, only=only), item)
        for only in (True, False)
    )
    return Form(
        msgspec.json.Decoder(whole).decode,
        msgspec.json.Decoder(parts).decode,
        msgspec.json.Encoder().encode,
    )


def _listed(row: Type, item: str) -> Type:
    return list[row] if item.startswith("!") else list[row | None]


def _row(keys: list[str], types: list[tuple[Type, bool]], *, only: bool) -> Type:
    """A class of rows that leave as the keys stand; those have ``only`` these keys."""
    import msgspec

    names = {f"f{number}": key for number, key in enumerate(keys)}
    fields = [
        (name, type_) if required else (name, type_ | None, None)
        for name, (type_, required) in zip(names, types, strict=True)
    ]
    return msgspec.defstruct(
        "Row",
        fields,
        rename=names,
        kw_only=True,
        gc=False,  # rows hold texts and numbers, and nothing that could hold them
        forbid_unknown_fields=only,
    )


def _field(schema: GraphQLSchema, field: PlannedField) -> tuple[Type, bool]:
    """A field's type without null, and whether it must be there.

    Raises:
        _UnfitError: it does not leave as it came.
    """
    if field.read != KeyOf(field.key) or field.convert is not None:
        raise _UnfitError
    named = schema.type_map[field.type.name]
    wrappers = field.type.wrappers
    return _wrapped(named, wrappers.removeprefix("!")), wrappers.startswith("!")


def _wrapped(named: GraphQLNamedType, wrappers: str) -> Type:
    if not wrappers:
        return _leaf(named)
    inner = wrappers.removeprefix("[")
    item = _wrapped(named, inner.removeprefix("!"))
    return list[item] if inner.startswith("!") else list[item | None]  # type: ignore[valid-type]


def _leaf(named: GraphQLNamedType) -> Type:
    from msgspec import Meta

    match named.name:
        case "String" | "ID":
            return str
        case "Boolean":
            return bool
        case "Int":
            return Annotated[int, Meta(ge=-_LARGE_INT, lt=_LARGE_INT)]
        case "Float":
            return Annotated[float, Meta(gt=-_LARGE_FLOAT, lt=_LARGE_FLOAT)]
    values = named.values if isinstance(named, GraphQLEnumType) else {}
    if values and all(value.value == name for name, value in values.items()):
        return Literal[tuple(values)]
    raise _UnfitError
