"""API keys in a file of their own, as written. Must never show what is in it."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import ValidationError

from gateway.deployment.auth import KeyWritten
from gateway.errors import Problems
from gateway.profile.source import read
from gateway.unfit import Unfit


def read_key_file(text: str, file: str, problems: Problems) -> Mapping[str, KeyWritten]:
    """The keys of such a file by name; those that cannot be read are problems."""
    if _is_empty(text):  # the last key was taken out, and must not count any more
        return {}
    document = read(text, file, problems)
    if document is None:
        return {}
    found = {}
    unfit = Unfit(document.span, problems, secret=lambda _trail: True)
    for name, written in document.data.items():
        try:
            found[str(name)] = KeyWritten.model_validate(written)
        except ValidationError as error:
            unfit.explain(error, KeyWritten, (str(name),))
    return found


def _is_empty(text: str) -> bool:
    lines = (line.partition("#")[0].strip() for line in text.splitlines())
    return "".join(lines) in ("", "{}")
