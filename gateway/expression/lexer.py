"""Text to tokens.

In charge of where a token begins and ends, and of naming the usual slips of people who
come from other languages. Must never look at more than the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import Enum
from typing import Final, NamedTuple

from gateway.expression.errors import ExpressionSyntaxError


class TokenKind(Enum):
    NUMBER = "number"
    STRING = "string"
    IDENT = "identifier"
    QUOTED = "quoted field"
    OPERATOR = "operator"
    END = "end"


class Token(NamedTuple):
    kind: TokenKind
    text: str
    at: int

    @property
    def end(self) -> int:
        return self.at + len(self.text)


_TOKEN: Final = re.compile(
    r"""
      (?P<skip>[\x20\t\n\r\f]+|//[^\n]*)
    | (?P<string>
        [bB]?[rR](?:'''[\s\S]*?'''|\"\"\"[\s\S]*?\"\"\"|'[^'\n\r]*'|"[^"\n\r]*")
      | [bB]?(?:'''(?:[^\\]|\\[\s\S])*?'''|\"\"\"(?:[^\\]|\\[\s\S])*?\"\"\"
          |'(?:[^'\\\n\r]|\\.)*'|"(?:[^"\\\n\r]|\\.)*"))
    | (?P<number>0x[0-9a-fA-F]+[uU]?|[0-9]*\.[0-9]+(?:[eE][+-]?[0-9]+)?
        |[0-9]+[eE][+-]?[0-9]+|[0-9]+[uU]?)
    | (?P<ident>[A-Za-z_][A-Za-z0-9_]*)
    | (?P<quoted>`[A-Za-z0-9_.\-/ ]+`)
    | (?P<operator>&&|\|\||==|!=|<=|>=|[-+*/%<>!?:.,()\[\]{}])
    """,
    re.VERBOSE,
)
_KINDS: Final = {
    "string": TokenKind.STRING,
    "number": TokenKind.NUMBER,
    "ident": TokenKind.IDENT,
    "quoted": TokenKind.QUOTED,
    "operator": TokenKind.OPERATOR,
}
_SLIPS: Final = (
    ("===", "write `==`"),
    ("=>", "a macro takes a name and a body: list.filter(x, x.open)"),
    ("=", "comparison is `==`; an expression assigns nothing"),
    ("&", "write `&&`"),
    ("|", "write `||`"),
    ("${", "this is already an expression: leave the `${ }` away"),
    ("$", "names have no `$`"),
    ("'", "the string has no closing quote"),
    ('"', "the string has no closing quote"),
    ("`", "only a field takes backticks: account.`sort-code`"),
    ("#", "a comment begins with `//`"),
    (";", "an expression is one value; it needs no `;`"),
    ("~", "for patterns: text.matches('^a.*')"),
    ("^", "there is no power or xor"),
)


def tokens(text: str, start: int = 0) -> Iterator[Token]:
    """The tokens from ``start`` on, ended by one END token.

    Raises:
        ExpressionSyntaxError: at the first character that begins no token.
    """
    at = start
    while at < len(text):
        found = _TOKEN.match(text, at)
        if found is None or found.lastgroup is None:
            raise _unknown(text, at)
        if found.lastgroup != "skip":
            yield Token(_KINDS[found.lastgroup], found[0], at)
        at = found.end()
    yield Token(TokenKind.END, "", len(text))


def _unknown(text: str, at: int) -> ExpressionSyntaxError:
    for slip, hint in _SLIPS:
        if text.startswith(slip, at):
            return ExpressionSyntaxError(f"unexpected {slip!r}", offset=at, hint=hint)
    return ExpressionSyntaxError(f"unexpected {text[at]!r}", offset=at)


def end_of_braces(text: str, start: int) -> int:
    """Where the `}` stands that closes a brace opened just before ``start``.

    Braces inside strings and map literals do not count. -1 where none closes it.
    """
    depth = 0
    for token in tokens(text, start):
        if token.text == "{":
            depth += 1
        elif token.text == "}":
            if depth == 0:
                return token.at
            depth -= 1
    return -1
