"""Media types: what a `content-type` says that a body is. Pure.

In charge of names alone: which kind of body, in which charset. Whether the body keeps
what its type says is for those who read it.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Mapping
from email.message import Message
from functools import lru_cache
from typing import Literal, NamedTuple, TypeAlias

Kind: TypeAlias = Literal["json", "text", "csv", "xml", "ndjson"]
"""What a body can be read as."""
ACCEPTS: Mapping[Kind, str] = {
    "json": "application/json",
    "text": "text/plain, text/*;q=0.9, */*;q=0.1",
    "csv": "text/csv, text/tab-separated-values;q=0.9",
    "xml": "application/xml, text/xml;q=0.9",
    "ndjson": "application/x-ndjson, application/jsonl;q=0.9",
}
"""What is asked for where a step says which kind it reads."""
_KINDS: Mapping[str, Kind] = {
    "application/json": "json",
    "text/json": "json",
    "text/csv": "csv",
    "application/csv": "csv",
    "text/tab-separated-values": "csv",
    "application/xml": "xml",
    "text/xml": "xml",
    "application/x-ndjson": "ndjson",
    "application/ndjson": "ndjson",
    "application/jsonl": "ndjson",
    "application/x-jsonlines": "ndjson",
    "application/json-lines": "ndjson",
    "text/plain": "text",
}
_SUFFIXES: Mapping[str, Kind] = {"json": "json", "xml": "xml"}
VAGUE = frozenset({"", "text/plain", "application/octet-stream", "binary/octet-stream"})
"""Types that say nothing of what is in a body: servers write them for anything."""
PAGES = frozenset({"text/html", "application/xhtml+xml"})
"""What people are shown; in place of an answer it is an error page."""
_CHARSET = re.compile(
    r"utf-(8|16|16-le|16-be|32|32-le|32-be)|ascii|iso8859-\d+|cp\d+|koi8-[rut]"
    r"|gb\w+|big5\w*|euc_\w+|shift_jis\w*|iso2022_\w+|mac-\w+|tis-620"
)
"""Python's names for charsets of text; its other codecs run code or inflate."""


class MediaType(NamedTuple):
    """``essence`` is type and subtype in lower case, empty where none was sent.

    ``kind`` is None for what cannot be read. ``charset`` is as written, None where
    nothing says it.
    """

    essence: str
    kind: Kind | None
    charset: str | None = None


@lru_cache(maxsize=256)
def media_type(written: str) -> MediaType:
    """What a `content-type` says. One that cannot be parsed says nothing."""
    message = Message()
    message["content-type"] = written
    essence = written.partition(";")[0].strip().lower()
    try:
        charset = message.get_param("charset") if ";" in written else None
    except (ValueError, LookupError):
        charset = None
    return MediaType(
        essence, _kind(essence), charset if isinstance(charset, str) else None
    )


def _kind(essence: str) -> Kind | None:
    if essence in PAGES:
        return None
    return _KINDS.get(essence) or _SUFFIXES.get(essence.rpartition("+")[2])


def codec_of(charset: str) -> str | None:
    """Python's name of a charset; None where it is none of text."""
    try:
        name = codecs.lookup(charset.strip()).name
    except (LookupError, ValueError):
        return None
    return name if _CHARSET.fullmatch(name) else None
