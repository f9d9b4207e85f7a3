"""What an author probably meant.

In charge of hints for names that other languages use. Must never decide whether a text
is an error: only what to say about it.
"""

from __future__ import annotations

from typing import Final

from gateway.errors import did_you_mean
from gateway.expression.library import GLOBALS, METHODS
from gateway.expression.macros import BODIES

RESERVED: Final = frozenset(
    [
        "as",
        "break",
        "const",
        "continue",
        "else",
        "false",
        "for",
        "function",
        "if",
        "import",
        "in",
        "let",
        "loop",
        "namespace",
        "null",
        "package",
        "return",
        "true",
        "var",
        "void",
        "while",
    ]
)
"""Words that cannot be names."""
NO_FIELD: Final = frozenset({"in", "true", "false", "null"})
"""Words that cannot stand after a dot."""
NO_ROOT: Final = NO_FIELD | {"has"}
"""Words that cannot stand after a dot with nothing before it."""

_WORDS: Final = {
    "and": "write `&&`",
    "or": "write `||`",
    "not": "write `!`",
    "is": "write `==`",
    "eq": "write `==`",
    "ne": "write `!=`",
    "mod": "write `%`",
    "if": "write `condition ? this : that`",
    "then": "write `condition ? this : that`",
    "else": "write `condition ? this : that`",
    "like": "write text.contains('part') or text.matches('^a.*')",
    "contains": "write text.contains('part'), or item in list",
    "for": "write list.map(x, x.id) or list.filter(x, x.open)",
    "lambda": "write list.map(x, x.id)",
}
_FUNCTIONS: Final = {
    "len": "size(x)",
    "length": "size()",
    "count": "size()",
    "str": "string(x)",
    "toString": "string(x)",
    "float": "double(x)",
    "number": "double(x)",
    "boolean": "bool(x)",
    "date": "timestamp('2024-02-29T00:00:00Z')",
    "now": "request.time",
    "today": "request.time",
    "lower": "lowerAscii()",
    "toLowerCase": "lowerAscii()",
    "upper": "upperAscii()",
    "toUpperCase": "upperAscii()",
    "strip": "trim()",
    "slice": "substring(0, 3)",
    "substr": "substring(0, 3)",
    "includes": "contains('part'), or item in list",
    "find": "filter(x, x.open)",
    "any": "exists(x, x.open)",
    "some": "exists(x, x.open)",
    "every": "all(x, x.open)",
    "get": "a.?field.orValue(other)",
    "getOrDefault": "a.?field.orValue(other)",
    "coalesce": "a.?field.orValue(other)",
    "default": "a.?field.orValue(other)",
    "isEmpty": "size() == 0",
    "min": "math.least(...)",
    "max": "math.greatest(...)",
    "abs": "math.abs(x)",
    "round": "math.round(x)",
    "floor": "math.floor(x)",
    "ceil": "math.ceil(x)",
    "getYear": "getFullYear()",
    "getDay": "getDate() or getDayOfWeek()",
}


def for_word(word: str) -> str | None:
    """The hint for a word that stands where an operator should."""
    return _WORDS.get(word)


def for_name(word: str) -> str | None:
    """The hint for a reserved word that is used as a name."""
    return _WORDS.get(word, f"call it otherwise: {word!r} is reserved in CEL")


def for_function(name: str, *, method: bool) -> str | None:
    """The hint for a function that there is not, `target.name()` where ``method``."""
    known, other = (METHODS, GLOBALS) if method else (GLOBALS, METHODS)
    if name in other or (name in BODIES and not method):
        return f"write {name}(x)" if method else f"write x.{name}(...)"
    if name in _FUNCTIONS:
        return f"write {_FUNCTIONS[name]}"
    names = {*known, *BODIES} if method else {*known, "has"}
    return did_you_mean(name, names)
