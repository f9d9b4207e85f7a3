"""The calls of a REST step that differ in a few texts of their URL alone.

Most steps are so. In charge of doing in few steps what `rest` does of such a call: what
is the same for all of them is written once, when the step is planned. Whatever is not
as usual, an odd text or a reply that is not JSON, is `rest`'s. Must never do what that
would not.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

import orjson

from gateway.connectors.base import Reply, Slot
from gateway.connectors.bodies.reading import PLAIN_JSON
from gateway.connectors.hearing import Carrier, Ear, NeverArrivedError
from gateway.connectors.rendering import LONGEST, is_bare, quoted
from gateway.connectors.rest_request import RestTarget
from gateway.connectors.transport.base import Frame, StaleError, WireReply
from gateway.errors import UpstreamError
from gateway.typed import Form

if TYPE_CHECKING:
    from gateway.connectors.rest import RestSource

_OK = 200


class _Hole(NamedTuple):
    """A text that a call brings, by its name, and what is written behind it.

    ``asks``: it is a value of the query, where more may stand than in a path.
    """

    name: str
    behind: str
    asks: bool


class RestLane:
    """How one planned step calls one source."""

    __slots__ = (
        "_frame",
        "_holes",
        "_loose",
        "_names",
        "begins_with",
        "family",
        "over",
        "running",
        "source",
        "target",
    )

    def __init__(
        self,
        source: RestSource,
        target: RestTarget,
        names: Mapping[str, str],
        frame: Frame,
    ) -> None:
        self.source, self.target = source, target
        self._frame, self._names = frame, names
        self.begins_with, self._holes = _parted(target, names)
        self.family = source.keys.family(target)
        self.running = source.running
        self.over = source.running.leave  # a call that was begun: the source may close
        self._loose = not target.exact and target.reads is None and source.is_whole

    def address(self, values: Mapping[str, object]) -> str | None:
        """The path and query of a call with these values; None where one is odd."""
        url = self.begins_with
        for name, behind, asks in self._holes:
            value = values.get(name)
            # The first two looks are `is_bare`'s own, at what most keys are.
            if value.__class__ is not str or not (
                (value.isalnum() and value.isascii()) or is_bare(value)
            ):
                value = _queried(value) if asks else None
                if value is None:
                    return None
            url = f"{url}{value}{behind}"
        return url if len(url) <= LONGEST else None

    def telling(self, headers: Mapping[str, str]) -> RestLane | None:
        """The same calls with further headers, which are no part of what they ask."""
        return self.source.lane(self.target, self._names, headers)

    def begin(self, address: str, ear: Ear[WireReply]) -> Carrier | None:
        """The request under way; None where no connection is open and free."""
        carrier = self._frame(address, ear)
        if carrier is not None:
            self.running.count += 1
        return carrier

    def why(self, error: UpstreamError) -> Exception:
        """What ended a call; a lane only reads, so it may be made again."""
        return NeverArrivedError() if isinstance(error, StaleError) else error

    def read(self, reply: WireReply, form: Form | None) -> Reply:
        """What a call came to.

        Raises:
            UpstreamError: it is no answer.
        """
        headers = reply.headers
        if (
            reply.status == _OK
            and form is None
            and self._loose
            and headers.get("content-type") in PLAIN_JSON
        ):
            try:
                return Reply(orjson.loads(reply.content), _OK, headers, reply.size)
            except orjson.JSONDecodeError:
                pass  # nothing, a byte order mark, or no JSON: `read` says which
        return self.source.read(self.target, reply, form)


def _queried(value: object) -> str | None:
    """A value of a query as it is written; None for an odd one."""
    if not isinstance(value, str):
        return None
    try:
        return quoted(value)
    except UpstreamError:
        return None  # too long, or no text at all: `rest` says which


def _parted(
    target: RestTarget, names: Mapping[str, str]
) -> tuple[str, tuple[_Hole, ...]]:
    """A target's URL as its first text, and what follows it."""
    first, holes, path = "", list[_Hole](), len(target.url)
    for place, part in enumerate(target.texts or ()):
        if isinstance(part, Slot):
            holes.append(_Hole(names[part.name], "", asks=place >= path))
        elif holes:
            holes[-1] = holes[-1]._replace(behind=holes[-1].behind + part)
        else:
            first += part
    return first, tuple(holes)
