"""Schemas → GraphQL types, each made once and named as the description names it.

In charge of which type a schema becomes. What no type can say is `JSON`, and told.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

from gateway.importing.made import Told
from gateway.importing.names import (
    Taken,
    enum_value,
    field_name,
    pascal,
    type_name,
)
from gateway.importing.openapi.flat import Flat, choices, flat, kinds
from gateway.importing.openapi.leaves import scalar
from gateway.importing.openapi.library import (
    Found,
    Library,
    Raw,
    is_map,
    list_of,
    text_of,
)
from gateway.importing.openapi.settling import JSON, known, settle
from gateway.importing.openapi.typed import Typed, Way, singular
from gateway.importing.openapi.unions import Variants, variants_of
from gateway.importing.sdl_text import (
    ArgumentMade,
    EnumMade,
    FieldMade,
    InputMade,
    ObjectMade,
    TypeMade,
    UnionMade,
)
from gateway.profile.samples import is_name
from gateway.record import replace

_DEEPEST = 40


@dataclass(slots=True)
class Types:
    """All types by name, in the order they were met."""

    library: Library
    told: Told
    made: dict[str, TypeMade] = field(default_factory=dict)
    words: dict[str, dict[str, str]] = field(default_factory=dict)
    """Values of enums that GraphQL cannot write: enum → word → value."""
    renamed: dict[str, dict[str, str]] = field(default_factory=dict)
    """Fields that GraphQL cannot write: type → field → key."""
    unions: dict[str, Variants] = field(default_factory=dict)
    _names: Taken = field(default_factory=Taken)
    _known: dict[tuple[str, str, Way], str] = field(default_factory=dict)
    _waiting: deque[tuple[Flat, str, Way]] = field(default_factory=deque)
    _filling: bool = False
    _depth: int = 0

    def reserve(self, names: frozenset[str]) -> None:
        """Names that no type may have."""
        self._names.names |= names

    def typed(self, found: Found, hint: str, way: Way, key: str = "") -> Typed:
        """The type of a schema. ``hint`` names it where the description does not.

        ``key`` is the field that it is the type of.
        """
        schema = flat(self.library, found)
        if schema.lost:
            self.told.change(hint, f"{schema.lost} is not there: JSON in its place")
            return Typed(JSON, nullable=True)
        if self._depth > _DEEPEST:
            return Typed(JSON, nullable=True)
        self._depth += 1
        try:
            made = self._type(schema, hint, way, key)
        finally:
            self._depth -= 1
        self._fill()
        return replace(made, nullable=made.nullable or schema.nullable)

    def _type(self, schema: Flat, hint: str, way: Way, key: str) -> Typed:
        several, null = choices(schema)
        if several and not schema.properties:
            one = len(several) == 1
            made = (
                self.typed(several[0], hint, way, key)
                if one
                else self._one_of(schema, several, hint, way, key)
            )
            return replace(made, nullable=made.nullable or null)
        found = kinds(schema.raw) or {"object" if schema.properties else ""}
        kind = next(iter(found)) if len(found) == 1 else ""
        match kind:
            case "":
                return Typed(JSON, nullable=True)
            case "array":
                item = Found(schema.raw.get("items", {}), schema.file)
                below = self.typed(item, singular(hint), way, singular(key))
                return Typed(f"[{below.type}{'' if below.nullable else '!'}]")
            case "object":
                return Typed(self._object(schema, hint, way))
            case "string" if self._words(schema):
                return Typed(self._enum(schema, hint))
        return Typed(scalar(kind, schema.raw, key, sent=way is Way.IN))

    def finish(self) -> None:
        """Take out types that came to nothing; what refers to them is `JSON`."""
        settle(self.made, self.told)

    def known(self, type_: str) -> str:
        """The type; `JSON` in place of one that came to nothing."""
        return known(type_, self.made)

    # -- objects -----------------------------------------------------------------------

    def _object(self, schema: Flat, hint: str, way: Way) -> str:
        if not schema.properties:
            return JSON
        key = self._key(schema, way)
        if key and key in self._known:
            return self._known[key]
        name = self._name(schema, hint, way)
        if key:
            self._known[key] = name
        empty = ObjectMade(name, ()) if way is Way.OUT else InputMade(name, ())
        self.made[name] = empty
        self._waiting.append((schema, name, way))
        return name

    def _fill(self) -> None:
        """Give fields to the types that wait for theirs, and to those they lead to.

        Not where they are met: descriptions lead a long way from type to type.
        """
        while self._waiting and not self._filling:
            schema, name, way = self._waiting.popleft()
            text = text_of(schema.raw, "description")
            self._filling = True
            if way is Way.OUT:
                fields = tuple(self._fields(schema, name))
                self.made[name] = ObjectMade(name, fields, text)
            else:
                given = tuple(self._inputs(schema, name))
                self.made[name] = InputMade(name, given, text)
            self._filling = False

    def _fields(self, schema: Flat, owner: str) -> list[FieldMade]:
        names = Taken()
        made = []
        for key, found in schema.properties:
            raw = flat(self.library, found).raw
            if raw.get("writeOnly") is True:
                continue
            typed = self.typed(found, owner + pascal(key), Way.OUT, key)
            name = names.free(field_name(key))
            if name != key:
                self.renamed.setdefault(owner, {})[name] = key
                self.told.change(f"{owner}.{key}", f"no GraphQL name: {name}")
            must = key in schema.required and not typed.nullable
            made.append(
                FieldMade(
                    name,
                    f"{typed.type}{'!' if must else ''}",
                    self._said(found, raw, typed),
                    deprecated=raw.get("deprecated") is True,
                )
            )
        return made

    def _said(self, found: Found, raw: Raw, typed: Typed) -> str:
        """Its own description; that of its type stands where the type is."""
        own = text_of(_own(found), "description")
        return own or ("" if typed.name in self.made else text_of(raw, "description"))

    def _inputs(self, schema: Flat, owner: str) -> list[ArgumentMade]:
        made = []
        for key, found in schema.properties:
            raw = flat(self.library, found).raw
            if raw.get("readOnly") is True:
                continue
            if not is_name(key):
                self.told.change(f"{owner}.{key}", "no GraphQL name: cannot be sent")
                continue
            typed = self.typed(found, owner + pascal(key), Way.IN, key)
            must = key in schema.required and not typed.nullable
            made.append(
                ArgumentMade(
                    key,
                    f"{typed.type}{'!' if must else ''}",
                    text_of(_own(found), "description"),
                    deprecated=raw.get("deprecated") is True,
                )
            )
        return made or [ArgumentMade("_empty", "Boolean")]

    def _key(self, schema: Flat, way: Way) -> tuple[str, str, Way] | None:
        found = schema.found
        return (found.file, found.pointer, way) if found.pointer else None

    def _name(self, schema: Flat, hint: str, way: Way) -> str:
        wanted = type_name(schema.found.name or hint)
        if schema.found.name and wanted != schema.found.name:
            why = "its name is none of GraphQL's types"
            self.told.change(f"{schema.found.name} is {wanted}", why)
        if way is Way.IN and not wanted.endswith("Input"):
            wanted += "Input"
        name = self._names.free(wanted)
        if name != wanted and schema.found.name and way is Way.OUT:
            self.told.change(f"type {wanted}", f"there are two: this one is {name}")
        return name

    # -- enums -------------------------------------------------------------------------

    def _words(self, schema: Flat) -> list[str]:
        """The words of an enum; none where it is rather a constant or open."""
        values = [each for each in list_of(schema.raw, "enum") if each is not None]
        words = [each for each in values if isinstance(each, str)]
        return words if len(words) == len(values) and len(words) > 1 else []

    def _enum(self, schema: Flat, hint: str) -> str:
        words = tuple(dict.fromkeys(self._words(schema)))
        # Sent and answered it is one enum, so that its own list tells it from others.
        key = ("enum", str(id(schema.raw["enum"])), Way.OUT)
        if key in self._known:
            return self._known[key]
        name = self._names.free(type_name(schema.found.name or hint))
        self._known[key] = name
        free = Taken({each for each in words if enum_value(each) == each})
        values = []
        for word in words:
            value = enum_value(word)
            if value != word:
                value = free.free(value)
                self.words.setdefault(name, {})[word] = value
            values.append(value)
        text = text_of(schema.raw, "description") if schema.found.pointer else ""
        self.made[name] = EnumMade(name, tuple(values), text)
        return name

    # -- unions ------------------------------------------------------------------------

    def _one_of(
        self, schema: Flat, several: tuple[Found, ...], hint: str, way: Way, key: str
    ) -> Typed:
        parts = [flat(self.library, each) for each in several]
        leaves = {next(iter(k)) for p in parts if len(k := kinds(p.raw)) == 1}
        plain = all(kinds(p.raw) and not p.properties for p in parts)
        if plain and len(leaves) == 1 and leaves < {"string", "boolean"}:
            return Typed(scalar(next(iter(leaves)), {}, key, sent=way is Way.IN))
        if plain and leaves == {"integer", "number"}:
            return Typed("Float")
        place = self._key(schema, way)
        if place and place in self._known:
            return Typed(self._known[place])
        variants = variants_of(self.library, schema, parts)
        if way is Way.IN or variants is None:
            why = "is one of several forms" + (
                ", which an input cannot be"
                if way is Way.IN
                else ", and does not say which"
            )
            self.told.change(schema.found.name or hint, f"{why}: JSON in its place")
            if place:
                self._known[place] = JSON
            return Typed(JSON)
        name = self._names.free(type_name(schema.found.name or hint))
        if place:
            self._known[place] = name
        self.made[name] = UnionMade(name, ())
        types = [self.typed(each, f"{name}Option", way).type for each in several]
        if any(not isinstance(self.made.get(each), ObjectMade) for each in types):
            self.told.change(name, "holds more than objects: JSON in its place")
            del self.made[name]
            if place:
                self._known[place] = JSON
            return Typed(JSON)
        members = tuple(dict.fromkeys(types))
        by = {word: types[number] for word, number in variants.words.items()}
        text = text_of(schema.raw, "description")
        self.made[name] = UnionMade(name, members, text)
        self.unions[name] = replace(variants, types=by)
        return Typed(name)


def _own(found: Found) -> Raw:
    return found.raw if is_map(found.raw) else {}
