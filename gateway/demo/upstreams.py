"""The demo's upstreams: nine services of a small bank, a port each, in one process.

In charge of which services there are, where they listen and how they are broken and
mended. Run as ``python -m gateway.demo.upstreams``; it prints one line of JSON, its
services' addresses, as soon as all of them listen.

One more port takes the control calls, so that a service that is down can be mended;
each service takes them too: ``GET /-/calls``, ``POST /-/break``, ``POST /-/mend``.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import signal
from functools import partial
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.responses import JSONResponse
from starlette.routing import Mount, Route

from gateway.demo.listener import HOST, Listener, Mode, PortTakenError
from gateway.demo.services import service

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from starlette.requests import Request

CONTROL = "control"
CONTROL_PORT = 4100
LATENCY: Mapping[str, float] = {
    "accounts": 0.020,
    "transactions": 0.040,
    "fraud": 0.015,
    "cases": 0.060,
    "branches": 0.010,
    "merchants": 0.010,
    "categories": 0.005,
    "messages": 0.030,
    "rewards": 0.025,
}
"""The services, in the order of their ports, and the seconds each takes."""


class Upstreams:
    """All services and the control port beside them."""

    def __init__(self, first_port: int) -> None:
        """Ports count up from ``first_port``, the control's; 0 takes free ones."""
        control = self._control()
        self._control_listener = Listener(
            CONTROL, Starlette(routes=[control]), port=first_port, latency=0
        )
        self.services = {
            name: Listener(
                name,
                service(name, self._control(name)),
                port=first_port and first_port + number,
                latency=latency,
            )
            for number, (name, latency) in enumerate(LATENCY.items(), start=1)
        }

    async def open(self) -> Mapping[str, str]:
        """Listen everywhere and give the addresses by name.

        A port that another program has is replaced by a free one: a demo that starts
        beats a demo at the ports its documentation names.
        """
        everyone = (self._control_listener, *self.services.values())
        for listener in everyone:
            try:
                await listener.open()
            except PortTakenError:
                listener.port = 0
                await listener.open()
        return {listener.name: listener.url for listener in everyone}

    async def close(self) -> None:
        everyone = (self._control_listener, *self.services.values())
        await asyncio.gather(*(listener.close() for listener in everyone))

    def _control(self, own: str | None = None) -> Mount:
        async def calls(_: Request) -> JSONResponse:
            return JSONResponse({n: one.calls for n, one in self.services.items()})

        async def turn(request: Request) -> JSONResponse:
            wanted = dict(request.query_params)
            mending = request.url.path.endswith("/mend")
            mode = "up" if mending else wanted.get("mode", "down")
            name = wanted.get("service", own)
            if name not in self.services or mode not in set(Mode):
                known = {"services": list(LATENCY), "modes": [str(m) for m in Mode]}
                return JSONResponse({"error": "unknown service or mode", **known}, 400)
            answer = JSONResponse({"service": name, "mode": mode})
            turning = partial(self.services[name].turn, Mode(mode))
            if name == own:
                # A service that goes down must not cut the answer that says so.
                answer.background = BackgroundTask(turning)
            else:
                await turning()
            return answer

        routes = [
            Route("/calls", calls),
            Route("/break", turn, methods=["POST"]),
            Route("/mend", turn, methods=["POST"]),
        ]
        return Mount("/-", routes=routes)


async def _run(first_port: int, host: str) -> None:
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, ended.set)
    Listener.host = host
    upstreams = Upstreams(first_port)
    print(json.dumps(await upstreams.open()), flush=True)  # noqa: T201 - the parent reads it
    await ended.wait()
    await upstreams.close()


def main(arguments: Sequence[str] | None = None) -> None:
    """Serve until SIGINT or SIGTERM."""
    parser = argparse.ArgumentParser(prog="python -m gateway.demo.upstreams")
    parser.add_argument(
        "--first-port",
        type=int,
        default=CONTROL_PORT,
        help="the control port; the services follow it (0: free ports)",
    )
    parser.add_argument(
        "--host", default=HOST, help="address to listen on; in a container 0.0.0.0"
    )
    asked = parser.parse_args(arguments)
    asyncio.run(_run(asked.first_port, asked.host))


if __name__ == "__main__":
    main()
