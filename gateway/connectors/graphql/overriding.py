"""Fields that one subgraph takes from another: `@override` across SDL files. Pure.

In charge of saying it in the file of the one that lost them, where it means the same as
there: the field is `@external`, with who took it as reason. Composition writes it so
(Apollo's has `reason: "[overridden]"`). Must never look at a step.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import NamedTuple

from graphql import (
    ConstDirectiveNode,
    FieldDefinitionNode,
    GraphQLError,
    InterfaceTypeDefinitionNode,
    InterfaceTypeExtensionNode,
    ObjectTypeDefinitionNode,
    ObjectTypeExtensionNode,
    StringValueNode,
    parse,
)

_SOURCES = 128
_REASON = "[overridden] by "
_Fielded = (
    ObjectTypeDefinitionNode
    | ObjectTypeExtensionNode
    | InterfaceTypeDefinitionNode
    | InterfaceTypeExtensionNode
)


class Take(NamedTuple):
    """A field of a type that is taken from a subgraph of a name."""

    type: str
    field: str
    source: str


@lru_cache(_SOURCES)
def takes_of(text: str) -> tuple[Take, ...]:
    """What an SDL takes from others; nothing where it is no SDL.

    One with a label stays where it was: both have it, for a share of requests each.
    """
    try:
        return tuple(_takes(text))
    except GraphQLError:
        return ()


def without_taken(name: str, texts: Mapping[str, str]) -> str:
    """The SDL of one source, with what the others take from it marked as foreign."""
    lost = {
        (take.type, take.field): other
        for other, text in texts.items()
        for take in takes_of(text)
        if other != name and _plain(take.source) == _plain(name)
    }
    return _marked(texts[name], tuple(sorted(lost.items()))) if lost else texts[name]


def taker(directive: ConstDirectiveNode) -> str | None:
    """Who took the field that has this directive; None where nobody did."""
    reason = _text(directive, "reason") or ""
    found = reason.startswith(_REASON)
    return reason.removeprefix(_REASON) if found else None


def _takes(text: str) -> Iterator[Take]:
    for type_, field in _fields(text):
        for one in field.directives or ():
            if one.name.value.rpartition("__")[2] != "override":
                continue
            source, label = _text(one, "from"), _text(one, "label")
            if source is not None and label is None:
                yield Take(type_, field.name.value, source)


def _fields(text: str) -> Iterator[tuple[str, FieldDefinitionNode]]:
    for node in parse(text).definitions:
        if isinstance(node, _Fielded):
            for field in node.fields or ():
                yield node.name.value, field


@lru_cache(_SOURCES)
def _marked(text: str, lost: tuple[tuple[tuple[str, str], str], ...]) -> str:
    """The text with a directive behind each of these fields."""
    by = dict(lost)
    places = []
    for type_, field in _fields(text):
        other = by.get((type_, field.name.value))
        if other is not None and field.loc is not None:
            places.append((field.loc.end, other))
    for end, other in sorted(places, reverse=True):
        mark = f" @external(reason: {json.dumps(_REASON + other)})"
        text = f"{text[:end]}{mark}{text[end:]}"
    return text


def _text(directive: ConstDirectiveNode, argument: str) -> str | None:
    for one in directive.arguments or ():
        if one.name.value == argument and isinstance(one.value, StringValueNode):
            return one.value.value
    return None


def _plain(name: str) -> str:
    """Names of subgraphs have signs that those of sources do not."""
    return re.sub(r"\W", "_", name)
