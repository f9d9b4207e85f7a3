"""gRPC at load time: `type: grpc` steps.

In charge of what of a call is fixed when a profile is loaded, and of holding it to the
source's descriptors where a file has them. Must never do I/O.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, ClassVar, cast

from gateway.connectors.base import ReplyRules, Section, Slot
from gateway.connectors.grpc.codes import CODES
from gateway.connectors.grpc.options import GrpcOptions
from gateway.connectors.grpc.target import GrpcTarget
from gateway.errors import did_you_mean
from gateway.record import Model
from gateway.shape import FieldShape, TypeShape

if TYPE_CHECKING:
    from gateway.connectors.grpc.descriptors import Descriptors, Method
    from gateway.connectors.grpc.reading import Names

_KEY = re.compile(r"(?!grpc-)[0-9a-z_.-]+")


class Offer(Model, frozen=True):
    """What is known of a source when profiles are loaded, and how it names fields."""

    descriptors: Descriptors
    snake: bool = False

    @property
    def names(self) -> Names:
        from gateway.connectors.grpc.reading import Names

        return Names.PROTO if self.snake else Names.JSON


class GrpcStep(Model, frozen=True):
    """Load time of ``type: grpc``. Without an offer, nothing is known of its source."""

    names: ClassVar[tuple[str, ...]] = ("grpc",)
    options: ClassVar[type[GrpcOptions]] = GrpcOptions
    sources: ClassVar[frozenset[str]] = frozenset({"grpc"})
    default_source: ClassVar[str | None] = "default"
    offer: Offer | None = None

    def knowing(self, described: object) -> GrpcStep:
        """The same, with what is known of the step's source."""
        return GrpcStep(described) if isinstance(described, Offer) else self

    def compile(self, section: Section, options: object) -> GrpcTarget:
        asked = cast("GrpcOptions", options)
        method = self._method(asked)
        if self.offer is not None:
            _check(section, asked, self.offer.descriptors, method)
        message = asked.message
        filled = (
            {key: section.value(("message", key), message[key]) for key in message}
            if isinstance(message, Mapping)
            else section.value(("message",), message)
        )
        if method is None and not isinstance(filled, Mapping | Slot | None):
            section.problem(("message",), "a message is a map of fields")
        for name in asked.metadata:
            _check_key(section, name)
        return GrpcTarget(
            service=asked.service,
            rpc=asked.rpc,
            message=filled,
            metadata={
                name: section.value(("metadata", name), value)
                for name, value in asked.metadata.items()
            },
            accepts=frozenset(asked.on_status),
            most=asked.max_messages,
            method=method,
        )

    def shape(self, options: object) -> tuple[FieldShape, ...] | None:
        from gateway.connectors.grpc.shapes import fields_of

        method = self._answering(options)
        if method is None or self.offer is None:
            return None
        return fields_of(method.output, self.offer.names)

    def types(self, options: object, name: str) -> tuple[TypeShape, ...]:
        """The answer's type under this name, and those inside of it."""
        from gateway.connectors.grpc.shapes import types_of

        method = self._answering(options)
        if method is None or self.offer is None or self.shape(options) is None:
            return ()
        return types_of(method.output, self.offer.names, name)

    def gives_list(self, options: object) -> bool:
        """Whether the answer is a list: the messages of a stream."""
        method = self._answering(options)
        return method is not None and method.gives_stream

    def rules(self, options: object) -> ReplyRules:
        asked = cast("GrpcOptions", options)
        method = self._method(asked)
        accepted = {CODES[name]: value for name, value in asked.on_status.items()}
        reads = method is not None and method.reads
        return ReplyRules(accepted, asked.success_if, reads)

    def idempotent(self, options: object) -> bool:
        asked = cast("GrpcOptions", options)
        if asked.idempotent is not None:
            return asked.idempotent
        method = self._method(asked)
        return method is not None and method.idempotent

    def _answering(self, options: object) -> Method | None:
        """The rpc whose answer the step gives whole."""
        if getattr(options, "select", None) is not None:
            return None
        return self._method(cast("GrpcOptions", options))

    def _method(self, asked: GrpcOptions) -> Method | None:
        if self.offer is None:
            return None
        return self.offer.descriptors.method(asked.service, asked.rpc)


def _check(
    section: Section, asked: GrpcOptions, known: Descriptors, method: Method | None
) -> None:
    """Hold a step to what its source offers."""
    from gateway.connectors.grpc.checking import MessageCheck

    if asked.service not in known.services:
        _unknown(section, "service", f"a service {asked.service!r}", known.services)
    elif method is None:
        rpcs = known.rpcs(asked.service)
        _unknown(section, "rpc", f"an rpc {asked.service}/{asked.rpc}", rpcs)
    elif method.takes_stream:
        section.problem(
            ("rpc",),
            f"{asked.rpc} takes a stream of messages, and a step sends one",
            hint="call a unary or server-streaming rpc",
        )
    else:
        message = {} if asked.message is None else asked.message
        check = MessageCheck(section, known.pool)
        check.check(method.input, message, ("message",))


def _unknown(section: Section, key: str, what: str, known: Iterable[str]) -> None:
    wanted = what.rpartition("/")[2].rpartition(" ")[2].strip("'")
    hint = did_you_mean(wanted, known) or f"there are: {', '.join(sorted(known))}"
    section.problem((key,), f"the source's descriptors do not have {what}", hint=hint)


def _check_key(section: Section, name: str) -> None:
    if _KEY.fullmatch(name.lower()) is None:
        message = f"{name!r} is no name of metadata"
        hint = "write letters, digits, - _ and . that do not begin with grpc-"
        section.problem(("metadata", name), message, hint=hint)
