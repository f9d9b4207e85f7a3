"""A manifest's text → the documents in it, by id.

In charge of the forms that clients' tools write. What a document means is not looked at
here, and nothing is done about a problem but to report it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import orjson

from gateway.errors import Problems
from gateway.record import Model
from gateway.values import JsonValue, SourceSpan

_APOLLO = "apollo-persisted-query-manifest"
_FORMS = (
    'write a map of ids and documents, {"ID": "query ..."}, or what '
    "generate-persisted-query-manifest writes"
)


class Entry(Model, frozen=True):
    """One document of a manifest, and where it stands."""

    id: str
    document: str
    span: SourceSpan


def read_manifest(file: str, text: str, problems: Problems) -> tuple[Entry, ...] | None:
    """The documents of a manifest; None where it is none, with its problem.

    Two forms: Apollo's, with ``format``, ``version`` and ``operations``; and a map of
    ids and documents, as the compilers of Relay and GraphQL Code Generator write it.
    """
    try:
        written: JsonValue = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        place = SourceSpan(file, error.lineno, error.colno)
        problems.add(place, f"the manifest is not valid JSON: {error.msg}")
        return None
    if not isinstance(written, Mapping):
        problems.add(SourceSpan(file), "this is no manifest", hint=_FORMS)
        return None
    if "format" in written or "operations" in written:
        pairs = _apollo(file, written, problems)
    else:
        pairs = iter(written.items())
    found = []
    for id_, document in pairs:
        if isinstance(id_, str) and id_ and isinstance(document, str) and document:
            found.append(Entry(id_, document, _place(file, text, id_)))
        else:
            shown = f"the entry {str(id_)[:80]!r} of the manifest is no document"
            place = _place(file, text, str(id_))
            problems.add(place, shown, hint=_FORMS)
    return tuple(found)


def _apollo(
    file: str, written: Mapping[str, JsonValue], problems: Problems
) -> Iterator[tuple[JsonValue, JsonValue]]:
    operations = written.get("operations")
    if (
        written.get("format") != _APOLLO
        or written.get("version") != 1
        or not isinstance(operations, list)
    ):
        problems.add(
            SourceSpan(file),
            f"this is no manifest of the format {_APOLLO!r}, version 1",
            hint=_FORMS,
        )
        return
    for one in operations:
        if isinstance(one, Mapping):
            yield one.get("id"), one.get("body")
        else:
            yield None, None


def _place(file: str, text: str, id_: str) -> SourceSpan:
    """Where an id stands; the file's beginning where it is written in another way."""
    at = text.find(f'"{id_}"')
    if at < 0:
        return SourceSpan(file)
    line = text.count("\n", 0, at) + 1
    return SourceSpan(file, line, at - text.rfind("\n", 0, at))
