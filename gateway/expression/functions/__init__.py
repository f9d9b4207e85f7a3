"""The standard library, one module a family; importing this enters all of it."""

from gateway.expression.functions import (
    convert,
    documents,
    formatting,
    lists,
    mathematics,
    optionals,
    patterns,
    strings,
    times,
)

__all__ = [
    "convert",
    "documents",
    "formatting",
    "lists",
    "mathematics",
    "optionals",
    "patterns",
    "strings",
    "times",
]
