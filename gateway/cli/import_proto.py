"""`headwater import proto|reflection`: a project from what a gRPC system offers.

In charge of the options, of asking a server, and of keeping the descriptors beside the
project, so that its profiles are held to them. What is made of them is
`import_proto_making`'s.
"""

from __future__ import annotations

import re
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gateway.cli.failures import CommandError, command, misused
from gateway.cli.import_described import (
    Folder,
    Force,
    Mutations,
    Source,
    check_options,
    proven,
)
from gateway.cli.options import Config
from gateway.record import Model, replace

if TYPE_CHECKING:
    from gateway.connectors.grpc.descriptors import Descriptors
    from gateway.connectors.settings import GrpcSettings
    from gateway.importing.made import Made

_PLACE = re.compile(r"(grpcs?://)?([^/\s@]+:\d{1,5})")
_SECONDS = 10.0
_SOMEWHERE = "grpc://127.0.0.1:50051"


class _Import(Model, frozen=True):
    """What is made into a project: the descriptors, and where they are from."""

    found: Descriptors
    title: str
    source: str
    url: str

    def into(self, folder: Path, *, mutations: bool, force: bool) -> None:
        """Make the project, prove that it loads, write it, and tell of it."""
        from rich.console import Console

        from gateway.cli.import_project import Project, written
        from gateway.cli.import_summary import print_summary

        project, content = Project.at(folder), self.found.content()
        file = folder / f"{self.source}.binpb"
        if file.exists() and not force and file.read_bytes() != content:
            hint = "nothing was written; name another folder with --into, or --force"
            raise CommandError(f"{file} is there already", hint=hint)
        made = self._made(content, mutations=mutations)
        keys = {"url": self.url, "descriptors": f"./{file.name}"}
        made = replace(made, sources={self.source: keys})
        lines = written(made, project, force=force)
        file.write_bytes(content)
        for line in (*lines, f"wrote {file}"):
            typer.echo(line)
        print_summary(made, Console(highlight=False))

    def _made(self, content: bytes, *, mutations: bool) -> Made:
        """Proven on descriptors that lie aside, so that nothing is written before."""
        from gateway.cli.import_proto_making import Wishes, make

        with tempfile.TemporaryDirectory() as aside:
            path = Path(aside, "aside.binpb")
            path.write_bytes(content)
            keys = {"url": self.url, "descriptors": str(path)}
            return proven(
                lambda besides: make(
                    self.found,
                    self.title,
                    Wishes(self.source, keys, mutations, besides),
                )
            )


@command
def proto(  # noqa: PLR0913 - one parameter for each option
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE",
            help="A .proto file, or a file of descriptors.",
            show_default=False,
        ),
    ],
    source: Source = None,
    url: Annotated[
        str, typer.Option(metavar="URL", help="Where the system listens.")
    ] = _SOMEWHERE,
    into: Folder = Path(),
    *,
    mutations: Mutations = False,
    force: Force = False,
) -> None:
    """Write SDL, profiles and a source from a gRPC system's .proto file."""
    from gateway.importing.names import source_name

    check_options(file, source, None)
    place = _place(url)
    found = _described(file)
    name = source or source_name(file.stem)
    made = _Import(found, f"{file.name} (gRPC)", name, place)
    made.into(into, mutations=mutations, force=force)


@command
def reflection(  # noqa: PLR0913 - one parameter for each option
    where: Annotated[
        str,
        typer.Argument(
            metavar="SOURCE|HOST:PORT",
            help="A source of headwater.yaml, or where a server listens.",
            show_default=False,
        ),
    ],
    source: Source = None,
    into: Folder = Path(),
    config: Config = None,
    *,
    mutations: Mutations = False,
    force: Force = False,
) -> None:
    """Write SDL, profiles and a source from what a gRPC server says of itself."""
    from gateway.connectors.settings import GrpcSettings
    from gateway.importing.names import source_name

    check_options(Path(), source, None)
    _check_installed()
    if _PLACE.fullmatch(where):
        url = _place(where)
        settings = GrpcSettings(url.partition("://")[2], url.startswith("grpcs:"))
        metadata: dict[str, str] = {}
    else:
        url, settings, metadata = _configured(where, config)
        source = source or where
    found = _asked(where, settings, metadata)
    first = next(iter(found.services)).rpartition(".")[2]
    name = source or source_name(first)
    made = _Import(found, f"{where} (gRPC, by reflection)", name, url)
    made.into(into, mutations=mutations, force=force)


def _place(text: str) -> str:
    parts = _PLACE.fullmatch(text)
    if parts is None:
        raise misused(
            f"{text!r} is no place of a gRPC server",
            hint="write grpc://accounts.internal:50051",
        )
    return f"{parts[1] or 'grpc://'}{parts[2]}"


def _check_installed() -> None:
    from gateway.loading.offering import OfferError, check_installed

    try:
        check_installed()
    except OfferError as error:
        raise CommandError(error.message, hint=error.hint) from None


def _described(file: Path) -> Descriptors:
    from gateway.connectors.grpc.descriptors import DescriptorsError, read_set
    from gateway.loading.offering import OfferError, compiled

    _check_installed()
    try:
        if file.suffix == ".proto":
            return compiled((file.absolute(),), (file.read_bytes(),))
        return read_set(file.read_bytes())
    except (OfferError, DescriptorsError) as error:
        raise CommandError(f"{file}: {error.message}", hint=error.hint) from None


def _configured(
    name: str, config: list[str] | None
) -> tuple[str, GrpcSettings, dict[str, str]]:
    """A source as it is configured; headers over a request have none here."""
    from gateway.cli.import_step import deployment_of
    from gateway.deployment.sources import GrpcSource
    from gateway.errors import did_you_mean
    from gateway.loading.settings import grpc_settings

    sources = deployment_of(config).sources
    written = sources.get(name)
    if not isinstance(written, GrpcSource):
        known = [n for n, each in sources.items() if isinstance(each, GrpcSource)]
        hint = did_you_mean(name, known) or "or write HOST:PORT"
        raise misused(f"there is no gRPC source {name!r}", hint=hint)
    fixed = {k.lower(): v for k, v in written.headers.items() if "${" not in v}
    return written.url, grpc_settings(written), fixed


def _asked(where: str, settings: GrpcSettings, metadata: dict[str, str]) -> Descriptors:
    from gateway.connectors.grpc.offered import AskError, asked

    try:
        return asked(settings, metadata, _SECONDS)
    except AskError as error:
        raise CommandError(f"{where} cannot be asked: {error}") from None
