"""What an importer made → files of a project, beside what is there already.

In charge of where each text goes, of proving that it loads before anything is written,
and of never writing over what a person owns.
"""

from __future__ import annotations

import os
import re
import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from gateway.cli.failures import CommandError
from gateway.cli.project import CONFIG, open_nothing
from gateway.importing.made import Made
from gateway.importing.yaml_text import block, source_block
from gateway.record import Model

if TYPE_CHECKING:
    from gateway.deployment import Deployment
    from gateway.errors import Problem

_SOURCES = re.compile(r"^sources:[ \t]*(#.*)?$", re.MULTILINE)
_OPERATION = re.compile(r"^operation:[ \t]*(\w+)", re.MULTILINE)
_FROM = "nothing was written"
_LISTED = 12


class Project(Model, frozen=True):
    """The project in a folder: new where no deployment file is there."""

    folder: Path
    deployment: Deployment | None

    @classmethod
    def at(cls, folder: Path) -> Project:
        """The project that the folder holds, or will hold.

        Raises:
            CommandError: it has a deployment file that cannot be read.
        """
        from gateway.cli.import_step import deployment_of

        config = folder / CONFIG
        found = deployment_of([str(config)]) if config.exists() else None
        return cls(folder, found)

    def path(self, name: str) -> Path:
        """Where a text of an import goes."""
        kind, _, rest = name.partition("/")
        if self.deployment is not None and kind == "profiles":
            return _near(self.deployment.profiles.path / rest)
        if self.deployment is not None and kind == "schema":
            return _near(self.deployment.schema_folder / rest)
        return self.folder / name


def _near(path: Path) -> Path:
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path


def broken(made: Made) -> Mapping[str, str]:
    """Operations that would not load, and why; tried aside, on files of its own.

    Raises:
        CommandError: the schema itself would not load.
    """
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        for name, text in made.files.items():
            _write(root / name, text)
        _write(root / CONFIG, _deployment_text(made))
        found = _errors(root, made.unset)
        operations = {str(root / n): _operation(t) for n, t in made.files.items()}
        wrong = {}
        for each in found:
            operation = operations.get(each.span.file)
            if operation is None:
                place = each.span.file.removeprefix(f"{root}{os.sep}")
                raise CommandError(
                    f"what was made does not load: {place}: {each.message}",
                    hint=_FROM,
                )
            wrong[operation] = each.message
        return wrong


def _errors(root: Path, environ: Mapping[str, str]) -> Sequence[Problem]:
    from gateway.errors import Severity
    from gateway.loading.loader import Loader

    found = Loader([root / CONFIG], dict(environ), open_nothing).check()
    return [each for each in found if each.severity is Severity.ERROR]


def _operation(text: str) -> str | None:
    found = _OPERATION.search(text)
    return found[1] if found else None


def written(made: Made, project: Project, *, force: bool) -> list[str]:
    """Write it all; the lines that tell what was written.

    Raises:
        CommandError: something of it is there already; nothing was written.
    """
    files = {project.path(name): text for name, text in made.files.items()}
    taken = [path for path in files if path.exists()]
    if taken and not force:
        hint = f"{_FROM}; name another folder with --into, or add --force"
        raise CommandError(f"{taken[0]} is there already", hint=hint)
    _check_types(project, files)
    _check_operations(project, files)
    lines = [f"wrote {_with_sources(made, project)}"]
    for path, text in files.items():
        _write(path, text)
    return [*lines, *_told(files)]


def _told(files: Mapping[Path, str]) -> list[str]:
    """Each file, or where there are many each folder."""
    if len(files) <= _LISTED:
        return [f"wrote {path}" for path in files]
    folders = Counter(str(path.parent) for path in files)
    return [f"wrote {number} files into {name}/" for name, number in folders.items()]


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def _check_types(project: Project, files: Mapping[Path, str]) -> None:
    """No type is defined twice, and no root field."""
    from gateway.errors import Problems
    from gateway.loading.files import sdl_texts
    from gateway.schema.sdl import read_sdl

    folder = project.path("schema/x").parent
    texts = sdl_texts(folder, Problems()) if folder.is_dir() else {}
    ours = {str(p): t for p, t in files.items() if p.suffix == ".graphql"}
    resolved = {Path(name).resolve() for name in ours}
    others = {n: t for n, t in texts.items() if t and Path(n).resolve() not in resolved}
    if not others:
        return
    problems = Problems()
    read_sdl({**others, **ours}, problems)
    if problems.errors:
        first = problems.errors[0]
        raise CommandError(f"{first.span}: {first.message}", hint=_FROM)


def _check_operations(project: Project, files: Mapping[Path, str]) -> None:
    folder = project.path("profiles/x").parent
    mine = {p.resolve() for p in files}
    known = {}
    for path in sorted(folder.rglob("*.y*ml")) if folder.is_dir() else ():
        name = None if path.resolve() in mine else _operation(path.read_text("utf-8"))
        if name is not None and not path.name.endswith(".test.yaml"):
            known[name] = path
    for path, text in files.items():
        ours = _operation(text) if path.suffix == ".yaml" else None
        if ours is not None and ours in known:
            raise CommandError(
                f"operation {ours} is there already, in {known[ours]}", hint=_FROM
            )


# -- the deployment file ---------------------------------------------------------------


def _deployment_text(made: Made) -> str:
    return "sources:\n" + "".join(
        source_block(n, s, 2) for n, s in made.sources.items()
    )


def _with_sources(made: Made, project: Project) -> str:
    """Add the sources where they are not yet; what was written, and how."""
    config = project.folder / CONFIG
    if project.deployment is None:
        _write(config, _deployment_text(made))
        return str(config)
    new = {n: s for n, s in made.sources.items() if n not in project.deployment.sources}
    for name in made.sources:
        if name not in new:
            made.told.change(
                f"source {name}", f"is in {config} already: it stays as it is"
            )
    if not new:
        return f"nothing into {config}"
    text = config.read_text(encoding="utf-8")
    folder = re.search(r"^sources:[ \t]+(\.?[\w./-]+)[ \t]*$", text, re.MULTILINE)
    if folder is not None:
        for name, source in new.items():
            _write(config.parent / folder[1] / f"{name}.yaml", block(source, 0))
        return ", ".join(str(config.parent / folder[1] / f"{n}.yaml") for n in new)
    _write(config, _inserted(text, new, config))
    return f"{', '.join(new)} into {config}"


def _inserted(
    text: str, sources: Mapping[str, Mapping[str, object]], config: Path
) -> str:
    """The file with the sources first among its own, everything else as it stands."""
    found = _SOURCES.search(text)
    if found is None and re.search(r"^sources:", text, re.MULTILINE):
        raise CommandError(
            f"{config} has its sources on one line",
            hint=f"{_FROM}; write one a line below 'sources:'",
        )
    if found is None:
        entries = "".join(source_block(n, s, 2) for n, s in sources.items())
        return f"{text.rstrip()}\n\nsources:\n{entries}".lstrip()
    below = re.match(r"(?:\s*\n|[ ]*#.*\n)*([ ]+)\S", text[found.end() + 1 :])
    indent = len(below[1]) if below else 2
    entries = "".join(source_block(n, s, indent) for n, s in sources.items())
    return f"{text[: found.end()]}\n{entries.rstrip()}{text[found.end() :]}"
