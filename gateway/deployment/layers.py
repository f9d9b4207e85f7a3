"""Several files as one: later ones override, maps merge, lists are replaced.

In charge of knowing which file a value of the whole came from, and of paths being
relative to the file that names them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from gateway.deployment.doors import AUTHS
from gateway.profile.source import Document
from gateway.record import Model
from gateway.unfit import Trail
from gateway.values import JsonValue, SourceSpan

_PEM = ("ca", "cert", "key")
_PATHS: tuple[Trail, ...] = (
    ("profiles",),
    ("profiles", "path"),
    ("profiles", "state"),
    ("schema",),
    ("operations",),
    ("operations", "path"),
    ("persisted", "manifests"),
    ("persisted", "manifests", "*"),
    ("sources",),
    ("sources", "*", "path"),
    ("sources", "*", "files", "*"),
    ("sources", "*", "attach", "*"),
    *(("sources", "*", "tls", name) for name in _PEM),
    *(("sources", "*", "auth", "*", "tls", name) for name in _PEM),
    ("sources", "*", "descriptors"),
    ("sources", "*", "proto"),
    ("sources", "*", "proto", "*"),
    ("audit", "sink"),
    ("usage", "to"),
    ("record", "to"),
    ("flags", "path"),
    *((*auth, "keys") for auth in AUTHS),
    *((*auth, "jwt", "*", "tls", name) for auth in AUTHS for name in _PEM),
)
"""Keys that hold paths; ``*`` stands for any key or index."""
_LOCAL: tuple[Trail, ...] = (
    ("release", "store"),
    *((*auth, "jwt", "*", "jwks") for auth in AUTHS),
)
"""Those that hold a path or a URL."""
_NO_FILE = ":memory:"
_SDL: Trail = ("sources", "*", "schema")
_SDL_FILES = (".graphql", ".graphqls", ".gql")
"""Of a GraphQL source that is a file; of a database it is a name."""


class Layer(Model, frozen=True):
    """One file's part of the whole: its values stand below ``base``."""

    document: Document
    data: Mapping[str, Any]
    base: Trail = ()

    def known(self, trail: Trail) -> int:
        """How much of the trail this file says, in keys; -1 for nothing at all."""
        if trail[: len(self.base)] != self.base:
            return -1
        value: Any = self.data
        for depth, part in enumerate(trail[len(self.base) :]):
            inside = (isinstance(value, dict) and part in value) or (
                isinstance(value, list) and isinstance(part, int) and part < len(value)
            )
            if not inside:
                return len(self.base) + depth
            value = value[part]
        return len(trail)


def located(layer: Layer) -> dict[str, Any]:
    """The layer's data with its paths made absolute, below ``base``."""
    folder = Path(layer.document.file).parent
    data: Any = dict(layer.data)
    for part in reversed(layer.base):
        data = {part: data}
    made: dict[str, Any] = _located(data, (), folder)
    return made


def _located(value: Any, trail: Trail, folder: Path) -> Any:
    if isinstance(value, dict):
        return {k: _located(each, (*trail, k), folder) for k, each in value.items()}
    if isinstance(value, list):
        return [_located(each, (*trail, n), folder) for n, each in enumerate(value)]
    if isinstance(value, str) and value and value != _NO_FILE:
        sdl = value.endswith(_SDL_FILES) and _fits(_SDL, trail)
        store = "://" not in value and any(_fits(one, trail) for one in _LOCAL)
        if sdl or store or any(_fits(known, trail) for known in _PATHS):
            return str((folder / value).absolute())
    return value


def _fits(known: Trail, trail: Trail) -> bool:
    return len(known) == len(trail) and all(
        a in {"*", b} for a, b in zip(known, trail, strict=True)
    )


def merged(first: Mapping[str, JsonValue], second: Mapping[str, JsonValue]) -> Any:
    """The two maps as one, the second's values where both have one."""
    made: dict[str, Any] = dict(first)
    for key, value in second.items():
        known = made.get(key)
        both = isinstance(known, Mapping) and isinstance(value, Mapping)
        made[key] = merged(known, value) if both else value  # type: ignore[arg-type]
    return made


class Layers(Model, frozen=True):
    """All files, the strongest last."""

    all: tuple[Layer, ...]

    def data(self) -> dict[str, Any]:
        made: dict[str, Any] = {}
        for layer in self.all:
            made = merged(made, located(layer))
        return made

    def span(self, trail: Sequence[str | int], *, key: bool = False) -> SourceSpan:
        """The place of a value in the file that decided it."""
        whole = tuple(trail)
        strongest = tuple(reversed(self.all))
        if not strongest:
            return SourceSpan("headwater.yaml")
        layer = max(strongest, key=lambda each: each.known(whole))
        return layer.document.span(whole[len(layer.base) :], key=key)
