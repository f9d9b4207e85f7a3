"""What an importer made, and what it could not make: one value for all of them.

In charge of the words for both. Must never touch a file: `placing` does.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from gateway.record import Model


class ImportFailure(Exception):  # noqa: N818 - a failure of the import, not of the code
    """The description cannot be read. ``place`` is ``file:line:column`` where known."""

    def __init__(self, place: str, message: str, hint: str | None = None) -> None:
        super().__init__(f"{place}: {message}")
        self.place = place
        self.message = message
        self.hint = hint


class LeftOut(Model, frozen=True):
    """Something that the description has and the result has not, or not as it is."""

    what: str
    why: str


@dataclass(slots=True)
class Told:
    """What has to be said about the result, each thing once and in order."""

    left_out: dict[LeftOut, None] = field(default_factory=dict)
    changed: dict[LeftOut, None] = field(default_factory=dict)

    def leave_out(self, what: str, why: str) -> None:
        """It is not in the result."""
        self.left_out.setdefault(LeftOut(what, why))

    def change(self, what: str, why: str) -> None:
        """It is in the result, but not under its own name or of its own type."""
        self.changed.setdefault(LeftOut(what, why))


@dataclass(frozen=True, slots=True)
class Made:
    """The result of an import.

    ``files`` are texts by their path below the project; ``sources`` what stands under
    `sources` of the deployment file, by name, as YAML of two-space indentation.
    ``unset`` are variables that these read and somebody has to set: by name, what
    stands for them while it is tried.
    ``summary`` counts what was made: ``{"operations": 12}``. ``suggested`` are lines
    for people who want more of it.
    """

    title: str
    files: Mapping[str, str]
    sources: Mapping[str, Mapping[str, object]]
    told: Told
    summary: Mapping[str, int] = field(default_factory=dict)
    suggested: tuple[str, ...] = ()
    unset: Mapping[str, str] = field(default_factory=dict)
