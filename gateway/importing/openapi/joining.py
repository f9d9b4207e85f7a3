"""Which keys another operation looks up: ``accountId`` and ``/accounts/{id}``.

In charge of the suggestion. Conservative: one key, one operation, one type of its name.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from gateway.importing.openapi.operations import READS, Drafted
from gateway.importing.sdl_text import ObjectMade, TypeMade
from gateway.record import Model

_ENDS = ("Id", "_id", "ID")
_KEYS = ("ID", "ID!", "String", "String!", "Int", "Int!", "Float", "Float!")


class Joined(Model, frozen=True):
    """``Card.account`` is an ``Account``, asked for by the card's own key."""

    owner: str
    field: str
    type: str
    endpoint: str

    def __str__(self) -> str:
        return f"{self.owner}.{self.field}: {self.type} by {self.endpoint}"


def joins(
    drafts: Sequence[Drafted], types: Mapping[str, TypeMade]
) -> tuple[Joined, ...]:
    """What could be joined; in the order of the types."""
    by_name = {name.lower(): found for name, found in _lookups(drafts)}
    return tuple(_found(by_name, types))


def _lookups(drafts: Sequence[Drafted]) -> Iterator[tuple[str, Drafted]]:
    """Operations that give one object by one key of their path."""
    for draft in drafts:
        needed = [a for a in draft.field.arguments if a.type.endswith("!")]
        single = len(needed) == 1 and draft.field.type == draft.type
        place = f"{{{needed[0].name}}}" if single else ""
        if draft.root == READS and place and draft.sent.endpoint.endswith(f"/{place}"):
            yield draft.type, draft


def _found(
    by_name: Mapping[str, Drafted], types: Mapping[str, TypeMade]
) -> Iterator[Joined]:
    for name, made in types.items():
        if not isinstance(made, ObjectMade):
            continue
        fields = {each.name for each in made.fields}
        for each in made.fields:
            stem = next(
                (each.name[: -len(e)] for e in _ENDS if each.name.endswith(e)), ""
            )
            lookup = by_name.get(stem.replace("_", "").lower())
            if not stem or lookup is None or each.type not in _KEYS or stem in fields:
                continue
            if lookup.type == name:
                continue
            place = lookup.sent.endpoint.rpartition("/")[0]
            yield Joined(name, stem, lookup.type, f"{place}/{{self.{each.name}}}")
