"""A terminal beside the demo, in which a page's commands are typed one by one."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shlex
import socket
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from typer.testing import CliRunner

from gateway.cli.main import app
from tests import ports
from tests.demo.running import ROOT, Demo

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_CONSOLE = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_SHOWN_PORT = "127.0.0.1:4010"
_SHOWN_ADMIN = "127.0.0.1:4011"
_VARIES = (
    (re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d"), "WHEN"),
    (re.compile(r"published to \S+"), "published to STORE"),
    (re.compile(r"% of \d+ had"), "% of SOME had"),
    (re.compile(r"the 0% of \d+"), "the 0% of SOME"),
    (re.compile(r": \d+ calls_made.*"), ": COUNTS"),
    (re.compile(r"( customer360\.risk\.score) .*"), r"\1 DIFFERS"),
    (re.compile(r"\bvm \(\d+\)"), "vm (PROCESS)"),
    (re.compile(r"\s+"), " "),
)


@dataclass(frozen=True)
class Typed:
    """A command, and the lines that the page shows below it."""

    command: str
    shown: tuple[str, ...]


def typed(section: str) -> Iterator[Typed]:
    """What is to be typed in a section of the first page, and what comes of it."""
    page = (ROOT / "README.md").read_text("utf-8")
    text = page.partition(f"## {section}\n")[2].partition("\n## ")[0]
    for block in _CONSOLE.findall(text):
        for one in block.split("$ ")[1:]:
            command, _, shown = one.partition("\n")
            yield Typed(command, tuple(line for line in shown.split("\n") if line))


@dataclass
class Telling:
    """What is told, with what differs between runs named by its place in the story."""

    ids: dict[str, str] = field(default_factory=dict)

    def plain(self, line: str) -> str:
        for pattern, word in _VARIES:
            line = pattern.sub(word, line)
        return re.sub(r"\b[0-9a-f]{12}\b", lambda found: self._id(found[0]), line)

    def _id(self, written: str) -> str:
        return self.ids.setdefault(written, f"release-{len(self.ids) + 1}")


def follows(told: list[str], shown: list[str]) -> bool:
    """Whether all that is shown was told, in this order; a line may go on."""
    lines = iter(told)
    return all(any(line.startswith(one) for line in lines) for one in shown)


@dataclass
class Terminal:
    """Types commands. ``headwater`` is run in this process, except what serves."""

    place: Path
    environment: dict[str, str]
    port: int
    admin: int
    served: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def types(self, command: str) -> str:
        """What comes of a command."""
        if command.startswith("export "):
            for name, value in re.findall(r"(HEADWATER_\w+)=(\S+)", command):
                made = "a-token-of-this-test-alone" if value[0] == "$" else value
                self.environment[name] = made
            return ""
        if command == "kill %1":
            self.end()
            return ""
        command = command.replace(_SHOWN_ADMIN, f"127.0.0.1:{self.admin}")
        if command.startswith("headwater "):
            return self._headwater(shlex.split(command)[1:])
        ours = command.replace(_SHOWN_PORT, f"127.0.0.1:{self.port}")
        run = subprocess.run(
            ["bash", "-c", ours],
            cwd=self.place,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        return run.stdout

    def _headwater(self, words: list[str]) -> str:
        if words[0] != "serve":
            told = CliRunner(env=self.environment).invoke(app, words).output
            return told.replace(socket.gethostname(), "vm")
        assert words[1:] == [">", ".headwater/released.log", "2>&1", "&"]
        command = [sys.executable, "-m", "gateway", "serve", "--port", str(self.port)]
        environment = {**os.environ, **self.environment, "PYTHONPATH": str(ROOT)}
        with (self.place / ".headwater" / "released.log").open("wb") as log:
            self.served.append(
                subprocess.Popen(
                    command, cwd=self.place, env=environment, stdout=log, stderr=log
                )
            )
        return ""

    def end(self) -> None:
        """End what serves."""
        while self.served:
            process = self.served.pop()
            process.terminate()
            process.wait(60)


@contextlib.contextmanager
def beside(demo: Demo, place: Path) -> Iterator[Terminal]:
    """A terminal in the demo's folder, whose gateway asks the demo's services."""
    note = Path(os.environ["TMPDIR"]) / f"headwater-{os.getuid()}" / "demo.json"
    addresses: Mapping[str, str] = json.loads(note.read_text("utf-8"))
    assert addresses["control"] == demo.control
    urls = {f"{name.upper()}_URL": url for name, url in addresses.items()}
    terminal = Terminal(place, {**urls, "LOGNAME": "ada"}, ports.free(), ports.free())
    second = place / "deploy" / "releases.yaml"
    admin = second.read_text("utf-8").replace("4011", str(terminal.admin))
    second.write_text(admin, "utf-8")
    try:
        yield terminal
    finally:
        terminal.end()
