"""What identifies an object of a type, as compiled.

All frozen. Must never hold a value of a key.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

from gateway.record import Model
from gateway.values import SourceSpan

KeyFields: TypeAlias = "Mapping[str, KeyFields]"
"""The fields of a key; a leaf has none below it."""


class Key(Model, frozen=True):
    """What identifies an object of a type; its text is GraphQL's selection of it.

    One that is not ``resolvable`` only refers: SDL says that nobody is found by it.
    """

    fields: KeyFields
    span: SourceSpan
    resolvable: bool = True

    def __str__(self) -> str:
        return _printed(self.fields)


def _printed(fields: KeyFields) -> str:
    return " ".join(
        f"{name} {{ {_printed(below)} }}" if below else name
        for name, below in fields.items()
    )
