"""Fields of objects that only other profiles fill: `A.b` that this audience never gets.

In charge of what is known for certain. A field that no step of a profile fills may
still come in its own source's body, so it is missing only where the profile's files
took away the step that gave it, or where it is known what all bodies have. Must never
hide a field that may have a value.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from gateway.profile.model import (
    Audience,
    Composite,
    Entity,
    Family,
    FromStep,
    OneStep,
    Profile,
)
from gateway.record import Struct, field
from gateway.shape import Shapes


class Unfilled(Struct, eq=False):
    """The fields that steps of some profile of a family fill; and who cannot."""

    shapes: Shapes
    contested: frozenset[str]
    _kept: dict[str, frozenset[str]] = field(default_factory=dict)

    def of(self, audience: Audience) -> frozenset[str]:
        """The coordinates that nothing of an audience can fill."""
        if not self.contested:
            return frozenset()
        given = {c for e in audience.entities.values() for c in filled_by(e)}
        given |= {
            f"{type_}.{name}"
            for type_, names in audience.lost.items()
            for name in names
        }
        left = self.contested - given
        for profile in audience.profiles.values():
            left &= self._not_by(profile)
        # What has no version that can serve is told as such, whoever asks.
        return frozenset() if audience.unavailable else frozenset(left)

    def _not_by(self, profile: Profile) -> frozenset[str]:
        found = self._kept.get(profile.digest)
        if found is None:
            found = frozenset(c for c in self.contested if self._cannot(profile, c))
            self._kept[profile.digest] = found
        return found

    def _cannot(self, profile: Profile, coordinate: str) -> bool:
        type_, _, name = coordinate.partition(".")
        if not self.shapes.reaches(profile.returns, type_):
            return True
        own = profile.entities.get(type_)
        if own is not None and coordinate in filled_by(own):
            return False
        return coordinate in profile.drops or self._is_bare(profile, type_, name)

    def _is_bare(self, profile: Profile, type_: str, name: str) -> bool:
        """Whether all that gives objects of a type is known to have no such key."""
        bodies = [*self._bodies(profile, type_)]
        return bool(bodies) and all(
            keys is not None and _plain(name) not in map(_plain, keys)
            for keys in bodies
        )

    def _bodies(self, profile: Profile, type_: str) -> Iterator[frozenset[str] | None]:
        """The keys of each body that has objects of a type; None where unknown."""
        root = profile.root
        if type_ in self._concrete(profile.returns):
            yield (
                dict(profile.bodies).get(root.step)
                if isinstance(root, OneStep)
                else None
            )
        for holder in self.shapes.reachable((profile.returns,)):
            for field_ in self.shapes[holder].fields.values():
                if type_ in self._concrete(field_.type.name):
                    own = holder == profile.returns and isinstance(root, Composite)
                    yield _body(profile, field_.name) if own else None

    def _concrete(self, name: str) -> frozenset[str]:
        return self.shapes.concrete(name) if self.shapes.get(name) else frozenset()


def _body(profile: Profile, name: str) -> frozenset[str] | None:
    """The keys of what a field of an operation's value is."""
    fields = profile.root.fields if isinstance(profile.root, Composite) else {}
    given = fields.get(name)
    if not isinstance(given, FromStep) or given.key is not None:
        return None
    return dict(profile.bodies).get(given.step)


def _plain(name: str) -> str:
    """A field's name and a column's, however a source spells its names."""
    return name.replace("_", "").lower()


def contested(families: Iterable[Family]) -> frozenset[str]:
    """What the steps of some profile fill of objects."""
    members = (one.profile for f in families for one in f.candidates if one.profile)
    return frozenset(c for profile in members for c in fills(profile))


def dropped(
    base: Profile, made: Profile, written: Iterable[str], shapes: Shapes
) -> frozenset[str]:
    """What steps of the base fill, and nothing of what extends it does any more.

    Steps that are ``written`` anew may have such a field in their bodies.
    """
    gone = (base.drops | fills(base)) - fills(made)
    if not gone:
        return gone
    other = {*written, *(made.steps.keys() - base.steps.keys())}
    types = {made.returns} if other and not isinstance(made.root, Composite) else set()
    if isinstance(made.root, Composite):
        for name, given in made.root.fields.items():
            if not isinstance(given, FromStep) or given.step in other:
                types.add(shapes.field_type(made.returns, name).name)
    below = shapes.reachable(types)
    return frozenset(c for c in gone if c.partition(".")[0] not in below)


def fills(profile: Profile) -> frozenset[str]:
    """What a profile's own steps and expressions give to objects."""
    return frozenset(c for e in profile.entities.values() for c in filled_by(e))


def filled_by(entity: Entity) -> Iterator[str]:
    """The coordinates that one entity's steps and expressions give."""
    for step in entity.steps.values():
        yield from (f"{entity.type}.{name}" for name in step.fields)
    yield from (f"{entity.type}.{name}" for name in entity.computed)
