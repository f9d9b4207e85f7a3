"""Asking a server what it offers: gRPC server reflection.

In charge of one service's descriptors with all that they import. Both versions of the
protocol are spoken: their messages are the same. Must never keep what it was told.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import grpc
from google.protobuf import descriptor_pb2
from google.protobuf.message import DecodeError
from grpc_reflection.v1alpha import reflection_pb2 as protocol

from gateway.connectors.acceptance import invalid
from gateway.connectors.grpc.descriptors import (
    Descriptors,
    DescriptorsError,
    assembled,
    built_in,
)
from gateway.errors import UpstreamError

_VERSIONS = ("v1", "v1alpha")
_MOST_FILES = 2_000
Metadata = Sequence[tuple[str, str | bytes]]


async def services(channel: Any, metadata: Metadata, seconds: float) -> tuple[str, ...]:
    """The full names of the services that a server has, reflection left out.

    Raises:
        UpstreamError: it does not tell.
        grpc.RpcError: the call failed.
    """
    async with _asking(channel, metadata, seconds) as ask:
        told = await ask(protocol.ServerReflectionRequest(list_services="*"))
    names = (each.name for each in told.list_services_response.service)
    return tuple(sorted(n for n in names if not n.startswith("grpc.reflection.")))


async def describe(
    channel: Any, names: Sequence[str], metadata: Metadata, seconds: float
) -> Descriptors:
    """What these services are made of.

    Raises:
        UpstreamError: the server has no such service, or does not describe itself.
        grpc.RpcError: the call failed.
    """
    found: dict[str, Any] = {}
    async with _asking(channel, metadata, seconds) as ask:
        for name in names:
            asked = protocol.ServerReflectionRequest(file_containing_symbol=name)
            _take(found, await ask(asked), name)
        while missing := _missing(found):
            for name in missing:
                asked = protocol.ServerReflectionRequest(file_by_filename=name)
                _take(found, await ask(asked), name)
    try:
        return assembled(found.values())
    except DescriptorsError as error:
        why = "What the source says of itself cannot be used."
        raise invalid(why, detail=error.message) from None


def _missing(found: dict[str, Any]) -> list[str]:
    """Files that are imported and were not sent."""
    wanted = {name for proto in found.values() for name in proto.dependency}
    return sorted(name for name in wanted - found.keys() if not built_in(name))


def _take(found: dict[str, Any], told: Any, name: str) -> None:
    if told.HasField("error_response"):
        why = f"The source has no {name!r}."
        raise invalid(why, detail=told.error_response.error_message)
    for content in told.file_descriptor_response.file_descriptor_proto:
        try:
            proto = descriptor_pb2.FileDescriptorProto.FromString(content)
        except DecodeError:
            raise invalid("What the source says of itself cannot be read.") from None
        found.setdefault(proto.name, proto)
    if len(found) > _MOST_FILES:
        raise invalid(f"The source describes itself in more than {_MOST_FILES} files.")


@asynccontextmanager
async def _asking(
    channel: Any, metadata: Metadata, seconds: float
) -> AsyncIterator[Any]:
    """A conversation with the server; the newer version of the protocol first."""
    calls: list[Any] = []

    async def ask(request: Any) -> Any:
        while True:
            if not calls:
                calls.append(_call(channel, _VERSIONS[0], metadata, seconds))
            try:
                return await _asked(calls[-1], request)
            except grpc.RpcError as error:
                if error.code() is not grpc.StatusCode.UNIMPLEMENTED:
                    raise
                if len(calls) == len(_VERSIONS):
                    raise _silent() from None
                calls.append(_call(channel, _VERSIONS[1], metadata, seconds))

    try:
        yield ask
    finally:
        for call in calls:
            call.cancel()


async def _asked(call: Any, request: Any) -> Any:
    await call.write(request)
    told = await call.read()
    if told is grpc.aio.EOF:
        raise _silent()
    return told


def _call(channel: Any, version: str, metadata: Metadata, seconds: float) -> Any:
    path = f"/grpc.reflection.{version}.ServerReflection/ServerReflectionInfo"
    make = channel.stream_stream(
        path,
        request_serializer=protocol.ServerReflectionRequest.SerializeToString,
        response_deserializer=protocol.ServerReflectionResponse.FromString,
    )
    return make(timeout=seconds, metadata=tuple(metadata))


def _silent() -> UpstreamError:
    return invalid(
        "The source does not describe itself.",
        detail="it has no server reflection: name a file under 'descriptors'",
    )
