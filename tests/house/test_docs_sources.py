"""Every page about sources can be found, and has an example that runs."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from gateway.cli.main import app
from gateway.deployment.sources import SOURCE_TYPES
from tests.house.reference_tables import REFERENCE, ROOT
from tests.house.test_docs_examples import EXAMPLES, sections

SOURCES = sorted(path.name for path in (ROOT / "profiles/sources").glob("*.md"))
_LINK = re.compile(r"\]\(sources/(\w+\.md)\)")
_TEST = re.compile(r"\]\(\.\./\.\./(tests/[\w./]+)")


def _table() -> str:
    """The table of kinds of source, right at the start of "Step types"."""
    section = REFERENCE.read_text("utf-8").partition("\n## Step types\n")[2]
    return section.partition("\n### ")[0]


def test_every_page_of_a_source_is_in_the_table_of_sources() -> None:
    """Whoever looks for a kind of source finds its page, and no page is lost."""
    assert sorted(_LINK.findall(_table())) == SOURCES


def test_every_kind_of_source_is_named_on_a_page() -> None:
    """A word for `type:` that no page has does not exist for an author."""
    pages = "".join((ROOT / "profiles/sources" / n).read_text("utf-8") for n in SOURCES)
    unknown = [word for word in SOURCE_TYPES if not re.search(rf"\b{word}\b", pages)]
    assert unknown == []


@pytest.mark.parametrize("page", SOURCES)
def test_a_page_has_an_example_that_runs(page: str) -> None:
    """As a project of its own; or it names the tests that run what it is about."""
    name = f"profiles/sources/{page}"
    run = [e for e in EXAMPLES if e.title.startswith(f"{name}:") and not e.wrong]
    tests = _TEST.findall((ROOT / name).read_text("utf-8"))
    assert run or tests
    assert [path for path in tests if not (ROOT / path).exists()] == []


def test_what_an_import_is_said_to_write_is_what_it_writes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """File by file, to the letter."""
    page = dict(sections("profiles/sources/importing.md"))
    (_, given), *written = page["profiles/sources/importing.md: A first example"]
    monkeypatch.chdir(tmp_path)
    Path("shop.yaml").write_text(given, "utf-8")
    made = CliRunner().invoke(app, ["import", "openapi", "shop.yaml", "--into", "."])
    assert made.exit_code == 0, made.stderr
    told = {}
    for _, text in written:
        name, _, rest = text.partition("\n")
        told[name.removeprefix("# ")] = rest
    files = (path for path in Path().rglob("*") if path.is_file())
    found = {str(path): path.read_text("utf-8") for path in files}
    assert {n: text for n, text in found.items() if n != "shop.yaml"} == told
