"""What samples show → types, named after their places.

In charge of which type each kind of value becomes, in either manner of guessing. Must
never decide what a profile is made of.
"""

from __future__ import annotations

from collections.abc import Collection, Container, Sequence
from enum import Enum

from gateway.profile.samples import NUMBERS, TEXTS, Kind, Seen, is_name, pascal
from gateway.record import Model, Struct, field, replace
from gateway.shape import TypeRef

_ID_ENDS = ("Id", "_id", "ID")
_JSON = "JSON"


def is_id(key: str) -> bool:
    """Whether a key is named like an identifier: ``id``, ``customer_id``."""
    return key == "id" or key.endswith(_ID_ENDS)


class Manner(Enum):
    """LENIENT: nobody looked at it, so it takes what an answer may well hold instead.

    OWNED: somebody will, so it is as exact as the samples are.
    """

    LENIENT = "lenient"
    OWNED = "owned"


class Draft(Model, frozen=True):
    """A type, and what the samples leave open about it."""

    type: TypeRef
    notes: tuple[str, ...] = ()


class DraftField(Model, frozen=True):
    name: str
    draft: Draft


class DraftType(Model, frozen=True):
    """An object type to be; ``notes`` are about what is not in it."""

    name: str
    fields: tuple[DraftField, ...] = ()
    notes: tuple[str, ...] = ()


class Drafts(Struct):
    """Types by name, in the order of the places that they were seen at.

    ``known`` are names of types that are somebody's already: they are referred to.
    ``clashes`` are names that two places would give to different types.
    """

    manner: Manner
    known: Container[str] = ()
    types: dict[str, DraftType] = field(default_factory=dict)
    clashes: list[str] = field(default_factory=list)

    def draft(self, found: Seen, name: str, key: str = "") -> Draft:
        """The type of what was seen; an object's is called `name`."""
        kinds = found.kinds.keys()
        if not kinds:
            why = "was null in every sample" if found.times else "was never there"
            return Draft(TypeRef(_JSON), (why,))
        if kinds == {Kind.LIST}:
            return self._list(found.items or Seen(), name, key)
        if kinds == {Kind.OBJECT}:
            return self._object(found, name)
        return self._leaf(kinds, key)

    def fields(self, found: Seen, name: str) -> tuple[DraftField, ...]:
        """A field for each key of an object of the type `name`."""
        return tuple(
            DraftField(key, self._field(found, below, name, key))
            for key, below in found.keys.items()
            if is_name(key)
        )

    def _field(self, parent: Seen, below: Seen, name: str, key: str) -> Draft:
        made = self.draft(below, name + (pascal(key) or "_"), key)
        if self.manner is Manner.LENIENT or made.type.name == _JSON:
            return made
        everywhere = below.times == parent.objects and not below.nulls
        if everywhere and (parent.objects > 1 or key == "id"):
            type_ = TypeRef(made.type.name, f"!{made.type.wrappers}")
            return replace(made, type=type_)
        return made

    def _list(self, items: Seen, name: str, key: str) -> Draft:
        if not items.times:
            return Draft(TypeRef(_JSON, "["), ("was empty in every sample",))
        singular = key[:-1] if key.endswith(("ids", "Ids", "IDs")) else ""
        item = self.draft(items, name, singular)
        sure = self.manner is Manner.OWNED and items.always and item.type.name != _JSON
        inner = f"!{item.type.wrappers}" if sure else item.type.wrappers
        return replace(item, type=TypeRef(item.type.name, f"[{inner}"))

    def _object(self, found: Seen, name: str) -> Draft:
        odd = [key for key in found.keys if not is_name(key)]
        if len(odd) == len(found.keys) or (odd and self.manner is Manner.LENIENT):
            why = "its keys are no GraphQL names" if odd else "had no keys"
            return Draft(TypeRef(_JSON), (why,))
        if name in self.known:
            return Draft(TypeRef(name))
        name = self._free(name)
        before = self.types.get(name)
        self.types[name] = DraftType(name)  # an outer type stands before its inner ones
        made = DraftType(name, self.fields(found, name), _left_out(odd))
        if before is not None and before != made:
            self.clashes.append(name)
        self.types[name] = made
        return Draft(TypeRef(name))

    def _free(self, name: str) -> str:
        """Whoever will own the types can rename them; who loads a profile cannot."""
        if self.manner is Manner.LENIENT or name not in self.types:
            return name
        number = 2
        while f"{name}{number}" in self.types:
            number += 1
        return f"{name}{number}"

    def _leaf(self, kinds: Collection[Kind], key: str) -> Draft:
        found = frozenset(kinds)
        if self._is_id(found, key):
            return Draft(TypeRef("ID"))
        if found <= NUMBERS:
            return self._number(found)
        if found <= TEXTS:
            return self._text(found)
        if found == {Kind.TRUTH}:
            return Draft(TypeRef("Boolean"))
        return Draft(TypeRef(_JSON), (_mixed(kinds),))

    def _is_id(self, found: frozenset[Kind], key: str) -> bool:
        """ID takes text and whole numbers alike."""
        fits = found <= {Kind.TEXT, Kind.WHOLE, Kind.LONG, Kind.EXACT}
        owned = self.manner is Manner.OWNED
        return fits and (key == "id" or (owned and is_id(key)))

    def _number(self, found: frozenset[Kind]) -> Draft:
        if found == {Kind.WHOLE}:
            return Draft(TypeRef("Int"))
        if Kind.EXACT in found:
            if self.manner is Manner.LENIENT:
                return Draft(TypeRef(_JSON))  # passes on as it is, no digit lost
            return Draft(TypeRef("Decimal"), ("more digits than a Float keeps",))
        if Kind.LONG in found and Kind.NUMBER not in found:
            note = "beyond Int's 32 bits; Float is exact to 2^53, Decimal always"
            return Draft(TypeRef("Float"), (note,))
        return Draft(TypeRef("Float"))

    def _text(self, found: frozenset[Kind]) -> Draft:
        if self.manner is Manner.LENIENT or found == {Kind.TEXT}:
            return Draft(TypeRef("String"))
        if found == {Kind.DATE}:
            return Draft(TypeRef("Date"))
        if found == {Kind.TIME}:
            return Draft(TypeRef("DateTime"))
        return Draft(TypeRef("String"), (_mixed(found),))


def _mixed(kinds: Collection[Kind]) -> str:
    words = [kind.value for kind in Kind if kind in kinds]
    return f"{', '.join(words[:-1])} or {words[-1]}, by the sample"


def _left_out(keys: Sequence[str]) -> tuple[str, ...]:
    return tuple(
        f"left out: {key!r} is no GraphQL name; 'fields' of a profile can give it"
        for key in keys
        if key != "__typename"
    )
