"""What is made of each directive of a supergraph, line by line as the page has it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from gateway.cli.import_project import broken
from gateway.importing.made import ImportFailure, Made
from gateway.importing.supergraph.importing import Wishes, import_supergraph
from gateway.importing.supergraph.reading import read_supergraph
from gateway.importing.yaml_text import source_block
from tests.importing.supergraph.directives import CASES
from tests.importing.supergraph.lines import Case

PAGE = Path(__file__).parents[3] / "profiles/sources/importing.md"


def made(case: Case) -> Made:
    graph = read_supergraph(case.text, "super.graphql")
    return import_supergraph(graph, "super.graphql", Wishes(guarded=case.guarded))


def test_the_page_has_a_line_for_each_case_and_no_other() -> None:
    """What the table promises is tried here."""
    table = PAGE.read_text("utf-8").partition("| directive | supported | how |\n")[2]
    lines = table.partition("\n\n")[0].splitlines()[1:]
    assert [re.split(r" \| ", line)[0].removeprefix("| ") for line in lines] == [*CASES]


@pytest.mark.parametrize("line", CASES)
def test_a_directive_means_what_its_line_says(line: str) -> None:
    """Files that load, with what it asks for; and what is not served is told."""
    case = CASES[line]
    if case.refused:
        with pytest.raises(ImportFailure, match=re.escape(case.refused)):
            made(case)
        return
    result = made(case)
    assert broken(result) == {}
    sources = "".join(source_block(n, s, 2) for n, s in result.sources.items())
    files = {**result.files, "headwater.yaml": sources}
    assert {n: t for n, t in case.has.items() if t not in files[n]} == {}, files
    assert {n: t for n, t in case.lacks.items() if t in files[n]} == {}
    told = {
        (one.what, one.why) for one in (*result.told.left_out, *result.told.changed)
    }
    for place, why in case.told.items():
        assert any(what == place and reason.startswith(why) for what, reason in told), (
            told
        )
    assert {what for what, _ in told} == set(case.told)
