"""The last release that served, on disk, for the day the store is away at the start.

One file, replaced whole: the entry that activated it in the first line, the archive
behind it. Losing it loses nothing but that day.
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

import orjson

from gateway.record import Model
from gateway.release import activation as acts
from gateway.release.activation import Activation
from gateway.release.archive import packed, unpacked
from gateway.release.model import Bundle, ReleaseError

_FILE = "last-good.release"


class Held(Model, frozen=True):
    """A release as it is loaded: the bundle, and the entry that activated it."""

    entry: Activation
    bundle: Bundle


class LastRelease(Model, frozen=True):
    """``folder`` None keeps nothing. What is kept belongs to one channel."""

    folder: Path | None
    channel: str

    def read(self) -> Held | None:
        """What served last; None where that cannot be known, or is damaged."""
        if self.folder is None:
            return None
        try:
            first, _, archive = (self.folder / _FILE).read_bytes().partition(b"\n")
            said = orjson.loads(first)
            if said["channel"] != self.channel:
                return None
            raw = orjson.dumps(said["entry"])
            entry = acts.read(raw, int(said["entry"]["number"]))
            return Held(entry, unpacked(archive, entry.bundle))
        except (OSError, ValueError, KeyError, TypeError, ReleaseError):
            return None

    def write(self, held: Held) -> OSError | None:
        """Keep this one and no other; the error, where the disk does not take it."""
        if self.folder is None:
            return None
        said = {"channel": self.channel, "entry": held.entry.as_json()}
        # Several processes of one deployment may write it at the same time.
        fresh = self.folder / f".{os.getpid()}.new"
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            fresh.write_bytes(orjson.dumps(said) + b"\n" + packed(held.bundle))
            fresh.replace(self.folder / _FILE)
        except OSError as error:
            with contextlib.suppress(OSError):
                fresh.unlink(missing_ok=True)
            return error
        return None
