"""How many steps a profile may have: each is held against the others."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from gateway.loading.loader import Loader
from gateway.loading.opening import open_nothing
from tests.project import write

SDL = "type Query { v: V }\ntype V { n: Int }\n"
MESSAGE = "there are 1,001 steps here, and a profile has 1,000 at most"


def _steps(count: int, name: str = "s") -> str:
    lines = (f"- {{ name: {name}{n}, endpoint: /v }}" for n in range(count))
    return "steps:\n" + "\n".join(lines) + "\n"


def _told(folder: Path, files: Mapping[str, str]) -> list[tuple[str, str]]:
    """File and line of each problem that is about too many steps, and its message."""
    made = {"schema/v.graphql": SDL, "headwater.yaml": "sources: {}\n", **files}
    found = Loader([write(folder, made)], {}, open_nothing).check()
    return [
        (f"{Path(one.span.file).name}:{one.span.line}", one.message)
        for one in found
        if "at most" in one.message
    ]


def test_a_file_of_more_steps_than_a_profile_has_is_refused_at_its_steps(
    tmp_path: Path,
) -> None:
    """An operation and an entity file alike; neither is compiled."""
    heads = ("operation: v", "entity: V")
    files = {
        f"profiles/{number}.yaml": f"language: 1\n{head}\n{_steps(1_001)}"
        for number, head in enumerate(heads)
    }
    assert _told(tmp_path, files) == [(f"{n}.yaml:4", MESSAGE) for n in range(2)]


def test_what_is_included_counts(tmp_path: Path) -> None:
    """A profile is refused where it includes; its fragments are none too many."""
    files = {
        "profiles/f.yaml": f"language: 1\nfragment: f\n{_steps(600, 'f')}",
        "profiles/v.yaml": "language: 1\noperation: v\ninclude: [f]\n" + _steps(401),
    }
    assert _told(tmp_path, files) == [("v.yaml:3", MESSAGE)]
