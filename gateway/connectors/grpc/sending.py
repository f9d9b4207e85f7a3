"""A call as it is sent: message and metadata, rendered once. Pure."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Hashable, Mapping
from typing import NamedTuple, TypeAlias

from gateway.connectors.base import Call, Reply
from gateway.connectors.credentials.proving import token_in
from gateway.connectors.grpc.codes import CODES, failure, named
from gateway.connectors.grpc.target import GrpcTarget
from gateway.connectors.rendering import rejected, text_of
from gateway.connectors.rest_request import filled
from gateway.values import canonical, digest

Metadata: TypeAlias = tuple[tuple[str, str | bytes], ...]
_TRANSPORT = frozenset(
    {"connection", "content-length", "content-type", "keep-alive", "te", "trailer"}
    | {"transfer-encoding", "upgrade", "accept", "accept-encoding", "host"}
    | {"user-agent"}
)
"""What HTTP/2 or gRPC itself says; a caller's word for it is not passed on."""
_KEY = re.compile(r"(?!grpc-)[0-9a-z_.-]+")
_TEXT = re.compile(r"[\x20-\x7e]*")


class Sent(NamedTuple):
    """``content`` is the message's bytes; None where its kind is not known yet.

    ``caller`` is his token, where the source's proof is made of it; it is not sent.
    """

    message: object
    metadata: Metadata
    content: bytes | None
    caller: str | None = None


def rendered(call: Call[GrpcTarget], reads: str | None = None) -> Sent:
    """What goes over the wire; ``reads`` is the header that the proof is made of.

    Raises:
        UpstreamError: rejected, where a value does not fit.
    """
    target = call.target
    message = filled(target.message, call.inputs)
    metadata = metadata_of(
        passed(call.headers, reads), filled(target.metadata, call.inputs)
    )
    caller = None if reads is None else token_in(call.headers.get(reads, ""))
    content = None if target.method is None else target.method.write(message)
    return Sent(message, metadata, content, caller)


def passed(headers: Mapping[str, str], reads: str | None) -> Mapping[str, str]:
    """The headers of a call that travel: all but what its proof is made of."""
    if reads is None or reads not in headers:
        return headers
    return {name: value for name, value in headers.items() if name != reads}


def replied(target: GrpcTarget, http: int, body: object) -> Reply:
    """A reply as written for a test: its status is the one that HTTP would have.

    Raises:
        UpstreamError: it is that of a failure.
    """
    name = named(http, target.accepts)
    if name is None:
        return Reply(body)
    if name in target.accepts:
        return Reply(None, CODES[name])
    raise failure(name, None)


def key_of(target: GrpcTarget, made: Sent) -> tuple[Hashable, ...]:
    """Equal for calls that ask for the same."""
    asked = canonical(made.message) if made.content is None else made.content
    version = None if target.method is None else target.method.digest
    accepts = tuple(sorted(target.accepts))
    who = None if made.caller is None else digest(made.caller)
    return (target.path, asked, made.metadata, accepts, target.most, version, who)


def metadata_of(headers: Mapping[str, str], own: object) -> Metadata:
    """Metadata of the source under that of the step, null entries left out.

    Raises:
        UpstreamError: rejected, for names and values that cannot travel.
    """
    found: dict[str, str | bytes] = {
        name: _value(name, value)
        for name, value in headers.items()
        if name not in _TRANSPORT
    }
    if isinstance(own, Mapping):
        for key, value in own.items():
            name = str(key).lower()
            if value is not None:
                found[name] = _value(name, value)
    return tuple(sorted(found.items()))


def _value(name: str, value: object) -> str | bytes:
    if _KEY.fullmatch(name) is None:
        raise rejected(f"{name!r} is no name of metadata.")
    text = text_of(value, f"metadata {name!r}")
    if not name.endswith("-bin"):
        if _TEXT.fullmatch(text) is None:
            raise rejected(f"The value for metadata {name!r} is not plain ASCII.")
        return text
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise rejected(f"The value for metadata {name!r} is not base64.") from None
