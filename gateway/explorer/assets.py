"""The files of the explorer page: what they are, where they are found, their digests.

GraphiQL and React come out of an installed Python package, so that a machine without
Node and without a network can show the page and no third-party code lies in this
repository. Must never fetch anything, and must never serve a file it does not name.
"""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import PurePosixPath
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from gateway.errors import GatewayError

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

DISTRIBUTION: Final = "graphene-django-graphiql-static"
"""Where GraphiQL 2.4.7 and React 17 come from. It has no dependencies of its own: its
Django view is never imported, only its files are read."""

_PACKAGE: Final = "graphene_django_graphiql_static"
_BUNDLED: Final = (
    "react.production.min.js",
    "react-dom.production.min.js",
    "graphiql.min.js",
    "graphiql.min.css",
    "graphiql-plugin-explorer.umd.js",
    "style.css",  # the plugin's: its colours, spaces and fonts as GraphiQL has them
)
_OWN: Final = ("explorer.js", "subscribing.js", "explorer.css", "headwater.svg")
_MEDIA_TYPES: Final = {
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
}


class AssetsMissingError(GatewayError):
    """The package that carries GraphiQL is absent, or lacks a file we need."""


@dataclass(frozen=True, slots=True)
class Asset:
    """One file as the browser gets it, plain and compressed.

    `digest` is of the plain content and part of the file's address, so a browser may
    keep the file for ever and still meets a new version at once.
    """

    name: str
    media_type: str
    digest: str
    content: bytes
    compressed: bytes


@cache
def own_assets() -> Mapping[str, Asset]:
    """The files of this package by name: always there."""
    folder = _own_files()
    return MappingProxyType({name: _asset(folder, name) for name in _OWN})


@cache
def assets() -> Mapping[str, Asset]:
    """Every file of the page by name; read and compressed at the first call.

    Raises:
        AssetsMissingError: if a file is not there; a later call looks again.
    """
    folder = _bundle()
    bundled = {name: _asset(folder, name) for name in _BUNDLED}
    return MappingProxyType(bundled | dict(own_assets()))


@cache
def template(name: str) -> str:
    """Our own HTML file of that name, with its `{{placeholders}}`."""
    return (_own_files() / name).read_text(encoding="utf-8")


def _own_files() -> Traversable:
    return files("gateway.explorer") / "static"


def _bundle() -> Traversable:
    try:
        return files(_PACKAGE) / "static" / _PACKAGE
    except ModuleNotFoundError:
        raise _missing("is not installed") from None


def _asset(folder: Traversable, name: str) -> Asset:
    try:
        content = (folder / name).read_bytes()
    except FileNotFoundError:
        raise _missing(f"carries no {name}") from None
    return Asset(
        name=name,
        media_type=_MEDIA_TYPES[PurePosixPath(name).suffix],
        digest=hashlib.sha256(content).hexdigest()[:16],
        content=content,
        compressed=gzip.compress(content, compresslevel=6, mtime=0),
    )


def _missing(what: str) -> AssetsMissingError:
    return AssetsMissingError(
        f"The Python package {DISTRIBUTION} {what}.",
        hint=f"pip install --force-reinstall {DISTRIBUTION}",
    )
