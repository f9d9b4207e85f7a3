"""The last good text of every file, on disk, for the day one is broken at start.

A folder with one file for each configuration file, named by its path's digest. Losing
the folder loses nothing but that day.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import orjson

from gateway.record import Struct
from gateway.values import digest


class Older(Struct):
    """The texts of one loader that were good once, in the folder that is in force."""

    _kept: LastGood | None = None

    def of(self, folder: Path | None) -> LastGood:
        """Those that a ``folder`` has; None: they are in memory only."""
        if self._kept is None or self._kept.folder != folder:
            self._kept = LastGood(folder)
        return self._kept


class LastGood(Struct):
    """``folder`` None keeps the texts in memory only."""

    folder: Path | None
    texts: Mapping[str, str] | None = None

    def read(self) -> Mapping[str, str]:
        """Texts by file. What cannot be read is not there."""
        if self.texts is None:
            self.texts = dict(self._stored())
        return self.texts

    def write(self, texts: Mapping[str, str]) -> OSError | None:
        """Keep these and no others. An error leaves the ones in memory in force."""
        before = self.read()
        self.texts = dict(texts)
        if self.folder is None:
            return None
        try:
            self._store(self.folder, before, texts)
        except OSError as error:
            return error
        return None

    def _store(
        self, folder: Path, before: Mapping[str, str], texts: Mapping[str, str]
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        for file, text in texts.items():
            path = self._path(folder, file)
            if before.get(file) != text or not path.exists():
                # Several processes of one deployment may write it at the same time.
                fresh = path.with_suffix(f".{os.getpid()}.new")
                fresh.write_bytes(orjson.dumps({"file": file, "text": text}))
                fresh.replace(path)
        for file in before.keys() - texts.keys():
            self._path(folder, file).unlink(missing_ok=True)

    def _stored(self) -> list[tuple[str, str]]:
        if self.folder is None or not self.folder.is_dir():
            return []
        found = []
        for path in sorted(self.folder.glob("*.json")):
            try:
                entry = orjson.loads(path.read_bytes())
                found.append((str(entry["file"]), str(entry["text"])))
            except (OSError, ValueError, KeyError, TypeError):
                continue
        return found

    @staticmethod
    def _path(folder: Path, file: str) -> Path:
        return folder / f"{digest(file)}.json"
