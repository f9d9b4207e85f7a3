"""Random worlds: a schema, and profiles that answer its root fields.

A field's name has one type in the whole world, so that whatever a random document
selects side by side never conflicts. Names are chosen to hurt generated code.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from random import Random

from graphql import GraphQLSchema, build_schema

from gateway.conversion import Conversions, format_of, words_of
from gateway.plan.model import Evaluate
from gateway.profile.model import (
    Audience,
    Composite,
    Computed,
    Concatenation,
    Entity,
    FirstAnswer,
    FromStep,
    Names,
    OneStep,
    Profile,
    Provision,
    Reads,
    Root,
    Step,
    TypeBy,
)
from gateway.request.model import OperationKind
from gateway.schema.scalars import equip
from gateway.schema.shapes import shapes_of
from gateway.shape import Shapes
from tests.kit import audience, computed, entity, profile, step

SCALARS = ("Int", "Float", "String", "ID", "Boolean", "Date", "DateTime", "Decimal")
LEAVES = (*SCALARS, "JSON", "Free", "Colour", "Word")
OBJECTS = ("Thing", "Other", "dict", "Third")
ABSTRACT = ("Face", "Either", "Lone")
NAMES = ("class", "None", "get", "v1", "C0", "reader", "o_C0", "accountId", "x")
WRAPPINGS = ("{}", "{}", "{}!", "[{}]", "[{}!]", "[{}!]!", "[[{}!]!]!", "[[{}]]")
KINDS: Mapping[str, str] = {"a": "Thing", "b": "Other", "c": "dict", "*": "Third"}
"""By which value of ``kind`` an abstract value is of which type, under ``type_by``."""
SPELLING: Conversions = {
    "Colour": words_of({"R": "RED", "0": "None", "true": "def", "*": "RED"}, ["RED"]),
    "Date": format_of("Date", "epoch_s"),
    "DateTime": format_of("DateTime", "epoch_ms"),
    "Decimal": format_of("Decimal", "comma"),
}
"""How some sources spell some leaves."""
FAILS = "1 / 0"
"""An expression that never has a value."""


@dataclass(frozen=True, slots=True)
class World:
    """What questions can be asked of, and what is right in it.

    ``fields`` are the types of every object's fields, ``holds`` the concrete types of
    each object and abstract type, ``roots`` the root fields.
    """

    sdl: str
    schema: GraphQLSchema
    audience: Audience
    shapes: Shapes
    kind: OperationKind
    fields: Mapping[str, Mapping[str, str]]
    holds: Mapping[str, tuple[str, ...]]
    roots: Mapping[str, str]


def world(rng: Random) -> World:
    """A random world."""
    return _Making(rng).world()


def named(text: str) -> str:
    """The name in a type: ``Thing`` of ``[[Thing!]!]!``."""
    return text.strip("[]!")


def fails(read: Evaluate) -> bool:
    """Whether evaluating it is meant to fail."""
    return read.expression.text == FAILS


@dataclass(slots=True)
class _Making:
    rng: Random
    fields: dict[str, dict[str, str]] = field(default_factory=dict)
    holds: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def world(self) -> World:
        rng = self.rng
        pool = {name: self._type() for name in NAMES}
        pool |= {"same": pool["x"], "sum": "Int", "made": "JSON", "broken": "Int"}
        for name in OBJECTS:
            taken = rng.sample(sorted(pool), rng.randint(3, 8))
            self.fields[name] = {"id": "ID", "kind": "String"}
            self.fields[name] |= {one: pool[one] for one in taken}
        implementing = sorted(rng.sample(OBJECTS, rng.randint(1, 3)))
        shared = [self.fields[name] for name in implementing]
        common = {n: t for n, t in shared[0].items() if all(n in s for s in shared)}
        self.fields["Face"] = common
        self.holds = {name: (name,) for name in OBJECTS} | {
            "Face": tuple(implementing),
            "Either": tuple(sorted(rng.sample(OBJECTS, rng.randint(2, 4)))),
            "Lone": (rng.choice(OBJECTS),),
        }
        roots = {f"root{n}": self._root_type() for n in range(3)}
        kind = rng.choice([*[OperationKind.QUERY] * 3, OperationKind.MUTATION])
        sdl = self._sdl(roots, kind)
        schema = build_schema(sdl)
        equip(schema)
        entities = [self._entity(name) for name in OBJECTS if rng.random() < 0.5]
        filled = {one.type: one for one in entities}
        profiles = [self._profile(n, t, filled) for n, t in roots.items()]
        return World(
            sdl,
            schema,
            audience(*profiles, entities=entities),
            shapes_of(schema, "random"),
            kind,
            self.fields,
            self.holds,
            roots,
        )

    # -- the schema -----------------------------------------------------------------

    def _type(self) -> str:
        of = self.rng.choice([LEAVES, LEAVES, OBJECTS, ABSTRACT])
        return self.rng.choice(WRAPPINGS).format(self.rng.choice(of))

    def _root_type(self) -> str:
        of = self.rng.choice([OBJECTS, OBJECTS, OBJECTS, ABSTRACT, LEAVES])
        name = self.rng.choice(of)
        wrappings = ("{}", "{}", "{}!") if self.rng.random() < 0.6 else WRAPPINGS
        return self.rng.choice(wrappings).format(name)

    def _sdl(self, roots: Mapping[str, str], kind: OperationKind) -> str:
        lines = [f"scalar {name}" for name in ("Date", "DateTime", "Decimal")]
        lines += ["scalar JSON", "scalar Free", "enum Colour { RED None def }"]
        lines.append("enum Word { proto__ class }")
        lines += [f"union Either = {' | '.join(self.holds['Either'])}"]
        lines += [f"union Lone = {self.holds['Lone'][0]}"]
        lines.append(f"interface Face {{ {_listed(self.fields['Face'])} }}")
        for name in OBJECTS:
            face = " implements Face" if name in self.holds["Face"] else ""
            lines.append(f"type {name}{face} {{ {_listed(self.fields[name])} }}")
        root = "Query" if kind is OperationKind.QUERY else "Mutation"
        lines.append(f"type {root} {{ {_listed(roots)} }}")
        if root == "Mutation":
            lines.append("type Query { nothing: Int }")
        return "\n".join(lines)

    # -- who gives what -------------------------------------------------------------

    def _entity(self, type_: str) -> Entity:
        """Steps that run for each object of a type, and its computed fields."""
        rng, steps = self.rng, []
        free = sorted(self.fields[type_].keys() - {"id", "kind", "sum", "x", "same"})
        for number in range(rng.randint(0, 2)):
            mine = [free.pop() for _ in range(min(len(free), rng.randint(1, 2)))]
            if mine:
                keys = {one: f"its {one}\n'\"\\" for one in mine}
                alone = len(mine) == 1 and rng.random() < 0.5
                fields = dict.fromkeys(mine, None) if alone else keys
                own = Reads(own=frozenset({"id"}))
                name = f"{type_}{number}"
                steps.append(self._step(name, fills=type_, fields=fields, reads=own))
        return entity(type_, *steps, **self._computed(type_, free))

    def _computed(self, type_: str, free: Sequence[str]) -> dict[str, Computed]:
        """Expressions over ``self``, over nothing, and one that fails."""
        fields, found = self.fields[type_], {}
        if "same" in fields and "x" in fields:
            found["same"] = computed("self.x", own=["x"])
        if "sum" in fields:
            found["sum"] = computed("1 + 1")
        if "made" in free:
            found["made"] = computed("{'a': [1, 2.5, null], 'b': {}}")
        if "broken" in free:
            found["broken"] = computed(FAILS)
        return found

    def _profile(self, name: str, type_: str, filled: Mapping[str, Entity]) -> Profile:
        root, steps = self._root(type_, filled)
        keys: dict[str, object] = {}
        if not type_.endswith("!") and self.rng.random() < 0.3:
            first = steps[0].name
            text = self.rng.choice([f"{first} == null"] * 4 + [first, FAILS])
            keys["null_if"] = computed(text, first)
        returns = named(type_)
        return profile(*steps, root=root, returns=returns, operation=name, **keys)

    def _root(
        self, type_: str, filled: Mapping[str, Entity]
    ) -> tuple[Root, list[Step]]:
        rng, name = self.rng, named(type_)
        if name in OBJECTS and "[" not in type_ and rng.random() < 0.7:
            return self._composite(name, filled.get(name))
        steps = [self._step(f"s{n}") for n in range(rng.randint(1, 3))]
        names = tuple(one.name for one in steps)
        if type_.startswith("[") and rng.random() < 0.6:
            rows = name not in LEAVES and type_.count("[") == 1
            return Concatenation(
                names, "id" if rows and rng.random() < 0.5 else None
            ), (steps)
        if len(steps) > 1:
            return FirstAnswer(names), steps
        return OneStep("s0"), steps

    def _composite(self, name: str, filled: Entity | None) -> tuple[Root, list[Step]]:
        """A step for each field, one that gives several, expressions over it."""
        rng = self.rng
        merged = self._step("merged", fallback=("spare",))
        steps, given = [merged, self._step("spare")], dict[str, Provision]()
        for one in self.fields[name]:
            if filled and (filled.step_filling(one) or one in filled.computed):
                continue
            way = rng.random()
            if way < 0.35:
                steps.append(self._step(f"s_{one}"))
                given[one] = FromStep(f"s_{one}")
            elif way < 0.5:
                given[one] = computed(f"merged[{f'of {one}'!r}]", "merged")
            elif way < 0.97:
                given[one] = FromStep("merged", one)
        return Composite(given), steps

    def _step(self, name: str, **keys: object) -> Step:
        if self.rng.random() < 0.3:
            keys["names"] = Names.SNAKE
        if self.rng.random() < 0.5:
            keys["type_by"] = TypeBy("kind", KINDS)
        if self.rng.random() < 0.3:
            keys["conversions"] = SPELLING
        return step(name, **keys)


def _listed(fields: Mapping[str, str]) -> str:
    return ", ".join(f"{name}: {type_}" for name, type_ in fields.items())
