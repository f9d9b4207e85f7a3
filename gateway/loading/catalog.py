"""Profiles, entity files and fragments of one load, compiled file by file.

A file that is wrong is replaced by its own last good text, so that one author's
mistake never stops another's change. What compiled once is not compiled again while
its text and world stay the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from gateway.errors import Problem, Problems
from gateway.plan.graph import check_entity, check_profile
from gateway.profile.advice import advise, check_fan_out
from gateway.profile.compile import Fragment, compile_profile
from gateway.profile.document import (
    EntityDocument,
    FragmentDocument,
    ProfileDocument,
    VariantDocument,
    load_document,
)
from gateway.profile.entities import compile_entity
from gateway.profile.model import Audience, Entity, Profile
from gateway.profile.source import Document, read
from gateway.profile.world import World
from gateway.values import digest

Written = ProfileDocument | EntityDocument | FragmentDocument
Compiled = Profile | Entity


@dataclass(frozen=True, slots=True)
class Parsed:
    """One file as read. ``document`` is None where it cannot be used."""

    tree: Document | None
    document: Written | None
    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class Catalog:
    """What one load came to.

    ``good`` are the texts to keep for the day their file breaks; ``stale`` are the
    operations (and types) that serve an older text than their file has; ``outdone``
    are those whose text was good and still is the same: something else broke them.
    """

    audience: Audience
    good: Mapping[str, str]
    stale: tuple[str, ...]
    outdone: tuple[str, ...]
    problems: tuple[Problem, ...]


@dataclass(slots=True)
class Compiler:
    """Compiles loads, remembering what did not change between them."""

    _parsed: dict[tuple[str, str], Parsed] = field(default_factory=dict)
    _compiled: dict[tuple[str, str, str], tuple[Compiled | None, list[Problem]]] = (
        field(default_factory=dict)
    )

    def catalog(
        self, texts: Mapping[str, str], last_good: Mapping[str, str], world: World
    ) -> Catalog:
        """Everything the texts configure, each file at its newest good version."""
        load = _Load(self, world, last_good)
        fragments = load.fragments(texts)
        for file, text in sorted(texts.items()):
            load.file(file, text, fragments)
        self._forget(load)
        return load.catalog()

    def parse(self, file: str, text: str, world: World) -> Parsed:
        key = (file, text)
        if key not in self._parsed:
            problems = Problems()
            tree = read(text, file, problems)
            types = {name: t.options for name, t in world.step_types.items()}
            document = load_document(tree, problems, types) if tree else None
            if isinstance(document, VariantDocument):
                _refuse(tree, problems)
                document = None
            self._parsed[key] = Parsed(
                tree,
                None if problems.errors else document,
                tuple(problems.found),
            )
        return self._parsed[key]

    def compile(
        self, file: str, text: str, world: World, fragments: Mapping[str, Fragment]
    ) -> tuple[Compiled | None, list[Problem]]:
        """A file's profile or entity, checked as a graph too."""
        used = sorted(f"{n}={f.file.text}" for n, f in fragments.items())
        key = (file, text, digest(world.digest, *used))
        if key not in self._compiled:
            problems = Problems()
            made = self._made(self.parse(file, text, world), world, fragments, problems)
            self._compiled[key] = (None if problems.errors else made, problems.found)
        return self._compiled[key]

    def _made(
        self,
        parsed: Parsed,
        world: World,
        fragments: Mapping[str, Fragment],
        problems: Problems,
    ) -> Compiled | None:
        problems.extend(parsed.problems)
        match parsed.document, parsed.tree:
            case ProfileDocument() as document, Document() as tree:
                profile = compile_profile(document, tree, world, fragments, problems)
                if profile:
                    check_profile(profile, problems)
                    advise(profile, world.shapes, problems)
                    for own in profile.entities.values():
                        check_fan_out(own.steps.values(), world.shapes, problems)
                return profile
            case EntityDocument() as document, Document() as tree:
                entity = compile_entity(document, tree, world, problems)
                if entity:
                    check_entity(entity, problems)
                    check_fan_out(entity.steps.values(), world.shapes, problems)
                return entity
            case _:
                return None

    def _forget(self, load: _Load) -> None:
        """Keep what this load used; the rest will not come again."""
        self._parsed = {k: v for k, v in self._parsed.items() if k in load.seen}
        self._compiled = {
            k: v for k, v in self._compiled.items() if (k[0], k[1]) in load.seen
        }


@dataclass
class _Load:
    """One load at work."""

    compiler: Compiler
    world: World
    last_good: Mapping[str, str]
    profiles: dict[str, Profile] = field(default_factory=dict)
    entities: dict[str, Entity] = field(default_factory=dict)
    unavailable: dict[str, tuple[Problem, ...]] = field(default_factory=dict)
    good: dict[str, str] = field(default_factory=dict)
    stale: list[str] = field(default_factory=list)
    outdone: list[str] = field(default_factory=list)
    problems: Problems = field(default_factory=Problems)
    seen: set[tuple[str, str]] = field(default_factory=set)

    def fragments(self, texts: Mapping[str, str]) -> dict[str, Fragment]:
        found: dict[str, Fragment] = {}
        for file, text in sorted(texts.items()):
            for one in (text, self.last_good.get(file)):
                parsed = self._parse(file, one) if one is not None else None
                document = parsed.document if parsed else None
                if isinstance(document, FragmentDocument) and parsed and parsed.tree:
                    found.setdefault(document.fragment, Fragment(document, parsed.tree))
                    self.good[file] = one or text
                    break
                if document is not None:
                    break
        return found

    def file(self, file: str, text: str, fragments: Mapping[str, Fragment]) -> None:
        """Take the file's newest version that compiles."""
        self.seen.add((file, text))
        made, problems = self.compiler.compile(file, text, self.world, fragments)
        self.problems.extend(problems)
        if made is not None:
            self._take(file, text, made)
            return
        parsed = self.compiler.parse(file, text, self.world)
        if isinstance(parsed.document, FragmentDocument):
            return
        older = self.last_good.get(file)
        if older is not None and older != text:
            self.seen.add((file, older))
            made, _ = self.compiler.compile(file, older, self.world, fragments)
        if made is not None and older is not None:
            self.stale.append(_name(made))
            self._take(file, older, made)
            return
        name = _operation(parsed)
        if name and name not in self.profiles:
            errors = tuple(p for p in problems if p.severity.value == "error")
            self.unavailable[name] = errors
            if older == text:
                self.outdone.append(name)

    def _unserved(self) -> None:
        """A root field in the SDL that no profile serves, not even a broken one."""
        for root in ("Query", "Mutation"):
            shape = self.world.shapes.get(root)
            for name, field_ in shape.fields.items() if shape else ():
                if name not in self.profiles and name not in self.unavailable:
                    self.problems.add(
                        field_.span,
                        f"no profile serves {root}.{name}",
                        hint=f"add a profile with 'operation: {name}'",
                    )
                    self.unavailable[name] = ()

    def _parse(self, file: str, text: str) -> Parsed:
        self.seen.add((file, text))
        return self.compiler.parse(file, text, self.world)

    def _take(self, file: str, text: str, made: Compiled) -> None:
        taken: dict[str, Profile] | dict[str, Entity]
        taken = self.profiles if isinstance(made, Profile) else self.entities
        name = _name(made)
        before = taken.get(name)
        if before is not None:
            self.problems.add(
                made.span,
                f"{name!r} is configured twice, first at {before.span}",
                hint="remove one of them",
            )
            return
        taken[name] = made  # type: ignore[assignment]
        self.good[file] = text

    def catalog(self) -> Catalog:
        """What the files taken so far come to."""
        self._unserved()
        missing = {
            name: why
            for name, why in self.unavailable.items()
            if name not in self.profiles
        }
        key = digest(
            *(f"{n}:{p.digest}" for n, p in sorted(self.profiles.items())),
            *(f"{n}:{e.digest}" for n, e in sorted(self.entities.items())),
            *sorted(missing),
        )
        audience = Audience(self.profiles, self.entities, key, missing)
        found = tuple(sorted(set(self.problems.found)))
        stale, outdone = tuple(sorted(self.stale)), tuple(self.outdone)
        return Catalog(audience, self.good, stale, outdone, found)


def _refuse(tree: Document | None, problems: Problems) -> None:
    if tree is not None:
        problems.add(
            tree.span(("extends",), key=True),
            "variants are not served in this version",
            hint="remove the file, or make it a profile of its own",
        )


def _name(made: Compiled) -> str:
    return made.operation if isinstance(made, Profile) else made.type


def _operation(parsed: Parsed) -> str | None:
    """The operation that a broken file is about, where it says so."""
    if parsed.tree is None:
        return None
    name = parsed.tree.data.get("operation")
    return name if isinstance(name, str) else None
