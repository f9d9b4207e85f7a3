"""One file's text → its profile or entity, and what is wrong with it.

What compiled once is not compiled again while its text and world stay the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
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
from gateway.profile.lacking import check_entity_gives, check_profile_gives
from gateway.profile.model import Entity, Profile
from gateway.profile.resolving import without_named
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


@dataclass(slots=True)
class Compiler:
    """Compiles loads, remembering what did not change between them."""

    _parsed: dict[tuple[str, str], Parsed] = field(default_factory=dict)
    _compiled: dict[tuple[str, str, str], tuple[Compiled | None, list[Problem]]] = (
        field(default_factory=dict)
    )

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
                    check_profile_gives(profile, world.shapes, problems)
                    for own in profile.entities.values():
                        check_fan_out(own.steps.values(), world.shapes, problems)
                return profile
            case EntityDocument() as document, Document() as tree:
                entity = compile_entity(document, tree, world, problems)
                if entity:
                    check_entity(entity, problems)
                    if entity.lookups and not problems.errors:
                        check_entity(without_named(entity), problems)
                    check_entity_gives(entity, world.shapes, problems)
                    check_fan_out(entity.steps.values(), world.shapes, problems)
                return entity
            case _:
                return None

    def forget_others(self, seen: AbstractSet[tuple[str, str]]) -> None:
        """Keep what a load has seen, as (file, text); the rest will not come again."""
        self._parsed = {k: v for k, v in self._parsed.items() if k in seen}
        self._compiled = {
            k: v for k, v in self._compiled.items() if (k[0], k[1]) in seen
        }


def _refuse(tree: Document | None, problems: Problems) -> None:
    if tree is not None:
        problems.add(
            tree.span(("extends",), key=True),
            "variants are not served in this version",
            hint="remove the file, or make it a profile of its own",
        )
