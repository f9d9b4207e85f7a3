"""The command as a whole: what it has, what it costs, how it ends."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

import gateway.loading.loader
from gateway.cli.main import commands
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
    """The documentation is held against this."""
    assert commands() == {
        "init": "Start a project: a deployment, one profile and its test. "
        "Works offline.",
        "serve": "Serve GraphQL over HTTP; files that change are live at once.",
        "check": "Say what is wrong in profiles, SDL and deployment files, "
        "and how to fix it.",
        "test": "Run the profile tests (*.test.yaml), or recorded requests, with no "
        "network.",
        "run": "Run one query against the real sources and print the answer.",
        "plan": "Show which steps a query needs, in which order, "
        "and why others stay out.",
        "explain": "Show which profile serves a caller, why no other, and where its "
        "keys are from.",
        "hold": "Have a step not called for a while: its fallbacks stand in.",
        "unhold": "End a hold: the step is called again.",
        "holds": "List what is held, until when, by whom and why.",
        "diff": "Say what a change changes: for clients, and in which systems are "
        "called, when.",
        "release": "Bundle profiles and schema, and say which bundle gateways serve.",
        "release bundle": "Make one immutable file of profiles, schema and saved "
        "operations.",
        "release publish": "Put a bundle into the store, where nothing serves it yet.",
        "release activate": "Have every gateway of the channel serve a release, once "
        "it loads here.",
        "release rollback": "End what is tried; else go back to the release that was "
        "active before.",
        "release history": "Show who activated what, when, from where and why.",
        "release show": "Show what is in a release, who made it and who signed it.",
        "record": "Run queries against the real sources and keep what these answer, "
        "redacted.",
        "schema": "Print the GraphQL SDL that the profiles serve.",
        "mcp": "Serve agents over stdin and stdout, by the Model Context Protocol.",
        "cache": "Take replies out of the cache of a running gateway.",
        "cache invalidate": "Take replies out of the cache: all that any of the "
        "options names.",
        "import": "Write what people then own, from descriptions, samples or a "
        "database.",
        "import openapi": "Write SDL, profiles and a source from OpenAPI 3.0, 3.1 or "
        "Swagger 2.0.",
        "import connectors": "Write SDL, profiles and sources from the SDL of Apollo "
        "Connectors.",
        "import asl": "Write an operation of steps from a Step Functions state "
        "machine.",
        "import graphql": "Write SDL, profiles and a source from a GraphQL API's "
        "schema.",
        "import supergraph": "Write SDL, profiles, entity files and sources from a "
        "supergraph's SDL.",
        "import proto": "Write SDL, profiles and a source from a gRPC system's .proto "
        "file.",
        "import reflection": "Write SDL, profiles and a source from what a gRPC server "
        "says of itself.",
        "import samples": "Write the SDL of JSON samples: FILE, FOLDER or - for stdin.",
        "import sql": "Write SDL, entities and look-ups of a database, which it "
        "connects to.",
        "demo": "Run a live Customer 360 with services you can break; Ctrl-C ends it.",
        "demo break": "Break a service of the running demo.",
        "demo mend": "Mend a service of the running demo.",
        "key": "Make an API key: it is printed once, its hash goes into the "
        "deployment file.",
        "usage": "Say which clients of which tenants use what, and what nobody does.",
        "release canary": "Give a release to some requests, and take it back where it "
        "does worse.",
        "release shadow": "Run requests again in a release, aside, and show where "
        "answers differ.",
        "release prune": "Take bundles out of the store that no channel serves, tries "
        "or goes back to.",
        "release report": "Show how the release that is tried does, by what all "
        "gateways count.",
        "release promote": "Have everybody served by the release that is tried.",
    }


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
