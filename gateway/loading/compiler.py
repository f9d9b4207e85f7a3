"""One file's text → its profile or entity, and what is wrong with it.

What compiled once is not compiled again while its text and world stay the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from typing import TypeAlias

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
from gateway.profile.layering import check_names, layered
from gateway.profile.matching import matching_of
from gateway.profile.model import Entity, Profile
from gateway.profile.resolving import without_named
from gateway.profile.source import Document, read
from gateway.profile.world import World
from gateway.record import Model, Struct, field, replace
from gateway.values import digest

Written = ProfileDocument | EntityDocument | FragmentDocument | VariantDocument
Compiled = Profile | Entity
Chain: TypeAlias = tuple[tuple[str, str], ...]
"""Files and their texts: a profile, what extends it, what extends that, and so on."""


class Parsed(Model, frozen=True):
    """One file as read. ``document`` is None where it cannot be used."""

    tree: Document | None
    document: Written | None
    problems: tuple[Problem, ...]


class Compiler(Struct):
    """Compiles loads, remembering what did not change between them."""

    _parsed: dict[tuple[str, str], Parsed] = field(default_factory=dict)
    _compiled: dict[tuple[str, str, str], tuple[Compiled | None, list[Problem]]] = (
        field(default_factory=dict)
    )
    _layered: dict[Chain, Parsed] = field(default_factory=dict)

    def parse(self, file: str, text: str, world: World) -> Parsed:
        key = (file, text)
        if key not in self._parsed:
            problems = Problems()
            tree = read(text, file, problems)
            types = {name: t.options for name, t in world.step_types.items()}
            document = load_document(tree, problems, types) if tree else None
            self._parsed[key] = Parsed(
                tree,
                None if problems.errors else document,
                tuple(problems.found),
            )
        return self._parsed[key]

    def layered(self, chain: Chain, world: World) -> Parsed:
        """The uppermost file of a chain, laid over all below it."""
        if len(chain) == 1:
            return self.parse(*chain[0], world)
        if chain not in self._layered:
            self._layered[chain] = self._laid(chain, world)
        return self._layered[chain]

    def _laid(self, chain: Chain, world: World) -> Parsed:
        own, base = self.parse(*chain[-1], world), self.layered(chain[:-1], world)
        problems = Problems()
        problems.extend(own.problems)
        match own.document, own.tree, base.tree:
            case VariantDocument() as variant, Document() as over, Document() as below:
                matching_of(variant, over, problems, world.flags)
                tree: Document | None = layered(below, over, problems)
                types = {name: t.options for name, t in world.step_types.items()}
                good = None if problems.errors else tree
                made = load_document(good, problems, types) if good else None
                if made is None:
                    check_names(below, over, problems)
            case _:
                tree, made = own.tree, None
        document = None if problems.errors else made
        written = document if isinstance(document, ProfileDocument) else None
        return Parsed(tree, written, tuple(problems.found))

    def compile(
        self,
        chain: Chain,
        world: World,
        fragments: Mapping[str, Fragment],
        *,
        alone: bool = True,
    ) -> tuple[Compiled | None, list[Problem]]:
        """A file's profile or entity, checked as a graph too.

        ``alone``: no other profile serves the same operation.
        """
        file, text = chain[-1]
        below = [part for pair in chain[:-1] for part in pair]
        used = sorted(f"{n}={f.file.text}" for n, f in fragments.items())
        key = (file, text, digest(world.digest, str(alone), *below, "", *used))
        if key not in self._compiled:
            problems = Problems()
            parsed = self.layered(chain, world)
            made = self._made(parsed, world, fragments, problems, alone=alone)
            if isinstance(made, Profile):
                made = self._of_several(made, chain, world)
            self._compiled[key] = (None if problems.errors else made, problems.found)
        return self._compiled[key]

    def _of_several(self, made: Profile, chain: Chain, world: World) -> Profile:
        """A variant serves whom its own file says, and no others."""
        own = self.parse(*chain[-1], world)
        match own.document, own.tree:
            case VariantDocument() as variant, Document() as tree:
                return replace(
                    made,
                    match=matching_of(variant, tree, Problems()),
                    priority=variant.priority or 0,
                    span=tree.span(("extends",)),
                )
            case _:
                return made

    def _made(
        self,
        parsed: Parsed,
        world: World,
        fragments: Mapping[str, Fragment],
        problems: Problems,
        *,
        alone: bool,
    ) -> Compiled | None:
        problems.extend(parsed.problems)
        match parsed.document, parsed.tree:
            case ProfileDocument() as document, Document() as tree:
                profile = compile_profile(
                    document, tree, world, fragments, problems, alone=alone
                )
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
        self._layered = {
            chain: v for chain, v in self._layered.items() if seen >= {*chain}
        }
