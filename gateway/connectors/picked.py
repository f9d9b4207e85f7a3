"""Several places of one system, of which each call goes to the one that was picked.

In charge of which place a call belongs to. Who picks it is the engine, by an input that
every step of such a source has. Must never let a call go to another place.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING, Any

from gateway.connectors.base import PICK, Call, Reply, Wire
from gateway.connectors.probing import Probed
from gateway.connectors.rendering import rejected
from gateway.connectors.rest import RestSource
from gateway.connectors.settings import PlacesSettings
from gateway.values import JsonValue

if TYPE_CHECKING:
    from gateway.connectors.transport.streaming import Streamed


class PickedSource:
    """One HTTP API that has several places, each with its connections."""

    __slots__ = ("_places",)

    def __init__(self, settings: PlacesSettings) -> None:
        self._places = {n: RestSource(one) for n, one in settings.places.items()}

    def _of(self, call: Call[Any]) -> RestSource:
        """The place of a call.

        Raises:
            UpstreamError: rejected, where none was picked.
        """
        picked = call.inputs.get(PICK.name)
        found = self._places.get(picked) if isinstance(picked, str) else None
        if found is None:
            raise rejected("No place of the source was picked.")
        return found

    def render(self, call: Call[Any]) -> Wire:
        made = self._of(call).render(call)
        return Wire((call.inputs[PICK.name], made.key), made.request)

    async def call(self, call: Call[Any]) -> Reply:
        return await self._of(call).call(call)

    def streamed(
        self, call: Call[Any], added: Mapping[str, str]
    ) -> AbstractAsyncContextManager[Streamed]:
        """As a place's own."""
        return self._of(call).streamed(call, added)

    async def probe(self, targets: Mapping[str, object]) -> Probed:
        """Try every place; one that does not work is named by its error."""
        said = [
            f"{name}: {(await place.probe(targets)).said}"
            for name, place in self._places.items()
        ]
        return Probed("; ".join(said))

    def describe(self, call: Call[Any]) -> Mapping[str, JsonValue]:
        return self._of(call).describe(call)

    async def close(self) -> None:
        for place in self._places.values():
            await place.close()
