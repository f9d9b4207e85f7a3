"""Types for what no SDL declares: from samples and known shapes, else JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from gateway.shape import FieldShape, TypeKind, TypeRef, TypeShape
from gateway.values import JsonValue, SourceSpan

JSON = TypeRef("JSON")
LEAVES = frozenset(
    ("JSON", "ID", "String", "Int", "Float", "Boolean", "Date", "DateTime", "Decimal")
)
"""Types that need no SDL."""


def pascal(name: str) -> str:
    """``risk_profile`` and ``riskProfile`` are both ``RiskProfile``."""
    return "".join(part[:1].upper() + part[1:] for part in name.split("_"))


@dataclass(slots=True)
class Declared:
    """The types that one profile declares."""

    types: dict[str, TypeShape] = field(default_factory=dict)

    def object(
        self, name: str, fields: Sequence[FieldShape], span: SourceSpan
    ) -> TypeRef:
        by_name = {f.name: f for f in fields}
        self.types[name] = TypeShape(name, TypeKind.OBJECT, by_name, span=span)
        return TypeRef(name)

    def sample(  # noqa: PLR0911 - one return for each kind of JSON
        self, name: str, value: JsonValue, span: SourceSpan
    ) -> TypeRef:
        """The type of a sample value; objects become types named after their place."""
        match value:
            case bool():
                return TypeRef("Boolean")
            case int():
                return TypeRef("Int" if -(2**31) <= value < 2**31 else "Float")
            case float():
                return TypeRef("Float")
            case str():
                return TypeRef("String")
            case Mapping() if value and all(_is_name(key) for key in value):
                fields = [
                    FieldShape(key, self.sample(name + pascal(key), item, span))
                    for key, item in value.items()
                ]
                return self.object(name, fields, span)
            case list() | tuple() if value:
                item = self.sample(name, value[0], span)
                return TypeRef(item.name, f"[{item.wrappers}")
            case _:
                return JSON


def _is_name(key: str) -> bool:
    return key.isidentifier() and key.isascii() and not key.startswith("__")
