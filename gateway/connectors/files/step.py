"""`type: file` at load time: what is picked from reference data.

In charge of what of it is fixed when a profile is loaded. Must never read a file.
"""

from __future__ import annotations

from typing import ClassVar, cast

from gateway.connectors.base import ReplyRules, Section
from gateway.connectors.files.options import FileOptions
from gateway.connectors.files.picking import FileTarget
from gateway.shape import FieldShape


class FileStep:
    """Load time of ``type: file``."""

    names: ClassVar[tuple[str, ...]] = ("file", "static")
    options: ClassVar[type[FileOptions]] = FileOptions
    sources: ClassVar[frozenset[str]] = frozenset({"file", "static"})
    default_source: ClassVar[str | None] = "default"

    def compile(self, section: Section, options: object) -> FileTarget:
        asked = cast("FileOptions", options)
        keyed = "key" in asked.model_fields_set
        if keyed and asked.where is not None:
            message = "a step picks by 'key' from a map, or by 'where' from a list"
            section.problem(("where",), message, hint="remove one of them")
        where = asked.where or {}
        return FileTarget(
            at=tuple(filter(None, (asked.at or "").split("."))),
            key=section.value(("key",), asked.key) if keyed else None,
            keyed=keyed,
            where={c: section.value(("where", c), where[c]) for c in where},
            rows=asked.rows or ("many" if section.wants_many() else "one"),
        )

    def shape(self, options: object) -> tuple[FieldShape, ...] | None:  # noqa: ARG002
        return None

    def rules(self, options: object) -> ReplyRules:  # noqa: ARG002
        return ReplyRules(reads=True)

    def idempotent(self, options: object) -> bool:  # noqa: ARG002
        return True
