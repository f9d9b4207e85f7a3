"""One load at work: which version of every file is taken.

The newest that compiles; else, of a file that is wrong, its own last good one. What a
file includes counts as its own: a fragment that is wrong leaves its users at the last
good fragment. A file that serves already is not pushed out by a newcomer.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from gateway.errors import Problem, Problems, Severity
from gateway.loading.catalog import Catalog, Texts
from gateway.loading.compiler import Compiled, Compiler, Parsed
from gateway.loading.families import Families
from gateway.loading.fragments import fragments_of
from gateway.loading.kinships import Kinships
from gateway.loading.lost import fields_said
from gateway.loading.variants import Taken, Variants, own_texts
from gateway.plan.feasible import check_times
from gateway.profile.compile import Fragment, Fragments, name_of_file
from gateway.profile.document import FragmentDocument, ProfileDocument
from gateway.profile.matching import matching_of
from gateway.profile.model import Audience, Candidate, Entity, Profile
from gateway.profile.reached import check_reached
from gateway.profile.source import Document
from gateway.profile.world import World
from gateway.record import Struct, field
from gateway.values import digest


def make_catalog(
    compiler: Compiler, texts: Texts, last_good: Mapping[str, str], world: World
) -> Catalog:
    """Everything the texts configure, each file at its newest good version."""
    taking = Taking(compiler, world, texts, last_good)
    taking.take_all()
    compiler.forget_others(taking.seen)
    return taking.catalog()


class Taking(Struct):
    """The state of one load. ``last_good`` are texts that compiled once, by file."""

    compiler: Compiler
    world: World
    texts: Texts
    last_good: Mapping[str, str]
    profiles: dict[str, Profile] = field(default_factory=dict)
    entities: dict[str, Entity] = field(default_factory=dict)
    unavailable: dict[str, tuple[Problem, ...]] = field(default_factory=dict)
    lost: dict[str, frozenset[str]] = field(default_factory=dict)
    good: dict[str, str] = field(default_factory=dict)
    stale: list[str] = field(default_factory=list)
    outdone: list[str] = field(default_factory=list)
    problems: Problems = field(default_factory=Problems)
    seen: set[tuple[str, str]] = field(default_factory=set)
    fragments: Fragments = field(default_factory=dict)
    older: Fragments = field(default_factory=dict)
    held_back: set[str] = field(default_factory=set)
    """Fragments whose newest version does not do for someone who includes it."""
    kin: Kinships = field(default_factory=Kinships)
    several: frozenset[str] = frozenset()
    """Operations that not every request is served alike."""
    families: Families = field(default_factory=Families)
    below: dict[str, Taken] = field(default_factory=dict)

    def take_all(self) -> None:
        """Take every file; those that served before come first, variants last."""
        self.fragments = self._fragments(self.texts, self.problems)
        self.older = self._fragments(own_texts(self.last_good), Problems())
        for file, text in self.texts.items():
            one = text if text is not None else self.last_good.get(file)
            if one is not None:
                self.kin.add(file, self._parse(file, one))
        self.several = self.kin.several()
        known = sorted(self.texts, key=lambda file: (file not in self.last_good, file))
        for file in known:
            if file not in self.kin.of or not self.kin.of[file].extends:
                self._file(file, self.texts[file])
        self._variants()
        self.families.settle(self.problems)
        self.profiles = self.families.single()
        held_back = {n: f for n, f in self.older.items() if n in self.held_back}
        for fragment in {**self.fragments, **held_back}.values():
            self.good[fragment.file.file] = fragment.file.text

    def _fragments(self, texts: Texts, problems: Problems) -> dict[str, Fragment]:
        parsed = (self._parse(f, t) for f, t in sorted(texts.items()) if t is not None)
        return fragments_of(parsed, problems)

    def _file(self, file: str, text: str | None) -> None:
        """Take the newest version of a file that compiles."""
        first: list[Problem] = []
        for number, (one, fragments) in enumerate(self._versions(file, text)):
            self.seen.add((file, one))
            kin = self.kin.of.get(file)
            alone = kin is None or kin.operation not in self.several
            made, problems = self.compiler.compile(
                ((file, one),), self.world, fragments, alone=alone
            )
            if number == 0 and one == text:
                first = problems
                self.problems.extend(problems)
            if made is not None:
                self._take(file, one, made, stale=number > 0 or one != text)
                if fragments is self.older:
                    self._hold_back(self._parse(file, one))
                return
        if text is not None:
            self._lost(file, text, first)

    def _versions(self, file: str, text: str | None) -> Iterator[tuple[str, Fragments]]:
        """The versions to try, newest first."""
        older = self.last_good.get(file)
        for one in dict.fromkeys(t for t in (text, older) if t is not None):
            yield one, self.fragments
            if self.older != self.fragments:
                yield one, self.older

    def _variants(self) -> None:
        """What extends another profile, on the version of it that was taken."""
        variants = Variants(
            self.compiler,
            self.world,
            self.fragments,
            self.last_good,
            self.kin,
            self.problems,
            self.families,
            self.below,
        )
        variants.take_all(self.texts)
        self.good |= variants.good
        self.stale += variants.stale
        self.outdone += variants.outdone
        self.seen |= variants.seen

    def _hold_back(self, parsed: Parsed) -> None:
        if isinstance(parsed.document, ProfileDocument):
            self.held_back.update(parsed.document.include)

    def _lost(self, file: str, text: str, problems: list[Problem]) -> None:
        """No version of a file does: its operation has nothing to serve it."""
        parsed = self._parse(file, text)
        if isinstance(parsed.document, FragmentDocument):
            return
        name = _said(parsed, "operation")
        if self.last_good.get(file) == text:
            self.outdone.append(name or _said(parsed, "entity") or file)
        entity = _said(parsed, "entity")
        if entity and parsed.tree:
            self.lost[entity] = fields_said(parsed.tree.data)
        if name and name not in self.profiles:
            wrong = tuple(p for p in problems if p.severity is Severity.ERROR)
            self._unserved_here(name, parsed, wrong)

    def _unserved_here(
        self, operation: str, parsed: Parsed, wrong: tuple[Problem, ...]
    ) -> None:
        """Whom a profile without a good version serves; all, where nobody can tell."""
        document, tree = parsed.document, parsed.tree
        match = None
        if isinstance(document, ProfileDocument) and tree is not None:
            match = matching_of(document, tree, Problems())
        if match is None:
            self.unavailable[operation] = wrong
        elif tree is not None:
            name, span = name_of_file(tree.file), tree.span(("operation",))
            lost = Candidate(name, None, match, span, problems=wrong)
            self.families.of(operation).append(lost)

    def _take(self, file: str, text: str, made: Compiled, *, stale: bool) -> None:
        if isinstance(made, Profile):
            self._take_profile(file, text, made, stale=stale)
            return
        before = self.entities.get(made.type)
        if before is not None:
            self.problems.add(
                made.span,
                f"{made.type!r} is configured twice, first at {before.span}",
                hint="remove one of them",
            )
            return
        self.entities[made.type] = made
        self.good[file] = text
        if stale:
            self.stale.append(made.type)

    def _take_profile(
        self, file: str, text: str, made: Profile, *, stale: bool
    ) -> None:
        candidate = Candidate(made.name, made, made.match, made.span, made.priority)
        wrong = self.families.admit(made.operation, candidate)
        if wrong:
            self.problems.extend(wrong)
            if made.operation not in self.families.single():
                self.unavailable[made.operation] = tuple(wrong)
            return
        self.below[made.name] = Taken(((file, text),), made.operation, (), made)
        self.good[file] = text
        if stale:
            self.stale.append(made.operation)

    def _parse(self, file: str, text: str) -> Parsed:
        self.seen.add((file, text))
        return self.compiler.parse(file, text, self.world)

    def _unserved(self) -> None:
        """A root field in the SDL that no profile serves, not even a broken one."""
        for root in ("Query", "Mutation", "Subscription"):
            shape = self.world.shapes.get(root)
            for name, field_ in shape.fields.items() if shape else ():
                if not self.families.of(name) and name not in self.unavailable:
                    self.problems.add(
                        field_.span,
                        f"no profile serves {root}.{name}",
                        hint=f"add a profile with 'operation: {name}'",
                    )
                    self.unavailable[name] = ()

    def _in_time(self) -> None:
        """Only now it is known which entity files an operation meets."""
        for profile in self.families.profiles():
            if not {profile.operation, profile.name} & {
                *self.stale
            }:  # an older text's places are in no file
                check_times(profile, self.entities, self.world.shapes, self.problems)

    def _reached(self) -> None:
        """Nor is it before which of them an operation meets at all."""
        if self.unavailable or self.stale:
            return  # one that is wrong may be the one that reaches them
        profiles, shapes = [*self.families.profiles()], self.world.shapes
        named = [e.type for e in self.entities.values() if e.keys]
        further = named if self.world.federated else ()
        check_reached(self.entities, profiles, shapes, self.problems, further)

    def _trees(self) -> dict[tuple[str, str], Document]:
        found = {
            (taken.operation, name): self.compiler.layered(taken.chain, self.world).tree
            for name, taken in self.below.items()
        }
        return {key: tree for key, tree in found.items() if tree is not None}

    def catalog(self) -> Catalog:
        """What the files taken come to."""
        self._unserved()
        self._in_time()
        self._reached()
        families = self.families.several()
        missing = {
            name: why
            for name, why in self.unavailable.items()
            if name not in self.profiles
        }
        lost = {t: f for t, f in self.lost.items() if t not in self.entities}
        members = (
            f"{family.operation}:{one.name}:{one.profile.digest if one.profile else ''}"
            for family in families
            for one in family.candidates
        )
        key = digest(
            *(f"{n}:{p.digest}" for n, p in sorted(self.profiles.items())),
            *members,
            *(f"{n}:{e.digest}" for n, e in sorted(self.entities.items())),
            *sorted(missing),
            *(f"{n}:{' '.join(sorted(fields))}" for n, fields in sorted(lost.items())),
        )
        return Catalog(
            audience=Audience(self.profiles, self.entities, key, missing, lost),
            trees=self._trees(),
            families=families,
            declaring=self.families.declaring(),
            good=self.good,
            stale=tuple(sorted(self.stale)),
            outdone=tuple(self.outdone),
            problems=tuple(sorted(set(self.problems.found))),
        )


def _said(parsed: Parsed, key: str) -> str | None:
    """What a broken file says that it is about."""
    name = parsed.tree.data.get(key) if parsed.tree else None
    return name if isinstance(name, str) else None
