"""What a GraphQL source says of its errors, in short, for those who may see details.

In charge of what of it is told: codes, places, and sentences without what was asked or
looks like somebody's data. Must never let a message through as it came. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from gateway.connectors.bodies.reading import decoded
from gateway.connectors.graphql.target import GraphqlTarget
from gateway.connectors.masking import MASK
from gateway.connectors.unsaid import LONGEST, without_inputs
from gateway.errors import ErrorClass, UpstreamError

SAID = "The source answered with an error."
_MOST = 3
_WORD = re.compile(r"[\w.-]{1,100}", re.ASCII)
_NAME = re.compile(r"[_A-Za-z]\w*", re.ASCII)


def refused(
    target: GraphqlTarget, errors: object, inputs: Mapping[str, object]
) -> UpstreamError:
    """The failure of a call of which nothing but errors came."""
    detail = told(target, errors, inputs)
    return UpstreamError(SAID, kind=ErrorClass.REJECTED, detail=detail)


def detailed(
    error: UpstreamError, target: GraphqlTarget, inputs: Mapping[str, object]
) -> UpstreamError:
    """An HTTP failure with what its body says, where that is a GraphQL response."""
    try:
        body = decoded(error.content, exact=False)
    except UpstreamError:
        return error
    errors = body.get("errors") if isinstance(body, Mapping) else None
    if errors and is_errors(errors):
        said = told(target, errors, inputs)
        error.detail = "; ".join(filter(None, (error.detail, said)))
    return error


def told(target: GraphqlTarget, errors: object, inputs: Mapping[str, object]) -> str:
    """What errors say, in short: their code and message, and where they are."""
    listed = list(errors) if isinstance(errors, Sequence) else []
    names = _names(target)
    texts = [_told(error, inputs, names) for error in listed[:_MOST]]
    if len(listed) > _MOST:
        texts.append(f"{len(listed) - _MOST} more")
    return "; ".join(texts)[:LONGEST]


def is_errors(errors: object) -> bool:
    """Whether these have the form that errors of GraphQL have."""
    return isinstance(errors, list) and all(isinstance(e, Mapping) for e in errors)


def _told(error: object, inputs: object, names: frozenset[str]) -> str:
    found = error if isinstance(error, Mapping) else {}
    extensions = found.get("extensions")
    code = extensions.get("code") if isinstance(extensions, Mapping) else None
    path = found.get("path")
    keys = path if isinstance(path, list) else ()
    where = ".".join(_key(one, inputs) for one in keys if isinstance(one, str | int))
    message = found.get("message")
    parts = (
        f"{_code(code, inputs)}:" if isinstance(code, str) else "",
        without_inputs(message, inputs, names) if isinstance(message, str) else "",
        f"(at {where})" if where else "",
    )
    return " ".join(filter(None, parts))


def _code(code: str, inputs: object) -> str:
    return without_inputs(code, inputs) if _WORD.fullmatch(code) else MASK


def _key(key: str | int, inputs: object) -> str:
    """A key of a path: a name, or a place in a list."""
    if isinstance(key, int):
        return str(key)
    return without_inputs(key, inputs) if _NAME.fullmatch(key) else MASK


def _names(target: GraphqlTarget) -> frozenset[str]:
    """The names of the document that was asked: they may stand in quotes."""
    text = " ".join(part for part in target.parts if isinstance(part, str))
    return frozenset(_NAME.findall(text))
