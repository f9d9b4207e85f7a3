"""Asking a server what it offers: gRPC server reflection.

In charge of one service's descriptors with all that they import. Both versions of the
protocol are spoken: their messages are the same. Must never keep what it was told.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import grpc
import grpc.aio
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
from gateway.record import Struct

_VERSIONS = ("v1", "v1alpha")
_MOST_FILES = 2_000
Metadata = Sequence[tuple[str, str | bytes]]


class Asking(Struct):
    """Questions to one server, each a call of its own, in as much time each.

    A question is one message where the protocol allows several: servers do not mind,
    and a refusal comes as a status instead of a torn conversation.
    """

    channel: Any
    metadata: Metadata
    seconds: float
    version: str = _VERSIONS[0]

    async def services(self) -> tuple[str, ...]:
        """The full names of the services that a server has, reflection left out.

        Raises:
            UpstreamError: it does not tell.
            grpc.RpcError: the call failed.
        """
        told = await self._ask(protocol.ServerReflectionRequest(list_services="*"))
        names = (each.name for each in told.list_services_response.service)
        return tuple(sorted(n for n in names if not n.startswith("grpc.reflection.")))

    async def describe(self, *names: str) -> Descriptors:
        """What these services are made of.

        Raises:
            UpstreamError: the server has no such service, or does not describe itself.
            grpc.RpcError: the call failed.
        """
        found: dict[str, Any] = {}
        for name in names:
            asked = protocol.ServerReflectionRequest(file_containing_symbol=name)
            _take(found, await self._ask(asked), name)
        while missing := _missing(found):
            for name in missing:
                asked = protocol.ServerReflectionRequest(file_by_filename=name)
                _take(found, await self._ask(asked), name)
                if name not in found:
                    raise invalid(f"The source does not send its file {name!r}.")
        try:
            return assembled(found.values())
        except DescriptorsError as error:
            why = "What the source says of itself cannot be used."
            raise invalid(why, detail=error.message) from None

    async def _ask(self, request: Any) -> Any:
        """One answer; in the older version of the protocol where that is the one."""
        try:
            return await self._asked(request)
        except grpc.RpcError as error:
            if error.code() is not grpc.StatusCode.UNIMPLEMENTED:
                raise
        if self.version == _VERSIONS[-1]:
            raise _silent()
        self.version = _VERSIONS[-1]
        return await self._ask(request)

    async def _asked(self, request: Any) -> Any:
        path = f"/grpc.reflection.{self.version}.ServerReflection/ServerReflectionInfo"
        make = self.channel.unary_stream(
            path,
            request_serializer=protocol.ServerReflectionRequest.SerializeToString,
            response_deserializer=protocol.ServerReflectionResponse.FromString,
        )
        call = make(request, timeout=self.seconds, metadata=tuple(self.metadata))
        try:
            told = await call.read()
        finally:
            call.cancel()
        if told is grpc.aio.EOF:
            raise _silent()
        return told


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


def _silent() -> UpstreamError:
    return invalid(
        "The source does not describe itself.",
        detail="it has no server reflection: name a file under 'descriptors'",
    )
