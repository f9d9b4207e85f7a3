"""A query's text and values as a driver wants them: its own marks, lists spelled out.

In charge of writing parameters; the text around them is the author's, character by
character, but for ``= ANY(:ids)``, which is ``IN`` in DuckDB's and PostgreSQL's words:
so a profile goes from these to any other. Must never write a value into the text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

from gateway.record import Struct, field

Bound: TypeAlias = tuple[object, ...] | dict[str, object]

_NAMED = frozenset({"named", "pyformat"})
_FROM_DUAL = frozenset({"mysql", "mariadb", "oracle"})
_OF_LIST = re.compile(r"(?:=\s*ANY|(<>|!=)\s*ALL)\s*\(\s*$", re.IGNORECASE)
"""What stands before a list that is bound as one value, which drivers do not know."""
_MOST_TEXTS = 200
"""Texts kept of one query, by how long its lists were."""


class Written(Struct):
    """One query in one driver's manner; ``parts`` are text, name, text, ..., text.

    ``style`` is the driver's paramstyle, ``dialect`` SQLAlchemy's name of the database.
    """

    parts: tuple[str, ...]
    style: str
    dialect: str
    _texts: dict[tuple[int | None, ...], str] = field(default_factory=dict)

    def bound(self, params: Mapping[str, object]) -> tuple[str, Bound]:
        """The text and what it binds: a list is one parameter for each of its values.

        Every ``x IN (:ids)`` is right with any number of them, none included.
        """
        names = self.parts[1::2]
        sizes = tuple(_size(params[name]) for name in names)
        text = self._texts.get(sizes)
        if text is None:
            text = self._written(sizes)
            if len(self._texts) < _MOST_TEXTS:
                self._texts[sizes] = text
        values = [each for name in names for each in _values(params[name])]
        if self.style in _NAMED:
            return text, {f"p{number}": each for number, each in enumerate(values)}
        return text, tuple(values)

    def _written(self, sizes: Sequence[int | None]) -> str:
        mark = _MARKS[self.style]
        shown: list[str] = []
        number = 0
        for text, size in zip(self.parts[0:-1:2], sizes, strict=True):
            many = 1 if size is None else size
            marks = ", ".join(mark(number + each) for each in range(many))
            before = text if size is None else _OF_LIST.sub(_in, text)
            shown += [self._shown(before), marks or self._nothing()]
            number += many
        return "".join([*shown, self._shown(self.parts[-1])])

    def _shown(self, text: str) -> str:
        """The author's text; a driver that formats takes ``%`` for its own."""
        formats = self.style in ("format", "pyformat")
        return text.replace("%", "%%") if formats else text

    def _nothing(self) -> str:
        """A query without rows: IN () is no SQL, and IN (NULL) is not the same."""
        if self.dialect in _FROM_DUAL:
            return "SELECT NULL FROM DUAL WHERE 1 = 0"
        return "SELECT NULL FROM (SELECT 1 AS x) nothing WHERE 1 = 0"


_MARKS: Mapping[str, Callable[[int], str]] = {
    "qmark": lambda _: "?",
    "format": lambda _: "%s",
    "numeric": lambda number: f":{number + 1}",
    "numeric_dollar": lambda number: f"${number + 1}",
    "named": lambda number: f":p{number}",
    "pyformat": lambda number: f"%(p{number})s",
}


def _in(found: re.Match[str]) -> str:
    return "NOT IN (" if found[1] else "IN ("


def _size(value: object) -> int | None:
    return len(value) if isinstance(value, list | tuple) else None


def _values(value: object) -> Sequence[object]:
    return value if isinstance(value, list | tuple) else (value,)
