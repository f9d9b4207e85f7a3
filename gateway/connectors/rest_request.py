"""A REST step's target and inputs → the request as it goes over the wire. Pure.

In charge of where each value stands: URL, headers, body. Must never do I/O and never
know which host answers.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TypeAlias

from gateway.connectors.base import Slot
from gateway.connectors.bodies.media import Kind
from gateway.connectors.bodies.writing import FORM, JSON, body_bytes
from gateway.connectors.links import followed
from gateway.connectors.rendering import (
    LONGEST,
    form_bytes,
    header,
    is_bare,
    query_text,
    quoted,
    rejected,
    segment,
    too_long,
)
from gateway.errors import InternalError

Part: TypeAlias = str | Slot
Given: TypeAlias = object
"""A constant of the profile, or a `Slot` that the request fills."""
_BARE = (None, None, None, None, None)
_SOMEWHERE = "http://source.invalid"
"""The base of addresses where no real source is asked."""


def _texts(
    url: tuple[Part, ...], query: Given, *, only: bool
) -> tuple[Part, ...] | None:
    """A URL with its query behind it; None where that is not all of the request."""
    if not only or (query is not None and not isinstance(query, Mapping)):
        return None
    parts: list[Part] = list(url)
    mark = "&" if any("?" in part for part in url if isinstance(part, str)) else "?"
    for key, value in (query or {}).items():
        if isinstance(value, Slot):
            parts += [f"{mark}{quoted(str(key))}=", value]
        elif isinstance(value, str):
            parts.append(f"{mark}{quoted(str(key))}={quoted(value)}")
        else:
            return None
        mark = "&"
    return tuple(parts)


@dataclass(frozen=True, slots=True)
class RestTarget:
    """One configured HTTP call.

    ``url`` is what follows the source's base: encoded literals and slots, the
    author's own query string included. ``query``, ``headers`` and ``form`` are maps
    of constants and slots, or one slot for a whole map. ``accepts`` are the statuses
    besides 2xx that are answers. ``exact`` reads numbers as Decimals. ``follow`` is
    the slot of an address that the source named itself; where it has a value, that is
    asked for in place of ``url`` and ``query``. ``paged`` are the places of the body
    that say which page is wanted, by their path. ``reads`` is the kind of body that is
    read, None for that of the reply; ``lists`` are elements of XML that are lists.
    """

    method: str
    url: tuple[Part, ...]
    query: Given = None
    headers: Given = None
    body: Given = None
    form: Given = None
    accepts: frozenset[int] = frozenset()
    exact: bool = False
    follow: Slot | None = None
    paged: tuple[tuple[str, Slot], ...] = ()
    reads: Kind | None = None
    lists: tuple[str, ...] = ()
    read_as: tuple[Hashable, ...] = field(init=False, repr=False, compare=False)
    """What decides how a reply is read: calls that differ in it share none."""
    is_bare: bool = field(init=False, repr=False, compare=False)
    """Whether its URL's text is all that a request fills."""
    texts: tuple[Part, ...] | None = field(init=False, repr=False, compare=False)
    """Its URL with the query, where these are all; None where there is more."""

    def __post_init__(self) -> None:
        read_as = self.accepts, self.exact, self.reads, self.lists
        object.__setattr__(self, "read_as", read_as)
        given = (self.query, self.headers, self.body, self.form, self.follow)
        bare = given == _BARE and not self.paged
        object.__setattr__(self, "is_bare", bare)
        only = given[1:] == _BARE[1:] and not self.paged
        object.__setattr__(self, "texts", _texts(self.url, self.query, only=only))


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request. ``url`` is path and query; header names are lower-case.

    ``caller`` is the token of whoever asks, for a source that wants another in
    exchange: it is never sent itself.
    """

    method: str
    url: str
    headers: Mapping[str, str] = field(hash=False, repr=False)
    content: bytes | None = None
    caller: str | None = field(default=None, repr=False)


Inputs: TypeAlias = Mapping[str, object]
NO_HEADERS: Mapping[str, str] = MappingProxyType({})
"""Those of a request that adds none to its source's own."""


def render(target: RestTarget, inputs: Inputs, base: str = _SOMEWHERE) -> Request:
    """The request of one call, without what the source itself adds.

    ``base`` is the source's URL, which an address that it named may not leave.

    Raises:
        UpstreamError: rejected, where a value cannot stand where it should; invalid,
            where an address leads away from the source.
        InternalError: an input is missing, or the engine let an unusable one by.
    """
    if target.is_bare:
        return Request(target.method, path_of(target, inputs), NO_HEADERS)
    headers = dict(_headers(filled(target.headers, inputs)))
    content: bytes | None = None
    if target.form is not None:
        headers = {"content-type": FORM, **headers}
        content = form_bytes(filled(target.form, inputs))
    elif target.body is not None or target.paged:
        headers = {"content-type": JSON, **headers}
        content = body_bytes(payload(target, inputs), headers["content-type"])
    url, link = _url(target, inputs), link_of(target, inputs)
    url = followed(link, base, url) if link else url
    return Request(target.method, url, headers, content)


def payload(target: RestTarget, inputs: Inputs) -> object:
    """The form or the body as values, with the page that is wanted in it.

    Raises:
        UpstreamError: rejected, where the page has no place in the body.
    """
    if target.form is not None:
        return filled(target.form, inputs)
    body = filled(target.body, inputs)
    for path, slot in target.paged:
        value = filled(slot, inputs)
        if value is not None:
            body = _with(body, path.split("."), value)
    return {} if body is None and target.paged else body


def _with(body: object, path: list[str], value: object) -> object:
    """The body with a value at a path of keys; maps on the way are made."""
    if not path:
        return value
    if body is not None and not isinstance(body, Mapping):
        raise rejected("The page that is wanted has no place in the body.")
    key, rest = path[0], path[1:]
    known = body or {}
    return {**known, key: _with(known.get(key), rest, value)}


def link_of(target: RestTarget, inputs: Inputs) -> str | None:
    """The address that is asked for in place of the step's own; None where none is."""
    link = filled(target.follow, inputs) if target.follow else None
    return link if isinstance(link, str) else None


def path_of(target: RestTarget, inputs: Inputs) -> str:
    """The URL's text with its slots filled, below the source's base."""
    url = ""
    for part in target.url:
        if isinstance(part, str):
            url += part
            continue
        value = inputs.get(part.name)
        if value.__class__ is str and is_bare(value):
            url += value
        else:
            url += segment(filled(part, inputs), part.name)
    return url


def _url(target: RestTarget, inputs: Inputs) -> str:
    url = path_of(target, inputs)
    query = query_text(filled(target.query, inputs))
    if query:
        url = f"{url}{'&' if '?' in url else '?'}{query}"
    if len(url) > LONGEST:
        raise too_long()
    return url


def _headers(entries: object) -> Mapping[str, str]:
    if not isinstance(entries, Mapping):
        return {}
    return {
        str(name).lower(): header(str(name), value)
        for name, value in entries.items()
        if value is not None
    }


def filled(given: Given, inputs: Inputs) -> object:
    """A constant as it is; a slot's value; a map with the slots in it filled."""
    if isinstance(given, Slot):
        if given.name not in inputs:
            raise InternalError(f"there is no input {given.name!r}")
        return inputs[given.name]
    if isinstance(given, Mapping):
        return {key: filled(value, inputs) for key, value in given.items()}
    return given
