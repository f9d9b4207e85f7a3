"""The command as a whole: what it has, what it costs, how it ends."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from typer.testing import CliRunner

import gateway.loading.loader
from gateway.cli.main import app, commands, narrowed
from tests.cli.conftest import Invoke

HEAVY = ("asyncio", "graphql", "httpx", "networkx", "pydantic", "strawberry", "uvicorn")


def headwater(*arguments: str) -> subprocess.CompletedProcess[str]:
    """The command in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "gateway", *arguments],
        capture_output=True,
        text=True,
        check=False,
    )


def test_these_are_the_commands() -> None:
    """Each in one sentence; the documentation is held against their names."""
    found = commands()
    assert set(found) == {
        "init",
        "serve",
        "check",
        "test",
        "run",
        "plan",
        "explain",
        "status",
        "hold",
        "unhold",
        "holds",
        "diff",
        "release",
        "release bundle",
        "release publish",
        "release activate",
        "release rollback",
        "release history",
        "release show",
        "record",
        "schema",
        "mcp",
        "cache",
        "cache invalidate",
        "import",
        "import openapi",
        "import connectors",
        "import asl",
        "import graphql",
        "import supergraph",
        "import proto",
        "import reflection",
        "import samples",
        "import sql",
        "demo",
        "demo break",
        "demo mend",
        "key",
        "usage",
        "release canary",
        "release shadow",
        "release prune",
        "release report",
        "release promote",
        "draw",
    }
    assert [said for said in found.values() if not said.endswith(".")] == []


def test_help_loads_nothing_heavy() -> None:
    """What costs time is imported by the command that needs it."""
    loaded = (
        "import sys\n"
        "from typer.testing import CliRunner\n"
        "before = set(sys.modules)\n"
        "from gateway.cli.main import app\n"
        "import typer.rich_utils\n"
        f"print(sorted((set(sys.modules) - before) & set({HEAVY})))"
    )
    result = subprocess.run(
        [sys.executable, "-c", loaded], capture_output=True, text=True, check=True
    )
    assert result.stdout == "[]\n"


def test_help_names_every_command() -> None:
    """`python -m gateway` is the same command as `headwater`."""
    result = headwater("--help")
    assert result.returncode == 0
    assert "Usage: headwater [OPTIONS] COMMAND" in result.stdout
    missing = [name for name in commands() if name.split()[0] not in result.stdout]
    assert missing == []


def test_the_version_is_the_packages(invoke: Invoke) -> None:
    """One line for bug reports."""
    assert invoke("--version").stdout == "headwater 0.1.0\n"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["frobnicate"], "No such command 'frobnicate' — try headwater --help"),
        (["plan"], "Missing argument 'QUERY' — try headwater plan --help"),
        (
            ["demo", "mend", "--all"],
            "No such option: --all — try headwater demo",
        ),
        (["plan", "{ x }", "--format", "pdf"], "Invalid value for '--format' / '-f': "),
    ],
)
def test_a_wrong_use_is_one_clear_line(
    invoke: Invoke, arguments: Sequence[str], said: str
) -> None:
    """It has the status 2."""
    result = invoke(*arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith(f"error: {said}")
    assert result.stderr.count("\n") == 1


def test_without_a_command_there_is_help(invoke: Invoke) -> None:
    """What a newcomer types first."""
    result = invoke()
    assert "Usage: headwater [OPTIONS] COMMAND" in result.output
    assert "error:" not in result.output


def test_a_bug_of_ours_is_one_line(
    project: Path, invoke: Invoke, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever wants the traceback asks for it."""

    def broken(*_: object) -> None:
        raise ZeroDivisionError("division by zero")

    monkeypatch.setattr(gateway.loading.loader.Loader, "examine_files", broken)
    result = invoke("check")
    assert (result.exit_code, result.stderr) == (
        1,
        (
            "error: this is a bug (ZeroDivisionError: division by zero); "
            "HEADWATER_DEBUG=1 shows where\n"
        ),
    )
    monkeypatch.setenv("HEADWATER_DEBUG", "1")
    assert isinstance(invoke("check").exception, ZeroDivisionError)


def test_a_reader_that_leaves_ends_the_command_quietly(project: Path) -> None:
    """`headwater schema | head -1` prints one line and nothing else."""
    piped = f"{sys.executable} -m gateway schema --config | head -c 2"
    result = subprocess.run(
        ["sh", "-c", piped], capture_output=True, text=True, check=True
    )
    assert (result.stdout, result.stderr) == ("{\n", "")


@pytest.mark.parametrize("words", [["serve", "--help"], ["serve", "--prot"], ["run"]])
def test_a_command_that_is_made_alone_says_the_same(words: list[str]) -> None:
    """Only the one that is called is made; its help and its errors are as ever."""
    alone = narrowed(words)
    assert len(alone.registered_commands) == 1
    assert len(app.registered_commands) > 1
    said = [
        CliRunner().invoke(one, words, prog_name="headwater") for one in (alone, app)
    ]
    assert said[0].exit_code == said[1].exit_code
    assert said[0].output == said[1].output


@pytest.mark.parametrize("words", [[], ["--help"], ["srve"], ["release", "list"]])
def test_whatever_names_no_command_is_for_all_of_them(words: list[str]) -> None:
    """Help and wrong words need the whole table."""
    assert narrowed(words) is app
