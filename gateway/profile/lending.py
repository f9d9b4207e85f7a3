"""Who may borrow a source, and the credential behind it: `allow` of a source.

In charge of one question, asked wherever a file names a source. Must never let a file
by because another one includes it: both have to be allowed.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from functools import cache

from gateway.errors import Problems
from gateway.record import Model
from gateway.values import SourceSpan


class Lending(Model, frozen=True):
    """Which files may name a source, as globs, and with which methods; None: any."""

    profiles: tuple[str, ...] | None = None
    methods: tuple[str, ...] | None = None


class Borrowing(Model, frozen=True):
    """A source that is named: by which files, where, and with which method if any."""

    source: str
    files: tuple[str, ...]
    place: SourceSpan
    method: str | None = None


def check_lending(
    lending: Lending | None, borrowed: Borrowing, root: str, problems: Problems
) -> None:
    """Report that a file, or a method, is not one of those that may use a source.

    ``root`` is the folder of profiles: globs are about what is below it.
    """
    if lending is None:
        return
    source = borrowed.source
    if lending.profiles is not None:
        for file in dict.fromkeys(below(root, each) for each in borrowed.files):
            if not matches(file, lending.profiles):
                problems.add(
                    borrowed.place,
                    f"{file} may not use source {source!r}",
                    hint=f"it is for {_listed(lending.profiles)} ('allow' of the "
                    "source); use another source, or have this file allowed",
                )
    method = borrowed.method
    if method and lending.methods is not None and method not in lending.methods:
        problems.add(
            borrowed.place,
            f"source {source!r} may not be asked with {method}",
            hint=f"it allows {_listed(lending.methods)} ('allow' of the source)",
        )


def matches(file: str, globs: Iterable[str]) -> bool:
    """Whether one of the globs is of this file: ``cards/**``, ``*/limits.yaml``."""
    return any(_compiled(glob).fullmatch(file) for glob in globs)


def below(root: str, file: str) -> str:
    """A file as globs see it: from the folder of profiles on, with slashes."""
    if not root:
        return file
    if os.path.normpath(file) == os.path.normpath(root):
        return os.path.basename(file)  # noqa: PTH119 - a name, no file
    return os.path.relpath(file, root).replace(os.sep, "/")


@cache
def _compiled(glob: str) -> re.Pattern[str]:
    """``**`` is any folders, ``*`` anything but a slash, ``?`` one such character."""
    text = "".join(
        _WILD.get(part, re.escape(part)) for part in _PARTS.findall(glob.strip("/"))
    )
    return re.compile(text)


def _listed(words: Iterable[str]) -> str:
    return ", ".join(words) or "nobody"


_PARTS = re.compile(r"\*\*/|\*\*|\*|\?|[^*?]+")
_WILD = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
