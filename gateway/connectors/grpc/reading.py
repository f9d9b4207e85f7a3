"""The bytes of a message → values, by protobuf's JSON mapping with exact integers.

In charge of what a reader of an answer sees: every declared field is there, 64-bit
integers are numbers, enums go by name, bytes by base64, fields that are not set are
null. What the descriptors do not know stays out.
"""

from __future__ import annotations

import base64
import math
import struct
from collections.abc import Callable, Mapping
from enum import Enum
from typing import Any, TypeAlias

from google.protobuf import json_format, message_factory
from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import DecodeError

from gateway.connectors.acceptance import invalid

Value: TypeAlias = Callable[[Any], object]
_ANY = "google.protobuf.Any"
_WRAPPERS = frozenset(
    f"google.protobuf.{kind}Value"
    for kind in (
        *("Double", "Float", "Int64", "UInt64", "Int32", "UInt32"),
        *("Bool", "String", "Bytes"),
    )
)
_TEXTS = frozenset(
    f"google.protobuf.{kind}" for kind in ("Timestamp", "Duration", "FieldMask")
)
_FREE = frozenset(
    f"google.protobuf.{kind}" for kind in ("Struct", "Value", "ListValue")
)
_FLOAT_DIGITS = range(6, 10)


class Names(Enum):
    """How the fields of an answer are called: ``customerId`` or ``customer_id``."""

    JSON = "json"
    PROTO = "proto"

    def of(self, field: Any) -> str:
        return str(field.json_name if self is Names.JSON else field.name)


class Reader:
    """Reads messages of one kind, and those inside of them.

    What each field needs is found out once for each kind of message.
    """

    def __init__(self, descriptor: Any, pool: Any, names: Names) -> None:
        self._message = message_factory.GetMessageClass(descriptor)
        self._descriptor = descriptor
        self._pool = pool
        self._names = names
        self._fields: dict[str, list[tuple[str, str, bool, Value]]] = {}

    def __call__(self, content: bytes) -> object:
        """The values in a message.

        Raises:
            UpstreamError: invalid, where the bytes are no such message.
        """
        try:
            message = self._message.FromString(content)
            return self._read(message)
        except (DecodeError, ValueError, RecursionError, OverflowError) as error:
            why = "The source's answer does not fit its descriptors."
            raise invalid(why, detail=type(error).__name__) from None

    def _read(self, message: Any) -> object:
        name = message.DESCRIPTOR.full_name
        if name in _WRAPPERS:
            held = message.DESCRIPTOR.fields_by_name["value"]
            return self._value(held)(message.value)
        if name in _TEXTS:
            return message.ToJsonString()
        if name in _FREE:
            return _whole(json_format.MessageToDict(message))
        if name == _ANY:
            return self._any(message)
        fields = self._fields.get(name)
        if fields is None:
            fields = self._fields[name] = self._of(message.DESCRIPTOR)
        return {
            shown: None
            if optional and not message.HasField(attribute)
            else value(getattr(message, attribute))
            for shown, attribute, optional, value in fields
        }

    def _of(self, descriptor: Any) -> list[tuple[str, str, bool, Value]]:
        return [
            (
                self._names.of(field),
                field.name,
                bool(field.has_presence),
                self._field(field),
            )
            for field in descriptor.fields
        ]

    def _field(self, field: Any) -> Value:
        if not field.is_repeated:
            return self._value(field)
        if is_map(field):
            value = self._value(field.message_type.fields_by_name["value"])
            return lambda entries: {_key(k): value(entries[k]) for k in entries}
        item = self._value(field)
        return lambda items: [item(each) for each in items]

    def _value(self, field: Any) -> Value:
        if field.message_type is not None:
            return self._read
        if field.enum_type is not None:
            return _enum(field.enum_type)
        return _LEAVES.get(field.type, _same)

    def _any(self, message: Any) -> object:
        """What an Any holds, under ``@type``; its bytes where nobody knows the kind."""
        kind = message.type_url
        if not kind:
            return None
        try:
            known = self._pool.FindMessageTypeByName(kind.rpartition("/")[2])
        except KeyError:
            return {"@type": kind, "value": base64.b64encode(message.value).decode()}
        held = message_factory.GetMessageClass(known).FromString(message.value)
        values = self._read(held)
        if isinstance(values, dict) and known.full_name not in _FREE:
            return {"@type": kind, **values}
        return {"@type": kind, "value": values}


def is_map(field: Any) -> bool:
    """Whether a field is a ``map<K, V>``."""
    message = field.message_type
    return bool(
        field.is_repeated and message is not None and message.GetOptions().map_entry
    )


def _enum(kind: Any) -> Value:
    """Values go by name; a number that has none stays a number."""
    if kind.full_name == "google.protobuf.NullValue":
        return lambda _: None
    names = {number: each.name for number, each in kind.values_by_number.items()}
    return lambda number: names.get(number, number)


def _whole(value: object) -> object:
    """Free values have one kind of number: whole ones are shown as such."""
    if isinstance(value, dict):
        return {key: _whole(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_whole(item) for item in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _text(value: bytes) -> str:
    return base64.b64encode(value).decode()


def _same(value: object) -> object:
    return value


def _key(key: object) -> str:
    return str(key).lower() if isinstance(key, bool) else str(key)


def _number(value: float) -> object:
    """JSON has no number for these; protobuf has words."""
    if math.isfinite(value):
        return value
    if math.isnan(value):
        return "NaN"
    return "Infinity" if value > 0 else "-Infinity"


def _shortest(value: float) -> float:
    """A 32-bit number without the digits that only 64 bits have."""
    if not math.isfinite(value):
        return value
    for digits in _FLOAT_DIGITS:
        short = float(f"{value:.{digits}g}")
        try:
            if struct.unpack("f", struct.pack("f", short))[0] == value:
                return short
        except OverflowError:
            continue
    return value


_LEAVES: Mapping[int, Value] = {
    FieldDescriptor.TYPE_BYTES: _text,
    FieldDescriptor.TYPE_FLOAT: lambda value: _number(_shortest(value)),
    FieldDescriptor.TYPE_DOUBLE: _number,
}
"""By the kind of a field; all others are what they are."""
