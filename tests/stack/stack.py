"""The stack: nginx, gateways of several workers, Redis, PostgreSQL, demo services.

In charge of joining the parts, of their order at the start and at the end, and of
the folder that they write into. `Stack.parts` has them by name, to be killed, frozen
and started again; nothing here says what should come of that.
"""

from __future__ import annotations

import contextlib
import http.client
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from gateway.demo.upstreams import LATENCY
from tests.stack import prometheus, servers
from tests.stack.part import ROOT, Part, StackError
from tests.stack.ports import FIRST, HOST, Ports, chosen

ADMIN_TOKEN = "only-for-this-machine"


@dataclass(frozen=True, slots=True)
class Wishes:
    """``workers`` has one number for each gateway.

    ``first`` is the first port, 0 for any; ``project`` has profiles and schema;
    ``config`` is one deployment file over the other, and ``environment`` what they ask
    for besides `Stack.environment`. ``before`` is called when all but gateways and
    nginx serve. ``watched`` adds a Prometheus where the program is.
    """

    workers: tuple[int, ...] = (2, 2)
    first: int = FIRST
    project: Path = ROOT
    config: tuple[Path, ...] = (ROOT / "deploy" / "stack.yaml",)
    environment: Mapping[str, str] = field(default_factory=dict)
    before: Callable[[Stack], None] | None = None
    watched: bool = False


@dataclass(frozen=True, slots=True)
class Stack:
    """The parts by name: nginx, gateway-1 and so on, redis, postgres, upstreams."""

    wishes: Wishes
    ports: Ports
    state: Path
    parts: dict[str, Part]

    @property
    def url(self) -> str:
        """Where clients ask: nginx."""
        return f"http://{HOST}:{self.ports.nginx}"

    @property
    def gateways(self) -> list[str]:
        """Where the gateways themselves are asked, for `/metrics` and `/-/`."""
        count = range(1, len(self.wishes.workers) + 1)
        return [f"http://{HOST}:{self.ports.gateway(number)}" for number in count]

    @property
    def prometheus(self) -> str:
        """Where Prometheus is asked, if the stack is watched."""
        return f"http://{HOST}:{self.ports.prometheus}"

    @property
    def upstreams(self) -> str:
        """Where services are broken and mended: ``POST /-/break?service=fraud``."""
        return f"http://{HOST}:{self.ports.upstreams}"

    @property
    def environment(self) -> dict[str, str]:
        """What `deploy/stack.yaml` asks for, but for the admin port; for commands."""
        services = {
            f"{name.upper()}_URL": f"http://{HOST}:{self.ports.upstreams + number}"
            for number, name in enumerate(LATENCY, start=1)
        }
        return {
            **services,
            **self.wishes.environment,
            "PROFILES": str(self.wishes.project / "profiles"),
            "SCHEMA": str(self.wishes.project / "schema"),
            "STATE": str(self.state),
            "REDIS_URL": f"redis://{HOST}:{self.ports.redis}/0",
            "RELEASES_URL": f"redis://{HOST}:{self.ports.redis}/1",
            "WAREHOUSE_URL": servers.warehouse_url(self.ports),
            "ADMIN_TOKEN": ADMIN_TOKEN,
        }

    def ended(self) -> Part | None:
        """The first part that does not run, if any."""
        return next((part for part in self.parts.values() if not part.running), None)

    def _add(self, part: Part) -> Part:
        self.parts[part.name] = part
        return part

    def _start(self) -> None:
        for make in (servers.redis, servers.postgres, servers.upstreams):
            self._add(make(self.ports, self.state)).begin()
        for part in self.parts.values():
            part.wait()
        servers.fill_warehouse(self.ports)
        if self.wishes.before is not None:
            self.wishes.before(self)
        serving = [
            self._add(self._gateway(number))
            for number in range(1, len(self.wishes.workers) + 1)
        ]
        for part in serving:
            part.begin()
        for part in serving:
            part.wait()
        self._add(servers.nginx(self.ports, self.state, len(serving))).start()
        if self.wishes.watched and prometheus.there():
            workers = self.wishes.workers
            made = prometheus.prometheus(self.ports, self.state, workers, ADMIN_TOKEN)
            self._add(made).start()

    def _gateway(self, number: int) -> Part:
        port = self.ports.gateway(number)
        workers = self.wishes.workers[number - 1]
        where = ("--port", str(port), "--workers", str(workers))
        configs = (word for path in self.wishes.config for word in ("-c", str(path)))
        return Part(
            f"gateway-{number}",
            ("gateway", "serve", *configs, *where, "--log=json"),
            lambda: _ready(port),
            self.state / f"gateway-{number}.log",
            environment={
                **self.environment,
                "STATE": str(self.state / f"gateway-{number}"),
                "ADMIN_PORT": str(self.ports.admin(number)),
            },
        )

    def _end(self) -> None:
        """Those who ask end before those who are asked."""
        before = [
            name for name in self.parts if name.startswith(("prom", "nginx", "gateway"))
        ]
        for names in (before, [name for name in self.parts if name not in before]):
            for name in names:
                self.parts[name].ask_to_end()
            for name in names:
                self.parts[name].ended()


@contextlib.contextmanager
def running(wishes: Wishes | None = None) -> Iterator[Stack]:
    """A stack that serves; at the end everything that it started is gone.

    Raises:
        StackError: a program or a port is not to be had, or a part does not start.
    """
    wishes = wishes or Wishes()
    if needed := servers.missing():
        raise StackError(f"install what is missing: apt-get install {' '.join(needed)}")
    ports = chosen(wishes.first)
    state = Path(tempfile.mkdtemp(prefix="headwater-stack-"))
    state.chmod(0o755)  # PostgreSQL and nginx run as somebody else where we are root
    stack = Stack(wishes, ports, state, {})
    try:
        stack._start()
        yield stack
    finally:
        stack._end()
        shutil.rmtree(state, ignore_errors=True)


def _ready(port: int) -> bool:
    asked = http.client.HTTPConnection(HOST, port, timeout=1)
    with contextlib.closing(asked):
        try:
            asked.request("GET", "/health?ready")
            return asked.getresponse().status == http.client.OK
        except (OSError, http.client.HTTPException):
            return False
