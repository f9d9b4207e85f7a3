"""The files of the explorer page: what they are, where they are found, their digest.

GraphiQL is what npm built into this package (`building`) or, where that was not done,
comes out of an installed Python package: so a machine without Node and without a
network can show the page, and no third-party code lies in this repository. Must never
fetch anything, and must never serve a file that it did not find there.
"""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from pathlib import PurePosixPath
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, Literal

from gateway.drawing.drawn import sheet
from gateway.errors import GatewayError
from gateway.explorer.building import BUILT, fits
from gateway.record import Model

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

DISTRIBUTION: Final = "graphene-django-graphiql-static"
"""Where GraphiQL 2.4.7 and React 17 come from. It has no dependencies of its own: its
Django view is never imported, only its files are read."""

_BUILT: Final = "built"
_PACKAGE: Final = "graphene_django_graphiql_static"
_PACKAGED: Final = (
    "react.production.min.js",
    "react-dom.production.min.js",
    "graphiql.min.js",
    "graphiql.min.css",
    "graphiql-plugin-explorer.umd.js",
    "style.css",  # the plugin's: its colours, spaces and fonts as GraphiQL has them
)
_MEDIA_TYPES: Final = {
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
}


GraphiQL = Literal["built", "packaged"]


class AssetsMissingError(GatewayError):
    """The package that carries GraphiQL is absent, or lacks a file we need."""


class Asset(Model, frozen=True):
    """One file as the browser gets it, plain and compressed."""

    name: str
    """Its path from the folder of the page: ``app/main.js``."""
    media_type: str
    content: bytes
    compressed: bytes


class Folder(Model, frozen=True):
    """The files of the page under one digest of all of them.

    The digest is part of each file's address, so a browser may keep a file for ever and
    still meets a new version at once; and being the same for all, modules find each
    other by relative names.
    """

    digest: str
    files: Mapping[str, Asset]
    graphiql: GraphiQL | None = None
    """Where the page's GraphiQL is from, if it has one."""


@cache
def own_files() -> Folder:
    """The files of this package, without a GraphiQL: always there."""
    return _folder(_own())


@cache
def all_files() -> Folder:
    """Every file of the page; read and compressed at the first call.

    Raises:
        AssetsMissingError: if a file is not there; a later call looks again.
    """
    if fits(BUILT):
        built = _walked(BUILT)
        found = {f"{_BUILT}/{name}": content for name, content in built.items()}
        return _folder(_own() | found, "built")
    bundle = _bundle()
    packaged = {f"packaged/{name}": _content(bundle, name) for name in _PACKAGED}
    return _folder(_own() | packaged, "packaged")


@cache
def template(name: str) -> str:
    """Our own HTML file of that name, with its `{{placeholders}}`."""
    return (_static() / name).read_text(encoding="utf-8")


def _static() -> Traversable:
    return files("gateway.explorer") / "static"


def _own() -> dict[str, bytes]:
    walked = _walked(_static())
    own = {n: content for n, content in walked.items() if not n.startswith(_BUILT)}
    return own | {"drawing.css": sheet().encode()}


def _bundle() -> Traversable:
    try:
        return files(_PACKAGE) / "static" / _PACKAGE
    except ModuleNotFoundError:
        raise _missing("is not installed") from None


def _walked(folder: Traversable) -> dict[str, bytes]:
    """The files that a browser may have of ``folder``, by path."""
    return dict(_found(folder, PurePosixPath()))


def _found(folder: Traversable, at: PurePosixPath) -> Iterator[tuple[str, bytes]]:
    for each in folder.iterdir():
        path = at / each.name
        if each.is_dir():
            yield from _found(each, path)
        elif path.suffix in _MEDIA_TYPES:
            yield str(path), each.read_bytes()


def _content(folder: Traversable, name: str) -> bytes:
    try:
        return (folder / name).read_bytes()
    except FileNotFoundError:
        raise _missing(f"carries no {name}") from None


def _folder(contents: Mapping[str, bytes], graphiql: GraphiQL | None = None) -> Folder:
    hashed = hashlib.sha256()
    for name in sorted(contents):
        hashed.update(f"{name}\0{len(contents[name])}\0".encode() + contents[name])
    made = {name: _asset(name, contents[name]) for name in sorted(contents)}
    return Folder(hashed.hexdigest()[:16], MappingProxyType(made), graphiql)


def _asset(name: str, content: bytes) -> Asset:
    return Asset(
        name=name,
        media_type=_MEDIA_TYPES[PurePosixPath(name).suffix],
        content=content,
        compressed=gzip.compress(content, compresslevel=6, mtime=0),
    )


def _missing(what: str) -> AssetsMissingError:
    return AssetsMissingError(
        f"The Python package {DISTRIBUTION} {what}.",
        hint=f"pip install --force-reinstall {DISTRIBUTION}",
    )
