"""What a generation gets where it is a subgraph: SDL, `_service`, `_entities`.

Both are operations like any other: `_entities` is a profile whose only step is the list
of what the router named, and everything below is entity steps and lookups. So planner,
engine and response serve them as they serve the rest. Warns of keys that promise what
nothing gives.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

from gateway.connectors.base import InputUse, Slot
from gateway.deployment.federation import FederationSettings
from gateway.errors import Problems
from gateway.expression import parse
from gateway.loading.entities import Keyed, check_keyless, check_overrides, keyed_types
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
from gateway.record import Model, replace
from gateway.request.model import OperationKind
from gateway.schema.representations import Representations
from gateway.schema.sdl import Sdl
from gateway.schema.subgraph import SubgraphKey, entity_sdl, subgraph_sdl
from gateway.shape import FieldShape, TypeRef
from gateway.values import SourceSpan, digest

_HERE = SourceSpan("<federation>")
_NAMED = "representations"

Reading: TypeAlias = Callable[
    [Mapping[str, Sequence[Key]], frozenset[str], Mapping[str, Entity]],
    Representations,
]
"""Makes the reader of what names objects: of their keys, of the types without, and of
what is sent along."""


class Subgraph(Model, frozen=True):
    """``sdl`` is what the router composes, ``served`` what the schema gets besides.

    ``entities`` are the types with a key, ``interfaces`` those of no object's own;
    ``most`` are the objects that a router may name at once.
    """

    sdl: str
    served: str
    keys: Mapping[str, tuple[SubgraphKey, ...]]
    entities: Mapping[str, Entity]
    interfaces: frozenset[str]
    most: int

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
            reader = reading(resolvable, strangers, self.entities)
            step = replace(named, select=replace(reader, most=self.most))
            profiles["_entities"] = self._objects(resolvable, step)
        return replace(
            audience,
            profiles={**audience.profiles, **profiles},
            digest=digest(audience.digest, self.sdl, str(self.most)),
        )

    def _objects(self, keys: Mapping[str, tuple[Key, ...]], step: Step) -> Profile:
        """The operation ``_entities``."""
        field = FieldShape("_entities", TypeRef("_Entity", "!["))
        own = {name: self.entities[name] for name in keys}
        lookups = {
            name: Entity(name, entity.lookups, {}, "", _HERE)
            for name, entity in own.items()
            if entity.lookups
        }
        given = {
            name: {
                **dict.fromkeys(field for key in several for field in key.fields),
                **leaves(several),
                **dict.fromkeys(own[name].marks.external, True),
            }
            for name, several in keys.items()
        }
        kinds = {
            name: next(iter(own[name].lookups.values()))
            for name in keys
            if name in self.interfaces
        }
        return _profile(field, step, ByKey(step.name, lookups, given, kinds))


def subgraph_of(
    audience: Audience,
    sdl: Sdl,
    declared: str,
    settings: FederationSettings,
    problems: Problems,
) -> Subgraph:
    """The subgraph that the types with a key make of a schema."""
    check_overrides(sdl.marks, settings.name or "", problems)
    keyed = Keyed(audience, sdl, problems)
    entities = keyed_types(audience, sdl)
    check_keyless(sdl.marks, {*entities, *audience.lost}, problems)
    keys = {
        name: keyed.keys(entity, entities) for name, entity in sorted(entities.items())
    }
    interfaces = frozenset(n for n in entities if sdl.shapes[n].abstract)
    found = [name for name, own in keys.items() if any(k.resolvable for k in own)]
    objects = [name for name in found if name not in interfaces]
    text = subgraph_sdl(sdl, declared, keys)
    served = entity_sdl(objects)
    return Subgraph(text, served, keys, entities, interfaces, settings.max)


# -- the operations of a subgraph -----------------------------------------------------


def _service(sdl: str) -> Profile:
    field = FieldShape("_service", TypeRef("_Service", "!"))
    return _profile(field, _value_step("service", {"sdl": sdl}), OneStep("service"))


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
