"""What a `selection` makes of a reply → `select`, and fields that read another key.

In charge of the way from a reply to types. A field under its own name needs nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from gateway.importing.connectors.reading import Connect
from gateway.importing.connectors.selection import (
    Item,
    NoSelectionError,
    Path,
    read_selection,
)
from gateway.importing.made import Told

_ELSE = ".orValue(null)"


@dataclass(slots=True)
class Mapped:
    """``fields`` are those of all types that read another key, with what they read."""

    types: Mapping[str, Mapping[str, str]]
    told: Told
    fields: dict[str, dict[str, str]] = field(default_factory=dict)

    def selected(self, connect: Connect) -> tuple[str, tuple[str, ...]]:
        """The connector's `select`, and the fields that it gives."""
        written = connect.said.get("selection")
        if not isinstance(written, str):
            return "", ()
        try:
            items = read_selection(written)
        except NoSelectionError as error:
            self.told.leave_out(f"{connect.coordinate}: its selection", str(error))
            return "", ()
        select = ""
        while len(items) == 1 and _is_part(items[0]):
            path = items[0].path
            select += "".join(f".{key}" for key in path.keys) if path else ""
            if path and path.method:
                self._leave(connect, f"->{path.method}")
            items = items[0].below or ()
        self._items(items, connect.returns, connect)
        given = tuple(each.name for each in items if each.name)
        return f"response.body{select}" if select else "", given

    def _items(
        self, items: tuple[Item, ...], owner: str, connect: Connect, base: str = "self"
    ) -> None:
        for item in items:
            path = item.path
            if item.unknown:
                self._leave(connect, item.unknown)
            elif path is None:
                self._set(owner, item.name, _literal(item.literal), connect)
            elif path.variable not in ("", "$", "@"):
                self._leave(connect, f"{item.name}: {path.variable}")
            elif path.method:
                self._leave(connect, f"{item.name}: ->{path.method}")
            elif not item.name and item.below is not None:
                self._items(item.below, owner, connect, _read(base, path))
            else:
                self._one(item, path, owner, connect, base)

    def _one(
        self, item: Item, path: Path, owner: str, connect: Connect, base: str
    ) -> None:
        name = item.name or (path.keys[-1] if path.keys else "")
        if base != "self" or path.keys != (name,):
            self._set(owner, name, _read(base, path), connect)
        if item.below is not None:
            self._items(item.below, self.types.get(owner, {}).get(name, ""), connect)

    def _set(self, owner: str, name: str, read: str, connect: Connect) -> None:
        if name not in self.types.get(owner, {}):
            self._leave(connect, f"{name}, which {owner or 'no type'} does not have")
            return
        known = self.fields.setdefault(owner, {}).setdefault(name, read)
        if known != read:
            self.told.leave_out(
                f"{connect.coordinate}: {name}",
                f"{owner}.{name} is mapped otherwise before: {known}",
            )

    def _leave(self, connect: Connect, what: str) -> None:
        self.told.leave_out(
            f"{connect.coordinate}: {what}", "cannot be said in a selection here"
        )


def _is_part(item: Item) -> bool:
    """Whether it only says where the rest stands: ``$.results { ... }``."""
    path = item.path
    return not item.name and path is not None and path.variable in ("", "$")


def _read(base: str, path: Path) -> str:
    """The keys one after the other; of several each may be missing."""
    if base == "self" and len(path.keys) == 1:
        return f"self.{path.keys[0]}"
    before = base.removesuffix(_ELSE)
    return f"{before}{''.join(f'.?{key}' for key in path.keys)}{_ELSE}"


def _literal(value: object) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case str():
            quoted = value.replace("\\", "\\\\").replace("'", "\\'")
            return f"'{quoted}'"
    return str(value)
