"""Bytes of a body, or of a URL's query → `Asking`, with a clear error for all else.

In charge of the shape of a GraphQL request: JSON, and the types of its members. Pure.
Every way in uses it, so a WebSocket passes what a POST passes. Must never look into
the document.
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import parse_qsl

import orjson

from gateway.errors import RequestError
from gateway.request.model import Asking
from gateway.schema.references import NAMES, hashed_reference, reference_of
from gateway.values import JsonValue

DEEPEST = 64
"""How deep `variables` may be nested. Values travel through code that recurses, so
there is a limit; input types that people write do not come near it."""

_MOST_PARAMETERS = 20
_PARAMETERS = (
    "query",
    "variables",
    "operationName",
    "extensions",
    *NAMES,
)


def read_body(body: bytes) -> Asking:
    """The request in a POST's body.

    Raises:
        RequestError: it is not JSON, or not a GraphQL request.
    """
    if not body:
        raise RequestError("The request has no body.")
    try:
        members = orjson.loads(body)
        return _at_once(members) or read_members(members)
    except orjson.JSONDecodeError as error:
        raise RequestError(f"The body is not valid JSON: {error.msg}.") from None


def _at_once(members: JsonValue) -> Asking | None:
    """Most requests: a text with plain values. None where there is more to one."""
    if members.__class__ is not dict or "extensions" in members:
        return None
    look = members.get
    query, variables, operation = (
        look("query"),
        look("variables"),
        look("operationName"),
    )
    if (
        query.__class__ is not str
        or variables.__class__ is not dict
        or not (query and (operation is None or operation.__class__ is str))
    ):
        return None
    for value in variables.values():
        if value.__class__ is not str:
            return None
    return Asking(query, operation or None, variables)


def read_url(query_string: bytes) -> Asking:
    """The request in a GET's URL; it may only read.

    Raises:
        RequestError: it is not UTF-8, or not a GraphQL request.
    """
    try:
        pairs = parse_qsl(
            query_string.decode("ascii"),
            keep_blank_values=True,
            errors="strict",
            max_num_fields=_MOST_PARAMETERS,
        )
    except ValueError:
        raise RequestError("The URL's query cannot be read.") from None
    members: dict[str, JsonValue] = {}
    for name, text in pairs:
        if name in members:
            raise RequestError(f"'{name}' is given twice.")
        if name in _PARAMETERS:
            members[name] = text
    for name in ("variables", "extensions"):
        if name in members:
            members[name] = _json_parameter(name, str(members[name]))
    return read_members(members, read_only=True)


def _json_parameter(name: str, text: str) -> JsonValue:
    try:
        found: JsonValue = orjson.loads(text) if text else None
    except orjson.JSONDecodeError:
        raise RequestError(f"'{name}' is not valid JSON.") from None
    return found


def read_members(members: JsonValue, *, read_only: bool = False) -> Asking:
    """The request that a decoded JSON value is.

    Raises:
        RequestError: a member has the wrong type, or there is no query.
    """
    if isinstance(members, list):
        raise RequestError("Batches are not answered: send one operation a request.")
    if not isinstance(members, dict):
        raise RequestError("A GraphQL request is a JSON object.")
    query, reference = members.get("query"), None
    if query is None or query == "":
        query, extensions = "", _object(members, "extensions")
        reference = reference_of(members, extensions)
        if reference is None:
            raise RequestError("The request has no 'query'.")
    elif not isinstance(query, str):
        raise RequestError("'query' is not a string.")
    elif "extensions" in members:
        reference = hashed_reference(_object(members, "extensions"))
    operation = members.get("operationName")
    if operation is not None and not isinstance(operation, str):
        raise RequestError("'operationName' is not a string.")
    variables = _object(members, "variables")
    for value in variables.values():
        if isinstance(value, dict | list) and is_deep(value, DEEPEST - 1):
            raise RequestError(f"'variables' is nested deeper than {DEEPEST} levels.")
    return Asking(query, operation or None, variables, read_only, reference=reference)


def _object(members: Mapping[str, JsonValue], name: str) -> dict[str, JsonValue]:
    found = members.get(name)
    if found is None:
        return {}
    if not isinstance(found, dict):
        raise RequestError(f"'{name}' is not an object.")
    return found


def is_deep(value: JsonValue, deepest: int = DEEPEST) -> bool:
    """Whether it is nested beyond so many levels; level by level: it cannot recurse."""
    level: list[JsonValue] = [value]
    for _ in range(deepest):
        deeper: list[JsonValue] = []
        for one in level:
            if isinstance(one, dict):
                deeper += (v for v in one.values() if isinstance(v, dict | list))
            elif isinstance(one, list):
                deeper += (v for v in one if isinstance(v, dict | list))
        if not deeper:
            return False
        level = deeper
    return True
