"""Each directive that the page lists, as it is written and as a router reads it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from gateway.app import build_gateway
from tests.federation.bank import write
from tests.federation.directives import LINES, Line
from tests.federation.routing import Router

PAGE = Path(__file__).parents[2] / "profiles" / "doors" / "federation-subgraph.md"
_REFUSED = {"connect", "source"}


def subgraph(line: Line, folder: Path) -> str:
    """The SDL of `_service` of the bank with a line's."""
    write(folder)
    (folder / "schema" / "x.graphql").write_text(line.sdl)
    if line.file:
        (folder / "profiles" / "card.entity.yaml").write_text(line.file)
    made = build_gateway([folder / "headwater.yaml"], {}).current
    assert [p for p in made.problems if p.severity.value == "error"] == []
    assert made.subgraph is not None
    return made.subgraph


@pytest.mark.parametrize("line", LINES, ids=lambda line: line.name)
def test_a_directive_comes_to_the_router(line: Line, tmp_path: Path) -> None:
    """It is where it stood, imported from the least version that has it."""
    served = subgraph(line, tmp_path)
    head, _, _ = served.partition("\n\n")

    assert line.served in served
    assert f"federation/v2.{line.version}" in head
    assert line.name == "link" or f'"@{line.name}"' in head


def test_every_line_of_the_page_has_its_test() -> None:
    """What the page promises of a directive is tried here, and nothing besides."""
    table = PAGE.read_text("utf-8").partition("| directive |")[2].partition("\n\n")[0]
    listed = [
        name
        for row in table.splitlines()[2:]
        for name in re.findall(r"`@(\w+)`", row.split("|")[1])
    ]

    assert sorted({*listed} - _REFUSED) == sorted(line.name for line in LINES)


async def test_every_line_composes(router: Router, tmp_path: Path) -> None:
    """Apollo's composition and the Guild's take the SDL of each, in one process."""
    texts = {}
    for line in LINES:
        (tmp_path / line.name).mkdir()
        texts[line.name] = [subgraph(line, tmp_path / line.name), line.other]

    composed = await router.compose(texts)

    assert composed == {line.name: {"apollo": [], "guild": []} for line in LINES}
