"""What a generation is made of, as text: from the deployment's folders, or a release.

In charge of which texts those are and what they are called. Must never compile one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Protocol

from gateway.deployment import Deployment
from gateway.errors import Problem, Problems, ProfileError
from gateway.generation import Released
from gateway.loading.files import name_of, profile_texts, sdl_texts
from gateway.loading.manifests import manifest_texts, names_in_bundles
from gateway.record import Model
from gateway.release.model import Bundle
from gateway.values import SourceSpan

Texts = Mapping[str, str | None]
"""Files by name; None stands for one that is there and cannot be read."""


class Written(Model, frozen=True):
    """Texts by file. ``root`` is what the folder of profiles is called.

    ``release`` is the release that they are; None where they are files here. ``whole``
    ones serve altogether or not at all. ``documents`` are manifests; None: there are
    none with it, and those that the deployment names count.
    """

    profiles: Texts
    sdl: Texts
    operations: Texts
    root: str
    problems: tuple[Problem, ...] = ()
    release: Released | None = None
    whole: bool = False
    documents: Texts | None = None


class Choosing(Protocol):
    """Decides what is loaded, and hears what came of it."""

    def choices(self, deployment: Deployment) -> Iterable[Written]:
        """What to try, the best first.

        Raises:
            ProfileError: there is nothing.
        """

    def taken(self, written: Written) -> None:
        """It made a generation."""

    def reject(self, written: Written, error: ProfileError) -> None:
        """It made none."""


class OfFolders:
    """The files of the deployment's folders, as they are now."""

    def choices(self, deployment: Deployment) -> Iterable[Written]:
        """Those, and nothing else."""
        yield written_in_folders(deployment)

    def taken(self, written: Written) -> None:
        """Files are kept one by one, where they are loaded."""

    def reject(self, written: Written, error: ProfileError) -> None:
        """The load says why."""


def written_in_folders(deployment: Deployment) -> Written:
    """What stands in the folders that the deployment names."""
    problems = Problems()
    return Written(
        profiles=profile_texts(deployment.profiles.path, problems),
        sdl=sdl_texts(deployment.schema_folder, problems),
        operations=_operations(deployment, problems),
        root=name_of(deployment.profiles.path),
        documents=manifest_texts(deployment, problems),
        problems=tuple(problems.found),
    )


def written_in(
    bundle: Bundle, release: Released | None, *, whole: bool = True
) -> Written:
    """What stands in a bundle."""
    return Written(
        profiles=bundle.below("profiles"),
        sdl=bundle.below("schema"),
        operations=bundle.below("operations"),
        root="profiles",
        release=release,
        whole=whole,
        documents=bundle.below("documents") or None,
    )


def bundled(deployment: Deployment, written: Written) -> Mapping[str, str]:
    """Texts of folders under the names that they have in every bundle.

    Raises:
        ProfileError: one of them cannot be read.
    """
    if written.problems:
        raise ProfileError(written.problems)
    folder = deployment.operations.path if deployment.operations else None
    kinds = (
        ("profiles", deployment.profiles.path, written.profiles),
        ("schema", deployment.schema_folder, written.sdl),
        ("operations", folder, written.operations),
    )
    found = {
        _named(kind, place, file): text
        for kind, place, texts in kinds
        for file, text in texts.items()
        if text is not None and place is not None
    }
    for file, name in names_in_bundles(deployment).items():
        text = (written.documents or {}).get(file)
        if text is not None:
            found[f"documents/{name}"] = text
    return found


def _named(kind: str, folder: Path, file: str) -> str:
    place = folder.parent if folder.is_file() else folder
    below = Path(file).absolute().relative_to(Path(name_of(place)).absolute())
    return f"{kind}/{below.as_posix()}"


def _operations(deployment: Deployment, problems: Problems) -> Texts:
    if deployment.operations is None:
        return {}
    folder = deployment.operations.path
    if not folder.exists():
        problems.add(
            deployment.places.get(("operations",), SourceSpan("headwater.yaml")),
            f"there is no folder {name_of(folder)} of saved operations",
            hint="create it, or remove 'operations'",
        )
        return {}
    return sdl_texts(folder, problems)
