"""Which store a URL or a path names. Connects to nothing."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

from gateway.release.stores.base import Store

_REDIS = ("redis", "rediss")


def open_store(url: str, folder: Path = Path()) -> Store:
    """The store of this name; a path is relative to the folder.

    Raises:
        ReleaseError: there is no such kind of store, or what it needs is not installed.
    """
    scheme, marked, _ = url.partition("://")
    if not marked:
        from gateway.release.stores.directory import DirectoryStore

        return DirectoryStore(folder / url)
    if scheme == "file":
        from gateway.release.stores.directory import DirectoryStore

        return DirectoryStore(Path(url2pathname(urlsplit(url).path)))
    if scheme in _REDIS:
        from gateway.release.stores.redis import RedisStore

        return RedisStore(url)
    from gateway.release.stores.remote import RemoteStore

    return RemoteStore(url)
