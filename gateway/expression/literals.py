"""Numbers, strings and bytes as CEL writes them, read into values.

In charge of literals only. Must never accept what CEL's grammar does not.
"""

from __future__ import annotations

import re
from typing import Final

from gateway.expression.errors import ExpressionSyntaxError
from gateway.expression.kinds import Uint

INT_MIN: Final = -(2**63)
INT_MAX: Final = 2**63 - 1
UINT_MAX: Final = 2**64 - 1

_SIMPLE: Final = {
    "a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v",
    "\\": "\\", "'": "'", '"': '"', "`": "`", "?": "?",
}  # fmt: skip
_ESCAPE: Final = re.compile(
    r"\\(?:[xX](?P<x>[0-9a-fA-F]{2})|u(?P<u>[0-9a-fA-F]{4})"
    r"|U(?P<U>[0-9a-fA-F]{8})|(?P<o>[0-3][0-7]{2})|(?P<s>.))",
    re.DOTALL,
)


def read_number(text: str, at: int) -> int | float | Uint:
    """The value of a number token, its minus sign included."""
    sign, digits = (-1, text[1:]) if text.startswith("-") else (1, text)
    if digits[-1] in "uU":
        number = _integer(digits[:-1])
        if number > UINT_MAX:
            raise ExpressionSyntaxError("the number is beyond 64 bits", offset=at)
        return Uint(number)
    if not digits.lower().startswith("0x") and any(c in digits for c in ".eE"):
        return sign * float(digits)
    number = sign * _integer(digits)
    if not INT_MIN <= number <= INT_MAX:
        raise ExpressionSyntaxError(
            "the number is beyond 64 bits", offset=at, hint="write it as a double: 1e20"
        )
    return number


def _integer(digits: str) -> int:
    if digits.lower().startswith("0x"):
        return int(digits, 0)
    # Python refuses to read very long decimals; the answer is the same: too large.
    return int(digits) if len(digits) < 30 else UINT_MAX + 1  # noqa: PLR2004


def read_string(token: str, at: int) -> str | bytes:
    """The value of a string or bytes token, prefix and quotes included."""
    start = next(i for i, char in enumerate(token) if char in "'\"")
    prefix, body = token[:start].lower(), token[start:]
    width = 3 if body[:3] in ("'''", '"""') and len(body) >= 6 else 1  # noqa: PLR2004
    inner = body[width:-width]
    if width == 3:  # noqa: PLR2004
        inner = inner.replace("\r\n", "\n").replace("\r", "\n")
    if "r" in prefix:
        return inner.encode() if "b" in prefix else inner
    if "b" in prefix:
        return _bytes(inner, at + start + width)
    return _ESCAPE.sub(lambda found: _char(found, at + start + width), inner)


def _char(found: re.Match[str], base: int) -> str:
    if found["s"] is not None:
        if found["s"] not in _SIMPLE:
            raise _bad_escape(found, base)
        return _SIMPLE[found["s"]]
    if found["o"] is not None:
        return chr(int(found["o"], 8))
    point = int(found["x"] or found["u"] or found["U"], 16)
    if 0xD800 <= point <= 0xDFFF or point > 0x10FFFF:  # noqa: PLR2004
        raise ExpressionSyntaxError(
            f"{found[0]} is no character", offset=base + found.start()
        )
    return chr(point)


def _bytes(inner: str, base: int) -> bytes:
    out = bytearray()
    end = 0
    for found in _ESCAPE.finditer(inner):
        out += inner[end : found.start()].encode()
        end = found.end()
        if found["u"] or found["U"]:
            raise ExpressionSyntaxError(
                r"bytes have no \u escapes",
                offset=base + found.start(),
                hint=r"write the bytes: \xc3\xa9",
            )
        if found["s"] is not None:
            out += _char(found, base).encode()
        else:
            out.append(int(found["x"], 16) if found["x"] else int(found["o"], 8))
    return bytes(out + inner[end:].encode())


def _bad_escape(found: re.Match[str], base: int) -> ExpressionSyntaxError:
    return ExpressionSyntaxError(
        f"unknown escape {found[0]} in a string",
        offset=base + found.start(),
        hint=r"write \\ for a backslash, or a raw string: r'...'",
    )
