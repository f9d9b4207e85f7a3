"""Which files configure the same operation, as far as they say, before any compiles.

In charge of names: what extends what, and whether a file is alone. Must never compile.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from gateway.loading.compiler import Parsed
from gateway.profile.compile import name_of_file
from gateway.record import Model, Struct, field
from gateway.values import JsonValue


class Kin(Model, frozen=True):
    """What one file says that it is."""

    file: str
    name: str
    operation: str | None
    extends: str | None
    parsed: Parsed


class Kinships(Struct):
    """The profiles and variants of one load, by file."""

    of: dict[str, Kin] = field(default_factory=dict)
    _by_name: dict[str, list[Kin]] = field(default_factory=dict)
    _by_operation: dict[str, Kin] = field(default_factory=dict)

    def add(self, file: str, parsed: Parsed) -> None:
        """Note a file, if it is a profile or a variant."""
        data = parsed.tree.data if parsed.tree else {}
        operation, extends = _text(data, "operation"), _text(data, "extends")
        if operation or extends:
            name = _text(data, "profile") or name_of_file(file)
            kin = self.of[file] = Kin(file, name, operation, extends, parsed)
            self._by_name.setdefault(name, []).append(kin)
            if operation is not None:
                self._by_operation.setdefault(operation, kin)

    def named(self, name: str) -> list[Kin]:
        """The profiles and variants of a name, in the order of their files."""
        return sorted(self._by_name.get(name, ()), key=lambda kin: kin.file)

    def profile_of(self, operation: str) -> str | None:
        """The name of the first file that says it is of an operation."""
        found = self._by_operation.get(operation)
        return found.name if found else None

    def names(self) -> Iterator[str]:
        return iter(self._by_name)

    def several(self) -> frozenset[str]:
        """The operations that not every request is served alike."""
        found: set[str] = set()
        for kin in self.of.values():
            data = kin.parsed.tree.data if kin.parsed.tree else {}
            operation = self.operation_of(kin)
            if operation and (kin.extends or "match" in data):
                found.add(operation)
        return frozenset(found)

    def operation_of(self, kin: Kin) -> str | None:
        """What it is a profile of in the end; None where that leads nowhere."""
        seen: set[str] = set()
        while kin.operation is None and kin.extends is not None:
            if kin.file in seen:
                return None
            seen.add(kin.file)
            found = self.named(kin.extends)
            if not found:
                return None
            kin = found[0]
        return kin.operation

    def cycle(self, kin: Kin) -> tuple[Kin, ...]:
        """The files that lead back to this one by `extends`; none where none does."""
        path = [kin]
        while path[-1].extends is not None:
            found = self.named(path[-1].extends)
            if not found or found[0] in path[1:]:
                return ()
            if found[0].file == kin.file:
                return tuple(path)
            path.append(found[0])
        return ()


def _text(data: Mapping[str, JsonValue], key: str) -> str | None:
    found = data.get(key)
    return found if isinstance(found, str) else None
