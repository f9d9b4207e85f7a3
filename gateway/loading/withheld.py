"""A generation → the same one, some of whose steps are not called.

In charge of which steps a hold means. What it gives differs from what was loaded by
those steps and by the keys of its plans, so that plans with and without a hold are
both kept, and a plain request looks at nothing more. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from gateway.errors import did_you_mean
from gateway.generation import Generation
from gateway.hold import OF_SOURCE, Hold
from gateway.profile.model import Audience, ByKey, Entity, Profile, Root, Step
from gateway.record import Model, replace
from gateway.values import digest


def withheld(generation: Generation, holds: Sequence[Hold]) -> Generation:
    """The generation as loaded, with these holds and no others."""
    if not holds:
        return generation
    work = _Withholding(tuple(holds))
    resolver, audience = generation.resolver, work.audience(generation.audience)
    if resolver is not None:
        resolver = resolver.mapped(work.audience(resolver.common), work.profile)
        audience = resolver.unmatched
    return replace(generation, audience=audience, resolver=resolver, holds=tuple(holds))


def steps_of(audience: Audience) -> Mapping[str, Step]:
    """Every step that calls a source, by the name that a hold has for it."""
    found = _steps(audience.profiles.values(), audience.entities.values())
    return {name_of(step): step for step in found if step.source is not None}


def name_of(step: Step) -> str:
    """``customer360.fraud``, ``Account.branch``."""
    return f"{step.origin}.{step.name}"


def unknown(name: str, generation: Generation) -> tuple[str, str | None] | None:
    """Why nothing can be held by this name, and what to do; None where it can."""
    whole = generation.whole
    return unknown_among(name, whole.profiles.values(), whole.entities.values())


def unknown_among(
    name: str, profiles: Iterable[Profile], entities: Iterable[Entity]
) -> tuple[str, str | None] | None:
    """The same among these profiles and entity files."""
    every = {name_of(step): step for step in _steps(profiles, entities)}
    steps = {n: step for n, step in every.items() if step.source is not None}
    if name.startswith(OF_SOURCE):
        names = {f"{OF_SOURCE}{step.source}" for step in steps.values()}
        if name in names:
            return None
        return f"no step calls a {name!r}", did_you_mean(name, names)
    if name in steps:
        return None
    if name in every:
        return f"step {name!r} calls nothing: there is nothing to hold back", None
    near = did_you_mean(name, steps) or "write OPERATION.STEP, TYPE.STEP or source:NAME"
    return f"there is no step {name!r}", near


def _steps(profiles: Iterable[Profile], entities: Iterable[Entity]) -> Iterator[Step]:
    found = list(entities)
    for profile in profiles:
        yield from profile.steps.values()
        found += profile.entities.values()
        if isinstance(profile.root, ByKey):
            found += profile.root.lookups.values()
            yield from profile.root.kinds.values()
    for entity in found:
        yield from entity.steps.values()
        yield from entity.lookups.values()


class _Withholding(Model, frozen=True):
    """One set of holds at work."""

    holds: tuple[Hold, ...]

    def audience(self, whole: Audience) -> Audience:
        known = digest(*(repr(hold.as_json()) for hold in self.holds))
        return replace(
            whole,
            profiles={n: self.profile(p) for n, p in whole.profiles.items()},
            entities={n: self._entity(e) for n, e in whole.entities.items()},
            digest=digest(whole.digest, known),
        )

    def profile(self, profile: Profile) -> Profile:
        """Its digest stays: it is the same profile."""
        return replace(
            profile,
            steps={name: self._step(step) for name, step in profile.steps.items()},
            entities={n: self._entity(e) for n, e in profile.entities.items()},
            root=self._root(profile.root),
        )

    def _entity(self, entity: Entity) -> Entity:
        return replace(
            entity,
            steps={name: self._step(step) for name, step in entity.steps.items()},
            lookups={name: self._step(step) for name, step in entity.lookups.items()},
        )

    def _root(self, root: Root) -> Root:
        if not isinstance(root, ByKey):
            return root
        return replace(
            root,
            lookups={n: self._entity(e) for n, e in root.lookups.items()},
            kinds={n: self._step(s) for n, s in root.kinds.items()},
        )

    def _step(self, step: Step) -> Step:
        """It goes the way of steps that may be too late: all that is kept serves."""
        if step.source is None:
            return step
        name = name_of(step)
        hold = next((h for h in self.holds if h.covers(name, step.source)), None)
        if hold is not None:
            return replace(step, held=hold, skips_late=True)
        further = step.retry.instead if step.retry else None
        if further is not None and any(
            h.covers("", further.source) for h in self.holds
        ):
            return replace(step, retry=None)  # its further attempts ask who is held
        return step
