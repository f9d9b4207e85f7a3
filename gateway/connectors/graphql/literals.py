"""Values as GraphQL text, where no type is known that a variable would need. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from decimal import Decimal

from gateway.connectors.rendering import rejected, text_of

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def literal_of(value: object) -> str:
    """A value as a document has it: text quoted, maps as input objects.

    Raises:
        UpstreamError: rejected, for what GraphQL text cannot say.
    """
    try:
        return _literal(value)
    except RecursionError:  # of another source's answer
        raise rejected("An argument is nested too deep.") from None


def _literal(value: object) -> str:
    match value:
        case None:
            return "null"
        case bool() | int():
            return text_of(value, "an argument")
        case str():
            return _quoted(value)
        case Mapping():
            return f"{{{', '.join(_entry(n, v) for n, v in value.items())}}}"
        case list() | tuple():
            return f"[{', '.join(map(_literal, value))}]"
    text = text_of(value, "an argument")
    return text if isinstance(value, float | Decimal) else _quoted(text)


def _quoted(text: str) -> str:
    try:
        text.encode()
    except UnicodeEncodeError:
        raise rejected("An argument is not valid Unicode text.") from None
    return json.dumps(text, ensure_ascii=False)


def _entry(name: object, value: object) -> str:
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise rejected("An argument holds a key that is no GraphQL name.")
    return f"{name}: {_literal(value)}"
