"""What is done to a stack while it is asked: faults, reloads, restarts, kills.

In charge of doing one thing after another, for ever, each put right again. Must never
judge what came of it.
"""

from __future__ import annotations

import asyncio
import os
import signal
import urllib.request
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.stack.asking import workers
from tests.stack.stack import Stack

_BROKEN = "steps: [this is no profile"


@dataclass(slots=True)
class Chaos:
    """``kills`` are when something was killed that may have had requests, by loop time.

    Gateway 1 is restarted and loses workers; gateway 2 serves to the end, so that its
    memory can be watched.
    """

    stack: Stack
    pause: float
    tell: Callable[[str], None]
    kills: list[float] = field(default_factory=list)
    rounds: int = 0

    async def run(self, until: float) -> None:
        """One thing after another until it is time on the loop's clock."""
        loop = asyncio.get_running_loop()
        acts = (
            self._service,
            self._reload,
            self._replace,
            self._broken_profile,
            self._redis_away,
            self._kill_worker,
            self._redis_frozen,
            self._restart,
        )
        number = 0
        while loop.time() < until:
            act: Callable[[], Awaitable[None]] = acts[number % len(acts)]
            self.tell(act.__name__.strip("_").replace("_", " "))
            await act()
            await asyncio.sleep(self.pause)
            number += 1
        self.rounds = number // len(acts)

    # Sources and configuration.

    async def _service(self) -> None:
        for service, mode in (("fraud", "down"), ("transactions", "error")):
            await self._post(f"/-/break?service={service}&mode={mode}")
        await asyncio.sleep(self.pause)
        for service in ("fraud", "transactions"):
            await self._post(f"/-/mend?service={service}")

    async def _post(self, path: str) -> None:
        asked = urllib.request.Request(self.stack.upstreams + path, method="POST")
        await asyncio.to_thread(
            lambda: urllib.request.urlopen(asked, timeout=10).close()
        )

    async def _reload(self) -> None:
        """One that changes what is served, by the watch and by the signal."""
        path, text = self._profile()
        path.write_text(f"{text.rstrip()}\n# {self.pause} {len(text)}\n", "utf-8")
        self._signal("gateway-2", signal.SIGHUP)
        await asyncio.sleep(self.pause)
        path.write_text(text, "utf-8")

    async def _broken_profile(self) -> None:
        path, text = self._profile()
        path.write_text(_BROKEN, "utf-8")
        await asyncio.sleep(self.pause)
        path.write_text(text, "utf-8")

    def _profile(self) -> tuple[Path, str]:
        path = self.stack.wishes.project / "profiles" / "customer360.yaml"
        return path, path.read_text("utf-8")

    # Processes.

    async def _replace(self) -> None:
        self._signal("gateway-1", signal.SIGUSR2)

    async def _kill_worker(self) -> None:
        found = await asyncio.to_thread(workers, self.stack.gateways[0])
        async with self._killing():
            os.kill(min(found), signal.SIGKILL)

    async def _restart(self) -> None:
        """SIGTERM, and a start: what a deployment does to each replica."""
        gateway = self.stack.parts["gateway-1"]
        await asyncio.to_thread(gateway.stop)
        await asyncio.to_thread(gateway.start)

    async def _redis_away(self) -> None:
        redis = self.stack.parts["redis"]
        redis.kill()
        await asyncio.sleep(self.pause)
        await asyncio.to_thread(redis.start)

    async def _redis_frozen(self) -> None:
        redis = self.stack.parts["redis"]
        redis.freeze()
        await asyncio.sleep(self.pause)
        redis.thaw()

    @asynccontextmanager
    async def _killing(self) -> AsyncIterator[None]:
        yield
        self.kills.append(asyncio.get_running_loop().time())

    def _signal(self, name: str, number: signal.Signals) -> None:
        process = self.stack.parts[name]._process
        assert process is not None
        process.send_signal(number)
