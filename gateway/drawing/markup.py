"""Markup as a tree, so that text is text and nothing else.

In charge of escaping, once for all that is drawn. Must never take markup as text.
"""

from __future__ import annotations

import html
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from gateway.drawing.text import seen

Value: TypeAlias = str | int | float
Node: TypeAlias = "Element | str"


@dataclass(frozen=True, slots=True)
class Element:
    """One element. Texts among its parts are escaped when it is written."""

    name: str
    attributes: Mapping[str, Value]
    parts: tuple[Node, ...] = ()

    def __str__(self) -> str:
        marks = "".join(
            f' {name}="{_escaped(_written(value))}"'
            for name, value in self.attributes.items()
        )
        inner = "".join(
            str(part) if isinstance(part, Element) else _escaped(part)
            for part in self.parts
        )
        if not inner and self.name in _EMPTY:
            return f"<{self.name}{marks}/>"
        return f"<{self.name}{marks}>{inner}</{self.name}>"


@dataclass(frozen=True, slots=True)
class Style(Element):
    """A style sheet of ours: the one text that is not escaped."""

    def __str__(self) -> str:
        return f"<style>{''.join(map(str, self.parts))}</style>"


_EMPTY = frozenset({"meta", "path", "rect"})
"""Elements that have no parts, and end in themselves."""


def element(name: str, /, *parts: Node | None, **attributes: Value | None) -> Element:
    """An element; parts and attributes that are None are left out.

    Names of attributes are written with ``_`` for ``-``, and ``class_`` for ``class``.
    """
    kept = {
        key.rstrip("_").replace("_", "-"): value
        for key, value in attributes.items()
        if value is not None
    }
    return Element(name, kept, tuple(part for part in parts if part is not None))


def _written(value: Value) -> str:
    if isinstance(value, float):
        return f"{value:.2f}".rstrip("0").rstrip(".")
    return str(value)


def _escaped(text: str) -> str:
    """Lines and tabs stay; whatever else nobody sees is spelled out."""
    if not text.isprintable():
        text = "\n".join(map(seen, text.expandtabs(2).splitlines()))
    return html.escape(text)
