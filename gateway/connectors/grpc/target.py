"""What a gRPC step calls, as compiled. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from gateway.record import Model, field

if TYPE_CHECKING:
    from gateway.connectors.grpc.descriptors import Method


class GrpcTarget(Model, frozen=True):
    """One configured call.

    ``message`` and ``metadata`` are maps of constants and slots; ``message`` may be
    one slot. ``accepts`` are the statuses that are answers. ``method`` is the rpc as
    its descriptors have it; None where the server is asked for them.
    """

    service: str
    rpc: str
    message: object = None
    metadata: Mapping[str, object] = field(default_factory=dict)
    accepts: frozenset[str] = frozenset()
    most: int = 10_000
    method: Method | None = None

    @property
    def path(self) -> str:
        """What is called, as HTTP/2 has it."""
        return f"/{self.service}/{self.rpc}"
