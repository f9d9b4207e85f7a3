"""Several real processes behind one port: who answers, who comes back, who ends."""

from __future__ import annotations

import asyncio
import contextlib
import json
import multiprocessing
import os
import re
import resource
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from gateway.app import build_gateway
from gateway.cli.binding import BALANCED, bound, following, shareable, shares, to_serve
from gateway.cli.cpus import within
from gateway.cli.descriptors import raise_limit
from gateway.cli.failures import CommandError
from gateway.cli.lending import Borrowed, lend
from gateway.cli.places import Leaving, Place, pause_before
from gateway.cli.replacing import Replacing
from gateway.cli.running import Running
from gateway.clock import SystemClock
from gateway.telemetry.events import unobserved
from tests import ports
from tests.cli.conftest import Invoke, write
from tests.processes import ending
from tests.redis_server import RedisServer

PATIENCE = 120.0
"""Seconds after which something hangs; the machine may be busy with all else."""
QUERY = "query ($id: ID!) { customer(id: $id) { version } }"


@dataclass(slots=True)
class Slow:
    """An upstream that answers what was asked once it is told to."""

    url: str = ""
    arrived: int = 0
    more: asyncio.Condition = field(default_factory=asyncio.Condition)
    released: asyncio.Event = field(default_factory=asyncio.Event)
    callers: set[asyncio.Task[None] | None] = field(default_factory=set)

    async def serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self.callers.add(asyncio.current_task())
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                async with self.more:
                    self.arrived += 1
                    self.more.notify_all()
                if b"/slow/" in head:
                    await self.released.wait()
                body = b'{"version": 1}'
                writer.write(
                    b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n"
                    b"content-length: %d\r\n\r\n%s" % (len(body), body)
                )
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()

    async def has_heard(self, calls: int) -> None:
        async with self.more:
            await self.more.wait_for(lambda: self.arrived >= calls)


@dataclass(slots=True)
class Served:
    """Workers behind one address; `ours` is a connection that stays with one each."""

    process: subprocess.Popen[str]
    log: Path
    url: str = ""
    ours: dict[int, httpx.AsyncClient] = field(default_factory=dict)

    @property
    def port(self) -> int:
        return int(self.url.rstrip("/").rpartition(":")[2])

    def client(self) -> httpx.AsyncClient:
        """One connection, that is kept, to whoever takes it."""
        limits = httpx.Limits(max_connections=1)
        return httpx.AsyncClient(base_url=self.url, limits=limits, timeout=PATIENCE)

    def entries(self, event: str) -> list[dict[str, Any]]:
        """What the log has of an event."""
        lines = (json.loads(line) for line in self.log.read_text().splitlines())
        return [line for line in lines if line["event"] == event]

    async def meet(self, count: int, *, ending: bool = False) -> None:
        """Open connections until there is one to each worker; some may be ending."""
        while len(self.ours) < count:
            client = self.client()
            number = (await who(client, ending=ending))["number"]
            if number in self.ours:
                await client.aclose()
            self.ours[number] = self.ours.get(number, client)

    async def leave(self, configuration: str) -> None:
        """Wait until no worker serves it.

        All are asked all the time: a connection that lapsed would come to another.
        """
        while configuration in [await digest(one) for one in self.ours.values()]:
            pass

    async def refuses(self) -> None:
        """Wait until nobody listens any more."""
        with contextlib.suppress(OSError):
            while True:
                _, writer = await asyncio.open_connection("127.0.0.1", self.port)
                writer.close()
                with contextlib.suppress(ConnectionError):
                    await writer.wait_closed()

    async def ended(self) -> int:
        return await asyncio.to_thread(self.process.wait, PATIENCE)


async def who(client: httpx.AsyncClient, *, ending: bool = False) -> dict[str, int]:
    """Which worker is at the other end."""
    report = (await client.get("/health")).json()
    assert ending or report["ready"] is True
    return dict(report["worker"])


async def digest(client: httpx.AsyncClient) -> str:
    """Which configuration it serves."""
    return str((await client.get("/health")).json()["generation"]["digest"])


async def ask(client: httpx.AsyncClient, key: str) -> object:
    variables = {"id": key}
    reply = await client.post("/graphql", json={"query": QUERY, "variables": variables})
    return reply.json()


@pytest.fixture
async def slow() -> AsyncIterator[Slow]:
    """An upstream in the test's own loop."""
    made = Slow()
    server = await asyncio.start_server(made.serve, "127.0.0.1", 0)
    made.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    yield made
    made.released.set()
    server.close()
    async with asyncio.timeout(PATIENCE):  # who called has ended by now
        await asyncio.gather(*filter(None, made.callers))


@pytest.fixture
def folder(here: Path, slow: Slow) -> Path:
    """A project with one operation that calls the upstream, for two workers."""
    write(
        here / "headwater.yaml",
        f"""
        server: {{ port: 0, workers: 2 }}
        sources: {{ default: {{ url: "{slow.url}" }} }}
        """,
    )
    write(
        here / "schema/customer.graphql",
        """
        type Query { customer(id: ID!): Customer }
        type Customer { version: Int! }
        """,
    )
    write(
        here / "profiles/customer.yaml",
        """
        language: 1
        operation: customer
        deadline: 60s
        steps:
          - { name: body, endpoint: "/slow/{id}", timeout: 60s }
        """,
    )
    return here


Serve = Callable[[], Served]


@pytest.fixture
async def serve(
    folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Serve]:
    """Starts the command in a session of its own, and ends what is left of it."""
    started: list[Served] = []

    def start(ends: contextlib.ExitStack) -> Served:
        log = tmp_path_factory.mktemp("log") / "log"
        with log.open("w") as errors:
            process = subprocess.Popen(
                [sys.executable, "-m", "gateway", "serve"],
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
                start_new_session=True,
            )
        ends.enter_context(ending(process))
        served = Served(process, log)
        assert process.stdout is not None
        ready = process.stdout.readline()
        assert re.match(r"Ready: http://127\.0\.0\.1:\d+/$", ready), log.read_text()
        served.url = ready.split()[1]
        return served

    with contextlib.ExitStack() as ends:

        def keeping() -> Served:
            served = start(ends)
            started.append(served)
            return served

        yield keeping
        for served in started:
            for client in served.ours.values():
                await client.aclose()


async def test_each_worker_answers_reads_changes_and_has_a_number(
    serve: Serve, folder: Path, slow: Slow
) -> None:
    """One line says where; each watches for itself, and a change is live in both."""
    served = serve()
    async with asyncio.timeout(PATIENCE):
        await served.meet(2)
        found = [await who(served.ours[number]) for number in (1, 2)]
        pids = [one["pid"] for one in found]
        assert found == [
            {"number": 1, "of": 2, "pid": pids[0]},
            {"number": 2, "of": 2, "pid": pids[1]},
        ]
        assert len({*pids, served.process.pid}) == 3
        path = folder / "profiles/customer.yaml"
        fresh = folder / "fresh"
        fresh.write_text(path.read_text().replace("/slow/", "/fast/"))
        before = await digest(served.ours[1])
        fresh.replace(path)
        await served.leave(before)
        for client in served.ours.values():
            assert await ask(client, "1") == {"data": {"customer": {"version": 1}}}
        assert slow.arrived == 2
        served.process.send_signal(signal.SIGTERM)
        assert await served.ended() == 0
    assert served.process.stdout is not None
    assert served.process.stdout.read() == f"       {served.url}graphql for programs\n"
    serving = [(one["worker"], one["pid"]) for one in served.entries("worker.serves")]
    assert sorted(serving) == [(1, pids[0]), (2, pids[1])]
    loads = [one["worker"] for one in served.entries("generation.serves")]
    assert sorted(loads) == [1, 1, 2, 2]
    assert served.entries("worker.died") == []


async def counted(served: Served) -> dict[int, float]:
    """How many requests each worker has counted, by its admin API."""
    found = {}
    for entry in served.entries("admin.serves"):
        token = {"authorization": "Bearer an-operators-token-1"}
        async with httpx.AsyncClient(base_url=entry["url"]) as client:
            page = (await client.get("/v1/metrics", headers=token)).text
        (line,) = re.findall(
            r"^headwater_requests_total{.*customer.*whole.*$", page, re.MULTILINE
        )
        found[entry["worker"]] = float(line.split()[-1])
    return found


async def test_a_killed_worker_takes_only_its_own_requests_with_it_and_comes_back(
    serve: Serve, folder: Path, slow: Slow
) -> None:
    """Connections that open meanwhile are answered; others notice nothing.

    What each counts is told at a port of its own: a page of the port that they share
    is of whichever took the connection.
    """
    deployment = folder / "headwater.yaml"
    admin = "admin: { port: 0, tokens: { prometheus: an-operators-token-1 } }\n"
    deployment.write_text(f"{deployment.read_text()}{admin}", "utf-8")
    served = serve()
    async with asyncio.timeout(PATIENCE):
        await served.meet(2)
        slow.released.set()
        for worker, asked in ((1, 1), (2, 2)):
            for _ in range(asked):
                await ask(served.ours[worker], "1")
        assert await counted(served) == {1: 1.0, 2: 2.0}
        slow.released.clear()
        before = (await who(served.ours[1]))["pid"]
        lost, kept = (asyncio.create_task(ask(served.ours[n], str(n))) for n in (1, 2))
        await slow.has_heard(3 + 2)
        kill(before)
        new = [served.client() for _ in range(16)]
        found = await asyncio.gather(*map(who, new))
        assert {one["number"] for one in found} <= {1, 2}
        assert before not in {one["pid"] for one in found}
        slow.released.set()
        assert await kept == {"data": {"customer": {"version": 1}}}
        with pytest.raises(httpx.TransportError):
            await lost
        await asyncio.gather(*(client.aclose() for client in new))
    died = served.entries("worker.died")
    assert [(one["worker"], one["pid"], one["how"]) for one in died] == [
        (1, before, "SIGKILL")
    ]


async def test_who_comes_while_a_killed_worker_starts_is_answered_by_another(
    serve: Serve, folder: Path, slow: Slow
) -> None:
    """Its socket is lent until the next one serves, whose start is held up here.

    What it starts with is a pipe that says nothing until the others have answered.
    """
    plain, pipe, address = (folder / name for name in ("plain", "pipe", "address"))
    plain.write_text(slow.url)
    os.mkfifo(pipe)
    address.symlink_to(plain)
    write(
        folder / "headwater.yaml",
        """
        server: { port: 0, workers: 2 }
        sources: { default: { url: "${file:address}" } }
        profiles: { path: profiles, watch: false }
        """,
    )
    served = serve()
    slow.released.set()
    async with asyncio.timeout(PATIENCE):
        await served.meet(2)
        pids = {n: (await who(served.ours[n]))["pid"] for n in (1, 2)}
        point(address, pipe)
        kill(pids[1])
        new = [served.client() for _ in range(24)]
        found = await asyncio.gather(*map(who, new))
        assert {one["pid"] for one in found} == {pids[2]}
        answers = await asyncio.gather(*(ask(client, "1") for client in new))
        assert answers == [{"data": {"customer": {"version": 1}}}] * len(new)
        assert len(served.entries("worker.serves")) == 2
        point(address, plain)
        with pipe.open("r+b", buffering=0) as into:
            into.write(slow.url.encode())
        await served.ours.pop(1).aclose()
        await served.meet(2)
        assert (await who(served.ours[1]))["pid"] not in pids.values()
        while listens(pids[2], served.port) != 1:  # it has given the socket back
            await who(served.ours[2])
        await asyncio.gather(*(client.aclose() for client in new))
    assert len(served.entries("worker.died")) == 1


def kill(pid: int) -> None:
    """It takes no connection any more when this is over."""
    os.kill(pid, signal.SIGKILL)
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):  # it is buried
        while ") Z" not in Path(f"/proc/{pid}/stat").read_text():
            pass


def point(name: Path, target: Path) -> None:
    """Have a link lead elsewhere, in one step."""
    fresh = name.with_name("fresh")
    fresh.symlink_to(target)
    fresh.replace(name)


def listens(pid: int, port: int) -> int:
    """At how many sockets of a port a process listens."""
    rows = [r.split() for r in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    there = {
        f"socket:[{row[9]}]"
        for row in rows
        if row[3] == "0A" and row[1].endswith(f":{port:04X}")
    }
    found = 0
    for each in Path(f"/proc/{pid}/fd").iterdir():
        with contextlib.suppress(FileNotFoundError):  # closed meanwhile
            found += str(each.readlink()) in there
    return found


async def test_a_redis_that_is_frozen_holds_up_no_start(
    serve: Serve,
    folder: Path,
    slow: Slow,
    redis_server: RedisServer,
    invoke: Invoke,
) -> None:
    """Cache, rates, incidents, releases and holds are there; nobody wakes it."""
    path = folder / "profiles/customer.yaml"
    path.write_text(path.read_text().replace("60s }", "60s, cache: { ttl: 1h } }"))
    write(
        folder / "headwater.yaml",
        f"""
        server: {{ port: 0, workers: 2 }}
        profiles: {{ state: state }}
        sources: {{ default: {{ url: "{slow.url}" }} }}
        cache: {{ url: "{redis_server.url}" }}
        limits: {{ rate: {{ client: 1000/s, store: redis }} }}
        release: {{ store: "{redis_server.url}" }}
        """,
    )
    for words in ("publish",), ("activate",):
        assert invoke("release", *words).exit_code == 0
    keeping = build_gateway([folder / "headwater.yaml"], {}, remember=True)
    assert keeping.releases is not None
    keeping.releases.close()
    keeping.holding.close()
    redis_server.freeze()
    slow.released.set()
    served = serve()
    async with asyncio.timeout(PATIENCE):
        await served.meet(2)
        before = (await who(served.ours[1]))["pid"]
        os.kill(before, signal.SIGKILL)
        await served.ours.pop(1).aclose()
        await served.meet(2)
        for client in served.ours.values():
            assert await ask(client, "1") == {"data": {"customer": {"version": 1}}}
    lost = served.entries("release.store_lost"), served.entries("holds.store_lost")
    assert [{one["worker"] for one in told} for told in lost] == [{1, 2}] * 2


async def test_a_signal_waits_for_requests_in_flight_in_every_worker(
    serve: Serve, slow: Slow
) -> None:
    """Nobody new is let in, nobody who is in is lost, and the status is 0."""
    served = serve()
    async with asyncio.timeout(PATIENCE):
        await served.meet(2)
        clients = [*served.ours.values(), *(served.client() for _ in range(6))]
        asked = [
            asyncio.create_task(ask(client, str(key)))
            for key, client in enumerate(clients)
        ]
        await slow.has_heard(len(asked))
        served.process.send_signal(signal.SIGTERM)
        await served.refuses()
        slow.released.set()
        answers = await asyncio.gather(*asked)
        assert answers == [{"data": {"customer": {"version": 1}}}] * len(asked)
        assert await served.ended() == 0
        await asyncio.gather(*(client.aclose() for client in clients))
    assert served.entries("worker.died") == []


async def test_a_signal_has_every_worker_replaced_and_loses_nothing(
    serve: Serve, slow: Slow, folder: Path
) -> None:
    """One after the other; the old one ends when its requests have their answers."""
    port = ports.free(together=2)  # one each
    deployment = folder / "headwater.yaml"
    admin = f"admin: {{ port: {port}, tokens: {{ ada: {'a' * 32} }} }}"
    write(deployment, f"{deployment.read_text()}{admin}")
    served = serve()
    async with asyncio.timeout(PATIENCE):
        await served.meet(2)
        before = {n: (await who(served.ours[n]))["pid"] for n in (1, 2)}
        asked = [asyncio.create_task(ask(served.ours[n], str(n))) for n in (1, 2)]
        await slow.has_heard(2)
        served.process.send_signal(signal.SIGUSR2)
        for count in (1, 2):
            while len(served.entries("worker.replaced")) < count:
                async with served.client() as new:
                    await who(new, ending=True)
            slow.released.set()
        assert (
            await asyncio.gather(*asked) == [{"data": {"customer": {"version": 1}}}] * 2
        )
        after = before
        while set(after.values()) & set(before.values()):  # an old one is still ending
            for old in served.ours.values():
                await old.aclose()
            served.ours.clear()
            await served.meet(2, ending=True)
            after = {n: (await who(served.ours[n], ending=True))["pid"] for n in (1, 2)}
    told = served.entries("worker.replaced")
    assert [(one["worker"], one["pid"], one["before"], one["why"]) for one in told] == [
        (n, after[n], before[n], "asked") for n in (1, 2)
    ]
    assert served.entries("worker.died") == []


def test_who_takes_over_listens_beside_who_serves_still() -> None:
    """On the admin API's port, which nobody else gets meanwhile."""
    with to_serve(bound("127.0.0.1", 0)) as first:
        address = first.getsockname()
        shareable(first)
        first.listen()
        with following(*address) as second:
            second.listen()
            with pytest.raises(CommandError, match="is in use"):
                bound(*address)


async def test_signals_load_the_configuration_or_replace_and_no_worker_is_left(
    serve: Serve, folder: Path
) -> None:
    """SIGHUP takes a change over where files are not watched, in every worker.

    SIGUSR2 with a broken deployment ends with the first replacement that fails, and
    leaves everything as it is. Workers do not outlive their parent, however it ended:
    the port is free for whoever is started next.
    """
    deployment = folder / "headwater.yaml"
    unwatched = "profiles: { path: profiles, watch: false }"
    write(deployment, f"{deployment.read_text()}{unwatched}")
    served = serve()
    async with asyncio.timeout(PATIENCE):
        await served.meet(2)
        pids = {n: (await who(served.ours[n]))["pid"] for n in (1, 2)}
        before = await digest(served.ours[1])
        path = folder / "profiles/customer.yaml"
        path.write_text(path.read_text().replace("/slow/", "/fast/"))
        served.process.send_signal(signal.SIGHUP)
        await served.leave(before)
        assert {n: (await who(served.ours[n]))["pid"] for n in (1, 2)} == pids
        assert sorted(one["worker"] for one in served.entries("reload.asked")) == [1, 2]
        write(deployment, "server: { workers: 2, prot: 1 }")
        served.process.send_signal(signal.SIGUSR2)
        while not served.entries("worker.kept"):
            await asyncio.gather(*map(who, served.ours.values()))
        assert {n: (await who(served.ours[n]))["pid"] for n in (1, 2)} == pids
        served.process.kill()
        await served.refuses()
    (kept,) = served.entries("worker.kept")
    assert (kept["worker"], kept["pid"], kept["reason"]) == (
        1,
        pids[1],
        "the new one did not start: status 1",
    )
    assert served.entries("worker.replaced") == []


def test_a_port_in_use_is_one_clear_line(folder: Path, invoke: Invoke) -> None:
    """Another gateway's too, though its own processes share the port."""
    with bound("127.0.0.1", 0) as first:
        port = first.getsockname()[1]
        others = shares(first, 2)[1:]
        result = invoke("serve", "--port", str(port))
        for other in others:
            other.close()
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == (
        f"error: port {port} on 127.0.0.1 is in use — choose another one: "
        f"--port {port + 1}\n"
    )


@pytest.mark.skipif(not BALANCED, reason="the system cannot hold a port only")
def test_a_port_is_held_before_anybody_answers_and_takes_no_connection() -> None:
    """A balancer that asks meanwhile is refused, and asks another gateway."""
    with bound("127.0.0.1", 0) as first:
        address = first.getsockname()
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(address)
        with pytest.raises(CommandError, match="is in use"):
            bound(*address)
        with contextlib.ExitStack() as closing:
            for share in shares(first, 2)[1:]:
                closing.enter_context(share)
            with pytest.raises(CommandError, match="is in use"):
                bound(*address)
            with pytest.raises(ConnectionRefusedError):
                socket.create_connection(address)
        to_serve(first).listen()
        with socket.create_connection(address) as client:
            first.accept()[0].close()
            assert client.recv(1) == b""
    with bound(*address):
        pass  # connections that are just over do not keep the next from its port


def test_a_configuration_that_does_not_load_is_one_error(
    folder: Path, invoke: Invoke
) -> None:
    """No process is started that would say it again."""
    write(folder / "headwater.yaml", "server: { workers: 2, prot: 1 }")
    result = invoke("serve", "--port", "0")
    assert result.exit_code == 1
    assert result.stderr.count("there is no key 'prot' here") == 1
    assert result.stderr.endswith("error: the configuration cannot be loaded\n")


@pytest.mark.parametrize("written", ["0", "-1", "many", "1.5", "²"])
def test_a_number_of_workers_that_cannot_be_meant_is_refused(
    folder: Path, invoke: Invoke, written: str
) -> None:
    """As an option, before anything is loaded."""
    result = invoke("serve", f"--workers={written}")
    assert (result.exit_code, result.stderr) == (
        2,
        f"error: --workers {written}: a number from 1 is wanted — or write auto\n",
    )


class _Ours(Running):
    """This process as a worker."""

    @property
    def pid(self) -> int:
        return os.getpid()


@pytest.mark.parametrize(
    ("memory", "age", "renewed"),
    [(1, 61.0, ["memory"]), (1, 59.0, []), (1 << 60, 61.0, []), (None, 61.0, [])],
)
def test_a_worker_over_its_memory_is_replaced_at_the_second_look(
    memory: int | None, age: float, renewed: list[str]
) -> None:
    """Once, and none that has just started: a limit may be too low for anybody."""
    clock = SystemClock()
    process = multiprocessing.get_context("spawn").Process()
    with socket.socket() as line:
        running = _Ours(process, line, clock.now() - age, ready=True)
        place = Place(1, None, running)
        replacing = Replacing(unobserved, clock, Leaving(), memory)
        counts = []
        for _ in range(3):
            replacing.weigh([place])
            counts.append(len(replacing.waiting))
    assert [why for _, why in replacing.waiting] == renewed
    assert counts == ([0, 1, 1] if renewed else [0, 0, 0])


def test_the_soft_limit_of_files_becomes_the_hard_one() -> None:
    """Systems give 1,024 to who does not ask."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (256, before[1]))
        allowed = raise_limit()
        assert allowed == resource.getrlimit(resource.RLIMIT_NOFILE)[0]
        assert allowed > 256
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)


def test_processes_get_a_share_of_the_connections_each() -> None:
    """Where the system spreads them; no socket of the port is left without any."""
    with bound("127.0.0.1", 0) as first, contextlib.ExitStack() as closing:
        listeners = [first, *map(closing.enter_context, shares(first, 2)[1:])]
        for listener in listeners:
            listener.listen()
            listener.setblocking(False)
        for _ in range(64):
            closing.enter_context(socket.create_connection(first.getsockname()))
        taken = [len(list(_accepted(one, closing))) for one in listeners]
    assert sum(taken) == 64
    assert min(taken) > 0


def _accepted(
    listener: socket.socket, closing: contextlib.ExitStack
) -> Iterator[socket.socket]:
    with contextlib.suppress(BlockingIOError):
        while True:
            yield closing.enter_context(listener.accept()[0])


def test_a_worker_that_keeps_dying_starts_later_and_later() -> None:
    """At once, then after 1, 2, 4 seconds and so on, up to half a minute."""
    pauses = [pause_before(start) for start in range(1, 9)]
    assert pauses == [0.0, 1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0]


@pytest.mark.parametrize(
    ("quota", "allowed", "cpus"),
    [
        ("max 100000\n", 8, 8),
        ("200000 100000\n", 8, 2),
        ("250000 100000\n", 8, 2),
        ("50000 100000\n", 8, 1),
        ("800000 100000\n", 2, 2),
        ("", 4, 4),
    ],
)
def test_auto_is_what_the_container_may_use(
    quota: str, allowed: int, cpus: int
) -> None:
    """Whole CPUs, at least one, never more than the machine lets it have."""
    assert within(quota, allowed) == cpus


def a_worker(closing: contextlib.ExitStack) -> tuple[Running, socket.socket]:
    """One that answers, and its end of the line."""
    ours, its = (closing.enter_context(end) for end in socket.socketpair())
    for end in (ours, its):
        end.setblocking(False)
    process = multiprocessing.get_context("spawn").Process()
    return Running(process, ours, 0.0, ready=True), its


@pytest.mark.skipif(not BALANCED, reason="one socket for all: nobody waits there")
async def test_sockets_are_lent_to_who_has_fewest_until_their_place_serves() -> None:
    """Those of a borrower that goes are lent again."""
    with contextlib.ExitStack() as closing:
        listeners = [closing.enter_context(bound("127.0.0.1", 0)) for _ in range(4)]
        (one, of_one), (two, of_two) = (a_worker(closing) for _ in range(2))
        places = [Place(n, each) for n, each in enumerate(listeners, 1)]
        places[0].running, places[1].running = one, two
        first, second = Borrowed(listen), Borrowed(listen)

        async def lent() -> list[list[int]]:
            """Which sockets each has, when all that was said was heard."""
            lend(places)
            for borrowed, line in ((first, of_one), (second, of_two)):
                for _ in places:
                    assert borrowed.hear(line)
                await asyncio.gather(*borrowed._servers.values())
            return [sorted(each._servers) for each in (first, second)]

        assert await lent() == [[3], [4]]
        assert await lent() == [[3], [4]]
        places[1].running = None
        assert (await lent())[0] == [2, 3, 4]
        servers = {n: each.result() for n, each in first._servers.items()}
        async with asyncio.timeout(PATIENCE):
            came = await asyncio.open_connection(*listeners[2].getsockname())
            assert await came[0].read() == b"here"
            came[1].close()
            await came[1].wait_closed()
            places[2].running = two
            assert (await lent())[0] == [2, 4]
            assert [n for n, each in servers.items() if each.is_serving()] == [2, 4]
            one.line.close()
            assert not first.hear(of_one)
            first.close()
            second.close()
            await asyncio.sleep(0)  # they are told by their loop
            assert not any(each.is_serving() for each in servers.values())


async def listen(lent: socket.socket) -> asyncio.Server:
    """Answer there with a word."""

    def says(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"here")
        writer.close()

    return await asyncio.start_server(says, sock=lent)
