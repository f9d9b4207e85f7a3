"""What people wrote of a step or a file, as text that can be compared, with places.

In charge of finding it, in a profile laid over its base too. Must never know what a
key means.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from gateway.comparing.model import Fact
from gateway.profile.source import Document
from gateway.values import JsonValue, SourceSpan, canonical

Trail = tuple[str | int, ...]
Finding = Callable[[str], Document | None]
"""A file's own document, by its name."""


@dataclass(frozen=True, slots=True)
class Written:
    """A map in a file: its keys, and where each stands."""

    document: Document
    trail: Trail = ()

    @property
    def keys(self) -> Mapping[str, JsonValue]:
        """What stands there."""
        found: object = self.document.data
        for step in self.trail:
            found = found[step]  # type: ignore[index]
        return found if isinstance(found, Mapping) else {}

    def span(self, key: str | None = None) -> SourceSpan:
        """The place of a key, or of the map itself."""
        if key is None or key not in self.keys:
            return self.document.span(self.trail)
        return self.document.span((*self.trail, key), key=True)

    def fact(self, key: str) -> Fact | None:
        """What is written under a key; None where nothing is."""
        if key not in self.keys:
            return None
        return Fact(spelled(self.keys[key]), self.span(key))


def words(text: str) -> frozenset[str]:
    """The words of a text."""
    return frozenset(text.split())


def spelled(value: JsonValue) -> str:
    """A value as people read it: texts as they are, all else as JSON."""
    return value if isinstance(value, str) else canonical(value).decode()


def step_in(document: Document, name: str, span: SourceSpan) -> Written | None:
    """The step of a name that stands at a place, in one file or in several layers."""
    steps = document.data.get("steps")
    named = [
        ("steps", number)
        for number, one in enumerate(steps if isinstance(steps, list | tuple) else ())
        if isinstance(one, Mapping) and one.get("name") == name
    ]
    here = [trail for trail in named if document.span(trail) == span]
    trail = next(iter(here or named), None)
    return None if trail is None else Written(document, trail)
