"""A package that is installed adds a step type and a kind of source."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from gateway.cli.main import app
from gateway.connectors.registry import step_types
from gateway.deployment.sources.plugged import source_types, with_kinds
from gateway.installed import PluginError, everything
from gateway.loading.loader import Loader
from gateway.loading.opening import open_nothing
from tests.project import write

EXAMPLE = Path(__file__).parent / "plugin_example"
FILES = {
    "headwater.yaml": """
sources:
  words: { type: words, entries: { hello: hallo, bye: tschüss } }
""",
    "profiles/greet.yaml": """
language: 1
operation: greet
args: { word: String! }
steps:
  - { name: german, type: word, word: "${ word }", case: upper }
""",
}


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example, installed by pip into a folder of its own."""
    folder = tmp_path_factory.mktemp("site")
    wheel = _wheel(tmp_path_factory.mktemp("wheel"))
    options = ("--quiet", "--no-deps", "--no-index", "--disable-pip-version-check")
    done = _run("-m", "pip", "install", *options, "--target", str(folder), str(wheel))
    assert done.returncode == 0, done.stderr
    return folder


def _wheel(folder: Path) -> Path:
    """What a build of the example gives, without the tool that its author uses."""
    project = tomllib.loads((EXAMPLE / "pyproject.toml").read_text("utf-8"))["project"]
    info = "headwater_words-1.0.dist-info"
    groups = "\n".join(
        f"[{group}]\n" + "".join(f"{name} = {to}\n" for name, to in entries.items())
        for group, entries in project["entry-points"].items()
    )
    files = {
        f"{info}/METADATA": "Metadata-Version: 2.1\nName: headwater-words\n"
        "Version: 1.0\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: t\nRoot-Is-Purelib: true\n"
        "Tag: py3-none-any\n",
        f"{info}/entry_points.txt": groups,
        f"{info}/RECORD": "",
    }
    for path in (EXAMPLE / "src").rglob("*.py"):
        files[str(path.relative_to(EXAMPLE / "src"))] = path.read_text("utf-8")
    made = folder / "headwater_words-1.0-py3-none-any.whl"
    with zipfile.ZipFile(made, "w") as wheel:
        for name, text in files.items():
            wheel.writestr(name, text)
    return made


@pytest.fixture
def here(
    installed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Path]:
    """A folder, in a process that has the example among its packages."""
    monkeypatch.syspath_prepend(str(installed))
    monkeypatch.chdir(tmp_path)
    _forget()
    yield tmp_path
    monkeypatch.undo()
    _forget()


def _forget() -> None:
    everything.cache_clear()
    step_types.cache_clear()
    source_types.cache_clear()


def _run(*arguments: str, site: Path | None = None) -> subprocess.CompletedProcess[str]:
    here = str(Path(__file__).parents[1])
    path = os.pathsep.join([str(site), here] if site else [here])
    done = subprocess.run(
        [sys.executable, *arguments],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": path},
        check=False,
    )
    assert done.returncode in (0, 1), done.stderr
    return done


def test_an_installed_package_is_there_at_once(here: Path) -> None:
    """Its source opens, its step answers, with nothing said but `type`."""
    write(here, FILES)
    query = '{ greet(word: "hello") { german } }'
    done = CliRunner().invoke(app, ["run", query])
    assert json.loads(done.stdout) == {"data": {"greet": {"german": "HALLO"}}}


def _told(here: Path, files: dict[str, str]) -> list[str]:
    config = write(here, {**FILES, **files})
    found = Loader([config], {}, open_nothing).check()
    return [str(problem).removeprefix(f"{here}/") for problem in found]


def test_its_keys_are_held_to_as_ours_are(here: Path) -> None:
    """With file, line and column, and the word that was meant."""
    assert _told(here, {}) == []
    text = "sources:\n  words:\n    type: words\n    entrees: {}\n"
    config = f"{text}  others: {{ type: wrods }}\n"
    assert _told(here, {"headwater.yaml": config}) == [
        (
            "headwater.yaml:2:3: the key 'entries' is missing in 'words' — "
            "add 'entries: ...'"
        ),
        "headwater.yaml:4:5: there is no key 'entrees' here — did you mean 'entries'?",
        "headwater.yaml:5:19: there is no source type 'wrods' — did you mean 'words'?",
    ]
    profile = FILES["profiles/greet.yaml"].replace("case:", "caes:")
    assert _told(here, {"profiles/greet.yaml": profile}) == [
        "profiles/greet.yaml:6:52: there is no key 'caes' here — did you mean 'case'?"
    ]
    empty = FILES["profiles/greet.yaml"].replace("${ word }", "")
    assert _told(here, {"profiles/greet.yaml": empty}) == [
        "profiles/greet.yaml:6:39: there is no empty word — write a word"
    ]


@pytest.mark.usefixtures("here")
def test_editors_know_its_keys() -> None:
    """`headwater schema --config` has both models."""
    schema = json.loads(CliRunner().invoke(app, ["schema", "--config"]).stdout)
    assert "WordList" in schema["deployment"]["$defs"]
    step = schema["profile"]["$defs"]["WordStep"]["properties"]
    assert step["case"]["description"] == "How the translation is written."


def test_its_author_runs_our_contract(installed: Path) -> None:
    """The same tests that our own sources pass."""
    tests = str(EXAMPLE / "try_contract.py")
    options = (
        "-q",
        "-o",
        "addopts=",
        "-o",
        "asyncio_mode=auto",
        "-p",
        "no:cacheprovider",
    )
    done = _run("-m", "pytest", *options, tests, site=installed)
    assert done.stdout.splitlines()[-1].startswith("18 passed"), done.stdout


class _Entry:
    """An entry point of a package that is not there to install."""

    group, dist = "headwater.sources", None

    def __init__(self, name: str, found: object) -> None:
        self.name, self._found = name, found

    def load(self) -> object:
        if isinstance(self._found, Exception):
            raise self._found
        return self._found


@pytest.mark.parametrize(
    ("name", "found", "told"),
    [
        ("rest", dict, "takes a name that is taken"),
        ("a", ImportError("no module"), "cannot be loaded: ImportError: no module"),
        ("a", dict, "is no subclass of SourceKeys"),
    ],
)
def test_a_package_that_does_not_fit_is_named(
    name: str, found: object, told: str
) -> None:
    """In one line, with its entry point."""
    with pytest.raises(PluginError) as caught:
        with_kinds([_Entry(name, found)])  # type: ignore[list-item]
    assert caught.value.message.startswith(f"the plug-in {name!r}")
    assert told in caught.value.message


ODD = """
from typing import Literal
from pydantic import Field
from gateway.plugins import ReplyRules, SourceKeys, StepOptions

class Odd(SourceKeys):
    type: Literal["odd"] = Field(description="Kind.")
    def open(self):
        return None

class Options(StepOptions):
    fails: str = Field(description="In which method.")

class OddStep:
    names, options = ("odd",), Options
    sources, default_source = frozenset({"odd"}), "odd"

    def compile(self, section, options):
        return self.ask("compile", options, options.fails)

    def shape(self, options):
        return self.ask("shape", options, None)

    def rules(self, options):
        return self.ask("rules", options, ReplyRules(reads=True))

    def idempotent(self, options):
        return self.ask("idempotent", options, True)

    def ask(self, what, options, answer):
        if options.fails == what:
            raise KeyError(what)
        return answer
"""
ODD_INFO = {
    "METADATA": "Metadata-Version: 2.1\nName: odd\nVersion: 3\n",
    "entry_points.txt": (
        "[headwater.sources]\nodd = odd_steps:Odd\n"
        "[headwater.step_types]\nodd = odd_steps:OddStep\n"
    ),
}


@pytest.fixture
def odd(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder, in a process that has a package with bugs."""
    site = tmp_path / "site"
    files = {f"odd-3.dist-info/{n}": text for n, text in ODD_INFO.items()}
    write(site, {"headwater.yaml": "", "odd_steps.py": ODD, **files})
    monkeypatch.syspath_prepend(str(site))
    monkeypatch.chdir(tmp_path)
    _forget()
    yield tmp_path
    monkeypatch.undo()
    sys.modules.pop("odd_steps", None)
    _forget()


def _odd(here: Path, fails: str) -> list[str]:
    files = {
        "headwater.yaml": "sources:\n  odd: { type: odd }\n",
        "profiles/odd.yaml": "language: 1\noperation: odd\nreturns: JSON\nsteps:\n"
        f"  - {{ name: odd, type: odd, fails: {fails} }}\n",
    }
    found = Loader([write(here, files)], {}, open_nothing).check()
    return [str(problem).removeprefix(f"{here}/") for problem in found]


@pytest.mark.parametrize("fails", ["compile", "shape", "rules", "idempotent"])
def test_a_bug_in_a_package_is_a_problem_of_its_step(odd: Path, fails: str) -> None:
    """With its place and whose it is; every other file is served as before."""
    assert _odd(odd, "never") == []
    assert _odd(odd, fails) == [
        (
            f"profiles/odd.yaml:5:5: the plug-in 'odd' of odd 3 (headwater.step_types) "
            f"failed in '{fails}': KeyError: '{fails}' — "
            "repair that package, or remove the step"
        )
    ]


def test_a_source_that_is_none_is_told_call_by_call(odd: Path) -> None:
    """The gateway serves, and closes, without it."""
    assert _odd(odd, "never") == []
    done = CliRunner().invoke(app, ["run", "{ odd }"])
    answer = json.loads(done.stdout)
    assert answer["data"] == {"odd": None}
    told = answer["errors"][0]["extensions"]
    assert (told["code"], told["detail"]) == (
        "UPSTREAM_UNREACHABLE",
        "a source of type 'odd' could not be opened: it has no 'render'",
    )
