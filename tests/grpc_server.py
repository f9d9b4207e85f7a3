"""A real gRPC server for tests, in a process of its own: `bank.proto` by descriptors.

`grpc_server` is a fixture of the session: import it into a folder's `conftest.py`. The
server describes itself by reflection. Run as a program it serves until it is killed:

    python -m tests.grpc_server DESCRIPTORS PORT reflect|silent
"""

from __future__ import annotations

import asyncio
import re
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests import ports

SERVICE = "bank.v1.Accounts"
_PROTO = Path(__file__).with_name("bank.proto")
_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])")


@cache
def descriptor_set() -> bytes:
    """The descriptors of `bank.proto`, compiled once for all."""
    from gateway.loading.offering import compiled

    return compiled((_PROTO,), (_PROTO.read_bytes(),)).content()


@dataclass(slots=True)
class GrpcServer:
    """One server; it can be killed and started again on its port."""

    descriptors: Path
    port: int = field(default_factory=ports.free)
    reflects: bool = True
    _process: subprocess.Popen[str] | None = None

    @property
    def target(self) -> str:
        return f"127.0.0.1:{self.port}"

    def start(self) -> None:
        """Returns when it takes calls."""
        program = [sys.executable, "-m", "tests.grpc_server", str(self.descriptors)]
        program += [str(self.port), "reflect" if self.reflects else "silent"]
        root = Path(__file__).parents[1]
        self._process = subprocess.Popen(
            program, stdout=subprocess.PIPE, text=True, cwd=root
        )
        assert self._process.stdout is not None
        assert self._process.stdout.readline() == "ready\n"

    def kill(self) -> None:
        """Gone at once, in the middle of whatever it does."""
        if self._process is not None:
            self._process.send_signal(signal.SIGKILL)
            self._process.communicate()
            self._process = None


@pytest.fixture(scope="session")
def bank_descriptors(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The server's descriptors in a file."""
    path: Path = tmp_path_factory.mktemp("grpc") / "bank.binpb"
    path.write_bytes(descriptor_set())
    return path


@pytest.fixture(scope="session")
def grpc_server(bank_descriptors: Path) -> Iterator[GrpcServer]:
    """A running server for all tests; none of them may stop it."""
    server = GrpcServer(bank_descriptors)
    server.start()
    yield server
    server.kill()


# -- the program -----------------------------------------------------------------------


class Bank:
    """What the rpcs do, with messages made from descriptors."""

    def __init__(self, pool: Any) -> None:
        from google.protobuf import message_factory

        self._pool = pool
        self._class = message_factory.GetMessageClass
        self.running = 0
        self.cancelled = 0

    def _new(self, name: str, values: dict[str, Any]) -> bytes:
        from google.protobuf import json_format

        kind = self._class(self._pool.FindMessageTypeByName(f"bank.v1.{name}"))
        made = json_format.ParseDict(values, kind(), descriptor_pool=self._pool)
        return bytes(made.SerializeToString())

    def _read(self, name: str, content: bytes) -> Any:
        kind = self._class(self._pool.FindMessageTypeByName(f"bank.v1.{name}"))
        return kind.FromString(content)

    async def get_account(self, content: bytes, context: Any) -> bytes:
        import grpc

        asked = self._read("GetAccountRequest", content)
        if asked.account_id == "none":
            await context.abort(grpc.StatusCode.NOT_FOUND, "no such account")
        if asked.account_id == "huge":
            return self._new("Account", {"id": "x" * 200_000})
        money = {"@type": "type.googleapis.com/bank.v1.Money", "currency": "EUR"}
        return self._new(
            "Account",
            {
                "id": asked.account_id,
                "holderName": "Ada Lindqvist",
                "status": "OPEN",
                "balance": {"currency": "EUR", "minorUnits": "9007199254740993"},
                "version": str(asked.version or 2**62 + 1),
                "checksum": str(2**64 - 1),
                "token": "AAEC",
                "rate": 0.1,
                "score": 0.1,
                "tags": list(asked.tags),
                "limits": {"day": "5", **dict(asked.limits)},
                "openedAt": "2020-01-02T03:04:05.006Z",
                "idle": "1.5s",
                "nickname": "ada",
                "extra": {"a": [1, None, {"b": True}]},
                "detail": {**money, "minorUnits": "9007199254740993"},
                "shown": "id,holderName",
                "owner": {"name": "Ada", "deputy": {"name": "Bo"}},
                "email": "ada@example.com",
            },
        )

    close = get_account

    async def refuse(self, content: bytes, context: Any) -> bytes:
        import grpc

        name = self._read("SayRequest", content).what
        await context.abort(grpc.StatusCode[name], "the server's own words")
        return b""

    async def list_entries(self, content: bytes, _: Any) -> AsyncIterator[bytes]:
        asked = self._read("ListRequest", content)
        for number in range(asked.count):
            text = "x" * asked.bytes_each
            yield self._new("Entry", {"number": str(number), "text": text})

    async def upload(self, _: Any, __: Any) -> bytes:
        return b""

    async def wait(self, _: bytes, __: Any) -> bytes:
        self.running += 1
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        finally:
            self.running -= 1
        return b""

    async def hear(self, _: bytes, context: Any) -> bytes:
        import grpc

        metadata = dict(context.invocation_metadata())
        wanted = metadata.get("only", metadata.get("authorization"))
        if metadata.get("authorization") != wanted:
            await context.abort(grpc.StatusCode.UNAUTHENTICATED, "who are you")
        said = {
            key: value if isinstance(value, str) else value.hex()
            for key, value in context.invocation_metadata()
        }
        return self._new(
            "Heard",
            {
                "metadata": said,
                "secondsLeft": context.time_remaining(),
                "running": self.running,
                "cancelled": self.cancelled,
            },
        )

    async def garble(self, content: bytes, _: Any) -> bytes:
        what = self._read("SayRequest", content).what
        return b"\x0a\x02\xff\xfe" if what == "utf-8" else b"\xff\xff\xff"


async def _serve(content: bytes, port: int, *, reflects: bool) -> None:
    import grpc
    from grpc_reflection.v1alpha import reflection

    from gateway.connectors.grpc.descriptors import read_set

    found = read_set(content)
    bank = Bank(found.pool)
    handlers = {}
    for method in found.services[SERVICE].methods:
        make = grpc.unary_unary_rpc_method_handler
        if method.server_streaming:
            make = grpc.unary_stream_rpc_method_handler
        if method.client_streaming:
            make = grpc.stream_unary_rpc_method_handler
        handlers[method.name] = make(getattr(bank, _HUMP.sub("_", method.name).lower()))
    server = grpc.aio.server()
    generic = grpc.method_handlers_generic_handler(SERVICE, handlers)
    server.add_generic_rpc_handlers((generic,))
    if reflects:
        names = (SERVICE, reflection.SERVICE_NAME)
        reflection.enable_server_reflection(names, server, pool=found.pool)
    server.add_insecure_port(f"127.0.0.1:{port}")
    await server.start()
    print("ready", flush=True)
    await server.wait_for_termination()


if __name__ == "__main__":
    _, file, where, how = sys.argv
    asyncio.run(_serve(Path(file).read_bytes(), int(where), reflects=how == "reflect"))
