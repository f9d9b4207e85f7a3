"""A schema with its references and its `allOf` taken away: what is left to be a type.

In charge of merging, and of what two versions say differently of null. Must never name
a type.
"""

from __future__ import annotations

from collections.abc import Iterator

from gateway.importing.openapi.library import (
    Found,
    Library,
    Raw,
    is_map,
    list_of,
    map_of,
    text_of,
)
from gateway.record import Model
from gateway.values import JsonValue

_DEEPEST = 30
_NULLS: tuple[Raw, ...] = ({"type": "null"}, {"enum": [None]}, {"const": None})


class Flat(Model, frozen=True):
    """A schema. ``found`` tells one from another; ``lost`` says why there is none.

    ``properties`` remember the file that each is written in.
    """

    found: Found
    raw: Raw
    nullable: bool = False
    properties: tuple[tuple[str, Found], ...] = ()
    required: frozenset[str] = frozenset()
    lost: str = ""

    @property
    def file(self) -> str:
        """The file it is written in."""
        return self.found.file


def flat(library: Library, found: Found, depth: int = _DEEPEST) -> Flat:
    """What a schema says, all it is made of taken together."""
    target = library.follow(found.raw, found.file)
    if target is None or not depth:
        return Flat(found, {}, lost=text_of(_raw(found.raw), "$ref"))
    if not target.pointer and found.pointer:
        target = Found(target.raw, target.file, found.pointer)
    raw = _raw(target.raw)
    nullable = _says_null(raw) or _says_null(_raw(found.raw))
    parts = list_of(raw, "allOf")
    if not parts:
        found_properties = tuple(_properties(raw, target.file))
        return Flat(target, raw, nullable, found_properties, _required(raw))
    if len(parts) == 1 and not map_of(raw, "properties"):
        only = flat(library, Found(parts[0], target.file), depth - 1)
        if not target.pointer or not only.properties:
            whole = {**only.raw, **{k: v for k, v in raw.items() if k != "allOf"}}
            place = only.found if not target.pointer else target
            return Flat(
                place,
                whole,
                nullable or only.nullable,
                only.properties,
                only.required,
                only.lost,
            )
    return _merged(library, target, raw, nullable=nullable)


def _merged(library: Library, target: Found, raw: Raw, *, nullable: bool) -> Flat:
    properties: dict[str, Found] = {}
    required: set[str] = set()
    whole: dict[str, JsonValue] = {}
    for part, file in _parts(library, raw, target.file, _DEEPEST):
        properties |= dict(_properties(part, file))
        required |= _required(part)
        whole |= {k: v for k, v in part.items() if k not in _OF_ONE}
    whole |= {k: v for k, v in raw.items() if k not in ("allOf", "properties")}
    return Flat(target, whole, nullable, tuple(properties.items()), frozenset(required))


_OF_ONE = ("allOf", "discriminator", "title", "description", "nullable")
"""What a part says of itself, and not of what it is part of."""


def _parts(
    library: Library, raw: Raw, file: str, depth: int
) -> Iterator[tuple[Raw, str]]:
    """What `allOf` joins, inmost first, the schema's own keys last."""
    for each in list_of(raw, "allOf") if depth else ():
        found = library.follow(each, file)
        if found is not None and is_map(found.raw):
            yield from _parts(library, found.raw, found.file, depth - 1)
    yield raw, file


def _raw(value: JsonValue) -> Raw:
    return value if is_map(value) else {}


def _properties(raw: Raw, file: str) -> Iterator[tuple[str, Found]]:
    for name, each in map_of(raw, "properties").items():
        yield name, Found(each, file)


def _required(raw: Raw) -> frozenset[str]:
    return frozenset(each for each in list_of(raw, "required") if isinstance(each, str))


def _says_null(raw: Raw) -> bool:
    types, values = raw.get("type"), raw.get("enum")
    return (
        raw.get("nullable") is True
        or raw.get("x-nullable") is True
        or (isinstance(types, list) and "null" in types)
        or (isinstance(values, list) and None in values)
    )


def choices(schema: Flat) -> tuple[tuple[Found, ...], bool]:
    """What `oneOf` or `anyOf` lets it be, null apart; and whether null is among it."""
    written = [*list_of(schema.raw, "oneOf"), *list_of(schema.raw, "anyOf")]
    kept = [each for each in written if each not in _NULLS]
    found = tuple(Found(each, schema.file) for each in kept)
    return found, len(kept) < len(written)


def kinds(raw: Raw) -> frozenset[str]:
    """The JSON types it may have, null apart; as far as it says."""
    types = raw.get("type")
    if isinstance(types, str):
        return frozenset({types}) - {"null"}
    if isinstance(types, list):
        return frozenset(each for each in types if isinstance(each, str)) - {"null"}
    if "properties" in raw:
        return frozenset({"object"})
    if "items" in raw:
        return frozenset({"array"})
    values = [each for each in list_of(raw, "enum") if each is not None]
    if values and all(isinstance(each, str) for each in values):
        return frozenset({"string"})
    return frozenset({"string"}) if isinstance(raw.get("const"), str) else frozenset()
