"""`cache.url`, `profiles.state` of a deployment → where incidents are known once.

In charge of which store that is. Connects to nothing: a store does so when it is asked.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.clock import Clock
from gateway.deployment import Deployment
from gateway.record import Struct, field

if TYPE_CHECKING:
    from collections.abc import Callable

    from gateway.cache.rolls import Rolls


class RollPool(Struct):
    """The store of the newest deployment; the ones before stay until the end."""

    deployment: Callable[[], Deployment | None]
    clock: Clock
    _opened: dict[str, Rolls] = field(default_factory=dict)

    def current(self) -> Rolls | None:
        """A Redis for a fleet, else a directory for a host, else none."""
        deployment = self.deployment()
        if deployment is None:
            return None
        url, state = deployment.cache.url, deployment.profiles.state
        if url is not None:
            if url not in self._opened:
                from gateway.cache.incidents import SharedIncidents

                self._opened[url] = SharedIncidents(url)
            return self._opened[url]
        if state is None:
            return None
        place = str(state / "incidents")
        if place not in self._opened:
            from gateway.escalation.on_disk import RollsOnDisk

            self._opened[place] = RollsOnDisk(state / "incidents", self.clock)
        return self._opened[place]

    async def closed(self) -> None:
        """Give up every store."""
        opened, self._opened = self._opened, {}
        for rolls in opened.values():
            await rolls.close()
