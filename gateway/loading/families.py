"""All profiles of one operation together: whether they fit, and what they declare.

In charge of the rule that a field has one type for all audiences, so that one schema
holds what any of them may see. Must never decide who is served by which.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from gateway.errors import Problem, Problems
from gateway.loading.alike import check_alike, check_apart, declared_by
from gateway.profile.compile import no_giver
from gateway.profile.matching import check_ties
from gateway.profile.model import Candidate, Family, Profile
from gateway.record import Struct, field, replace
from gateway.request.model import OperationKind
from gateway.shape import TypeShape


class Families(Struct):
    """The profiles of every operation, each held against those that came before."""

    members: dict[str, list[Candidate]] = field(default_factory=dict)
    _declaring: dict[str, list[Profile]] = field(default_factory=dict)
    """Who declares a type, by its name."""

    def of(self, operation: str) -> list[Candidate]:
        return self.members.setdefault(operation, [])

    def admit(self, operation: str, candidate: Candidate) -> list[Problem]:
        """Take a profile; where it does not fit, what is wrong, and it is not taken."""
        problems, known = Problems(), self.of(operation)
        if candidate.profile is not None:
            if candidate.match is None:
                _once(candidate, known, problems)
            for other in known:
                check_ties((other, candidate), problems)
                if other.profile is not None:
                    check_alike(candidate.profile, other.profile, problems)
            for other_profile in self._others(candidate.profile):
                check_apart(candidate.profile, other_profile, problems)
        if not problems.errors:
            known.append(candidate)
            if candidate.profile is not None:
                for name in declared_by(candidate.profile):
                    self._declaring.setdefault(name, []).append(candidate.profile)
        return problems.found

    def _others(self, profile: Profile) -> list[Profile]:
        """The other operations that declare one of its types."""
        found = (self._declaring.get(name, ()) for name in declared_by(profile))
        several = {id(other): other for others in found for other in others}
        return [p for p in several.values() if p.operation != profile.operation]

    def settle(self, problems: Problems) -> None:
        """Once all are there: fields that none of them gives."""
        for members in self.members.values():
            profiles = [one.profile for one in members if one.profile is not None]
            for number, one in enumerate(members):
                if one.profile is None or not one.profile.lacks:
                    continue
                lacking = [
                    name
                    for name in one.profile.lacks
                    if all(name in other.lacks for other in profiles)
                ]
                if lacking:
                    found = Problems()
                    no_giver(one.profile, lacking, found)
                    problems.extend(found.found)
                    lost = replace(one, profile=None, problems=tuple(found.found))
                    members[number] = lost

    def profiles(self) -> Iterator[Profile]:
        """Every one that can serve anybody."""
        for members in self.members.values():
            yield from (one.profile for one in members if one.profile is not None)

    def single(self) -> dict[str, Profile]:
        """The operations that one profile serves, whoever asks."""
        found = {n: _only(members) for n, members in self.members.items()}
        return {name: profile for name, profile in found.items() if profile}

    def several(self) -> tuple[Family, ...]:
        """The others."""
        return tuple(
            Family(name, _kind(members), _ranked(members))
            for name, members in sorted(self.members.items())
            if members and _only(members) is None
        )

    def declaring(self) -> tuple[Profile, ...]:
        """Each operation once, as it declares types, its field and its arguments."""
        made = (
            _together([one.profile for one in members if one.profile is not None])
            for _, members in sorted(self.members.items())
        )
        return tuple(profile for profile in made if profile is not None)


def _only(members: list[Candidate]) -> Profile | None:
    return members[0].profile if len(members) == 1 and not members[0].match else None


def _kind(members: list[Candidate]) -> OperationKind:
    kinds = (one.profile.kind for one in members if one.profile is not None)
    return next(kinds, OperationKind.QUERY)


def _ranked(members: list[Candidate]) -> tuple[Candidate, ...]:
    by_name = sorted(members, key=lambda one: one.name)
    return tuple(sorted(by_name, key=lambda one: one.rank, reverse=True))


def _once(candidate: Candidate, known: list[Candidate], problems: Problems) -> None:
    for other in known:
        if other.match is None and candidate.profile is not None:
            problems.add(
                candidate.span,
                f"{candidate.profile.operation!r} is configured twice, first at "
                f"{other.span}",
                hint="remove one of them, or say in 'match' which requests it serves",
            )


def _together(profiles: Sequence[Profile]) -> Profile | None:
    """One profile that declares what any of these does."""
    if not profiles:
        return None
    first = next((one for one in profiles if one.match is None), profiles[0])
    others = [one for one in profiles if one is not first]
    if not others:
        return first
    arguments = {a.name: a for one in (first, *others) for a in one.field.arguments}
    types: dict[str, TypeShape] = {}
    for shape in (shape for one in (first, *others) for shape in one.declares):
        before = types.get(shape.name)
        fields = {**before.fields, **shape.fields} if before else shape.fields
        types[shape.name] = replace(before or shape, fields=fields)
    adds = {added.name: added for one in (first, *others) for added in one.adds}
    return replace(
        first,
        field=replace(first.field, arguments=tuple(arguments.values())),
        declares=tuple(types.values()),
        adds=tuple(adds.values()),
    )
