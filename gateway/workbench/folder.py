"""The folder of profiles, as the page may read and write it.

In charge of which names are files of it, of reading them, and of saving one: whole or
not at all, never over what somebody else wrote meanwhile, and never through a link.
Must never touch a file that is no profile.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import secrets
import unicodedata
from collections.abc import Iterator
from pathlib import Path, PurePath, PurePosixPath

from gateway.errors import Code, Problems, RequestError
from gateway.loading.files import PROFILE_SUFFIXES, TEST_SUFFIXES, profile_texts
from gateway.record import Model

LARGEST_TEXT = 1_000_000
"""Bytes of one file; those that people write have some thousands."""
_LONGEST_NAME = 400
_MODE = 0o644
_OPEN_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


_OPEN_FILE = os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC
"""A pipe in the place of a file would hold up whoever waits for its content."""


class Text(Model, frozen=True):
    """A file as it is now. ``digest`` is known again when it is saved."""

    path: str
    text: str
    digest: str


class Folder(Model, frozen=True):
    """The folder; it need not be there."""

    root: Path

    def names(self) -> list[str]:
        """Every profile, entity and fragment file, below the folder."""
        if not self.root.is_dir():
            return []
        found = profile_texts(self.root, Problems())
        return [Path(os.path.relpath(name, self.root)).as_posix() for name in found]

    def read(self, path: str) -> Text:
        """One of them.

        Raises:
            RequestError: 404, there is none of this name; 422, it is no text.
        """
        place, root = (self.root / named(path)).resolve(), self.root.resolve()
        if not place.is_relative_to(root) or not place.is_file():
            raise _absent(path)
        try:
            content = _content(root, place.relative_to(root))
            text = content.decode("utf-8")
        except (OSError, UnicodeDecodeError):
            raise RequestError("The file is no UTF-8 text.", status=422) from None
        if len(content) > LARGEST_TEXT:
            raise _too_large()
        return Text(path, text, digest_of(content))

    def save(self, path: str, text: str, known: str | None) -> Text:
        """Write a file whole; ``known`` is the digest of what it replaces, or None.

        Raises:
            RequestError: 409, the file is another by now; 404, its folder is not
                there; 403, a link is in the way, or the system refuses.
        """
        content, parts = text.encode("utf-8"), named(path).parts
        if len(content) > LARGEST_TEXT:
            raise _too_large()
        try:
            with _opened(self.root, parts[:-1]) as folder:
                fcntl.flock(folder, fcntl.LOCK_EX)
                _require_same(folder, parts[-1], known)
                _replace(folder, parts[-1], content)
        except FileNotFoundError:
            raise _absent(path) from None
        except OSError as error:
            why = error.strerror or "it cannot be written"
            raise _refused(f"{path} cannot be saved: {why}.") from None
        return Text(path, text, digest_of(content))


def named(path: str) -> PurePosixPath:
    """A name below the folder, as a path that stays there.

    Raises:
        RequestError: 404, no profile can have such a name.
    """
    found = PurePosixPath(path)
    parts = found.parts
    # A disk may take two spellings for one name; ours of other files are held to both.
    alike = PurePosixPath(unicodedata.normalize("NFKC", found.name).casefold())
    fits = (
        0 < len(path) <= _LONGEST_NAME
        and path.isprintable()
        and "\\" not in path
        and path == found.as_posix()
        and not found.is_absolute()
        and not any(part.startswith(".") for part in parts)
        and found.name.endswith(PROFILE_SUFFIXES)
        and not alike.name.endswith(TEST_SUFFIXES)
        and alike.stem != "headwater"
    )
    if not fits:
        raise _absent(path)
    return found


def digest_of(content: bytes) -> str:
    """What a content is known again by."""
    return hashlib.sha256(content).hexdigest()[:32]


@contextlib.contextmanager
def _opened(root: Path, parts: tuple[str, ...]) -> Iterator[int]:
    """The folder of a file, opened step by step: no step may be a link.

    The root itself may be one: its place is the deployment's word.
    """
    opened = os.open(root, _OPEN_FOLDER & ~os.O_NOFOLLOW)
    try:
        for part in parts:
            below = os.open(part, _OPEN_FOLDER, dir_fd=opened)
            os.close(opened)
            opened = below
        yield opened
    finally:
        os.close(opened)


def _content(root: Path, place: PurePath) -> bytes:
    """What a file holds whose links are followed already: a later one is refused."""
    with _opened(root, place.parts[:-1]) as folder:
        there = os.open(place.name, _OPEN_FILE, dir_fd=folder)
    with open(there, "rb") as file:  # noqa: PTH123 - it is a descriptor
        return file.read(LARGEST_TEXT + 1)


def _require_same(folder: int, name: str, known: str | None) -> None:
    try:
        there = os.open(name, _OPEN_FILE, dir_fd=folder)
    except FileNotFoundError:
        found = None
    else:
        with open(there, "rb") as file:  # noqa: PTH123 - it is a descriptor
            found = digest_of(file.read(LARGEST_TEXT + 1))
    if found == known:
        return
    if found is None:
        said = "The file is gone: somebody removed it meanwhile."
    elif known is None:
        said = "There is a file of this name already."
    else:
        said = "The file is another by now: somebody changed it meanwhile."
    raise RequestError(said, status=409, hint="read it again, and save then")


def _replace(folder: int, name: str, content: bytes) -> None:
    """Into a new file first: whoever reads sees the old one or the new one."""
    aside = f".{name}.{secrets.token_hex(8)}"
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    made = os.open(aside, flags, _mode_of(folder, name), dir_fd=folder)
    try:
        with open(made, "wb") as file:  # noqa: PTH123 - it is a descriptor
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(aside, name, src_dir_fd=folder, dst_dir_fd=folder)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(aside, dir_fd=folder)
        raise


def _mode_of(folder: int, name: str) -> int:
    try:
        return os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode & 0o777
    except FileNotFoundError:
        return _MODE


def _absent(path: str) -> RequestError:
    shown = path[:100] if path.isprintable() else "this name"
    return RequestError(f"No profile can be at {shown}.", status=404)


def _too_large() -> RequestError:
    said = f"A profile has up to {LARGEST_TEXT} bytes."
    return RequestError(said, code=Code.BODY_TOO_LARGE, status=413)


def _refused(message: str) -> RequestError:
    return RequestError(message, code=Code.FORBIDDEN, status=403)
