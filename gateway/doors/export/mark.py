"""How far an export has come, beside its output: what a second start goes on from.

In charge of the file `<out>.progress`. It is replaced in one piece, and only after
what it speaks of is on the disk.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import orjson

from gateway.record import Model, asdict


class Mark(Model, frozen=True):
    """A state of an export that is safe on the disk.

    Every row up to ``through`` is done but those that are ``owed``. ``output`` and
    ``errors`` are the sizes of the two files then.
    """

    job: str
    input: str
    through: int = 0
    owed: Sequence[int] = ()
    output: int = 0
    errors: int = 0
    done: int = 0
    failed: int = 0
    bad: int = 0


def mark_path(output: Path) -> Path:
    """Where an output's mark is."""
    return output.with_name(f"{output.name}.progress")


def read_mark(path: Path) -> Mark | None:
    """The mark that is there; None where there is none that can be read."""
    try:
        return Mark(**orjson.loads(path.read_bytes()))
    except (OSError, ValueError, TypeError):
        return None


@contextmanager
def naming(path: Path) -> Iterator[None]:
    """What goes wrong with a file that is open names it: the system does not.

    Raises:
        OSError: as it was, with the file's name.
    """
    try:
        yield
    except OSError as error:
        named = error.filename or str(path)
        raise OSError(error.errno, error.strerror, named) from None


def write_mark(path: Path, mark: Mark) -> None:
    """Replace the mark, and have it on the disk."""
    aside = path.with_name(f"{path.name}.new")
    with naming(aside), aside.open("wb") as file:
        file.write(orjson.dumps(asdict(mark)))
        file.flush()
        os.fsync(file.fileno())
    aside.replace(path)


def digest_of(path: Path) -> str:
    """What a file holds, as a digest: a copy of it is the same."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
