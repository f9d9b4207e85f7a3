"""Where the demo's profiles, schema and deployment file are.

In charge of giving the demo a folder that a person can edit. Must never write into a
folder that it did not make.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import gateway
from gateway.record import Model

_PARTS = ("profiles", "schema", "deploy/demo.yaml")
_BESIDE = ("deploy/releases.yaml", "deploy/rules.yaml")
"""Copied too; a folder is the demo's without them."""
_COPY = "headwater-demo"


class Project(Model, frozen=True):
    """A folder with ``profiles/``, ``schema/`` and ``deploy/demo.yaml``."""

    root: Path

    @property
    def config(self) -> Path:
        return self.root / "deploy" / "demo.yaml"

    @property
    def state(self) -> Path:
        return self.root / ".headwater"

    @property
    def complete(self) -> bool:
        return all((self.root / part).exists() for part in _PARTS)


def shipped() -> Project:
    """The project as it came: in the installed package, else in the checkout."""
    package = Path(gateway.__file__).parent
    installed = Project(package / "demo" / "project")
    return installed if installed.complete else Project(package.parent)


def find_project(here: Path) -> Project:
    """The project in ``here``, or a copy of the shipped one in a folder below it.

    A copy that is there already is used as it is: somebody edited it.
    """
    for root in (here, here / _COPY):
        if Project(root).complete:
            return Project(root)
    copy = Project(here / _COPY)
    for part in (*_PARTS, *_BESIDE):
        source, target = shipped().root / part, copy.root / part
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target, dirs_exist_ok=True)
        else:
            shutil.copyfile(source, target)
    return copy
