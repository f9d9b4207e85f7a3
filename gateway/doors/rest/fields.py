"""``fields=account.name,items(first:3).id`` → what is wanted, as a tree.

In charge of the text alone: names, arguments, where something is wrong. Must never
look into a schema.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from graphql import (
    GraphQLError,
    ObjectValueNode,
    parse_const_value,
    value_from_ast_untyped,
)

from gateway.doors.rest.problems import RefusedError
from gateway.values import JsonValue

EVERYTHING = "*"
MOST_PATHS = 2_000
_NAME = re.compile(r"[_A-Za-z][_0-9A-Za-z]*", re.ASCII)
_BLANK = re.compile(r"[ \t\r\n]*")
_ECHOED = 60


@dataclass(slots=True)
class Wish:
    """One wanted field. ``arguments`` is None where the text gives none.

    ``below`` is what is wanted of its value, by name; empty: what is usual. ``type``
    narrows it to objects of that type. ``at`` counts characters from 1.
    """

    name: str
    type: str | None = None
    at: int = 1
    arguments: Mapping[str, JsonValue] | None = None
    below: dict[str, Wish] = field(default_factory=dict)

    @property
    def key(self) -> str:
        return f"{self.type}:{self.name}" if self.type else self.name


def read_fields(text: str) -> dict[str, Wish]:
    """The wishes of a text, by name, merged where paths have a beginning in common.

    Raises:
        RefusedError: the text is no list of paths; with the place.
    """
    root = Wish("")
    place = 0
    for number in range(MOST_PATHS + 1):
        if number == MOST_PATHS:
            raise wrong(f"it has more than {MOST_PATHS} paths", place + 1)
        place = _path(text, place, root)
        if place >= len(text):
            return root.below
        place += 1  # the comma
    raise AssertionError


def wrong(reason: str, at: int) -> RefusedError:
    """The refusal of a ``fields`` that cannot be read at a place."""
    return RefusedError(
        f"'fields' cannot be read at character {at}: {reason}.",
        more={"parameter": "fields", "position": at},
    )


def _path(text: str, place: int, root: Wish) -> int:
    """Read one path into the tree; gives the place of the comma or the end."""
    here = root
    while True:
        start = place = _blank(text, place)
        wish, place = _segment(text, place)
        here = _joined(here, wish, start)
        place = _blank(text, place)
        if place >= len(text) or text[place] == ",":
            return place
        if text[place] != "." or wish.name == EVERYTHING:
            raise wrong(f"{_shown(text, place)} follows {wish.name!r}", place + 1)
        place += 1


def _segment(text: str, place: int) -> tuple[Wish, int]:
    at = place + 1
    if text.startswith(EVERYTHING, place):
        return Wish(EVERYTHING, at=at), place + 1
    name, place = _name(text, place)
    type_: str | None = None
    if text.startswith(":", place):
        type_ = name
        name, place = _name(text, place + 1)
    wish = Wish(name, type_, at)
    place = _blank(text, place)
    if text.startswith("(", place):
        end = _closing(text, place)
        wish.arguments = dict(_arguments(text[place + 1 : end], place + 2))
        place = end + 1
    return wish, place


def _joined(above: Wish, wish: Wish, start: int) -> Wish:
    """The wish in the tree: a path to the same field goes on where the first went."""
    known = above.below.setdefault(wish.key, wish)
    if wish.arguments is not None:
        if known.arguments is not None and known.arguments != wish.arguments:
            raise wrong(
                f"{wish.name!r} is there twice, with different arguments", start + 1
            )
        known.arguments = wish.arguments
    return known


def _name(text: str, place: int) -> tuple[str, int]:
    found = _NAME.match(text, place)
    if found is None:
        raise wrong(f"a name is wanted, not {_shown(text, place)}", place + 1)
    return found[0], found.end()


def _blank(text: str, place: int) -> int:
    found = _BLANK.match(text, place)
    return found.end() if found else place


def _shown(text: str, place: int) -> str:
    return repr(text[place]) if place < len(text) else "the end"


def _closing(text: str, start: int) -> int:
    """Where the parenthesis closes that opens at `start`; strings may hold others."""
    inside = False
    place = start + 1
    while place < len(text):
        one = text[place]
        if inside and one == "\\":
            place += 1
        elif one == '"':
            inside = not inside
        elif one == ")" and not inside:
            return place
        place += 1
    raise wrong("the parenthesis is not closed", start + 1)


_MOST_TOKENS = 1_000


def _arguments(text: str, at: int) -> Iterator[tuple[str, JsonValue]]:
    """Arguments as GraphQL writes them, with constant values only."""
    try:
        found = parse_const_value(f"{{{text}}}", max_tokens=_MOST_TOKENS)
    except GraphQLError as error:
        offset = next(iter(error.positions or (1,))) - 1
        reason = error.message.removeprefix("Syntax Error: ").rstrip(".")
        raise wrong(reason[:_ECHOED], at + max(0, min(offset, len(text)))) from None
    except RecursionError:
        raise wrong("values are nested too deeply", at) from None
    known = set[str]()
    for one in found.fields if isinstance(found, ObjectValueNode) else ():
        name = one.name.value
        if name in known:
            place = at + (one.loc.start if one.loc else 1) - 1
            raise wrong(f"the argument {name!r} is given twice", place)
        known.add(name)
        yield name, value_from_ast_untyped(one.value)
