"""Edited texts, laid over the files of a deployment as they are on disk.

In charge of reading the edits and of what the whole then is. Must never write.
"""

from __future__ import annotations

from collections.abc import Mapping

from gateway.deployment import Deployment
from gateway.errors import Code, RequestError
from gateway.loading.files import name_of
from gateway.loading.written import Written, written_in_folders
from gateway.record import replace
from gateway.values import JsonValue
from gateway.workbench.folder import LARGEST_TEXT, named

Edits = Mapping[str, str | None]
"""Texts by path below the folder of profiles; None for a file that is taken away."""

MOST_EDITS = 100
LARGEST_EDITS = 3_000_000
"""Bytes of all of them."""


def edits_of(said: JsonValue) -> Edits:
    """The edits that a body has under ``texts``.

    Raises:
        RequestError: they are none, too many or too large.
    """
    if said is None:
        return {}
    if not isinstance(said, dict) or len(said) > MOST_EDITS:
        raise RequestError(f"'texts' is no object of up to {MOST_EDITS} files.")
    found: dict[str, str | None] = {}
    whole = 0
    for path, text in said.items():
        if text is not None and not isinstance(text, str):
            raise RequestError(f"'texts' has no text for {path[:100]!r}.")
        named(path)
        found[path] = text
        size = len(text.encode("utf-8", "replace")) if text else 0
        whole += size
        if size > LARGEST_TEXT or whole > LARGEST_EDITS:
            raise RequestError(
                f"A text has up to {LARGEST_TEXT} bytes, all together {LARGEST_EDITS}.",
                code=Code.BODY_TOO_LARGE,
                status=413,
            )
    return found


def laid(deployment: Deployment, edits: Edits) -> Written:
    """The folders of a deployment with the edits in the place of their files."""
    written = written_in_folders(deployment)
    texts = dict(written.profiles)
    for path, text in edits.items():
        file = name_of(deployment.profiles.path / path)
        if text is None:
            texts.pop(file, None)
        else:
            texts[file] = text
    return replace(written, profiles=dict(sorted(texts.items())))
