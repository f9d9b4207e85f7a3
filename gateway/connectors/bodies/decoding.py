"""Bytes → text, in the charset that they are said to have, and in no other.

Nothing is replaced or guessed: half a character in an account's name is a fault of the
source, and is told as one. Pure.
"""

from __future__ import annotations

import codecs

from gateway.connectors.bodies.media import codec_of
from gateway.errors import ErrorClass, UpstreamError

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
"""Byte order marks; that of UTF-32 begins as that of UTF-16 does."""


def invalid(message: str, *, detail: str | None = None) -> UpstreamError:
    """The source answered with something that is no answer."""
    return UpstreamError(message, kind=ErrorClass.INVALID, detail=detail)


def text_of(content: bytes, charset: str | None) -> str:
    """The text without its mark. A mark goes before the charset, and UTF-8 is usual.

    Raises:
        UpstreamError: invalid, where there is no such charset, or a byte that is none
            of its characters.
    """
    codec = codec_named(charset) if charset else "utf-8"
    start = 0
    for mark, name in _MARKS:
        if content.startswith(mark):
            codec, start = name, len(mark)
            break
    try:
        return content[start:].decode(codec)
    except UnicodeError:
        raise invalid(f"The source's answer is not valid {codec.upper()}.") from None


def codec_named(charset: str) -> str:
    """Python's name of a charset.

    Raises:
        UpstreamError: invalid, where there is none of that name.
    """
    codec = codec_of(charset)
    if codec is None:
        message = "The source's answer has a charset that is not known."
        raise invalid(message, detail=f"charset {charset[:40]!r}")
    return codec
