"""The files of a configuration: which count, and what is in them."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from gateway.errors import Problems
from gateway.values import SourceSpan

PROFILE_SUFFIXES = (".yaml", ".yml")
TEST_SUFFIXES = (".test.yaml", ".test.yml")
SDL_SUFFIXES = (".graphql", ".graphqls", ".gql")


def profile_texts(folder: Path, problems: Problems) -> Mapping[str, str | None]:
    """Every profile, entity and fragment file below a folder, by its path.

    None stands for a file that is there and cannot be read, with its problem.
    Profile tests and the deployment file are left out.
    """
    return dict(
        _texts(
            (
                path
                for path in _files(folder, PROFILE_SUFFIXES)
                if not path.name.endswith(TEST_SUFFIXES) and path.stem != "headwater"
            ),
            problems,
        )
    )


def sdl_texts(folder: Path, problems: Problems) -> Mapping[str, str | None]:
    """Every SDL file below a folder, by its path; None as above."""
    return dict(_texts(_files(folder, SDL_SUFFIXES), problems))


def name_of(path: Path) -> str:
    """A path as people are told it: from here on, where it is below."""
    here = Path.cwd()
    plain = Path(os.path.normpath(path))  # not resolved: links are what people know
    return str(plain.relative_to(here) if plain.is_relative_to(here) else plain)


def _files(folder: Path, suffixes: tuple[str, ...]) -> Iterator[Path]:
    """Files by suffix, sorted.

    Hidden folders are not ours: a ConfigMap's ``..data`` holds every file again.
    """
    if folder.is_file():
        yield folder
        return
    for path in sorted(folder.rglob("*")):
        hidden = any(part.startswith(".") for part in path.relative_to(folder).parts)
        if not hidden and path.name.endswith(suffixes) and path.is_file():
            yield path


def _texts(
    paths: Iterator[Path], problems: Problems
) -> Iterator[tuple[str, str | None]]:
    for path in paths:
        name = name_of(path)
        try:
            yield name, path.read_text(encoding="utf-8")
        except FileNotFoundError:
            continue  # removed while we looked: the next change tells
        except (OSError, UnicodeDecodeError) as error:
            reason = getattr(error, "strerror", None) or "it is not UTF-8 text"
            problems.add(SourceSpan(name), f"the file cannot be read: {reason}")
            yield name, None
