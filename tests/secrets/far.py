"""Secrets of systems that are spoken to in other ways than plain HTTP, all wrong.

In charge of a second project: gRPC, GraphQL, PostgreSQL, brokers, keys of tokens and of
TLS, releases, traces and an admin API; and of the systems that quote what they hear.
"""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, closing, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from struct import pack, unpack
from typing import Any
from urllib.parse import urlsplit

import grpc
import orjson
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from joserfc.jwk import ECKey

from tests.grpc_server import descriptor_set
from tests.project import write
from tests.secrets.stand import HELLO

SECRETS: Mapping[str, str] = {
    name.upper(): f"cnry-{name}-qzvxkwpjmb"
    for name in (
        "rpc",
        "rpcmeta",
        "graph",
        "graphkey",
        "pg",
        "kafka",
        "nats",
        "natsurl",
        "trino",
        "keypass",
        "otlp",
        "admin",
        "signed",
        "store",
        "cache",
        "kv",
        "pager",
        "spans",
    )
}
"""What the environment has, by name."""
SIGNING = ECKey.generate_key("P-256")
"""A signing key, whole, where only its public half belongs."""
PRIVATE = str(SIGNING.as_dict(private=True)["d"])
SDL = """
directive @tag(name: String!) repeatable on FIELD_DEFINITION | ARGUMENT_DEFINITION
type Query { ASKED }
type Subscription { topic: Told  subject: Told  tokened: Told }
type Told { name: String  id: String }
"""
STEPS: Mapping[str, str] = {
    "rpc": "type: grpc, source: rpc, service: bank.v1.Accounts, rpc: GetAccount, "
    'message: { accountId: "${ who }" }, metadata: { x-who: "${ who }" }, '
    "select: \"{'name': response.body.holderName, 'id': response.body.id}\"",
    "quoted": "type: grpc, source: rpc, service: bank.v1.Accounts, rpc: Close, "
    'message: { accountId: "${ who }" }, '
    "select: \"{'name': response.body.holderName, 'id': response.body.id}\"",
    "graph": "type: graphql, source: graph, "
    "document: 'query One($who: String) { told(who: $who) { name id } }'",
    "down": "type: graphql, source: down, "
    "document: 'query One($who: String) { told(who: $who) { name id } }'",
    "wrong": "type: warehouse, source: pg, query: \"SELECT :who AS name, '1' AS id\"",
    "trino": "type: warehouse, source: trino, "
    "query: \"SELECT :who AS name, '1' AS id\"",
    "sealed": "source: sealed, endpoint: /good, "
    "escalate: { source: pager, endpoint: /pager, after: 1 in 1m }",
    "kv": "type: redis, source: kv, command: [GET, '${ who }'], "
    "cache: { ttl: 1m }, select: \"{'name': response.body, 'id': ''}\"",
}
"""One operation each, all with one argument."""
_TLS, _GSS = 80877103, 80877104
"""How a client of PostgreSQL asks for a line that nobody else reads."""
STREAMS: Mapping[str, str] = {
    "topic": "source: topic, channel: a",
    "subject": "source: subject, channel: a",
    "tokened": "source: tokened, channel: a",
}
"""One subscription each."""


def files(url: str, rpc: str, pg: str, kv: str) -> dict[str, str]:
    """The project; ``pg`` is the URL of a PostgreSQL that lets nobody in."""
    made = {
        f"profiles/{name}.yaml": f"language: 1\noperation: {name}\n"
        f"steps: [{{ name: it, role: optional, {step} }}]\n"
        "aggregation: { strategy: merge }\n"
        for name, step in STEPS.items()
    }
    for name, step in STREAMS.items():
        made[f"profiles/{name}.yaml"] = (
            f"language: 1\noperation: {name}\nkind: subscription\n"
            f"steps: [{{ name: it, type: stream, {step} }}]\n"
        )
    asked = "\n  ".join(f"{name}(who: String): Told" for name in STEPS)
    made["schema/s.graphql"] = SDL.replace("ASKED", asked)
    made["headwater.yaml"] = DEPLOYMENT.format(
        url=url,
        secure=url.replace("http://", "https://"),
        graph=url,
        rpc=rpc,
        pg=pg,
        kv=kv,
        host=urlsplit(url).netloc,
    )
    return made


DEPLOYMENT = """
sources:
  rpc:
    url: "grpc://{rpc}"
    descriptors: ./bank.binpb
    auth: {{ bearer: "${{RPC}}" }}
    headers: {{ x-k: "${{RPCMETA}}" }}
  graph:
    type: graphql
    url: "{graph}/graph"
    headers: {{ x-k: "${{GRAPHKEY}}" }}
    auth: {{ basic: {{ username: hw, password: "${{GRAPH}}" }} }}
  down:
    type: graphql
    url: "{graph}/graphdown"
    auth: {{ bearer: "${{GRAPH}}" }}
  pg: {{ url: "{pg}", password: "${{PG}}" }}
  trino: {{ url: "trino://hw:${{TRINO}}@127.0.0.1:1/bank" }}
  sealed:
    url: "{secure}"
    tls: {{ cert: ./cert.pem, key: ./key.pem, password: "${{KEYPASS}}" }}
  topic: {{ url: "kafka://127.0.0.1:1", user: hw, password: "${{KAFKA}}" }}
  subject: {{ url: "nats://hw:${{NATSURL}}@127.0.0.1:1" }}
  tokened: {{ url: "nats://127.0.0.1:1", token: "${{NATS}}" }}
  kv: {{ url: "redis://hw:${{KV}}@{kv}/0" }}
  pager: {{ url: "{graph}", auth: {{ bearer: "${{PAGER}}" }} }}
cache: {{ url: "redis://:${{CACHE}}@{kv}/0" }}
auth:
  anonymous: true
  jwt: [{{ issuer: "https://idp.test", audience: bank, jwks: ./keys.json }}]
admin: {{ port: 0, tokens: {{ ci: "${{ADMIN}}" }} }}
plan: {{ when: "true", inspect: "true" }}
explorer: true
telemetry: {{ otlp: "http://hw:${{OTLP}}@{host}", sample: 100%, slow: 1ms }}
"""


def project(folder: Path, url: str, rpc: str, pg: str, kv: str = "127.0.0.1:1") -> Path:
    """The deployment file of the project, with keys and certificates beside it."""
    config = write(folder, files(url, rpc, pg, kv))
    (folder / "bank.binpb").write_bytes(descriptor_set())
    whole = {**SIGNING.as_dict(private=True), "kid": "k1"}
    (folder / "keys.json").write_bytes(orjson.dumps({"keys": [whole]}))
    key = ec.generate_private_key(ec.SECP256R1())
    (folder / "key.pem").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.BestAvailableEncryption(SECRETS["KEYPASS"].encode()),
        )
    )
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "hw")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    (folder / "cert.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    return config


def quoting(who: str) -> str:
    """What a system says that quotes whatever it was sent, and what it knows."""
    return f"no account of {who}, mail {who}@core.internal, card 4111 1111 1111 1111"


@asynccontextmanager
async def rpcs(who: str) -> AsyncIterator[str]:
    """A gRPC server that refuses, in words that quote: its address."""

    async def refuse(content: bytes, context: Any) -> bytes:
        sent = dict(context.invocation_metadata())
        said = f"{quoting(who)} by {sent.get('authorization')} x-k={sent.get('x-k')}"
        await context.abort(grpc.StatusCode.FAILED_PRECONDITION, said)
        return b""

    async def loud(content: bytes, context: Any) -> bytes:
        said = f"\"{who}\"\n\tis '{who}'" * 1_000
        await context.abort(grpc.StatusCode.INTERNAL, said)
        return b""

    one = grpc.unary_unary_rpc_method_handler
    handlers = {"GetAccount": one(refuse), "Close": one(loud)}
    server = grpc.aio.server()
    generic = grpc.method_handlers_generic_handler("bank.v1.Accounts", handlers)
    server.add_generic_rpc_handlers((generic,))
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    try:
        yield f"127.0.0.1:{port}"
    finally:
        await server.stop(None)


async def refusing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """A Redis that lets nobody in, and says with which words he came."""
    with closing(writer), suppress(ConnectionError):
        while came := await reader.read(10_000):
            writer.write(b"-WRONGPASS by " + b" ".join(came.split()) + b"\r\n")
            await writer.drain()


async def knowing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """A PostgreSQL that asks for the password, and says that it was this one."""
    with closing(writer), suppress(ConnectionError, asyncio.IncompleteReadError):
        while True:
            size, code = unpack(">ii", await reader.readexactly(8))
            if code not in (_TLS, _GSS):
                break
            writer.write(b"N")
        await reader.readexactly(size - 8)
        writer.write(b"R" + pack(">ii", 8, 3))
        _, size = unpack(">ci", await reader.readexactly(5))
        given = await reader.readexactly(size - 4)
        told = b"SFATAL\0C28P01\0Mno login by " + given + b"\0"
        writer.write(b"E" + pack(">i", len(told) + 4) + told)
        await writer.drain()


class Quoting:
    """An HTTP system that answers with what it was told; it keeps traces' bodies."""

    def __init__(self, who: str) -> None:
        self.who = who
        self.traces: list[bytes] = []

    async def __call__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        try:
            while line := await reader.read(1):
                if line == HELLO:
                    return
                line += await reader.readline()
                head: dict[str, str] = {}
                while (one := await reader.readline()).strip():
                    name, _, value = one.decode("latin-1").partition(":")
                    head[name.lower()] = value.strip()
                body = await reader.readexactly(int(head.get("content-length", "0")))
                writer.write(self._answer(line.decode().split(" ")[1], head, body))
                await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError, IndexError):
            pass
        finally:
            writer.close()

    def _answer(self, path: str, head: Mapping[str, str], body: bytes) -> bytes:
        said = f"{quoting(self.who)} by {head.get('authorization')} {head.get('x-k')}"
        if path.startswith("/v1/traces"):
            packed = head.get("content-encoding") == "gzip"
            self.traces.append(gzip.decompress(body) if packed else body)
            return _reply("400 No", said.encode(), "text/plain")
        if path.startswith("/pager"):
            return _reply("404 No", said.encode(), "text/plain")
        errors = [{"message": said, "path": ["told", self.who, 4111]}] * 5
        content = orjson.dumps({"data": None, "errors": errors})
        status = "500 Oops" if path.startswith("/graphdown") else "200 OK"
        return _reply(status, content, "application/json")


def _reply(status: str, body: bytes, kind: str) -> bytes:
    head = f"HTTP/1.1 {status}\r\ncontent-type: {kind}\r\n"
    return f"{head}content-length: {len(body)}\r\n\r\n".encode() + body
