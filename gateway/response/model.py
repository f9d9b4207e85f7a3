"""What we say: the answer to one GraphQL request, before it becomes bytes."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum

from gateway.record import Record, field
from gateway.response.written import Written
from gateway.values import JsonValue, ResponseKey

_LONGEST = 1_000
"""Characters of what is said of a request that is refused."""
_START, _END = 700, 295
_OK = 200

AGAIN = "idempotency"
"""The extension of an answer that was given before."""
RETRY_AFTER = "retry_after"
"""The extension of an error that says after how many seconds to come again."""


class Verdict(Enum):
    """How much of what was asked for is there."""

    WHOLE = "whole"
    PARTIAL = "partial"
    FAILED = "failed"
    REFUSED = "refused"


class Showing(Enum):
    """When an answer says in ``extensions.completeness`` what of it is missing."""

    OFF = "off"
    ON = "on"
    PARTIAL = "partial"


class FieldError(Record, frozen=True):
    """One entry of ``errors``. ``path`` is None where the request was refused.

    ``usual`` is the code that the failure has by itself, where its profile gave it
    another one: what is decided by the kind of a failure is decided by this.
    """

    message: str
    code: str
    path: tuple[ResponseKey, ...] | None = None
    locations: tuple[tuple[int, int], ...] = ()
    extensions: Mapping[str, JsonValue] = field(default_factory=dict)
    usual: str | None = None

    @property
    def kind(self) -> str:
        """What kind of failure it is, whatever its profile calls it."""
        return self.usual or self.code

    def as_json(self) -> dict[str, JsonValue]:
        """The entry as the GraphQL specification writes it."""
        entry: dict[str, JsonValue] = {"message": self.message}
        if self.locations:
            entry["locations"] = [
                {"line": line, "column": column} for line, column in self.locations
            ]
        if self.path is not None:
            entry["path"] = list(self.path)
        entry["extensions"] = {"code": self.code, **self.extensions}
        return entry


class Answer(Record, frozen=True):
    """``data`` is absent (None with ``refused``) where nothing was executed.

    ``status`` is the HTTP status for ``application/graphql-response+json``.
    """

    data: Mapping[str, JsonValue] | None
    errors: tuple[FieldError, ...] = ()
    extensions: Mapping[str, JsonValue] = field(default_factory=dict)
    verdict: Verdict = Verdict.WHOLE
    status: int = 200

    def only_data(self) -> Mapping[str, object] | None:
        """Its data as they are sent; None where there is more to say, or less."""
        data = self.data
        if self.errors or self.extensions or self.status != _OK:
            return None
        if data.__class__ is Written:
            return data.shown
        return data if data.__class__ is dict else None

    @property
    def replayed(self) -> bool:
        """Whether it is the answer of an earlier request under the same key."""
        return AGAIN in self.extensions

    @property
    def again(self) -> bytes | None:
        """After how many seconds the client may come again; None: it is not said."""
        said = self.errors[0].extensions.get(RETRY_AFTER) if self.errors else None
        return b"%d" % said if isinstance(said, int | float) else None

    def as_json(self) -> dict[str, JsonValue]:
        """The response map: ``data`` first, and only where something ran."""
        body = self.as_sent()
        if isinstance(self.data, Written):
            body["data"] = self.data.values_only
        return body

    def as_sent(self) -> dict[str, JsonValue]:
        """The same for `to_json`, which knows what is written already."""
        body: dict[str, JsonValue] = {}
        data = self.data
        if data.__class__ is dict:
            body["data"] = data
        elif self.verdict is not Verdict.REFUSED:
            body["data"] = data.shown if isinstance(data, Written) else data  # type: ignore[assignment]
        if self.errors:
            body["errors"] = [error.as_json() for error in self.errors]
        if self.extensions:
            body["extensions"] = self.extensions
        return body


def refusal(*errors: FieldError, status: int = 400) -> Answer:
    """An answer to a request that was not executed.

    What names of the request it quotes end after 1,000 characters: nobody is sent his
    megabyte back.
    """
    told = tuple(
        one
        if len(one.message) <= _LONGEST
        else one._replace(message=shown(one.message))
        for one in errors
    )
    return Answer(data=None, errors=told, verdict=Verdict.REFUSED, status=status)


def shown(message: str) -> str:
    """A message as far as anybody reads it: its beginning, and how it ends."""
    if len(message) <= _LONGEST:
        return message
    return f"{message[:_START]} ... {message[-_END:]}"
