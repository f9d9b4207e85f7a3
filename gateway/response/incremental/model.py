"""What we say in parts: the payloads of one answer, before they become bytes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Protocol

from gateway.record import Model, field
from gateway.response.model import Answer, FieldError
from gateway.values import JsonValue, ResponseKey, StepId


class Waiting(Protocol):
    """What is read while steps are under way."""

    @property
    def lost(self) -> set[StepId]:
        """Required steps of later parts that failed."""

    def is_settled(self, group: frozenset[StepId], /) -> bool:
        """Whether all steps of a group have settled."""

    def later(self, group: frozenset[StepId], read: Callable[[], object], /) -> object:
        """Something to await: what is read when a group has settled."""

    def checked(self, value: Awaitable[object], check: Callable[[], None], /) -> object:
        """Something to await: the value, once a check has let it pass."""


class Pending(Model, frozen=True):
    """A part that was announced: where it belongs, and what the document calls it.

    ``streams``: its items follow those that are there.
    """

    id: str
    path: tuple[ResponseKey, ...]
    label: str | None
    streams: bool = False


class Patch(Model, frozen=True):
    """Something of a part has come: ``data`` of an object, or ``items`` of a list.

    The object is at the part's path and ``sub_path``; the first item is number ``at``.
    """

    pending: Pending
    data: Mapping[str, JsonValue] | None = None
    items: Sequence[JsonValue] | None = None
    at: int = 0
    sub_path: tuple[ResponseKey, ...] = ()
    errors: tuple[FieldError, ...] = ()


class Completed(Model, frozen=True):
    """A part is over. With ``errors`` it has failed, and nothing of it is there.

    ``at`` is the number of the item that a stream failed at.
    """

    pending: Pending
    errors: tuple[FieldError, ...] = ()
    at: int = 0


class Payload(Model, frozen=True):
    """One payload of an answer. The first has ``answer``, the others patch it."""

    answer: Answer | None = None
    pending: tuple[Pending, ...] = ()
    patches: tuple[Patch, ...] = ()
    completed: tuple[Completed, ...] = ()
    has_next: bool = False
    extensions: Mapping[str, JsonValue] = field(default_factory=dict)

    @property
    def errors(self) -> tuple[FieldError, ...]:
        """All errors that it tells."""
        own = self.answer.errors if self.answer else ()
        patched = (error for patch in self.patches for error in patch.errors)
        failed = (error for part in self.completed for error in part.errors)
        return (*own, *patched, *failed)
