"""What of reference data is the answer: an entry of a map, or rows by their columns.

In charge of finding it quickly: rows are indexed by the columns that are asked for.
Pure, but for the index that grows. Must never change the data.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import product
from typing import TypeAlias

from gateway.connectors.acceptance import invalid
from gateway.connectors.rendering import text_of
from gateway.connectors.rows import Rows, as_answer
from gateway.record import Model, Struct, field

Key: TypeAlias = tuple[str, ...]
_MOST = 10_000
"""Combinations of values that one call may ask for."""


class FileTarget(Model, frozen=True):
    """What one step picks. ``key`` and ``where`` hold slots or constants.

    ``keyed`` says that an entry of a map is asked for; a null key is none.
    """

    at: tuple[str, ...] = ()
    key: object = None
    keyed: bool = False
    where: Mapping[str, object] = field(default_factory=dict)
    rows: Rows = "one"


class Asked(Model, frozen=True):
    """A target with its values: what is looked for."""

    at: tuple[str, ...]
    key: object
    keyed: bool
    where: Mapping[str, object]
    rows: Rows


class Table(Struct):
    """Data as it was read, and what of it was looked for before."""

    data: object
    _indexes: dict[tuple[Key, Key], Mapping[Key, list[Mapping[str, object]]]] = field(
        default_factory=dict
    )

    def pick(self, asked: Asked) -> object:
        """What is asked for.

        Raises:
            UpstreamError: invalid, where the data has another form than the step
                wants; rejected, for values that are no text, number or time.
        """
        found = self._at(asked.at)
        if asked.keyed:
            return _entry(found, asked.key)
        if not asked.where:
            return found if isinstance(found, Mapping) else _all(found, asked.rows)
        index = self._index(asked.at, tuple(sorted(asked.where)), found)
        wanted = _combinations(asked.where)
        rows = [row for key in wanted for row in index.get(key, ())]
        return as_answer(rows, asked.rows)

    def _at(self, path: tuple[str, ...]) -> object:
        found = self.data
        for name in path:
            if not isinstance(found, Mapping) or name not in found:
                raise invalid(f"The source's data has no '{'.'.join(path)}'.")
            found = found[name]
        return found

    def _index(
        self, at: tuple[str, ...], columns: Key, found: object
    ) -> Mapping[Key, list[Mapping[str, object]]]:
        """Rows by the text of these columns; rows without one of them are in none."""
        known = self._indexes.get((at, columns))
        if known is not None:
            return known
        index: dict[Key, list[Mapping[str, object]]] = {}
        for row in _rows(found):
            values = [row.get(column) for column in columns]
            if None not in values:
                key = tuple(_text(v, c) for v, c in zip(values, columns, strict=True))
                index.setdefault(key, []).append(row)
        self._indexes[at, columns] = index
        return index


def _entry(found: object, key: object) -> object:
    if not isinstance(found, Mapping):
        raise invalid("The source's data is not a map there, which 'key' needs.")
    return None if key is None else found.get(_text(key, "key"))


def _all(found: object, rows: Rows) -> object:
    if isinstance(found, list):
        return found if rows == "many" else as_answer(_rows(found), rows)
    return found


def _rows(found: object) -> Sequence[Mapping[str, object]]:
    rows = found if isinstance(found, list) else None
    if rows is None or not all(isinstance(row, Mapping) for row in rows):
        raise invalid("The source's data is not a list of rows there.")
    return rows


def _combinations(where: Mapping[str, object]) -> Sequence[Key]:
    """Every key that is asked for once, in the order of the values. Null is in none."""
    columns = []
    for name in sorted(where):
        value = where[name]
        several = value if isinstance(value, list | tuple) else (value,)
        columns.append([_text(each, name) for each in several if each is not None])
    most = 1
    for values in columns:
        most *= len(values)
    if most > _MOST:
        raise invalid(f"The step asks for more than {_MOST} rows by their columns.")
    return tuple(dict.fromkeys(product(*columns)))


def _text(value: object, place: str) -> str:
    return text_of(value, repr(place))
