"""Every example in the documentation loads, and every test in it passes.

A section of a page (up to the next heading) is one project: its ``graphql`` blocks are
the schema, its ``yaml`` blocks the profiles and profile tests. A ``text`` block right
after a ``yaml`` block holds the problems that this block has, all of them. A block
that starts with ``# not yet`` is not run.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import yaml

from gateway.deployment import Deployment
from gateway.errors import Code, Problem, Severity
from gateway.execution.upstream import Upstreams
from gateway.loading.loader import Loader
from gateway.profile.checks import _NOT_YET as NO_EFFECT
from gateway.telemetry.log import LOGGED
from gateway.testing.runner import run_profile_tests
from tests.house.reference_tables import (
    OPERATIONS,
    PAGES,
    REFERENCE,
    ROOT,
    names_of_tables,
    with_tables,
)

EXAMPLE_PAGES = (
    "profiles/README.md",
    "schema/README.md",
    "deploy/README.md",
    *sorted(str(p.relative_to(ROOT)) for p in ROOT.glob("profiles/sources/*.md")),
    *sorted(str(p.relative_to(ROOT)) for p in ROOT.glob("profiles/doors/*.md")),
)
_PART = re.compile(
    r"^```(?P<kind>\w*)\n(?P<text>.*?)^```$|^#{1,4} (?P<heading>[^\n]+)$",
    re.MULTILINE | re.DOTALL,
)
_NAME = re.compile(r"# (\S+\.(?:yaml|graphql))\n")


@dataclass(frozen=True)
class Example:
    """One project of the documentation: files by name, and what is wrong in them."""

    title: str
    files: dict[str, str] = field(default_factory=dict)
    wrong: tuple[str, ...] = ()

    def __str__(self) -> str:
        return self.title


def sections(page: str) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """The blocks of a page by heading."""
    title, found = page, list[tuple[str, str]]()
    for part in _PART.finditer((ROOT / page).read_text("utf-8")):
        if part["heading"]:
            yield title, found
            title, found = f"{page}: {part['heading']}", []
        else:
            found.append((part["kind"], part["text"]))
    yield title, found


def examples(title: str, blocks: list[tuple[str, str]]) -> Iterator[Example]:
    """A project of each section, and one more for each block that has problems."""
    following = [*blocks[1:], ("", "")]
    right: dict[str, str] = {}
    broken: list[tuple[str, str, str]] = []
    for (kind, text), (then, told) in zip(blocks, following, strict=True):
        if kind not in ("yaml", "graphql") or text.startswith("# not yet\n"):
            continue
        name = _name(kind, text, len(right))
        if then == "text":
            broken.append((name, text, told))
        else:
            assert name not in right, f"{title} has two files {name}"
            right[name] = text
    schema = {n: text for n, text in right.items() if n.startswith("schema/")}
    for number, (name, text, told) in enumerate(broken, start=1):
        wrong = tuple(told.splitlines())
        yield Example(f"{title}, wrong {number}", {**schema, name: text}, wrong)
    if right.keys() - schema.keys():
        yield Example(title, right)


def _name(kind: str, text: str, number: int) -> str:
    """The file that a block is: as its first line says, else some name."""
    named = _NAME.match(text)
    if named:
        return named[1]
    folder = {"yaml": "profiles", "graphql": "schema"}[kind]
    return f"{folder}/{number}.{kind}"


def every_example() -> list[Example]:
    return [
        example
        for page in EXAMPLE_PAGES
        for title, blocks in sections(page)
        if blocks
        for example in examples(title, blocks)
    ]


EXAMPLES = every_example()
DEPLOYMENT = next(e for e in EXAMPLES if "headwater.yaml" in e.files)


def _open_nothing(_: Deployment) -> tuple[Upstreams, object]:
    raise AssertionError("checking opens no source")


def _write(example: Example, folder: Path) -> Path:
    files = {**DEPLOYMENT.files, **example.files}
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    for name in ("profiles", "schema", "clients"):
        (folder / name).mkdir(exist_ok=True)
    return Path("headwater.yaml")


def _problems(config: Path) -> tuple[Problem, ...]:
    return Loader([config], {}, _open_nothing).check()  # type: ignore[arg-type]


@pytest.fixture(autouse=True)
def _inside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("example", EXAMPLES, ids=str)
def test_an_example_has_the_problems_that_the_page_says(
    example: Example, tmp_path: Path
) -> None:
    """Usually none, not even a warning; else exactly those told, as they are told."""
    found = _problems(_write(example, tmp_path))
    assert tuple(map(str, found)) == example.wrong


@pytest.mark.parametrize(
    "example",
    [e for e in EXAMPLES if any(name.endswith(".test.yaml") for name in e.files)],
    ids=str,
)
def test_the_tests_of_an_example_pass(example: Example, tmp_path: Path) -> None:
    """What the page says of an example is what the gateway does."""
    report = run_profile_tests([], [_write(example, tmp_path)], {})
    cases = sum(
        len(yaml.safe_load(text)["cases"])
        for name, text in example.files.items()
        if name.endswith(".test.yaml")
    )
    assert report.problems == ()
    assert [str(case) for case in report.cases if not case.passed] == []
    assert len(report.cases) == cases


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_the_tables_of_keys_are_those_of_the_models(page: Path) -> None:
    """A key is described once, where it is read.

    Write the tables anew with ``python -m tests.house.reference_tables``.
    """
    assert with_tables(page) == page.read_text("utf-8")


def test_every_key_without_effect_is_named_on_the_page() -> None:
    """A key that loads and does nothing must not be found out in production."""
    section = REFERENCE.read_text("utf-8").partition("## Not in this version")[2]
    assert [key for key in NO_EFFECT if f"`{key}`" not in section] == []


def test_every_error_code_and_log_event_is_on_the_operators_page() -> None:
    """What an operator meets at night can be looked up."""
    page = OPERATIONS.read_text("utf-8")
    assert [word for word in (*Code, *LOGGED) if f"| `{word}` |" not in page] == []


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_a_page_has_a_table_for_every_model(page: Path) -> None:
    """A key that is not documented does not exist for an author."""
    names = names_of_tables(page.read_text("utf-8"))
    assert sorted(names) == sorted(PAGES[page])


# -- the walk of the first page -------------------------------------------------

_WALK = """
operation: customer360
cases:
  - name: the field is there, by one call more
    query: '{ customer360(customer_id: "42") { recentMessages { subject read } } }'
    replies:
      account: { body: { name: Ada } }
      recentMessages:
        body: { items: [{ subject: New rates, read: true }], total: 1 }
    expect:
      calls: { account: 1, recentMessages: 1 }
      requests: { recentMessages: [{ method: GET, url: /messages/42 }] }
      data: { customer360: { recentMessages: [{ subject: New rates, read: true }] } }
      errors: []
"""


def test_the_walk_adds_a_source_as_it_is_written(tmp_path: Path) -> None:
    """One entry at the end of one file."""
    (blocks,) = (b for t, b in sections("README.md") if "Add a source" in t)
    (step,) = (text for kind, text in blocks if kind == "yaml")
    for name in ("profiles", "schema", "deploy"):
        shutil.copytree(ROOT / name, tmp_path / name)
    config = Path("deploy/demo.yaml")
    _append(tmp_path / "profiles/customer360.yaml", step)
    assert _errors(config) == ()
    (tmp_path / "profiles/walk.test.yaml").write_text(_WALK, "utf-8")
    walk = run_profile_tests([Path("profiles/walk.test.yaml")], [config], {})
    assert str(walk).splitlines()[-1] == "1 passed, 0 failed", str(walk)


def _errors(config: Path) -> tuple[Problem, ...]:
    return tuple(p for p in _problems(config) if p.severity is Severity.ERROR)


def _append(file: Path, text: str) -> None:
    with file.open("a", encoding="utf-8") as end:
        end.write(f"\n{text}")
