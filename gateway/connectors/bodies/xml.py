"""XML → maps and lists, and back. Pure. The only importer of defusedxml.

The mapping is that of xmltodict, without prefixes: an element is a key of its parent,
several of one name are a list, attributes are keys with an `@`, and text beside either
stands under `#text`. Nothing is fetched and no entity is expanded, so that a document
is never larger than its text. Must never build a tree that it has to walk by recursion.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any, TypeAlias
from xml.etree.ElementTree import ParseError
from xml.sax.saxutils import escape, quoteattr

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser

from gateway.connectors.bodies.decoding import codec_named, invalid
from gateway.connectors.rendering import rejected, text_of

_DEEPEST = 200
_NAME = re.compile(r"[A-Za-z_][\w.-]*(:[A-Za-z_][\w.-]*)?")
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
Element: TypeAlias = dict[str, Any]


def xml_value(
    content: bytes, charset: str | None = None, lists: Collection[str] = ()
) -> object:
    """The document as a map with its root as the only key.

    ``lists`` are names of elements that are a list even where there is one.

    Raises:
        UpstreamError: invalid, where it is no XML, is nested too deep, or has entities
            of its own.
    """
    if charset is not None:
        codec_named(charset)
    try:
        parser = DefusedXMLParser(target=_Reading(lists), encoding=charset)
        parser.feed(content)
        return parser.close()
    except DefusedXmlException as error:
        message = "The source's answer is XML with entities, which are not read."
        raise invalid(message, detail=type(error).__name__) from None
    except (ParseError, ValueError, LookupError) as error:
        message = "The source's answer is not valid XML."
        raise invalid(message, detail=type(error).__name__) from None


class _Reading:
    """A document as it is read, element by element."""

    def __init__(self, lists: Collection[str]) -> None:
        self._lists = frozenset(lists)
        self._open: list[tuple[Element, list[str]]] = [({}, [])]

    def start(self, _tag: str, attributes: Mapping[str, str]) -> None:
        if len(self._open) > _DEEPEST:
            raise invalid(f"The source's XML is nested deeper than {_DEEPEST}.")
        own = {f"@{_local(name)}": text for name, text in attributes.items()}
        self._open.append((own, []))

    def data(self, text: str) -> None:
        self._open[-1][1].append(text)

    def end(self, tag: str) -> None:
        made, texts = self._open.pop()
        self._put(_local(tag), _value(made, "".join(texts).strip()))

    def close(self) -> Element:
        return self._open[0][0]

    def _put(self, name: str, value: object) -> None:
        into = self._open[-1][0]
        if name not in into:
            into[name] = [value] if name in self._lists else value
        elif isinstance(into[name], list):
            into[name].append(value)
        else:
            into[name] = [into[name], value]


def _value(made: Element, text: str) -> object:
    """An element: its text where it has nothing else, null where it has nothing."""
    if not made:
        return text or None
    return {**made, "#text": text} if text else made


def _local(name: str) -> str:
    return name.rpartition("}")[2]


def xml_bytes(value: object) -> bytes:
    """A map with one key as a document, the inverse of reading. Prefixes are kept.

    Raises:
        UpstreamError: rejected, where the value is no document.
    """
    if not isinstance(value, Mapping) or len(value) != 1:
        raise rejected("The body is no map of one element.")
    ((root, content),) = value.items()
    if isinstance(content, list | tuple):
        raise rejected("The body has more than one element.")
    text = "".join(_written(str(root), content, 1))
    return f'<?xml version="1.0" encoding="utf-8"?>\n{text}'.encode()


def _written(name: str, value: object, depth: int) -> Iterator[str]:
    if depth > _DEEPEST:
        raise rejected(f"The body is nested deeper than {_DEEPEST}.")
    if isinstance(value, list | tuple):
        for one in value:
            yield from _written(name, one, depth + 1)
        return
    inside = value if isinstance(value, Mapping) else {"#text": value}
    own = {str(k): v for k, v in inside.items() if v is not None}
    attributes = (
        f" {_name(key[1:])}={quoteattr(_text(own[key], key))}"
        for key in own
        if key[:1] == "@"
    )
    yield f"<{_name(name)}{''.join(attributes)}>"
    for key, content in own.items():
        if key == "#text":
            yield escape(_text(content, name))
        elif key[:1] != "@":
            yield from _written(key, content, depth + 1)
    yield f"</{name}>"


def _name(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise rejected("The body has a key that is no name in XML.")
    return name


def _text(value: object, name: str) -> str:
    text = text_of(value, f"{name!r}")
    if _FORBIDDEN.search(text):
        raise rejected("The body has a character that XML cannot say.")
    return text
