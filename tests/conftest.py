"""What the whole suite shares: virtual time, and profile tests as pytest items.

Every case of a `tests/scenarios/**/*.test.yaml` is a test of its own, run by the same
code as `headwater test`.
"""

from __future__ import annotations

import asyncio
import atexit
import gc
import ssl
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import httpx._transports.default as httpx_transports
import pytest
import structlog
from httpx._config import DEFAULT_TIMEOUT_CONFIG
from hypothesis import settings
from hypothesis.internal.conjecture import providers

from gateway.telemetry.log import unconfigure
from gateway.testing import VirtualTimeLoop
from tests.confiding import _forgets, pytest_runtest_setup
from tests.mariadb_server import mariadb_server
from tests.postgres_server import postgres_server

if TYPE_CHECKING:
    from gateway.testing.runner import Bench, Case

__all__ = ["_forgets", "mariadb_server", "postgres_server", "pytest_runtest_setup"]
HERE = Path(__file__).parent
SCENARIOS = HERE / "scenarios"
VIRTUAL = ("plan", "execution", "response", "laws", "testing")
"""Folders whose async tests run in virtual time; others ask by the marker."""

settings.register_profile(
    "quick", max_examples=40, deadline=None, derandomize=True, database=None
)
settings.register_profile("thorough", max_examples=2_000, deadline=None)
settings.load_profile("quick")
"""The same examples at every run; `--hypothesis-profile=thorough` looks for more.

Hypothesis tries constants of all modules that are loaded, too: reading those costs each
process a second, and a word in any file would change the examples of every test.
"""

LoopFactory = Callable[[], asyncio.AbstractEventLoop]


def pytest_configure(config: pytest.Config) -> None:
    """Collecting makes a million objects that all stay: looking for garbage is idle."""
    gc.disable()
    if not config.getoption("--hypothesis-profile"):
        providers._get_local_constants = lambda: providers._local_constants
    config.addinivalue_line(
        "markers", "virtual_time: run this async test in virtual time"
    )


@cache
def _trusting() -> ssl.SSLContext:
    return httpx.create_ssl_context()


def _context(verify: Any = True, *more: Any, **others: Any) -> ssl.SSLContext:
    """What httpx makes for each client anew: reading all authorities costs 35 ms."""
    if verify is True and not more and not others.get("cert"):
        return _trusting()
    return httpx.create_ssl_context(verify, *more, **others)


httpx_transports.create_ssl_context = _context  # type: ignore[attr-defined]

DEFAULT_TIMEOUT_CONFIG.connect = DEFAULT_TIMEOUT_CONFIG.read = 60.0
DEFAULT_TIMEOUT_CONFIG.write = DEFAULT_TIMEOUT_CONFIG.pool = 60.0
"""A client that says nothing waits a minute: five seconds are few where all is busy."""


def pytest_collection_finish() -> None:
    """What collecting made stays to the end: no collection of garbage looks at it."""
    gc.enable()
    gc.collect()
    gc.freeze()
    atexit.register(gc.unfreeze)  # some libraries complain of what is left


def pytest_asyncio_loop_factories(
    config: pytest.Config, item: pytest.Item
) -> Mapping[str, LoopFactory]:
    """The loop of an async test: virtual by folder or by marker, else the real one."""
    if _is_virtual(item.path.parent) or item.get_closest_marker("virtual_time"):
        return {"virtual": VirtualTimeLoop}
    return {"real": asyncio.new_event_loop}


@cache
def _is_virtual(folder: Path) -> bool:
    inside = HERE in folder.parents
    return inside and folder.relative_to(HERE).parts[0] in VIRTUAL


# -- scenarios -----------------------------------------------------------------------


def pytest_collect_file(
    file_path: Path, parent: pytest.Collector
) -> pytest.Collector | None:
    if SCENARIOS in file_path.parents and file_path.name.endswith(".test.yaml"):
        made: ScenarioFile = ScenarioFile.from_parent(parent, path=file_path)
        return made
    return None


class ScenarioFile(pytest.File):
    """One file of cases, of the project whose `headwater.yaml` is nearest above.

    Collecting reads the names only; the project loads when its first case runs, so
    that a run of other tests does without, and each process loads what it needs.
    """

    def collect(self) -> Iterator[pytest.Item]:
        from gateway.errors import Problems
        from gateway.testing.document import read_profile_test

        problems = Problems()
        text = self.path.read_text(encoding="utf-8")
        made = read_profile_test(text, str(self.path), problems)
        if made is None or problems.found:
            raise self.CollectError("\n".join(map(str, problems.found)))
        document, tree = made
        for number, case in enumerate(document.cases):
            line = tree.span(("cases", number)).line
            yield ScenarioCase.from_parent(
                self, name=case.name, number=number, line=line
            )


@cache
def _bench(config: Path) -> Bench:
    """A project as `headwater test` loads it: once, however many its files are."""
    from gateway.testing.runner import Bench

    return Bench.load([config], {})


@cache
def _cases(path: Path) -> list[Case]:
    """The cases of a file.

    Raises:
        ProfileError: the project does not load, or the cases do not fit it.
    """
    from gateway.errors import Problems, ProfileError

    folders = (folder / "headwater.yaml" for folder in path.parents)
    bench, problems = _bench(next(filter(Path.is_file, folders))), Problems()
    cases = bench.cases(path, problems)
    found = (*bench.problems, *problems.found)
    if found:
        raise ProfileError(found)
    return cases


class ScenarioCase(pytest.Item):
    """One case; its differences are the failure's text."""

    def __init__(self, *, number: int, line: int, **of_pytest: object) -> None:
        super().__init__(**of_pytest)  # type: ignore[arg-type]
        self.number, self.line = number, line

    def runtest(self) -> None:
        result = _cases(self.path)[self.number].run()
        if not result.passed:
            raise DifferentError(str(result))

    def repr_failure(
        self,
        excinfo: pytest.ExceptionInfo[BaseException],
        style: object = None,  # noqa: ARG002
    ) -> object:
        if isinstance(excinfo.value, DifferentError):
            return str(excinfo.value)
        return super().repr_failure(excinfo)

    def reportinfo(self) -> tuple[Path, int, str]:
        return self.path, self.line - 1, self.name


class DifferentError(Exception):
    """A case did not come to what it expects."""


@pytest.fixture(autouse=True, scope="module")
def _log_as_it_was() -> Iterator[None]:
    """A command that a test runs sets up the log, to a stream that ends with it."""
    yield
    structlog.reset_defaults()
    unconfigure()
