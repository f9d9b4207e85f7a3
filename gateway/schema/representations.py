"""What a router names objects by, `_Any`: taken in, or refused each for itself.

In charge of letting in nothing but a key, and what ``@requires`` names: whatever else a
representation carries would be taken for the object's own. One that will not do is a
`Failed` in its own place, so that it costs no other. Must never look an object up.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeAlias

from graphql import (
    GraphQLInterfaceType,
    GraphQLLeafType,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
    is_leaf_type,
)

from gateway.errors import Code
from gateway.execution.model import Failed, Failure
from gateway.profile.model import Entity, Key, KeyFields
from gateway.record import Model, replace
from gateway.schema.brought import (
    Brought,
    UnfitError,
    brought,
    leaf,
    read_brought,
)

KeyReader: TypeAlias = "Mapping[str, GraphQLLeafType | KeyReader]"
"""A key's fields with the types of the leaves."""


_STRANGE = "'{}' cannot be found by a key here: its keys are 'resolvable: false'."
_TOO_MANY = (
    "There are {} representations, and {} at most may be in one request: "
    "send the others in further ones."
)


class Representations(Model, frozen=True):
    """Reads the argument ``representations`` as the objects that it names.

    ``readers`` are the keys by which objects of a type are found; ``strangers`` the
    types that have a key, and are found by none here; ``further`` what may be sent
    along with a key. ``most`` are the objects that may be named at once.
    """

    readers: Mapping[str, Sequence[KeyReader]]
    keys: Mapping[str, Sequence[str]]
    strangers: frozenset[str]
    further: Mapping[str, Brought]
    most: int = 5_000

    @property
    def roots(self) -> frozenset[str]:
        """The names it reads."""
        return frozenset({"representations"})

    def without(self, hidden: frozenset[str]) -> Representations:
        """The same for callers to whom these types and fields are not there."""
        left = {
            name: [n for n, key in enumerate(several) if not _lacks(name, key, hidden)]
            for name, several in self.readers.items()
            if name not in hidden
        }
        kept = {name: numbers for name, numbers in left.items() if numbers}
        return replace(
            self,
            readers={
                name: [self.readers[name][n] for n in kept[name]] for name in kept
            },
            keys={name: [self.keys[name][n] for n in kept[name]] for name in kept},
            strangers=self.strangers - hidden,
        )

    def __call__(self, scope: Mapping[str, object]) -> list[object] | Failed:
        """The objects in the order they are named; a `Failed` for each that is not.

        A `Failed` in place of all where they are too many.
        """
        given = scope.get("representations")
        if not isinstance(given, list):
            return []
        if len(given) > self.most:
            return _refused(_TOO_MANY.format(len(given), self.most))
        return [self._object(one) for one in given]

    def _object(self, given: object) -> object:
        name = given.get("__typename") if isinstance(given, Mapping) else None
        if not isinstance(given, Mapping) or not isinstance(name, str):
            return _refused("A representation is an object with its '__typename'.")
        if name in self.strangers:
            return _refused(_STRANGE.format(name))
        if name not in self.readers:
            return _refused(f"There is no entity type '{name[:80]}' here.")
        return self._known(name, given)

    def _known(self, name: str, given: Mapping[str, object]) -> object:
        """An object of a type that has a reader."""
        try:
            found = [_read(reader, given) for reader in self.readers[name]]
        except UnfitError as error:
            return _refused(f"The key of '{name}' does not fit: {error}.")
        complete = [fields for fields in found if fields is not None]
        if not complete:
            keys = "', or '".join(self.keys[name])
            return _refused(f"A representation of '{name}' has '{keys}'.")
        try:
            merged = read_brought(self.further.get(name, {}), given)
        except UnfitError as error:
            return _refused(f"What is required of '{name}' does not fit: {error}.")
        merged["__typename"] = name
        for fields in reversed(complete):  # of two keys the first is the surer one
            merged |= fields
        return merged


def representations(
    schema: GraphQLSchema,
    keys: Mapping[str, Sequence[Key]],
    strangers: frozenset[str],
    entities: Mapping[str, Entity],
) -> Representations:
    """The reader of what names objects of the types in ``keys``."""
    return Representations(
        {
            name: [_reader(schema.type_map[name], key.fields) for key in several]
            for name, several in keys.items()
        },
        {name: [str(key) for key in several] for name, several in keys.items()},
        strangers,
        {
            name: brought(schema, schema.type_map[name], required)
            for name in keys
            if (required := entities[name].marks.required())
        },
    )


def _reader(type_: object, fields: KeyFields) -> KeyReader:
    kinds = GraphQLObjectType | GraphQLInterfaceType
    assert isinstance(type_, kinds), "keys were checked"  # noqa: S101
    found: dict[str, GraphQLLeafType | KeyReader] = {}
    for name, below in fields.items():
        named = get_named_type(type_.fields[name].type)
        found[name] = named if is_leaf_type(named) else _reader(named, below)
    return found


def _lacks(name: str, key: KeyReader, hidden: frozenset[str]) -> bool:
    """Whether a key has a field of its type that is hidden."""
    return any(f"{name}.{field}" in hidden for field in key)


def _read(reader: KeyReader, given: Mapping[str, object]) -> dict[str, object] | None:
    """The key's fields; None where one is missing.

    Raises:
        UnfitError: a field has a value of another type.
    """
    found: dict[str, object] = {}
    for name, wanted in reader.items():
        value = given.get(name)
        if value is None:
            return None
        if not isinstance(wanted, Mapping):
            found[name] = leaf(name, wanted, value)
            continue
        if not isinstance(value, Mapping):
            raise UnfitError(f"{name!r} is no object")
        below = _read(wanted, value)
        if below is None:
            return None
        found[name] = below
    return found


def _refused(message: str) -> Failed:
    return Failed(Failure(Code.BAD_USER_INPUT, message))
