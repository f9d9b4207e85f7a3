"""What a generation gets where it is a subgraph: SDL, `_service`, `_entities`.

Both are operations like any other: `_entities` is a profile whose only step is the list
of what the router named, and everything below is entity steps and lookups. So planner,
engine and response serve them as they serve the rest. Warns of keys that promise what
nothing gives.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from gateway.connectors.base import InputUse, Slot
from gateway.errors import Problems
from gateway.expression import parse
from gateway.profile.compile import DEADLINE
from gateway.profile.identity import leaves
from gateway.profile.model import (
    Audience,
    ByKey,
    Entity,
    Input,
    Key,
    OneStep,
    Profile,
    Reads,
    Root,
    Step,
)
from gateway.profile.resolving import unresolved
from gateway.request.model import OperationKind
from gateway.schema.representations import Representations
from gateway.schema.sdl import Sdl
from gateway.schema.subgraph import SubgraphKey, entity_sdl, subgraph_sdl
from gateway.shape import FieldShape, Shapes, TypeRef
from gateway.values import SourceSpan, digest

_HERE = SourceSpan("<federation>")
_NAMED = "representations"

Reading: TypeAlias = Callable[
    [Mapping[str, Sequence[Key]], frozenset[str]], Representations
]
"""Makes the reader of what names objects: of their keys, and of the types without."""


@dataclass(frozen=True, slots=True)
class Subgraph:
    """``sdl`` is what the router composes, ``served`` what the schema gets besides."""

    sdl: str
    served: str
    keys: Mapping[str, tuple[SubgraphKey, ...]]

    def resolvable(self) -> dict[str, tuple[Key, ...]]:
        """The keys by which objects are found, by type; types without one left out."""
        found = {
            name: tuple(one.key for one in keys if one.resolvable)
            for name, keys in self.keys.items()
        }
        return {name: keys for name, keys in found.items() if keys}

    def audience(self, audience: Audience, reading: Reading) -> Audience:
        """The audience with the operations that only routers ask for."""
        resolvable = self.resolvable()
        profiles = {"_service": _service(self.sdl)}
        if resolvable:
            strangers = frozenset(self.keys) - resolvable.keys()
            named = _value_step("named", Slot(_NAMED))
            step = replace(named, select=reading(resolvable, strangers))
            profiles["_entities"] = _entities(audience.entities, resolvable, step)
        return replace(
            audience,
            profiles={**audience.profiles, **profiles},
            digest=digest(audience.digest, self.sdl),
        )


def subgraph_of(
    audience: Audience, sdl: Sdl, declared: str, problems: Problems
) -> Subgraph:
    """The subgraph that the entity files with a key make of a schema."""
    keys = {
        name: tuple(_keys(entity, audience, sdl.shapes, problems))
        for name, entity in sorted(audience.entities.items())
        if entity.keys
    }
    sound = [name for name, own in keys.items() if any(k.resolvable for k in own)]
    return Subgraph(subgraph_sdl(sdl, declared, keys), entity_sdl(sound), keys)


def _keys(
    entity: Entity, audience: Audience, shapes: Shapes, problems: Problems
) -> Iterable[SubgraphKey]:
    """The keys of a type, each with whether every field can be found by it."""
    further: dict[str, FieldShape] = {}
    for profile in audience.profiles.values():
        if profile.returns == entity.type:
            further |= {shape.name: shape for shape in profile.adds}
    for key in entity.keys:
        lacking = unresolved(entity, key, shapes, further)
        if lacking:
            problems.warn(
                key.span,
                f"nothing gives {_listed(lacking)} to an object {entity.type} of "
                f"which only '{key}' is known, so its @key is 'resolvable: false'",
                hint="add a step under 'lookup' that provides them",
            )
        yield SubgraphKey(key, not lacking)


def _listed(names: tuple[str, ...]) -> str:
    return ", ".join(repr(name) for name in names)


# -- the operations of a subgraph -----------------------------------------------------


def _service(sdl: str) -> Profile:
    field = FieldShape("_service", TypeRef("_Service", "!"))
    return _profile(field, _value_step("service", {"sdl": sdl}), OneStep("service"))


def _entities(
    entities: Mapping[str, Entity], keys: Mapping[str, tuple[Key, ...]], step: Step
) -> Profile:
    field = FieldShape("_entities", TypeRef("_Entity", "!["))
    lookups = {
        name: Entity(name, entities[name].lookups, {}, "", _HERE)
        for name in keys
        if entities[name].lookups
    }
    given = {name: leaves(several) for name, several in keys.items()}
    return _profile(field, step, ByKey(step.name, lookups, given))


def _profile(field: FieldShape, step: Step, root: Root) -> Profile:
    return Profile(
        operation=field.name,
        kind=OperationKind.QUERY,
        field=field,
        returns=field.type.name,
        root=root,
        steps={step.name: step},
        entities={},
        deadline=DEADLINE,
        digest="",
        span=_HERE,
        arguments=(_NAMED,),
    )


def _value_step(name: str, target: object) -> Step:
    inputs = (
        {_NAMED: Input(parse(_NAMED), InputUse.VALUE)}
        if isinstance(target, Slot)
        else {}
    )
    return Step(
        name=name,
        type="value",
        source=None,
        target=target,
        inputs=inputs,
        reads=Reads(),
        span=_HERE,
        timeout=DEADLINE,
    )
