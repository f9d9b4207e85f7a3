"""What npm brings to the page, built into its folder: GraphiQL and the code editor.

In charge of `static/built/`, which is never committed. Whoever packages the gateway
runs it (the hook of the wheel does), and whoever works from a checkout may: ``python -m
gateway.explorer.building``. Must need nothing but Python, Node and npm, since packaging
installs nothing of the gateway; and must leave what was built before until the new one
stands.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

SOURCES: Final = Path(__file__).with_name("npm")
BUILT: Final = Path(__file__).with_name("static") / "built"
PATIENCE: Final = 120.0
"""Seconds for npm, and as many for the bundler."""

_STAMP: Final = "stamp.txt"
_LICENCES: Final = "licences.txt"
_INSTALL: Final = (
    "npm",
    "ci",
    "--ignore-scripts",
    "--no-audit",
    "--no-fund",
    "--fetch-retries=1",
    "--fetch-retry-mintimeout=1000",
    "--fetch-retry-maxtimeout=5000",
)
_BUNDLE: Final = (
    "node_modules/.bin/esbuild",
    "graphiql.js",
    "editor.js",
    "--bundle",
    "--minify",
    "--splitting",
    "--format=esm",
    "--target=es2022",
    "--outdir=built",
    "--metafile=meta.json",
    "--legal-comments=none",  # licences.txt has them whole
    "--loader:.ttf=dataurl",
    '--define:process.env.NODE_ENV="production"',
)


class NotBuiltError(Exception):
    """What npm brings could not be built; the message says why, in one line."""


def build(into: Path = BUILT, *, patience: float = PATIENCE) -> None:
    """Build anew what `static/built/` holds, by what `npm/package-lock.json` names.

    Raises:
        NotBuiltError: without Node or npm, or where one of them fails.
    """
    if not (shutil.which("node") and shutil.which("npm")):
        raise NotBuiltError("Node and npm are not installed")
    with tempfile.TemporaryDirectory(prefix="headwater-explorer-") as name:
        folder = Path(name)
        for source in _sources():
            shutil.copy(source, folder)
        _run(_INSTALL, folder, patience)
        _run(_BUNDLE, folder, patience)
        built = folder / "built"
        (built / _LICENCES).write_text(_licences(folder), encoding="utf-8")
        (built / _STAMP).write_text(_digest(), encoding="utf-8")
        _replace(built, into)


def fits(folder: Path = BUILT) -> bool:
    """Whether ``folder`` holds what is built of these sources, not of earlier ones."""
    try:
        return (folder / _STAMP).read_text(encoding="utf-8") == _digest()
    except OSError:
        return False


def _sources() -> Sequence[Path]:
    return sorted(p for p in SOURCES.iterdir() if p.suffix in {".js", ".json"})


def _digest() -> str:
    hashed = hashlib.sha256()
    for source in _sources():
        hashed.update(source.name.encode() + b"\0" + source.read_bytes())
    return hashed.hexdigest()


def _run(command: Sequence[str], folder: Path, patience: float) -> None:
    quiet = os.environ | {"npm_config_update_notifier": "false"}
    try:
        subprocess.run(  # noqa: S603 - fixed words, no shell
            command,
            cwd=folder,
            env=quiet,
            check=True,
            capture_output=True,
            timeout=patience,
        )
    except subprocess.TimeoutExpired:
        raise NotBuiltError(f"{command[0]} took longer than {patience:g} s") from None
    except subprocess.CalledProcessError as failed:
        words = failed.stderr.decode(errors="replace").strip().splitlines()
        said = next((line for line in words if "rror" in line), "no word of why")
        raise NotBuiltError(f"{command[0]} failed: {said[:200]}") from None


def _licences(folder: Path) -> str:
    """The licence of every package of which something is in the bundle."""
    inputs = json.loads((folder / "meta.json").read_bytes())["inputs"]
    packages = sorted({_package(name) for name in inputs if "node_modules/" in name})
    return "\n".join(_licence(folder, package) for package in packages)


def _package(name: str) -> str:
    before, _, inside = name.rpartition("node_modules/")
    parts = inside.split("/")
    return f"{before}node_modules/" + "/".join(parts[: 1 + parts[0].startswith("@")])


def _licence(folder: Path, package: str) -> str:
    home = folder / package
    about = json.loads((home / "package.json").read_bytes())
    texts = sorted(p for p in home.iterdir() if p.name.lower().startswith("licen"))
    head = f"{about['name']} {about['version']}: {about.get('license', 'see below')}\n"
    return head + "".join(t.read_text("utf-8", errors="replace") for t in texts[:1])


def _replace(fresh: Path, into: Path) -> None:
    """Put a folder in the place of another, which is there whole until then."""
    into.parent.mkdir(parents=True, exist_ok=True)
    beside = Path(tempfile.mkdtemp(prefix=".built-", dir=into.parent))
    try:
        shutil.move(fresh, beside / "new")
        if into.exists():
            into.rename(beside / "old")
        (beside / "new").rename(into)
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def main() -> int:
    """Build where it does not stand yet; one line says what came of it."""
    if fits():
        return 0
    try:
        build()
    except NotBuiltError as problem:
        said = f"The page keeps the GraphiQL of PyPI's package: {problem}."
        sys.stderr.write(said + "\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
