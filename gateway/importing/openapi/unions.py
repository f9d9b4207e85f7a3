"""How the values of a `oneOf` are told apart: its discriminator, or a constant of each.

In charge of finding the key and its words. Must never make a type.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from gateway.importing.openapi.flat import Flat, flat
from gateway.importing.openapi.library import Library, list_of, map_of, text_of
from gateway.record import Model, field


class Variants(Model, frozen=True):
    """The key that tells, and which form each of its words means, by number.

    ``types`` are the same by name, once they have one.
    """

    key: str
    words: Mapping[str, int]
    types: Mapping[str, str] = field(default_factory=dict)


def variants_of(
    library: Library, schema: Flat, parts: Sequence[Flat]
) -> Variants | None:
    """How the forms are told apart; None where nothing tells."""
    if any(not part.properties for part in parts):
        return None
    said = map_of(schema.raw, "discriminator")
    key = text_of(said, "propertyName")
    if key:
        return Variants(key, _mapped(library, schema, parts, key))
    return _implied(library, parts)


def _mapped(
    library: Library, schema: Flat, parts: Sequence[Flat], key: str
) -> Mapping[str, int]:
    """By `mapping`; else by the constants that the forms have; else by their names."""
    words: dict[str, int] = {}
    numbers = {
        (p.found.file, p.found.pointer): n for n, p in enumerate(parts) if p.found.name
    }
    names = {p.found.name: n for n, p in enumerate(parts) if p.found.name}
    mapping = map_of(map_of(schema.raw, "discriminator"), "mapping")
    for word, reference in mapping.items():
        found = library.follow({"$ref": reference}, schema.file)
        number = numbers.get((found.file, found.pointer)) if found else None
        if number is None and isinstance(reference, str):
            number = names.get(reference.rpartition("/")[2])
        if number is not None:
            words[word] = number
    for number, part in enumerate(parts):
        if number not in words.values():
            constants = _constants(library, part, key)
            for word in constants or (part.found.name,):
                if word:
                    words.setdefault(word, number)
    return words


def _implied(library: Library, parts: Sequence[Flat]) -> Variants | None:
    """A key that every form must have, with words that no other form has."""
    common = set.intersection(*({k for k, _ in part.properties} for part in parts))
    for key in sorted(common):
        words: dict[str, int] = {}
        for number, part in enumerate(parts):
            constants = _constants(library, part, key) if key in part.required else ()
            if not constants or any(word in words for word in constants):
                break
            words |= dict.fromkeys(constants, number)
        else:
            return Variants(key, words)
    return None


def _constants(library: Library, part: Flat, key: str) -> tuple[str, ...]:
    found = dict(part.properties).get(key)
    if found is None:
        return ()
    raw = flat(library, found).raw
    if isinstance(raw.get("const"), str):
        return (str(raw["const"]),)
    values = list_of(raw, "enum")
    return tuple(str(each) for each in values if isinstance(each, str))
