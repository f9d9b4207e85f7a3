"""Ways to ask for fields of a person: every spelling, at every place. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import cycle
from typing import NamedTuple

from tests.authorization.stand import NESTED, PROTECTED

ENTITIES = '_entities(representations: [{__typename: "Person", id: "7"}])'

PLACES: Mapping[str, str] = {
    "a root": "person { SELECTED }",
    "an aliased root": 'p: person(id: "7") { SELECTED }',
    "an interface": "party { ... on Person { SELECTED } }",
    "an interface with all fields": "party { ... on Named { SELECTED } }",
    "a union": "found { ... on Person { SELECTED } }",
    "a union by the interface": "found { ... on Named { SELECTED } }",
    "a list": "people { SELECTED }",
    "an object of an entity step": "person { friend { SELECTED } }",
    "one below lists": "people { friend { friend { SELECTED } } }",
    "a router's": f"{ENTITIES} {{ ... on Person {{ SELECTED }} }}",
}
"""Where a person is."""
SPELLINGS: Mapping[str, str] = {
    "plain": "ASKED",
    "an alias": "x: ASKED",
    "the alias of another": "team: ASKED",
    "after all others": "id __typename team ASKED",
    "a fragment": "...F",
    "fragments in fragments": "...G",
    "an inline fragment": "... on Person { ASKED }",
    "one without a type": "... { ... { ASKED } }",
    "a fragment of the interface": "... on Named { ... on Person { ASKED } }",
    "if a variable says so": "... @include(if: $yes) { x: ASKED }",
    "unless one says so": "... @skip(if: $no) { ASKED }",
    "twice": "ASKED y: ASKED",
    "later": "id ... @defer { ASKED }",
}
"""How his fields are written."""
_ALIASED = re.compile(r"(\w+): ASKED")


class Asked(NamedTuple):
    """One document, and the fields that it is about."""

    name: str
    fields: Sequence[str]
    document: str


def ways() -> Iterator[Asked]:
    """Each spelling at each place of all fields; at every other one of one by turns.

    A document that names a hidden field is refused as a whole: it is asked for alone.
    """
    shown = [name for name in PROTECTED if name != "hidden"]
    turns = cycle(PROTECTED)
    for row, (place, around) in enumerate(PLACES.items()):
        for column, (spelling, written) in enumerate(SPELLINGS.items()):
            alone = [next(turns)]
            for names in (shown, alone)[: 1 + (row + column) % 2]:
                if len(names) == 1 or spelling != "the alias of another":
                    said = f"{', '.join(names)}: {spelling}, {place}"
                    yield Asked(said, names, document(around, written, names))


def document(around: str, written: str, names: Sequence[str]) -> str:
    """The document of a place and a spelling, of some fields."""
    fields = [NESTED.get(name, name) for name in names]
    asked = " ".join(fields)
    aliased = _ALIASED.sub(lambda found: _each(found[1], fields), written)
    selected = aliased.replace("ASKED", asked)
    fragments = f" fragment F on Person {{ {asked} }}" if "..." in selected else ""
    if "...G" in selected:
        fragments += " fragment G on Person { id ...F }"
    if "...F" not in selected and "...G" not in selected:
        fragments = ""
    head = ""
    if "$yes" in selected:
        head = "query Q($yes: Boolean = true) "
    elif "$no" in selected:
        head = "query Q($no: Boolean = false) "
    return f"{head}{{ {around.replace('SELECTED', selected)} }}{fragments}"


def _each(alias: str, fields: Sequence[str]) -> str:
    if len(fields) == 1:
        return f"{alias}: {fields[0]}"
    return " ".join(f"{alias}{n}: {one}" for n, one in enumerate(fields))
