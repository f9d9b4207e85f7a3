"""Payloads → what is on the wire, in the formats that clients ask for.

In charge of member names and of the frames around them. Pure. Each frame ends with the
delimiter that the next one needs, since readers wait for it before they read a part.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

from gateway.record import replace
from gateway.response.incremental.model import Completed, Patch, Payload, Pending
from gateway.response.model import FieldError
from gateway.schema.negotiation import Parts
from gateway.values import JsonValue

_Body = dict[str, JsonValue]


class Writer(Protocol):
    """One answer on its way out."""

    def bodies(self, payload: Payload, /) -> Iterator[_Body]:
        """A payload as JSON; as two where clients would lose what it says besides."""

    def framed(self, body: bytes, /) -> bytes:
        """A body as it is sent."""

    def end(self) -> bytes:
        """What is sent last."""


def writer_of(parts: Parts) -> Writer:
    """A writer for one answer."""
    match parts:
        case Parts.EARLIER:
            return _Multipart(_Earlier())
        case Parts.CURRENT:
            return _Multipart(_Current())
        case Parts.EVENTS:
            return _Events(_Current())


def bodies_of(parts: Parts, payload: Payload) -> Iterator[_Body]:
    """A payload in the members of a format, without any frame."""
    return _bodies(_Earlier() if parts is Parts.EARLIER else _Current(), payload)


class _Format(Protocol):
    """How a further payload is written."""

    def first(self, payload: Payload, /) -> _Body: ...

    def further(self, payload: Payload, /) -> _Body: ...


def _bodies(format_: _Format, payload: Payload) -> Iterator[_Body]:
    """Apollo's readers take no extensions beside parts; so these come after them."""
    if payload.answer is not None:
        yield _closed(format_.first(payload), payload)
        return
    if payload.extensions and (payload.patches or payload.completed):
        before = replace(payload, extensions={}, has_next=True)
        yield _closed(format_.further(before), before)
        payload = Payload(extensions=payload.extensions)
    yield _closed(format_.further(payload), payload)


def _closed(body: _Body, payload: Payload) -> _Body:
    if payload.extensions:
        body["extensions"] = payload.extensions
    body["hasNext"] = payload.has_next
    return body


class _Current:
    """The format of the specification's draft: parts are announced, then completed."""

    def first(self, payload: Payload) -> _Body:
        body = _answer(payload)
        if payload.pending:
            body["pending"] = [_pending(one) for one in payload.pending]
        return body

    def further(self, payload: Payload) -> _Body:
        body: _Body = {}
        if payload.pending:
            body["pending"] = [_pending(one) for one in payload.pending]
        if payload.patches:
            body["incremental"] = [self._patch(one) for one in payload.patches]
        if payload.completed:
            body["completed"] = [
                {"id": one.pending.id, **_errors(one.errors)}
                for one in payload.completed
            ]
        return body

    def _patch(self, patch: Patch) -> _Body:
        body: _Body = {"id": patch.pending.id}
        if patch.sub_path:
            body["subPath"] = list(patch.sub_path)
        if patch.items is not None:
            body["items"] = list(patch.items)
        else:
            body["data"] = patch.data
        return {**body, **_errors(patch.errors)}


class _Earlier:
    """The format of 2022: each part says by its path where it belongs."""

    def first(self, payload: Payload) -> _Body:
        return _answer(payload)

    def further(self, payload: Payload) -> _Body:
        told = [
            *(self._patch(one) for one in payload.patches),
            *(self._failed(one) for one in payload.completed if one.errors),
        ]
        return {"incremental": told} if told else {}

    def _patch(self, patch: Patch) -> _Body:
        path = [*patch.pending.path, *patch.sub_path]
        if patch.items is not None:
            body: _Body = {"items": list(patch.items), "path": [*path, patch.at]}
        else:
            body = {"data": patch.data, "path": path}
        return {**body, **_label(patch.pending), **_errors(patch.errors)}

    def _failed(self, part: Completed) -> _Body:
        """A part that came to nothing. Null as its data would wipe its object."""
        path = list(part.pending.path)
        if part.pending.streams:
            path.append(part.at)
        return {"path": path, **_label(part.pending), **_errors(part.errors)}


def _answer(payload: Payload) -> _Body:
    assert payload.answer is not None, "the first has one"  # noqa: S101
    return payload.answer.as_json()


def _pending(one: Pending) -> _Body:
    return {"id": one.id, "path": list(one.path), **_label(one)}


def _label(one: Pending) -> _Body:
    return {} if one.label is None else {"label": one.label}


def _errors(errors: Sequence[FieldError]) -> _Body:
    return {"errors": [one.as_json() for one in errors]} if errors else {}


class _Multipart:
    """Parts between delimiters, of which each is sent with the part before it."""

    def __init__(self, format_: _Format) -> None:
        self._format = format_
        self._opening = b"---"

    def bodies(self, payload: Payload) -> Iterator[_Body]:
        return _bodies(self._format, payload)

    def framed(self, body: bytes) -> bytes:
        opening, self._opening = self._opening, b""
        kind = b"\r\ncontent-type: application/json; charset=utf-8\r\n\r\n"
        return b"".join((opening, kind, body, b"\r\n---"))

    def end(self) -> bytes:
        return b"--\r\n"


class _Events:
    """Server-sent events, named as graphql-sse names them."""

    def __init__(self, format_: _Format) -> None:
        self._format = format_

    def bodies(self, payload: Payload) -> Iterator[_Body]:
        return _bodies(self._format, payload)

    def framed(self, body: bytes) -> bytes:
        return b"".join((b"event: next\ndata: ", body, b"\n\n"))

    def end(self) -> bytes:
        return b"event: complete\ndata:\n\n"
