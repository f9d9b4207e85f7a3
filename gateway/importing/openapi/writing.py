"""Drafted operations and types → files of a project, by tag.

In charge of which text goes into which file. Must never decide what a text says.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from gateway.importing.names import source_name
from gateway.importing.openapi.joining import Joined
from gateway.importing.openapi.operations import READS, WRITES, Drafted
from gateway.importing.openapi.types import Types
from gateway.importing.sdl_text import (
    EnumMade,
    FieldMade,
    ObjectMade,
    TypeMade,
    UnionMade,
    extended,
    printed,
    sdl,
)
from gateway.importing.yaml_text import document

_SHARED = "shared"


@dataclass(frozen=True, slots=True)
class Result:
    """All that is to be written for one source."""

    source: str
    drafts: Sequence[Drafted]
    types: Types
    joined: Sequence[Joined] = ()
    _names: dict[str, tuple[str, ...]] = field(default_factory=dict, init=False)

    def files(self) -> Mapping[str, str]:
        """Texts by path."""
        files = dict(self._profiles())
        files |= self._schemas()
        files |= dict(self._entities())
        return files

    @property
    def _tagged(self) -> bool:
        return len({each.operation.tag for each in self.drafts}) > 1

    def _folder(self, draft: Drafted) -> str:
        tag = source_name(draft.operation.tag) if draft.operation.tag else _SHARED
        return f"{self.source}/{tag}" if self._tagged else self.source

    def _profiles(self) -> Iterator[tuple[str, str]]:
        for draft in self.drafts:
            data: dict[str, object] = {"language": 1, "operation": draft.field.name}
            if draft.root == WRITES:
                data["kind"] = "mutation"
            data["steps"] = [draft.step]
            path = f"profiles/{self._folder(draft)}/{draft.field.name}.yaml"
            yield path, document(data)

    def _schemas(self) -> Mapping[str, str]:
        """Each type where the one tag that needs it is, else beside all of them."""
        homes: dict[str, set[str]] = {}
        roots: dict[str, dict[str, list[FieldMade]]] = {}
        for draft in self.drafts:
            folder = self._folder(draft)
            fields = roots.setdefault(folder, {READS: [], WRITES: []})
            fields[draft.root].append(draft.field)
            for name in self._needed(draft):
                homes.setdefault(name, set()).add(folder)
        parts: dict[str, list[str]] = {
            folder: [extended(root, given) for root, given in found.items() if given]
            for folder, found in roots.items()
        }
        shared = f"{self.source}/{_SHARED}" if self._tagged else self.source
        for name, made in self.types.made.items():
            at = homes.get(name, set())
            if at:
                home = next(iter(at)) if len(at) == 1 else shared
                parts.setdefault(home, []).append(printed(self._with_joins(made)))
        return {f"schema/{folder}.graphql": sdl(p) for folder, p in parts.items()}

    def _with_joins(self, made: TypeMade) -> TypeMade:
        added = [
            FieldMade(j.field, j.type) for j in self.joined if j.owner == made.name
        ]
        if not added or not isinstance(made, ObjectMade):
            return made
        return ObjectMade(made.name, (*made.fields, *added), made.description)

    def _needed(self, draft: Drafted) -> set[str]:
        seen: set[str] = set()
        waiting = [draft.type, *(a.type.strip("[]!") for a in draft.field.arguments)]
        while waiting:
            name = waiting.pop()
            if name not in seen and name in self.types.made:
                seen.add(name)
                waiting += self._named(name)
        return seen

    def _named(self, name: str) -> tuple[str, ...]:
        """The types that a type names; looked up once, since operations share types."""
        if name not in self._names:
            names = [j.type for j in self.joined if j.owner == name]
            made = self.types.made[name]
            if isinstance(made, UnionMade):
                names += made.types
            elif not isinstance(made, EnumMade):
                names += [each.type.strip("[]!") for each in made.fields]
            known = self.types.made.keys() & names
            self._names[name] = tuple(known)
        return self._names[name]

    @property
    def needed(self) -> set[str]:
        """The types that some operation needs."""
        return {name for draft in self.drafts for name in self._needed(draft)}

    def _entities(self) -> Iterator[tuple[str, str]]:
        """Files of types: keys that are no names, and what other operations give."""
        owners = dict.fromkeys((*self.types.renamed, *(j.owner for j in self.joined)))
        needed = self.needed
        for owner in (each for each in owners if each in needed):
            data: dict[str, object] = {"language": 1, "entity": owner}
            steps = [self._step(each) for each in self.joined if each.owner == owner]
            if steps:
                data["steps"] = steps
            renamed = self.types.renamed.get(owner, {})
            if renamed:
                data["fields"] = {
                    f"{owner}.{name}": f'self["{_escaped(key)}"]'
                    for name, key in renamed.items()
                }
            yield f"profiles/{self.source}/types/{owner}.yaml", document(data)

    def _step(self, joined: Joined) -> dict[str, object]:
        return {
            "name": joined.field,
            "source": self.source,
            "endpoint": joined.endpoint,
            "on_status": {"404": None},
        }


def _escaped(key: str) -> str:
    return key.replace("\\", "\\\\").replace('"', '\\"')
