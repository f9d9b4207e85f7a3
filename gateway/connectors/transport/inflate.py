"""Compressed bodies, inflated as they come and never beyond a limit.

In charge of counting, and of saying what is wrong; the encodings themselves are
`inflaters`. Must never hold more than the limit in memory, whatever a body claims to
be.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from gateway.connectors.acceptance import invalid
from gateway.connectors.transport.inflaters import CorruptError, Inflater, inflaters

_SAME = {"x-gzip": "gzip", "identity": ""}


@dataclass(slots=True)
class Body:
    """A body under way. ``encoding`` is the reply's ``content-encoding``.

    Raises (in every method):
        UpstreamError: invalid: too large, broken, cut off, or an unknown encoding.
    """

    encoding: str
    limit: int
    received: int = 0
    _inflated: int = 0
    _parts: list[bytes] = field(default_factory=list)
    _inflater: Inflater | None = None

    def __post_init__(self) -> None:
        name = self.encoding.strip().lower()
        name = _SAME.get(name, name)
        if name:
            make = inflaters().get(name)
            if make is None:
                raise invalid(
                    "The source's answer has an encoding that nobody asked for."
                )
            self._inflater = make()

    def expect(self, length: str) -> None:
        """Refuse at once what `content-length` says will be too large as it is."""
        if self._inflater is None:
            self._check(int(length))

    def feed(self, chunk: bytes) -> None:
        if not chunk:
            return
        self.received += len(chunk)
        if self._inflater is None:
            self._keep(chunk)
            return
        rest: bytes | None = chunk
        try:
            while rest is not None:
                room = self.limit - self._inflated + 1
                part, rest = self._inflater.step(rest, room)
                self._keep(part)
        except CorruptError as error:
            message = "The source's answer cannot be inflated."
            raise invalid(message, detail=str(error)) from None

    def finish(self) -> bytes:
        """The whole body, once the last chunk was fed."""
        if self._inflater is not None and self.received and not self._inflater.is_whole:
            raise invalid("The source's answer ends in the middle of its encoding.")
        return b"".join(self._parts)

    def _keep(self, part: bytes) -> None:
        self._inflated += len(part)
        self._check(self._inflated)
        self._parts.append(part)

    def _check(self, size: int) -> None:
        if size > self.limit:
            raise invalid(f"The source's answer is larger than {self.limit} bytes.")
