"""What can be asked of the admin API: a table of deeds, and who asks for one.

In charge of the words that a deed is written in. Whoever adds one writes a function of
an `Asked` and a line in a table (`Deed`); `server` does all the rest.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import TypeAlias

from gateway.errors import RequestError
from gateway.record import Model, field
from gateway.values import JsonValue


class Asked(Model, frozen=True):
    """One call: whose token it came with, from where, and what it says.

    ``named`` are the parts of the path, ``query`` what stands behind its question
    mark. ``raw`` is the body; ``said`` reads it as JSON.
    """

    by: str
    origin: str
    named: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    raw: bytes = b""
    said: Mapping[str, JsonValue] = field(default_factory=dict)

    def text(self, name: str) -> str:
        """A member of the body that is text; empty where it is not there.

        Raises:
            RequestError: it is something else.
        """
        value = self.said.get(name, "")
        if not isinstance(value, str):
            raise RequestError(f"{name!r} is no text.")
        return value


class Content(Model, frozen=True):
    """An answer that is no JSON."""

    body: bytes
    media_type: str


Act: TypeAlias = Callable[[Asked], Awaitable["JsonValue | Content"]]


class Deed(Model, frozen=True):
    """One line of the table: how it is asked for, and what does it.

    ``changes`` deeds are told to the log with who did them. ``takes`` is the media
    type of its body; None where it has none.
    """

    method: str
    path: str
    act: Act
    takes: str | None = None

    @property
    def changes(self) -> bool:
        """Whether anything is different afterwards."""
        return self.method != "GET"
