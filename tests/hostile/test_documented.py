"""The fixture is public: its page names all of it, and the example there runs."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import cast

import pytest

from gateway.testing import hostile
from tests.hostile.stand import DEPLOYMENT, PROFILES, SDL

PAGE = (Path(__file__).parents[1] / "README.md").read_text("utf-8")
SECTION = PAGE.partition("## The hostile upstream")[2].partition("\n## ")[0]


def test_every_behaviour_is_on_the_page() -> None:
    """And the page names nothing that is not there."""
    named = set(re.findall(r"`(\w+)`", SECTION))
    assert set(hostile.__all__) - named == {"Asked", "Misbehaviour"}
    in_table = re.findall(r"^\| (`.*?) \|", SECTION, re.MULTILINE)
    assert {n for row in in_table for n in re.findall(r"`(\w+)`", row)} <= set(
        hostile.__all__
    )


async def test_the_example_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As it stands, in a project whose source is `${BANK_URL}`."""
    example = re.findall(r"```python\n(.*?)```", SECTION, re.DOTALL)[0]
    for name in ("profiles", "schema"):
        (tmp_path / name).mkdir()
    (tmp_path / "schema" / "bank.graphql").write_text(SDL)
    for name, text in PROFILES.items():
        (tmp_path / "profiles" / f"{name}.yaml").write_text(text)
    config = DEPLOYMENT.format(url="${BANK_URL}")
    (tmp_path / "headwater.yaml").write_text(config)
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {}
    exec(compile(example, "README.md", "exec"), names)  # noqa: S102 - our own page
    (test,) = (n for n in names if n.startswith("test_"))
    await cast("Callable[[], Awaitable[None]]", names[test])()
