"""`type: value`: a value computed without any call.

In charge of load time only: the engine reads the target itself. Must never do I/O.
"""

from __future__ import annotations

from typing import ClassVar, cast

from gateway.connectors.base import ReplyRules, Section, Slot
from gateway.connectors.options import ValueOptions
from gateway.shape import FieldShape
from gateway.values import JsonValue


class ValueStep:
    """Load time of ``type: value``; its target is the value, or the value's slot."""

    names: ClassVar[tuple[str, ...]] = ("value",)
    options: ClassVar[type[ValueOptions]] = ValueOptions
    sources: ClassVar[frozenset[str]] = frozenset()
    default_source: ClassVar[str | None] = None

    def compile(self, section: Section, options: object) -> JsonValue | Slot:
        asked = cast("ValueOptions", options)
        return section.value(("value",), asked.value)

    def shape(self, options: object) -> tuple[FieldShape, ...] | None:  # noqa: ARG002
        return None

    def rules(self, options: object) -> ReplyRules:  # noqa: ARG002
        return ReplyRules()

    def idempotent(self, options: object) -> bool:  # noqa: ARG002
        return True
