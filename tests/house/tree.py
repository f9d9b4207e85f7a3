"""The source tree as the house tests see it: modules and what they import."""

from __future__ import annotations

import ast
import functools
import gc
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "gateway"


@dataclass(frozen=True)
class Module:
    """One file, named without the package: ``plan.root``, ``plan`` for its init."""

    name: str
    path: Path
    tree: ast.Module

    @property
    def room(self) -> str:
        return self.name.partition(".")[0]

    @functools.cached_property
    def nodes(self) -> tuple[ast.AST, ...]:
        """All of its tree."""
        return tuple(ast.walk(self.tree))

    @functools.cached_property
    def _imports(self) -> frozenset[str]:
        return frozenset(
            target.removeprefix("gateway.")
            for node in self.nodes
            for target in _targets(node)
        )

    def imports(self) -> frozenset[str]:
        """Every module it imports, of ours without the package's name before it."""
        return self._imports

    def ours(self) -> frozenset[str]:
        """What it imports of this package, as `names` has it."""
        known = names()
        return frozenset(one for one in self.imports() if one in known)

    def runtime_imports(self) -> frozenset[str]:
        """What it imports of this package when it is loaded, not later or for types."""
        return frozenset(
            target.removeprefix("gateway.")
            for node in self.tree.body
            for target in _targets(node)
            if target.startswith("gateway.")
        )

    def waits(self) -> bool:
        """Whether it holds an ``async def``."""
        return any(isinstance(n, ast.AsyncFunctionDef) for n in self.nodes)


def _targets(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom) and node.module:
        for alias in node.names:
            below = f"{node.module}.{alias.name}"
            yield below if _is_module(below) else node.module


@functools.cache
def _is_module(name: str) -> bool:
    path = ROOT.joinpath(*name.split("."))
    return path.with_suffix(".py").is_file() or (path / "__init__.py").is_file()


@functools.cache
def modules() -> tuple[Module, ...]:
    """Every module of the package, sorted.

    They are some million objects that all stay: looking for garbage in them costs more
    than reading them.
    """
    gc.disable()
    try:
        return tuple(
            Module(_name(path), path, ast.parse(path.read_text(encoding="utf-8")))
            for path in sorted(PACKAGE.rglob("*.py"))
        )
    finally:
        gc.freeze()
        gc.enable()


@functools.cache
def names() -> frozenset[str]:
    return frozenset(module.name for module in modules())


def _name(path: Path) -> str:
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
