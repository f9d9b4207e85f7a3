"""Who asks → what he is offered: `Audience`, before a document is read.

In charge of the choice among the profiles of an operation, and of what the schema hides
from whom. Conditions are decided once a request, and the same outcome finds the same
audience: a request costs a few look-ups. Must never see a document or an argument.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from gateway.profile.hiding import closed
from gateway.profile.model import (
    Audience,
    Candidate,
    Family,
    Hiding,
    Profile,
)
from gateway.profile.narrowing import narrowed
from gateway.profile.outcomes import Asks, Outcome, asks_of
from gateway.profile.unfilled import Unfilled, contested
from gateway.record import replace
from gateway.request.model import RequestContext
from gateway.shape import Shapes, TypeKind
from gateway.values import digest

_MOST = 4_096
"""Outcomes that are remembered, and audiences: beyond, all begin anew."""

_Chosen: TypeAlias = tuple[tuple[int | None, ...], tuple[bool, ...]]
"""Which candidate of each family, and which hidings hide."""


@dataclass(slots=True, eq=False)
class Resolver:
    """The choice for the requests of one generation.

    ``common`` is what is the same for everybody. Audiences are made when the first
    request needs one, and share their profiles.
    """

    common: Audience
    families: tuple[Family, ...]
    shapes: Shapes
    hidings: tuple[Hiding, ...] = ()
    _asks: Asks = field(init=False)
    _known: dict[Outcome, Audience] = field(default_factory=dict)
    _audiences: dict[_Chosen, Audience] = field(default_factory=dict)
    _closed: dict[frozenset[str], frozenset[str]] = field(default_factory=dict)
    _contested: frozenset[str] = field(init=False)
    _unfilled: Unfilled = field(init=False)

    def __post_init__(self) -> None:
        self._asks = asks_of(self.families, self.hidings)
        always = frozenset(c for p in self.common.profiles.values() for c in shown(p))
        shows = (shown(profile) for profile in self._members())
        self._contested = frozenset(c for found in shows for c in found) - always
        self._unfilled = Unfilled(self.shapes, contested(self.families))

    def __call__(self, request: RequestContext) -> Audience:
        """What the request's caller is offered. Never raises."""
        outcome = self._asks.outcome(request)
        found = self._known.get(outcome)
        if found is None:
            found = self._decided(outcome)
            if len(self._known) >= _MOST:
                self._known.clear()
            self._known[outcome] = found
        return found

    def supposing(
        self, request: RequestContext, when: str | None, denied: str | None
    ) -> Audience:
        """What a caller is offered for whom a condition of a `match` holds.

        ``denied`` is the tag of the one policy that hides from him; None: as of the
        request.
        """
        real = self._asks.outcome(request)
        outcome = self._asks.supposed(real, when)
        hides = tuple(one.tag == denied for one in self.hidings)
        hides = self._hides(real) if denied is None else hides
        return self._audience((self._chosen(outcome), hides))

    @property
    def unmatched(self) -> Audience:
        """What a caller is offered for whom no `match` holds."""
        return self._audience(((None,) * len(self.families), self._hides(())))

    @property
    def whole(self) -> Audience:
        """Every profile of everybody, for what concerns them all: see `whole_of`."""
        return whole_of(self.common, self.families)

    def mapped(
        self, common: Audience, change: Callable[[Profile], Profile]
    ) -> Resolver:
        """The same choice among profiles that were changed."""
        families = tuple(
            replace(family, candidates=tuple(_changed(family.candidates, change)))
            for family in self.families
        )
        return Resolver(common, families, self.shapes, self.hidings)

    # -- the choice -----------------------------------------------------------------

    def _decided(self, outcome: Outcome) -> Audience:
        return self._audience((self._chosen(outcome), self._hides(outcome)))

    def _chosen(self, outcome: Outcome) -> tuple[int | None, ...]:
        return tuple(
            next((n for n, one in found if self._asks.holds(one.match, outcome)), None)
            for found in (enumerate(f.candidates) for f in self.families)
        )

    def _hides(self, outcome: Outcome) -> tuple[bool, ...]:
        held = (self._asks.is_true(one.condition, outcome) for one in self.hidings)
        return tuple(not one for one in held)

    def _audience(self, chosen: _Chosen) -> Audience:
        found = self._audiences.get(chosen)
        if found is None:
            found = self._made(chosen)
            if len(self._audiences) >= _MOST:
                self._audiences.clear()
            self._audiences[chosen] = found
        return found

    def _made(self, chosen: _Chosen) -> Audience:
        profiles, unavailable = (
            dict(self.common.profiles),
            dict(self.common.unavailable),
        )
        hidden, parts = {*self._contested}, []
        for family, number in zip(self.families, chosen[0], strict=True):
            one = _candidate(family, number)
            parts.append(f"{family.operation}:")
            if one is not None and one.profile is not None:
                profiles[family.operation] = one.profile
                hidden -= shown(one.profile)
                hidden |= lacked(one.profile)
                parts.append(one.profile.digest)
            elif one is not None or family.operation in unavailable:
                # It has no good version, which is no secret: whoever asks is told so.
                unavailable.setdefault(family.operation, one.problems if one else ())
                hidden -= _all(family)
                parts.append("unavailable")
        offered = replace(self.common, profiles=profiles, unavailable=unavailable)
        hidden |= self._unfilled.of(offered)
        for hiding, hides in zip(self.hidings, chosen[1], strict=True):
            hidden |= hiding.coordinates if hides else frozenset()
        gone = self._close(frozenset(hidden))
        return replace(
            self.common,
            profiles=narrowed(profiles, gone),
            unavailable=unavailable,
            digest=digest(self.common.digest, *parts, "", *sorted(gone)),
            hidden=gone,
            hides_inputs=any(map(self._is_input, gone)),
            shared=self.common.digest,
        )

    def _close(self, hidden: frozenset[str]) -> frozenset[str]:
        if hidden not in self._closed:
            self._closed[hidden] = closed(hidden, self.shapes)
        return self._closed[hidden]

    def _is_input(self, coordinate: str) -> bool:
        found = self.shapes.get(coordinate.partition(".")[0])
        return found is not None and found.kind in (TypeKind.ENUM, TypeKind.INPUT)

    def _members(self) -> Iterator[Profile]:
        for family in self.families:
            yield from (p for one in family.candidates if (p := one.profile))


def whole_of(common: Audience, families: Iterable[Family]) -> Audience:
    """Every profile of everybody.

    Of an operation with several the usual one stands under the operation's name, the
    others under their own; so do those that no version of their file serves.
    """
    profiles, lost = dict(common.profiles), dict(common.unavailable)
    for family in families:
        for one in reversed(family.candidates):
            if one.profile is None:
                lost[one.name] = one.problems
            elif profiles.setdefault(family.operation, one.profile) != one.profile:
                profiles[_free(one, profiles)] = one.profile
    return replace(common, profiles=profiles, unavailable=lost)


def _candidate(family: Family, number: int | None) -> Candidate | None:
    """The chosen one, else the one that serves all whom no other does."""
    if number is not None:
        return family.candidates[number]
    return next((one for one in family.candidates if one.match is None), None)


def _free(one: Candidate, taken: Mapping[str, Profile]) -> str:
    name = one.name
    while name in taken:
        name = f"{name}'"
    return name


def _changed(
    candidates: Iterable[Candidate], change: Callable[[Profile], Profile]
) -> Iterator[Candidate]:
    for one in candidates:
        made = one.profile and change(one.profile)
        yield replace(one, profile=made)


def shown(profile: Profile) -> frozenset[str]:
    """The coordinates that the schema has because of a profile."""
    root = f"{profile.kind.value.capitalize()}.{profile.operation}"
    found = {root}
    if profile.declares_field:
        found |= {f"{root}({argument.name}:)" for argument in profile.field.arguments}
    for shape in profile.declares:
        found |= {f"{shape.name}.{name}" for name in shape.fields}
    found |= {f"{profile.returns}.{added.name}" for added in profile.adds}
    return frozenset(found)


def lacked(profile: Profile) -> frozenset[str]:
    """Those that it has nothing for, though another profile of its operation has."""
    return frozenset(f"{profile.returns}.{name}" for name in profile.lacks)


def _all(family: Family) -> frozenset[str]:
    found = (shown(one.profile) for one in family.candidates if one.profile)
    root = f"{family.kind.value.capitalize()}.{family.operation}"
    return frozenset({root}).union(*found)
