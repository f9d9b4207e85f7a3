"""What is fuzzed: each target's name, where it is, and whose branches guide it.

A target is a module here with `try_one(data)`: it raises where a promise is broken, and
returns where the bytes were refused as they should be, or understood. It never sleeps,
opens no socket, and does the same for the same bytes. ``TOKENS`` are words worth
putting together, `seeds` is what it begins with.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Protocol, cast

HERE = Path(__file__).resolve().parent
CORPUS = HERE / "corpus"


class Tried(Protocol):
    """A target's module."""

    TOKENS: Iterable[str]

    def seeds(self) -> Iterable[bytes]:
        """What is usual, to begin with; small, and of what the tests have anyway."""

    def try_one(self, data: bytes) -> None:
        """One input.

        Raises:
            AssertionError: a promise is broken; so it is by any other exception.
        """


@dataclass(frozen=True, slots=True)
class Target:
    """``watched`` are the packages (each with a dot) whose branches say what is new.

    ``bounded`` is how many inputs a run of the tests makes besides the corpus, if any;
    ``longest`` the bytes of one at most.
    """

    watched: tuple[str, ...]
    bounded: int
    longest: int = 4_096


TARGETS = {
    "entry": Target(("gateway.schema.", "gateway.request."), 200),
    "loader": Target(("gateway.profile.", "gateway.loading."), 0),
    "changed": Target(("gateway.profile.", "gateway.loading."), 0, 256),
    "cel": Target(("gateway.expression.",), 500, 512),
    "projection": Target(("gateway.response.", "gateway.plan."), 0, 1_024),
    "upstream": Target(("gateway.connectors.transport.",), 3_000),
}


def module_of(name: str) -> Tried:
    """A target's module; imported here, so that it can be watched before."""
    return cast("Tried", import_module(f"tests.fuzzing.{name}"))


def corpus_of(name: str) -> Iterator[Path]:
    """The inputs that are kept: what was found once, and what is hard to come by."""
    yield from sorted(path for path in (CORPUS / name).iterdir() if path.is_file())
