"""The manifests that a deployment names: their files, and what bundles call them.

In charge of which files count. Must never look at what stands in one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from gateway.deployment import Deployment
from gateway.errors import Problems
from gateway.loading.files import name_of
from gateway.values import SourceSpan

_SUFFIX = ".json"


def manifest_texts(
    deployment: Deployment, problems: Problems
) -> Mapping[str, str | None]:
    """Each manifest by its path; None stands for one that cannot be read."""
    anywhere = SourceSpan("headwater.yaml")
    place = deployment.places.get(("persisted", "manifests"), anywhere)
    found: dict[str, str | None] = {}
    for path in deployment.persisted.manifests:
        for file in _files(path):
            name = name_of(file)
            try:
                found[name] = file.read_text("utf-8")
            except (OSError, UnicodeDecodeError) as error:
                reason = getattr(error, "strerror", None) or "it is not UTF-8 text"
                problems.add(place, f"the manifest {name} cannot be read: {reason}")
                found[name] = None
    return found


def names_in_bundles(deployment: Deployment) -> Mapping[str, str]:
    """What each of them is called in a bundle, by its path.

    That does not depend on where the project stands: equal ones make one bundle.
    """
    found: dict[str, str] = {}
    for number, path in enumerate(deployment.persisted.manifests):
        for file in _files(path):
            above = f"{_plain(path.name)}/" if path.is_dir() else ""
            called = f"{above}{_plain(file.name).removesuffix(_SUFFIX)}{_SUFFIX}"
            if called in found.values():
                called = f"{number}-{called}"
            found.setdefault(name_of(file), called)
    return found


def _files(path: Path) -> Iterator[Path]:
    yield from sorted(path.glob(f"*{_SUFFIX}")) if path.is_dir() else [path]


def _plain(name: str) -> str:
    """A name that bundles can have: none that is hidden."""
    return name.lstrip(".") or "listed"
