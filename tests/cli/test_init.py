"""A new project works at once."""

from __future__ import annotations

from pathlib import Path

import yaml
from orjson import loads

from tests.cli.conftest import Invoke
from tests.json_schema import Draft202012Validator

GREETING = '{ greeting(name: "Ada") { text language } }'


def test_a_new_project_says_what_it_wrote_and_what_to_try(
    here: Path, invoke: Invoke
) -> None:
    """Every line can be copied into the terminal."""
    result = invoke("init", "new")
    assert result.exit_code == 0
    assert result.stdout == (
        "wrote new/headwater.yaml\n"
        "wrote new/profiles/greeting.yaml\n"
        "wrote new/profiles/greeting.test.yaml\n"
        "wrote new/README.md\n"
        "wrote new/.gitignore\n"
        "\n"
        "Try:\n"
        "  cd new\n"
        "  headwater check\n"
        "  headwater test\n"
        f"  headwater run '{GREETING}'\n"
        "  headwater serve --dev\n"
    )


def test_a_new_project_is_checked_tested_and_run_with_no_network(
    project: Path, invoke: Invoke
) -> None:
    """The first three commands of a new user succeed."""
    assert invoke("check").stdout == "No problems.\n"
    assert invoke("test").stdout == (
        "passed  greeting: says hello by name\n"
        "passed  greeting: leaves out what nobody asked for\n"
        "2 passed, 0 failed\n"
    )
    result = invoke("run", GREETING)
    assert (result.exit_code, loads(result.stdout)) == (
        0,
        {"data": {"greeting": {"text": "Hello, Ada!", "language": "en"}}},
    )


def test_nothing_is_overwritten(project: Path, invoke: Invoke) -> None:
    """Where one file is there already, none is written."""
    (project / "headwater.yaml").unlink()
    (project / "README.md").write_text("mine", "utf-8")
    result = invoke("init")
    assert (result.exit_code, result.stderr) == (
        1,
        (
            "error: profiles/greeting.yaml is there already — nothing was written; "
            "name an empty folder\n"
        ),
    )
    assert (project / "README.md").read_text("utf-8") == "mine"
    assert not (project / "headwater.yaml").exists()


def test_the_files_of_a_new_project_fit_the_json_schema(
    project: Path, invoke: Invoke
) -> None:
    """What an editor is told by `schema --config` is true of what `init` writes."""
    schemas = loads(invoke("schema", "--config").stdout)
    files = {"profile": "profiles/greeting.yaml", "deployment": "headwater.yaml"}
    wrong = {
        kind: [
            error.message
            for error in Draft202012Validator(schemas[kind]).iter_errors(
                yaml.safe_load((project / name).read_text("utf-8"))
            )
        ]
        for kind, name in files.items()
    }
    assert wrong == {"profile": [], "deployment": []}


def test_a_file_is_no_folder_for_a_project(tmp_path: Path, invoke: Invoke) -> None:
    """Told as such; it stays what it is."""
    (tmp_path / "notes").write_text("mine", "utf-8")
    result = invoke("init", str(tmp_path / "notes"))
    told = f"error: {tmp_path / 'notes'} is a file — name an empty folder\n"
    assert (result.exit_code, result.stderr) == (1, told)
    assert (tmp_path / "notes").read_text("utf-8") == "mine"
