"""What a gRPC system offers, by its descriptors: services, rpcs, messages.

In charge of reading descriptor sets and of finding things in them by name. Must never
ask a server. The only importer of protobuf's descriptors.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from google.protobuf import (
    any_pb2,
    descriptor_pb2,
    descriptor_pool,
    duration_pb2,
    empty_pb2,
    field_mask_pb2,
    message_factory,
    struct_pb2,
    timestamp_pb2,
    wrappers_pb2,
)
from google.protobuf.message import DecodeError

from gateway.connectors.grpc.reading import Names, Reader
from gateway.connectors.grpc.writing import writer
from gateway.values import digest

_KNOWN = {
    each.DESCRIPTOR.name: each.DESCRIPTOR
    for each in (
        any_pb2,
        descriptor_pb2,
        duration_pb2,
        empty_pb2,
        field_mask_pb2,
        struct_pb2,
        timestamp_pb2,
        wrappers_pb2,
    )
}
"""Files that protobuf itself brings, for sets that leave them out."""
_NO_SIDE_EFFECTS = 1
_IDEMPOTENT = 2


class DescriptorsError(Exception):
    """A descriptor set that is of no use; the text says why."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


@dataclass(frozen=True)
class Method:
    """One rpc. Equal to that of the same name in an equal set."""

    service: str
    name: str
    digest: str
    descriptor: Any = field(repr=False, compare=False)
    pool: Any = field(repr=False, compare=False)

    @property
    def path(self) -> str:
        return f"/{self.service}/{self.name}"

    @property
    def input(self) -> Any:
        return self.descriptor.input_type

    @property
    def output(self) -> Any:
        return self.descriptor.output_type

    @property
    def takes_stream(self) -> bool:
        return bool(self.descriptor.client_streaming)

    @property
    def gives_stream(self) -> bool:
        return bool(self.descriptor.server_streaming)

    @cached_property
    def reads(self) -> bool:
        """Whether its `idempotency_level` says that it changes nothing."""
        return self._level == _NO_SIDE_EFFECTS

    @cached_property
    def idempotent(self) -> bool:
        """Whether its `idempotency_level` says that twice is the same as once."""
        return self._level in (_NO_SIDE_EFFECTS, _IDEMPOTENT)

    @property
    def _level(self) -> int:
        return int(self.descriptor.GetOptions().idempotency_level)

    @cached_property
    def write(self) -> Any:
        """A message as values → its bytes; raises UpstreamError (rejected)."""
        return writer(message_factory.GetMessageClass(self.input), self.pool)

    @cached_property
    def _readers(self) -> dict[Names, Reader]:
        return {}

    def reader(self, names: Names) -> Reader:
        """Bytes of an answer → its values, under these names."""
        found = self._readers.get(names)
        if found is None:
            found = self._readers[names] = Reader(self.output, self.pool, names)
        return found


@dataclass(frozen=True)
class Descriptors:
    """Services by their full names. Shown and compared by content."""

    digest: str
    pool: Any = field(repr=False, compare=False)
    files: tuple[Any, ...] = field(repr=False, compare=False)

    @cached_property
    def services(self) -> Mapping[str, Any]:
        return {
            service.full_name: service
            for file in self.files
            for service in file.services_by_name.values()
        }

    def rpcs(self, service: str) -> tuple[str, ...]:
        """The names of a service's rpcs, as declared."""
        return tuple(method.name for method in self.services[service].methods)

    def content(self) -> bytes:
        """All of it as a file of descriptors, for `read_set` to read again."""
        made = descriptor_pb2.FileDescriptorSet()
        for file in self.files:
            file.CopyToProto(made.file.add())
        return bytes(made.SerializeToString(deterministic=True))

    def method(self, service: str, rpc: str) -> Method | None:
        """An rpc; None where there is none of this name."""
        found = self.services.get(service)
        method = found.methods_by_name.get(rpc) if found is not None else None
        if method is None:
            return None
        return Method(service, rpc, self.digest, method, self.pool)


def built_in(name: str) -> bool:
    """Whether protobuf itself brings this file."""
    return name in _KNOWN


def read_set(content: bytes) -> Descriptors:
    """The descriptors in a file as `protoc --descriptor_set_out` writes it.

    Raises:
        DescriptorsError: it is no such file, or lacks what its files import.
    """
    hint = "write it with protoc --include_imports --descriptor_set_out=FILE"
    try:
        found = descriptor_pb2.FileDescriptorSet.FromString(content)
    except DecodeError:
        raise DescriptorsError("this is no descriptor set", hint) from None
    if not found.file:
        raise DescriptorsError("this descriptor set is empty", hint)
    return assembled(found.file)


def assembled(protos: Iterable[Any]) -> Descriptors:
    """Files of descriptors, in whatever order, as one.

    Raises:
        DescriptorsError: one is missing, or does not fit the others.
    """
    by_name = {proto.name: proto for proto in protos}
    pool = descriptor_pool.DescriptorPool()
    added: set[str] = set()
    for name in tuple(by_name):
        _add(name, by_name, pool, added, ())
    texts = (by_name[n].SerializeToString(deterministic=True) for n in sorted(by_name))
    files = tuple(pool.FindFileByName(name) for name in by_name)
    return Descriptors(digest(*(text.hex() for text in texts)), pool, files)


def _add(
    name: str,
    protos: Mapping[str, Any],
    pool: Any,
    added: set[str],
    path: tuple[str, ...],
) -> None:
    """A file after those that it imports."""
    if name in added:
        return
    hint = "write it with protoc --include_imports"
    if name in path:
        raise DescriptorsError(f"{name} imports itself", hint)
    proto = protos.get(name)
    if proto is None:
        known = _KNOWN.get(name)
        if known is None:
            raise DescriptorsError(f"{path[-1]} imports {name}, which is missing", hint)
        proto = descriptor_pb2.FileDescriptorProto.FromString(known.serialized_pb)
    for each in proto.dependency:
        _add(each, protos, pool, added, (*path, name))
    try:
        pool.AddSerializedFile(proto.SerializeToString())
    except (TypeError, ValueError) as error:
        why = str(error).partition("\n")[0]
        raise DescriptorsError(f"{name} cannot be used: {why}", hint) from None
    added.add(name)
