"""`{name}` and `{step.path}` in the parts of a URL.

In charge of finding them. Must never render: how a value is encoded depends on where in
the URL it stands, which is the connector's knowledge.
"""

from __future__ import annotations

import re
from typing import Final

from gateway.expression.errors import ExpressionSyntaxError
from gateway.record import Model

_NAME: Final = r"[A-Za-z_][A-Za-z0-9_]*"
_PATH: Final = re.compile(rf"{_NAME}(?:\.{_NAME})*")
_BRACE: Final = re.compile(r"[{}]")


class Placeholder(Model, frozen=True):
    """A dotted path in braces; ``offset`` is where its `{` stands."""

    path: tuple[str, ...]
    offset: int


def url_parts(text: str) -> tuple[str | Placeholder, ...]:
    """The text cut at its placeholders; `{{` and `}}` stand for single braces.

    Raises:
        ExpressionSyntaxError: a brace that is neither a placeholder's nor doubled.
    """
    parts: list[str | Placeholder] = []
    literal = ""
    at = 0
    while (found := _BRACE.search(text, at)) is not None:
        start = found.start()
        literal += text[at:start]
        brace = found[0]
        if text.startswith(brace * 2, start):
            literal += brace
            at = start + 2
            continue
        if brace == "}":
            hint = "write `}}` for a brace of the URL itself"
            raise ExpressionSyntaxError("unexpected '}'", offset=start, hint=hint)
        placeholder, at = _placeholder(text, start)
        parts.extend((literal, placeholder) if literal else (placeholder,))
        literal = ""
    literal += text[at:]
    return (*parts, literal) if literal else tuple(parts)


def _placeholder(text: str, start: int) -> tuple[Placeholder, int]:
    if start > 0 and text[start - 1] == "$":
        raise ExpressionSyntaxError(
            "a URL takes {name} or {step.path}, not ${ }",
            offset=start - 1,
            hint="leave the `$` away; for more than a path use a `value` step",
        )
    end = text.find("}", start)
    if end < 0:
        hint = "write `{{` for a brace of the URL itself"
        raise ExpressionSyntaxError("'{' is never closed", offset=start, hint=hint)
    inner = text[start + 1 : end]
    if _PATH.fullmatch(inner) is None:
        bare = inner.strip()
        hint = "a placeholder is {name} or {step.path}; `{{` is a brace"
        raise ExpressionSyntaxError(
            f"{{{inner}}} is no placeholder",
            offset=start,
            hint=f"write {{{bare}}}" if _PATH.fullmatch(bare) else hint,
        )
    return Placeholder(tuple(inner.split(".")), start), end + 1
