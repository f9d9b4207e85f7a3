"""What sources say of themselves in files, for steps to be held to at load.

In charge of reading the descriptors of gRPC sources, once for each state of their
files. A gRPC source that is asked by reflection is not asked here; a PostgreSQL is,
for the types of columns that no SDL and no cast tells, and a load goes on without an
answer. Must never keep the problem of a file to itself.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, cast

from graphql import GraphQLError

from gateway.connectors.graphql.overriding import without_taken
from gateway.connectors.graphql.upstream import schema_of
from gateway.deployment import Deployment
from gateway.errors import Problems
from gateway.loading.settings import postgres_settings
from gateway.values import NOWHERE

if TYPE_CHECKING:
    from gateway.connectors.grpc.descriptors import Descriptors
    from gateway.connectors.grpc.step import Offer
    from gateway.deployment.sources.graphql import GraphqlSource
    from gateway.deployment.sources.grpc import GrpcSource
    from gateway.deployment.sources.postgres import PostgresSource
    from gateway.deployment.sources.webhook import WebhookSource

_PATIENCE = 60.0
"""Seconds for protoc."""
EXTRA = "pip install 'headwater[grpc]'"


class OfferError(Exception):
    """Descriptors that cannot be had; ``key`` is the one that names them."""

    def __init__(self, key: str, message: str, hint: str) -> None:
        super().__init__(message)
        self.key = key
        self.message = message
        self.hint = hint


_LIBRARIES = {"nats": ("nats", "NATS"), "kafka": ("aiokafka", "Kafka")}
"""What listens to a kind of source: its package, and the kind's name."""


def offer_of(name: str, deployment: Deployment, problems: Problems) -> object | None:
    """What a source of this name offers; None where no file says it."""
    written = deployment.sources[name]
    match written.type:
        case "postgresql" | "postgres":
            from gateway.connectors.postgres.describing import Describer

            return Describer(postgres_settings(cast("PostgresSource", written)))
        case "graphql":
            return _schema(name, cast("GraphqlSource", written), deployment, problems)
        case "nats" | "kafka":
            _check_listener(name, written.type, deployment, problems)
            return None
        case "webhook":
            return cast("WebhookSource", written).channel is not None
        case "grpc":
            return _offer(name, cast("GrpcSource", written), deployment, problems)
        case _:
            return None


def _check_listener(
    name: str, kind: str, deployment: Deployment, problems: Problems
) -> None:
    library, said = _LIBRARIES[kind]
    if find_spec(library) is None:
        at = deployment.places.get(("sources", name, "url"), NOWHERE)
        hint = f"run pip install 'headwater[{kind}]'"
        problems.add(at, f"{said} is not installed here", hint=hint)


def _offer(
    name: str, written: GrpcSource, deployment: Deployment, problems: Problems
) -> Offer | None:
    """What a gRPC source's descriptors say; None where no file has them."""
    try:
        check_installed()
        found = descriptors_of(written)
    except OfferError as error:
        trail = ("sources", name)
        place = deployment.places.get((*trail, error.key))
        place = place or deployment.places.get((*trail, "url"), NOWHERE)
        problems.add(place, error.message, hint=error.hint)
        return None
    if found is None:
        return None
    from gateway.connectors.grpc.step import Offer

    return Offer(found, snake=written.names == "snake")


def _schema(
    name: str, written: GraphqlSource, deployment: Deployment, problems: Problems
) -> str | None:
    """The schema of a GraphQL source as text; None where none is known."""
    found = schema_of(written.upstream) if written.upstream is not None else None
    if written.upstream is None:
        return None
    if not isinstance(found, GraphQLError):
        texts = {n: one.upstream for n, one in _graphs(deployment) if one.upstream}
        return without_taken(name, texts)
    at = found.locations[0] if found.locations else None
    where = f" (line {at.line}, column {at.column} of it)" if at else ""
    place = deployment.places.get(("sources", name, "schema"), NOWHERE)
    message = f"the schema is none: {found.message}{where}"
    problems.add(place, message, hint="name a valid SDL file")
    return None


def _graphs(deployment: Deployment) -> Iterator[tuple[str, GraphqlSource]]:
    for name, written in deployment.sources.items():
        if written.type == "graphql":
            yield name, cast("GraphqlSource", written)


def check_installed() -> None:
    """Refuse where gRPC is not installed.

    Raises:
        OfferError: it is not.
    """
    if any(find_spec(name) is None for name in ("grpc", "grpc_reflection")):
        raise OfferError("type", "gRPC is not installed here", f"run {EXTRA}")


def descriptors_of(written: GrpcSource) -> Descriptors | None:
    """The descriptors in a source's files; None where it names none.

    Raises:
        OfferError: they cannot be had.
    """
    if written.descriptors is not None:
        return _read("descriptors", (written.descriptors,))
    return _read("proto", written.proto) if written.proto else None


def _read(key: str, paths: Sequence[Path]) -> Descriptors:
    contents = []
    for path in paths:
        try:
            contents.append(path.read_bytes())
        except OSError as error:
            why = f"{path.name} cannot be read: {error.strerror}"
            raise OfferError(key, why, "name a file that is there") from None
    if key == "proto":
        return compiled(tuple(paths), tuple(contents))
    return _parsed(contents[0], key)


@lru_cache(maxsize=32)
def _parsed(content: bytes, key: str) -> Descriptors:
    from gateway.connectors.grpc.descriptors import DescriptorsError, read_set

    try:
        return read_set(content)
    except DescriptorsError as error:
        raise OfferError(key, error.message, error.hint) from None


@lru_cache(maxsize=32)
def compiled(paths: tuple[Path, ...], contents: tuple[bytes, ...]) -> Descriptors:  # noqa: ARG001 - what was compiled is known by its content
    """The descriptors of .proto files; imports are looked for beside them.

    Raises:
        OfferError: they do not compile, or there is nobody to do it.
    """
    if find_spec("grpc_tools") is None:
        why = ".proto files are compiled by grpcio-tools, which is not installed"
        raise OfferError("proto", why, "run pip install grpcio-tools")
    folders = dict.fromkeys(str(path.parent) for path in paths)
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder, "set.binpb")
        asked = [
            *(sys.executable, "-m", "grpc_tools.protoc"),
            *(f"-I{each}" for each in folders),
            *("--include_imports", f"--descriptor_set_out={out}"),
            *map(str, paths),
        ]
        try:
            ran = subprocess.run(  # noqa: S603 - our own interpreter, files as written
                asked, capture_output=True, timeout=_PATIENCE, check=False
            )
        except subprocess.TimeoutExpired:
            raise OfferError("proto", "protoc does not end", "try it by hand") from None
        if ran.returncode:
            said = ran.stderr.decode(errors="replace")  # it repeats what is in the file
            why = f"this does not compile: {_first(said, paths)}"
            raise OfferError("proto", why, "correct the .proto file")
        return _parsed(out.read_bytes(), "proto")


def _first(said: str, paths: Sequence[Path]) -> str:
    """The first thing that protoc says of a file; it warns of itself before."""
    names = "|".join(re.escape(path.name) for path in paths)
    of_files = re.findall(rf"^(?:.*/)?((?:{names}):\d+:.*)$", said, re.MULTILINE)
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    return (of_files or lines or ["no reason is given"])[0].rstrip(".")
