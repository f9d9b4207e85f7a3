"""The fragments among the files of a load, by the names that `include` uses."""

from __future__ import annotations

from collections.abc import Iterable

from gateway.errors import Problems
from gateway.loading.compiler import Parsed
from gateway.profile.compile import Fragment
from gateway.profile.document import FragmentDocument


def fragments_of(files: Iterable[Parsed], problems: Problems) -> dict[str, Fragment]:
    """The fragments among the files, by name; the first of two of one name."""
    found: dict[str, Fragment] = {}
    for parsed in files:
        document, tree = parsed.document, parsed.tree
        if not isinstance(document, FragmentDocument) or tree is None:
            continue
        first = found.setdefault(document.fragment, Fragment(document, tree))
        if first.document is not document:
            problems.add(
                tree.span(("fragment",)),
                f"there are two fragments {document.fragment!r}, the first at "
                f"{first.file.span(('fragment',))}",
                hint="rename one of them",
            )
    return found
