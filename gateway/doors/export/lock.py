"""One export at a time for an output: the second is refused before it touches a file.

In charge of the file `<out>.lock`. The lock is the system's, so that of an export that
was killed nothing is left but an empty file, which hinders nobody.
"""

from __future__ import annotations

import errno
import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_BUSY = (errno.EWOULDBLOCK, errno.EACCES)


class TakenError(Exception):
    """Another export writes there."""


@contextmanager
def alone(output: Path) -> Iterator[None]:
    """Nobody else writes to this output meanwhile, in whichever process.

    A file system that knows no locks is trusted.

    Raises:
        TakenError: another export writes there; nothing was changed.
        OSError: nothing can be written beside the output.
    """
    path = output.with_name(f"{output.name}.lock")
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = _locked(path)
    try:
        yield
    finally:
        path.unlink(missing_ok=True)  # before it is given up: nobody locks a ghost
        os.close(descriptor)


def _locked(path: Path) -> int:
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            if error.errno in _BUSY:
                os.close(descriptor)
                raise TakenError from None
            return descriptor
        if _is_at(path, descriptor):
            return descriptor
        os.close(descriptor)  # its owner removed it meanwhile


def _is_at(path: Path, descriptor: int) -> bool:
    """Whether the file that was locked is still the one of that name."""
    try:
        return os.path.samestat(path.stat(), os.fstat(descriptor))
    except FileNotFoundError:
        return False
