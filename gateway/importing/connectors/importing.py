"""The way of an import: SDL with connectors → a `Made`. The room's only entry."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

from graphql import print_ast

from gateway.importing.connectors.calls import Caller, Unsaid, source_keys
from gateway.importing.connectors.mapping import Mapped
from gateway.importing.connectors.reading import (
    ROOTS,
    Connect,
    Read,
    read_connectors,
    served,
)
from gateway.importing.made import ImportFailure, Made, Told
from gateway.importing.names import field_name
from gateway.importing.yaml_text import document
from gateway.profile.scope import RESERVED

_IGNORED = ("isSuccess", "errors", "maxRequests")


@dataclass(slots=True)
class _Entity:
    """What becomes an entity file."""

    steps: list[dict[str, object]] = field(default_factory=list)
    lookup: list[dict[str, object]] = field(default_factory=list)


@dataclass(slots=True)
class _Importer:
    read: Read
    told: Told
    mapped: Mapped
    sources: dict[str, dict[str, object]]
    besides: frozenset[str]
    profiles: dict[str, str] = field(default_factory=dict)
    entities: dict[str, _Entity] = field(default_factory=dict)

    def connectors(self) -> None:
        """Every connector, one after the other."""
        seen: set[str] = set()
        for each in self.read.connects:
            if each.field and each.coordinate in seen:
                self.told.leave_out(
                    each.coordinate, "has several connectors: the first"
                )
                continue
            seen.add(each.coordinate)
            try:
                self._connector(each)
            except Unsaid as error:
                self.told.leave_out(each.coordinate, f"no step can say {error}")

    def _connector(self, each: Connect) -> None:
        step = self._step(each)
        select, given = self.mapped.selected(each)
        if select:
            step["select"] = select
        for key in (k for k in _IGNORED if k in each.said):
            self.told.leave_out(f"{each.coordinate}: {key}", "is not read here")
        if each.type in ROOTS:
            self._root(each, step, given)
        elif each.field:
            self._entity(each.type).steps.append({**step, "name": each.field})
        else:
            self._whole(each, step, given)

    def _step(self, each: Connect) -> dict[str, object]:
        source = field_name(str(each.said.get("source", "")))
        if source not in self.sources:
            raise Unsaid("an address of its own: give it a @source")
        caller = Caller(each)
        step: dict[str, object] = {"name": "", "source": source, **caller.keys()}
        if caller.batched:
            keys = self._key(each)
            body = step.pop("body", None)
            query = step.pop("query", None)
            batch: dict[str, object] = {"key": f"${{ self.{keys} }}"}
            batch |= {"body": body} if body is not None else {"query": query}
            step["batch"] = {**batch, "by": keys}
        return step

    def _key(self, each: Connect) -> str:
        found = re.findall(r"\$batch\.(\w+)", str(each.said.get("http")))
        if len(set(found)) != 1:
            raise Unsaid("a batch of several keys")
        return str(found[0])

    def _root(
        self, each: Connect, step: dict[str, object], given: tuple[str, ...]
    ) -> None:
        if each.field in self.besides:
            return
        taken = {*self.read.types.get(each.returns, {}), *each.arguments, *RESERVED}
        wanted = (each.field, "answer", "reply", f"{each.field}Call")
        step["name"] = next(name for name in wanted if name not in taken)
        data: dict[str, object] = {"language": 1, "operation": each.field}
        if each.type == "Mutation":
            data["kind"] = "mutation"
        data["steps"] = [step]
        self.profiles[f"profiles/{step['source']}/{each.field}.yaml"] = document(data)
        if each.said.get("entity") is True and each.type == "Query":
            self._looked_up(each, step, given)

    def _looked_up(
        self, each: Connect, step: dict[str, object], given: tuple[str, ...]
    ) -> None:
        """What a router finds by a key: the same call, with the key of the object."""
        key = self.read.keys.get(each.returns) or each.arguments[:1]
        others = [name for name in given if name not in key]
        if len(each.arguments) != 1 or len(key) != 1 or not others:
            self.told.leave_out(f"{each.coordinate}: entity", "has not one key")
            return
        found = {k: v for k, v in step.items() if k != "paginate"}
        endpoint = str(step["endpoint"])
        found["endpoint"] = endpoint.replace(
            f"{{{each.arguments[0]}}}", f"{{self.{key[0]}}}"
        )
        if found["endpoint"] == endpoint:
            self.told.leave_out(
                f"{each.coordinate}: entity", "its key is not in the path"
            )
            return
        found |= {"name": f"{each.field}ByKey", "provides": others}
        self._entity(each.returns).lookup.append(found)

    def _whole(
        self, each: Connect, step: dict[str, object], given: tuple[str, ...]
    ) -> None:
        key = self.read.keys.get(each.type, ())
        batch = step.get("batch")
        by = str(batch["by"]) if isinstance(batch, dict) else ""
        others = [name for name in given if name not in (*key, by)]
        if not others:
            raise Unsaid("a connector that gives no field")
        name = f"{each.type[:1].lower()}{each.type[1:]}ByKey"
        made = {**step, "name": name, "provides": others}
        if self._is_complete(each.type):
            self._entity(each.type).lookup.append(made)
        else:
            self._entity(each.type).steps.append(made)

    def _is_complete(self, name: str) -> bool:
        """Whether some root gives objects of the type with all their fields."""
        return any(
            c.type in ROOTS and c.returns == name and c.said.get("entity") is True
            for c in self.read.connects
        )

    def _entity(self, name: str) -> _Entity:
        return self.entities.setdefault(name, _Entity())

    def _served(self) -> frozenset[str]:
        """The root fields that a profile serves; others are told."""
        names = {Path(file).stem for file in self.profiles}
        for root in ROOTS:
            for each in self.read.types.get(root, {}):
                if each not in names:
                    self.told.leave_out(f"{root}.{each}", "no connector of it is left")
        return frozenset(names)

    def files(self, name: str) -> dict[str, str]:
        """All files."""
        kept = (served(n, self._served()) for n in self.read.document.definitions)
        sdl = "\n\n".join(print_ast(n) for n in kept if n is not None)
        files = {**self.profiles, f"schema/{name}.graphql": sdl + "\n"}
        for owner in dict.fromkeys((*self.entities, *self.mapped.fields)):
            entity = self.entities.get(owner, _Entity())
            data: dict[str, object] = {"language": 1, "entity": owner}
            key = self.read.keys.get(owner)
            if key and entity.lookup:
                data["key"] = list(key)
            if entity.steps:
                data["steps"] = entity.steps
            if entity.lookup:
                data["lookup"] = entity.lookup
            if fields := self.mapped.fields.get(owner):
                data["fields"] = {f"{owner}.{n}": read for n, read in fields.items()}
            files[f"profiles/{name}/types/{owner}.yaml"] = document(data)
        return files


def import_connectors(file: Path, name: str | None, besides: frozenset[str]) -> Made:
    """What a schema with connectors says, as a project.

    Raises:
        ImportFailure: it cannot be read, or nothing of it can be imported.
    """
    told = Told()
    read = read_connectors(file)
    sources = {
        field_name(str(each.get("name"))): source_keys(each) for each in read.sources
    }
    importer = _Importer(read, told, Mapped(read.types, told), sources, besides)
    importer.connectors()
    for each, source in sources.items():
        _addressed(each, source, told)
    if not importer.profiles and not importer.entities:
        reasons = "; ".join(f"{each.what}: {each.why}" for each in told.left_out)
        raise ImportFailure(str(file), f"no connector can be imported: {reasons}")
    files = importer.files(name or field_name(file.stem.partition(".")[0]))
    counted = {
        "operations": len(importer.profiles),
        "entities": len(importer.entities),
        "files": len(files),
    }
    variables = dict.fromkeys(re.findall(r"\$\{(\w+):-unset\}", str(sources)))
    tips = tuple(f"set {each} in the environment" for each in variables)
    return Made(f"{file.name} (Apollo Connectors)", files, sources, told, counted, tips)


def _addressed(name: str, source: dict[str, object], told: Told) -> None:
    """An address from the environment gets a default, so that the project loads."""
    url = str(source["url"])
    if not url.startswith(("http://", "https://")):
        source["url"] = url.replace(":-unset", ":-http://127.0.0.1:8080")
        if not str(source["url"]).startswith(("http", "${")):
            source["url"] = "http://127.0.0.1:8080"
        told.change(f"source {name}", f"its address {url or 'is missing'}: say it")
