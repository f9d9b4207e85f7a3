"""Variants: each laid over the version of its base that was taken.

In charge of which version of a variant serves. A variant that is wrong keeps its own
last good one, and so does one whose base's new version does not do for it: then the
base's older texts serve below it, and nobody is given the base in its place.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from gateway.errors import Problem, Problems, Severity, did_you_mean
from gateway.loading.compiler import Chain, Compiler
from gateway.loading.families import Families
from gateway.loading.kinships import Kin, Kinships
from gateway.profile.compile import Fragments
from gateway.profile.document import VariantDocument
from gateway.profile.matching import matching_of
from gateway.profile.model import Candidate, Matching, Profile
from gateway.profile.unfilled import dropped
from gateway.profile.world import World
from gateway.record import Model, replace
from gateway.values import SourceSpan

_FIRST = 1 << 62
_GUESSES = 50
"""Names that something is found to be meant by: each is held against all others."""
_BELOW = "\n"
"""Stands in a kept text's name between a variant's file and one below it."""


class Taken(Model, frozen=True):
    """A file that was taken, with all below it."""

    chain: Chain
    operation: str
    ancestors: tuple[str, ...]
    profile: Profile


@dataclass(slots=True)
class Variants:
    """The variants of one load. ``taken`` are profiles and variants by name."""

    compiler: Compiler
    world: World
    fragments: Fragments
    last_good: Mapping[str, str]
    kin: Kinships
    problems: Problems
    families: Families
    taken: dict[str, Taken] = field(default_factory=dict)
    good: dict[str, str] = field(default_factory=dict)
    stale: list[str] = field(default_factory=list)
    outdone: list[str] = field(default_factory=list)
    seen: set[tuple[str, str]] = field(default_factory=set)
    _below: dict[str, Chain] = field(init=False)
    _known: frozenset[Problem] = field(init=False)
    _meant: dict[str, str | None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._below = _kept_below(self.last_good)
        self._known = frozenset(self.problems.found)

    def take_all(self, texts: Mapping[str, str | None]) -> None:
        """Every variant, what it extends before it."""
        waiting = {f for f, kin in self.kin.of.items() if kin.extends and f in texts}
        while waiting:
            ready = {f for f in waiting if not self._base_waits(f, waiting)}
            for file in sorted(ready or waiting, key=self._before):
                self._take(file, texts[file])
            waiting = waiting - ready if ready else set()

    def _before(self, file: str) -> tuple[bool, str]:
        """What serves already comes before newcomers."""
        return file not in self.last_good, file

    def _base_waits(self, file: str, waiting: set[str]) -> bool:
        extends = self.kin.of[file].extends or ""
        return any(kin.file in waiting for kin in self.kin.named(extends))

    def _take(self, file: str, text: str | None) -> None:
        kin = self.kin.of[file]
        base = self._base(kin)
        first: list[Problem] = []
        for number, chain in enumerate(self._versions(file, text, base)):
            self.seen.update(chain)
            profile, problems = self.compiler.compile(
                chain, self.world, self.fragments, alone=False
            )
            found = [*problems]
            made = profile if isinstance(profile, Profile) else None
            if made is not None:
                if base is not None:
                    made = self._dropping(base.profile, made, chain[-1])
                ancestors = _ancestors(kin, base)
                found += self.families.admit(
                    made.operation, _candidate(made, ancestors)
                )
            if number == 0 and chain[-1][1] == text:
                first = [self._told(kin, problem) for problem in found]
                self.problems.extend(first)
            if made is not None and len(found) == len(problems):
                self._keep(kin, chain, made, base)
                if number or chain[-1][1] != text:
                    self.stale.append(kin.name)
                return
        if text is not None:
            self._lost(kin, text, first, base)

    def _dropping(self, base: Profile, made: Profile, own: tuple[str, str]) -> Profile:
        """The profile with what of its base's it does without."""
        document = self.compiler.parse(*own, self.world).document
        names = [*made.steps]
        variant = document if isinstance(document, VariantDocument) else None
        if variant and "defaults" not in variant.model_fields_set:
            names = [step.name for step in variant.steps]
        return replace(made, drops=dropped(base, made, names, self.world.shapes))

    def _told(self, kin: Kin, problem: Problem) -> Problem:
        """A problem with whose it is, where it is at a line of what it extends.

        What is wrong there without it, too, has been told.
        """
        if problem.span.file == kin.file or problem in self._known:
            return problem
        whose = f"in {kin.name!r} ({self._span(kin)})"
        return replace(problem, message=f"{whose}: {problem.message}")

    def _base(self, kin: Kin) -> Taken | None:
        """What it extends; None and a problem where that is not to be had."""
        span = self._span(kin)
        name = kin.extends or ""
        found = self.kin.named(name)
        others = [one for one in found if one.file != kin.file]
        cycle = self.kin.cycle(kin)
        if cycle:
            others_of = ", ".join(str(self._span(one)) for one in cycle[1:])
            at = f", by {others_of}" if others_of else ""
            self.problems.add(
                span, f"{kin.name!r} extends itself{at}", hint="extend another profile"
            )
        elif not others:
            self.problems.add(
                span,
                f"there is no profile {name!r} to extend",
                hint=self._instead(name, kin.name)
                or "name a profile: its 'profile', or its file's stem",
            )
        elif len(others) > 1:
            places = " and ".join(one.file for one in others)
            self.problems.add(
                span,
                f"two profiles are named {name!r}: {places}",
                hint="say 'profile: another-name' in one of them",
            )
        else:
            return self.taken.get(name)
        return None

    def _instead(self, name: str, mine: str) -> str | None:
        """What may be meant by a base that there is none of; looked for a few times."""
        of = self.kin.profile_of(name)
        if of is not None:
            return f"the profile of that operation is named {of!r}"
        if name not in self._meant and len(self._meant) < _GUESSES:
            self._meant[name] = did_you_mean(name, {*self.kin.names()} - {mine})
        return self._meant.get(name)

    def _span(self, kin: Kin) -> SourceSpan:
        tree = kin.parsed.tree
        return tree.span(("extends",)) if tree else SourceSpan(kin.file)

    def _versions(
        self, file: str, text: str | None, base: Taken | None
    ) -> Iterator[Chain]:
        """The versions to try, newest first: its own before its base's."""
        older = self.last_good.get(file)
        texts = list(dict.fromkeys(t for t in (text, older) if t is not None))
        below = [base.chain] if base else []
        kept = self._below.get(file)
        if kept and kept not in below:
            below.append(kept)
        for chain in below:
            for one in texts:
                yield (*chain, (file, one))

    def _keep(
        self, kin: Kin, chain: Chain, profile: Profile, base: Taken | None
    ) -> None:
        taken = Taken(chain, profile.operation, _ancestors(kin, base), profile)
        if self.taken.setdefault(kin.name, taken) is not taken:
            self.problems.add(
                profile.span,
                f"two profiles are named {kin.name!r}",
                hint="say 'profile: another-name' in one of them",
            )
        self.good[kin.file] = chain[-1][1]
        for number, (file, text) in enumerate(chain[:-1]):
            self.good[f"{kin.file}{_BELOW}{number}{_BELOW}{file}"] = text

    def _lost(
        self, kin: Kin, text: str, problems: list[Problem], base: Taken | None
    ) -> None:
        """No version does: whom it serves is told so, and is given nothing else."""
        if self.last_good.get(kin.file) == text:
            self.outdone.append(kin.name)
        operation = base.operation if base else self.kin.operation_of(kin)
        known = [self.last_good.get(key) for key in (kin.file, kin.file + _BELOW)]
        if operation is None or (self.last_good and not any(known)):
            return  # a newcomer changes nothing; see Note [broken variants]
        texts = [one for one in (text, *known) if one is not None]
        match, priority, said = self._names(kin.file, texts)
        self.good[kin.file + _BELOW] = said or text
        wrong = tuple(p for p in problems if p.severity is Severity.ERROR)
        span = self._span(kin)
        lost = Candidate(kin.name, None, match, span, priority, problems=wrong)
        self.families.of(operation).append(lost)

    def _names(self, file: str, texts: list[str]) -> tuple[Matching, int, str | None]:
        """Whom it serves by the first text that says so; everybody, where none does."""
        for text in texts:
            parsed = self.compiler.parse(file, text, self.world)
            self.seen.add((file, text))
            document, tree = parsed.document, parsed.tree
            if isinstance(document, VariantDocument) and tree is not None:
                match = matching_of(document, tree, Problems())
                if match is not None:
                    return match, document.priority or 0, text
        return Matching(), _FIRST, None


def _ancestors(kin: Kin, base: Taken | None) -> tuple[str, ...]:
    return (*(base.ancestors if base else ()), kin.extends or "")


def _candidate(made: Profile, ancestors: tuple[str, ...]) -> Candidate:
    return Candidate(made.name, made, made.match, made.span, made.priority, ancestors)


def _kept_below(last_good: Mapping[str, str]) -> dict[str, Chain]:
    """The texts below each variant when it was good the last time."""
    found: dict[str, list[tuple[int, str, str]]] = {}
    for key, text in last_good.items():
        file, _, rest = key.partition(_BELOW)
        if rest:
            number, below = rest.split(_BELOW)
            found.setdefault(file, []).append((int(number), below, text))
    return {
        file: tuple((below, text) for _, below, text in sorted(parts))
        for file, parts in found.items()
    }


def own_texts(last_good: Mapping[str, str]) -> dict[str, str]:
    """The last good texts without those that only variants stand on."""
    return {file: text for file, text in last_good.items() if _BELOW not in file}


# Note [broken variants]
# Whom a variant serves must not get the base in its place: what was removed from it may
# have been removed for a reason. So where no version of a variant can serve, those whom
# it names get nothing; where nobody can tell whom it names, nobody gets anything.
# A file that is new beside others that serve is no variant yet: somebody writes it
# now, and those whom it names are served as before. Which files were lost once is kept
# with the last good texts, so that a restart does not take them for new.
