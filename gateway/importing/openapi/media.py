"""Which of several media types, and which of several answers, counts.

In charge of that choice alone; the same for all versions.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from gateway.importing.openapi.library import Found
from gateway.importing.openapi.model import Answer

_JSON = re.compile(r"application/json\b.*|[^;]+/[^;]*\+json\b.*|text/json\b.*")
FORM = "application/x-www-form-urlencoded"
ANY = "*/*"
_FINE = ("200", "201", "202", "203", "206", "207")


def is_json(media: str) -> bool:
    """Whether a body of this type is JSON."""
    return bool(_JSON.fullmatch(media.lower())) or media in (ANY, "application/*")


def chosen_body(content: Iterable[str]) -> str | None:
    """The type of body to send: JSON, else a form; None for any other."""
    types = list(content)
    best = sorted((m for m in types if is_json(m)), key=lambda m: "+" in m)
    if best:
        return best[0]
    return next((m for m in types if m.startswith(FORM)), None)


Told3 = tuple[str, Mapping[str, Found], frozenset[str]]
"""A status, schemas by media type, headers."""


def answered(answers: Iterable[Told3]) -> Answer | None:
    """The answer that counts: the first good one with JSON, else a good one."""
    good = sorted(
        (each for each in answers if _is_good(each[0])), key=lambda each: _rank(each[0])
    )
    if not good:
        return None
    for status, schemas, headers in good:
        media = next((m for m in schemas if is_json(m)), None)
        if media is not None:
            return Answer(status, media, schemas[media], headers)
    status, schemas, headers = good[0]
    other = next(iter(schemas), "")
    return Answer(status, other, schemas.get(other), headers)


def _is_good(status: str) -> bool:
    return status[:1] == "2" or status == "default"


def _rank(status: str) -> tuple[int, str]:
    """200 before 201, before any other, before 2XX, before default."""
    if status in _FINE:
        return _FINE.index(status), status
    return (50 if status.isdigit() else 60 if status != "default" else 70), status
