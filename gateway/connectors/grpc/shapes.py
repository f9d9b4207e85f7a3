"""What messages look like as GraphQL types.

In charge of the one table of types. Must never name a type: where one stands decides
what it is called.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from google.protobuf.descriptor import FieldDescriptor as Kind

from gateway.connectors.grpc.reading import Names, is_map
from gateway.shape import FieldShape, TypeKind, TypeRef, TypeShape

JSON = "JSON"
_LEAVES = {
    Kind.TYPE_DOUBLE: "Float",
    Kind.TYPE_FLOAT: "Float",
    Kind.TYPE_INT32: "Int",
    Kind.TYPE_SINT32: "Int",
    Kind.TYPE_SFIXED32: "Int",
    Kind.TYPE_UINT32: "Float",
    Kind.TYPE_FIXED32: "Float",
    Kind.TYPE_BOOL: "Boolean",
    Kind.TYPE_STRING: "String",
    Kind.TYPE_BYTES: "String",
    Kind.TYPE_ENUM: "String",
}
"""64-bit integers are not here: GraphQL's Int has 32 bits, and Float loses digits."""
_OWN = {
    "google.protobuf.Timestamp": "DateTime",
    "google.protobuf.Duration": "String",
    "google.protobuf.FieldMask": "String",
    "google.protobuf.Struct": JSON,
    "google.protobuf.Value": JSON,
    "google.protobuf.ListValue": JSON,
    "google.protobuf.Any": JSON,
    "google.protobuf.Empty": JSON,
    "google.protobuf.DoubleValue": "Float",
    "google.protobuf.FloatValue": "Float",
    "google.protobuf.Int64Value": JSON,
    "google.protobuf.UInt64Value": JSON,
    "google.protobuf.Int32Value": "Int",
    "google.protobuf.UInt32Value": "Float",
    "google.protobuf.BoolValue": "Boolean",
    "google.protobuf.StringValue": "String",
    "google.protobuf.BytesValue": "String",
}
_DEEPEST = 8


def leaf(field: Any) -> str | None:
    """The scalar that a field's values are; None where they are objects."""
    if is_map(field):
        return JSON
    if field.message_type is not None:
        return scalar_of(field.message_type)
    if field.name == "id" and field.type != Kind.TYPE_BYTES:
        return "ID" if field.enum_type is None else "String"
    return _LEAVES.get(field.type, JSON)


def scalar_of(message: Any) -> str | None:
    """The scalar that a message is; None where it is an object with fields."""
    return _OWN.get(message.full_name) or (None if message.fields else JSON)


def fields_of(descriptor: Any, names: Names) -> tuple[FieldShape, ...] | None:
    """The fields of an answer, objects as JSON; None where it is no object."""
    if descriptor.full_name in _OWN or not descriptor.fields:
        return None
    return tuple(
        FieldShape(names.of(field), _ref(leaf(field) or JSON, field))
        for field in descriptor.fields
    )


def types_of(descriptor: Any, names: Names, name: str) -> tuple[TypeShape, ...]:
    """The types of an answer called `name`, and of the objects in it, by place.

    A message inside itself is JSON where it comes again.
    """
    return tuple(_types(descriptor, names, name, (descriptor.full_name,)))


def _types(
    descriptor: Any, names: Names, name: str, above: tuple[str, ...]
) -> Iterator[TypeShape]:
    fields = {}
    inner = []
    for field in descriptor.fields:
        shown, kind = names.of(field), leaf(field)
        if kind is None:
            below = field.message_type
            again = below.full_name in above or len(above) == _DEEPEST
            kind = JSON if again else name + _pascal(shown)
            if not again:
                inner.append((below, kind))
        fields[shown] = FieldShape(shown, _ref(kind, field))
    yield TypeShape(name, TypeKind.OBJECT, fields)
    for below, kind in inner:
        yield from _types(below, names, kind, (*above, below.full_name))


def _pascal(name: str) -> str:
    return "".join(part[:1].upper() + part[1:] for part in name.split("_"))


def _ref(name: str, field: Any) -> TypeRef:
    listed = field.is_repeated and not is_map(field)
    return TypeRef(name, "[" if listed else "")
