"""What of a source's answer a plan reads, as a tree of keys.

In charge of carrying it from the planner to a connector that asks for no more than
that. Knows neither plans nor GraphQL text. Must never hold a value of a request.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from gateway.conversion import Sending
from gateway.expression import Reference
from gateway.record import Model
from gateway.shape import TypeRef

SELECTED = "$selected"
"""The slot that holds the values of a selection's own arguments, by variable."""


class WantedArgument(NamedTuple):
    """An argument of a field below: its name there, its variable, and its type."""

    name: str
    variable: str
    type: TypeRef


@dataclass(slots=True)
class Wanted:
    """The keys of one object that are read; ``fields`` are by type and key.

    A field whose type is empty is read whichever type the object has. ``is_leaf``: it
    is no object at all, but a scalar.
    """

    fields: dict[tuple[str, str], WantedField] = field(default_factory=dict)
    is_leaf: bool = False

    def field(self, on: str, key: str, name: str) -> WantedField:
        """The field under a key, the same one for all who read it."""
        known = self.fields.get(("", key)) or self.fields.get((on, key))
        if known is None:
            known = self.fields[on, key] = WantedField(name, key)
        return known


@dataclass(slots=True)
class WantedField:
    """One key. ``name`` is the field's own; ``composite``: its value is an object."""

    name: str
    key: str
    composite: bool = False
    arguments: tuple[WantedArgument, ...] = ()
    below: Wanted = field(default_factory=Wanted)


class InTurn(list[object]):
    """Rows whose keys are known by their turn; ``lacks``: parts of some are missing.

    Whatever makes another list of them has rows like any others.
    """

    __slots__ = ("keys", "lacks")

    def __init__(self) -> None:
        super().__init__()
        self.keys: list[object] = []
        self.lacks = False

    def add(self, key: object, row: object) -> None:
        """The row of a key."""
        self.keys.append(key)
        self.append(row)


class Selecting:
    """The base of targets that can ask for what is wanted of their answer.

    A base and no protocol: the planner asks of each step of each plan whether its
    target is one. One that is ``keyed``, too, needs not be asked for the keys of a
    batch.
    """

    __slots__ = ()

    @property
    def selects(self) -> bool:
        """Whether this one does."""
        raise NotImplementedError

    @property
    def document(self) -> str:
        """What it asks for, for people; no value of a request is in it."""
        raise NotImplementedError

    def selecting(self, wanted: Wanted) -> object:
        """The target that asks for this and nothing else; made once for a plan."""
        raise NotImplementedError


class Chosen(Model, frozen=True):
    """Fills the slot `SELECTED`: what the scope holds under that name.

    An argument that is null is not sent, as if it had not been given. ``sending`` says
    which values the source spells in its own way, by their variables.
    """

    sending: Sending | None = None
    roots: frozenset[str] = frozenset({SELECTED})
    references: tuple[Reference, ...] = ()

    def __call__(self, scope: Mapping[str, object], /) -> object:
        values = scope.get(SELECTED)
        found = values if isinstance(values, Mapping) else {}
        if self.sending is not None:
            found = self.sending.spelled({"args": found})["args"]  # type: ignore[assignment]
        return {name: value for name, value in found.items() if value is not None}
