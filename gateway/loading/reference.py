"""What is wrong in files of reference data, told when they are loaded or change.

In charge of telling only: a source goes on with what was good before. Must never keep
a generation from being made.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from gateway.connectors.files.reading import UnreadableError
from gateway.connectors.files.source import read_file
from gateway.connectors.settings import FileSettings
from gateway.deployment import Deployment
from gateway.errors import Problem, Problems
from gateway.loading.settings import settings_of
from gateway.values import canonical


def check_reference(deployment: Deployment, problems: Problems) -> None:
    """Read each file of reference data that has changed, and say what is wrong."""
    for written in deployment.sources.values():
        settings = settings_of(written) if written.type == "file" else None
        if not isinstance(settings, FileSettings):
            continue
        columns = canonical(dict(settings.columns))
        found = _problem(_Known(settings, _stamp(settings.path), columns))
        if found is not None:
            problems.extend([found])


class _Known:
    """A file as it is now: equal where nothing has changed since."""

    __slots__ = ("identity", "settings")

    def __init__(
        self, settings: FileSettings, stamp: tuple[int, int] | None, columns: bytes
    ) -> None:
        self.settings = settings
        self.identity = (settings.path, settings.format, stamp, columns)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Known) and other.identity == self.identity

    def __hash__(self) -> int:
        return hash(self.identity)


@lru_cache(maxsize=64)
def _problem(known: _Known) -> Problem | None:
    try:
        read_file(known.settings)
    except UnreadableError as error:
        return error.problem
    return None


def _stamp(path: str) -> tuple[int, int] | None:
    try:
        found = Path(path).stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size
