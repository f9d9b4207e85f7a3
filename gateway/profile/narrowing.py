"""What a caller names objects by, for those who do not know of some types.

In charge of one thing: `_entities` says of a type that is hidden what it says of one
that is not there, and takes no key of it that is hidden. Pure; must never decide what
is hidden from whom.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol, runtime_checkable

from gateway.profile.model import ByKey, Profile, Selecting
from gateway.record import replace
from gateway.values import digest


@runtime_checkable
class Narrowing(Protocol):
    """A `Selecting` that knows types and their keys by name."""

    def without(self, hidden: frozenset[str]) -> Selecting:
        """The same, to which these coordinates are not there; equal where all are."""


def narrowed(
    profiles: Mapping[str, Profile], hidden: frozenset[str]
) -> dict[str, Profile]:
    """The profiles, of which those that name objects by keys name none that is hidden.

    ``hidden`` are coordinates.
    """
    return {name: _narrowed(profile, hidden) for name, profile in profiles.items()}


def _narrowed(profile: Profile, hidden: frozenset[str]) -> Profile:
    if not isinstance(profile.root, ByKey):
        return profile
    step = profile.steps[profile.root.step]
    if not isinstance(step.select, Narrowing):
        return profile
    select = step.select.without(hidden)
    if select == step.select:
        return profile
    return replace(
        profile,
        steps={**profile.steps, step.name: replace(step, select=select)},
        digest=digest(profile.digest, *sorted(hidden)),
    )
