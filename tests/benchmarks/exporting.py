"""Rows of an export per second, its CPU and its calls, against loops of a client.

The same query, of a step with one call a row and of one in batches, over the same
keys: by `headwater run --each`, and by httpx over POST /graphql of `headwater serve`,
one request after the other and 32 at a time.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import orjson

ROWS = 2_000
AT_A_TIME = 32
QUERY = "query($id: ID!) { customer(id: $id) { account { name branch { city } } } }"
FILES = {
    "headwater.yaml": "sources: {{ default: {{ url: '{url}' }} }}\n",
    "schema/bank.graphql": """
type Query { customer(id: ID!): Customer }
type Customer { account: Account }
type Account { id: ID!, name: String, branch: Branch }
type Branch { city: String }
""",
    "profiles/customer.yaml": """
language: 1
operation: customer
steps:
  - { name: account, endpoint: "/accounts/{id}", role: required }
""",
    "profiles/account.yaml": """
language: 1
entity: Account
steps:
  - name: branch
    endpoint: /branches
    query: { ids: "${ keys }" }
    batch: { key: "${ self.branchId }", by: id, max: 100 }
""",
}


def _upstream(port: object) -> None:
    """Answers at once, and counts: in a process of its own."""
    calls = 0

    def body(target: str) -> object:
        nonlocal calls
        url = urlsplit(target)
        if url.path == "/calls":
            was, calls = calls, 0
            return was
        calls += 1
        if url.path == "/branches":
            return [{"id": i, "city": f"C{i}"} for i in parse_qs(url.query)["ids"]]
        id_ = url.path.rpartition("/")[2]
        return {"id": id_, "name": f"N{id_}", "branchId": id_}

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                sent = orjson.dumps(body(head.split(b" ", 2)[1].decode()))
                start = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n"
                size = b"content-length: %d\r\n\r\n" % len(sent)
                writer.write(start + size + sent)
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    async def main() -> None:
        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        port.send(server.sockets[0].getsockname()[1])  # type: ignore[attr-defined]
        await server.serve_forever()

    asyncio.run(main())


@contextmanager
def upstream() -> Iterator[str]:
    """Where the upstream is."""
    mine, its = multiprocessing.Pipe()
    process = multiprocessing.Process(target=_upstream, args=(its,), daemon=True)
    process.start()
    try:
        yield f"http://127.0.0.1:{mine.recv()}"
    finally:
        process.terminate()
        process.join()


def project(folder: Path, url: str) -> None:
    """The files of a small bank, and the keys."""
    for name, text in FILES.items():
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text.format(url=url) if name == "headwater.yaml" else text)
    (folder / "keys.csv").write_text("id\n" + "".join(f"{n}\n" for n in range(ROWS)))


def exported(folder: Path) -> None:
    """All rows by one command, from its start to its end."""
    command = (
        *(sys.executable, "-m", "gateway", "run", QUERY, "-c", "headwater.yaml"),
        *("--each", "keys.csv", "--to", "out.jsonl", "--concurrency", str(AT_A_TIME)),
    )
    environ = {"PYTHONPATH": str(Path.cwd()), "PATH": ""}
    subprocess.run(
        command, cwd=folder, env=environ, check=True, stderr=subprocess.DEVNULL
    )
    assert (folder / "out.jsonl").read_bytes().count(b"\n") == ROWS


def looped(url: str) -> None:
    """One request after the other."""
    with httpx.Client(base_url=url) as client:
        for n in range(ROWS):
            asked = {"query": QUERY, "variables": {"id": str(n)}}
            assert client.post("graphql", json=asked).json()["data"]["customer"]


async def crowded(url: str) -> None:
    """As many requests at a time as the export has rows."""
    rows = iter(range(ROWS))

    async def ask(client: httpx.AsyncClient) -> None:
        for n in rows:
            asked = {"query": QUERY, "variables": {"id": str(n)}}
            answer = await client.post("graphql", json=asked)
            assert answer.json()["data"]["customer"]

    async with httpx.AsyncClient(base_url=url, timeout=30) as client:
        await asyncio.gather(*(ask(client) for _ in range(AT_A_TIME)))


@contextmanager
def serving(folder: Path) -> Iterator[str]:
    """A gateway that serves, until it is not needed any more."""
    process = subprocess.Popen(
        [sys.executable, "-m", "gateway", "serve", "--port", "0"],
        cwd=folder,
        env={"PYTHONPATH": str(Path.cwd()), "PATH": ""},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdout is not None
    try:
        yield process.stdout.readline().split()[-1]
    finally:
        process.terminate()
        process.wait()


def measured(name: str, source: str, run: Callable[[], None]) -> None:
    """Print rows per second, CPU of client and gateway, and calls of the source."""
    before, started = _cpu(), time.perf_counter()
    run()
    took, spent = time.perf_counter() - started, _cpu() - before
    calls = httpx.get(f"{source}/calls").json()
    print(
        f"{name}:  {ROWS / took:.0f} rows/s, {spent / ROWS * 1e6:.0f} us CPU a row, "
        f"{calls} calls for {ROWS} rows"
    )


def _cpu() -> float:
    """Seconds of this process and of its children that have ended."""
    used = (resource.getrusage(w) for w in (-1, 0))
    return sum(one.ru_utime + one.ru_stime for one in used)


def main() -> None:
    """Print one line for each way."""
    with tempfile.TemporaryDirectory() as name, upstream() as source:
        folder = Path(name)
        project(folder, source)
        measured("run --each", source, lambda: exported(folder))

        def served(ask: Callable[[str], None]) -> None:
            with serving(folder) as url:
                ask(url)

        measured("a loop of httpx", source, lambda: served(looped))
        measured(
            f"httpx, {AT_A_TIME} at a time",
            source,
            lambda: served(lambda url: asyncio.run(crowded(url))),
        )


if __name__ == "__main__":
    main()
