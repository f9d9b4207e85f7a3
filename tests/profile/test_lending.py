"""Who may borrow a source: files by globs, methods; both files of a fragment."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.cli.project import open_nothing
from gateway.loading.loader import Loader
from gateway.profile.lending import below, matches


@pytest.mark.parametrize(
    ("glob", "file", "fits"),
    [
        ("cards/**", "cards/limits.yaml", True),
        ("cards/**", "cards/a/b.yaml", True),
        ("cards/**", "cards.yaml", False),
        ("cards/**", "other/cards/limits.yaml", False),
        ("**/limits.yaml", "limits.yaml", True),
        ("**/limits.yaml", "a/b/limits.yaml", True),
        ("**/limits.yaml", "a/limits.yaml.yaml", False),
        ("*.yaml", "limits.yaml", True),
        ("*.yaml", "a/limits.yaml", False),
        ("card?.yaml", "cards.yaml", True),
        ("card?.yaml", "card/.yaml", False),
        ("a.c", "abc", False),
        ("[ab].yaml", "a.yaml", False),
        ("/cards/*", "cards/a.yaml", True),
        ("cards/*", "../cards/a.yaml", False),
    ],
)
def test_a_glob_is_of_whole_paths_below_the_folder(
    glob: str, file: str, *, fits: bool
) -> None:
    """Nothing but `*`, `**` and `?` means anything but itself."""
    assert matches(file, [glob]) is fits


@given(st.text(max_size=12))
def test_any_text_is_a_glob_and_everything_fits_two_stars(file: str) -> None:
    """And none makes it fail."""
    matches("cards/a.yaml", [file])
    assert matches(file, ["**"]) or "\n" in file


def test_a_folder_may_be_spelled_in_any_way() -> None:
    """What counts is what is below it; a single file is its name."""
    assert below("profiles", "profiles/cards/a.yaml") == "cards/a.yaml"
    assert below("./profiles/", "profiles/a.yaml") == "a.yaml"
    assert below("profiles/a.yaml", "profiles/a.yaml") == "a.yaml"
    assert below("profiles", "other/a.yaml") == "../other/a.yaml"


DEPLOYMENT = """
sources:
  free: { url: http://a.internal }
  core:
    url: http://c.internal
    allow: { profiles: ["cards/**"], methods: [get] }
"""
ENTITY = """language: 1
entity: Card
steps:
  - { name: limit, fills: Card.limit, type: api, source: core, endpoint: "/{self.id}" }
"""
STEP = """language: 1
operation: x
steps:
  - { name: a, type: api, source: core, endpoint: /a }
"""
ESCALATING = """language: 1
operation: x
steps:
  - name: a
    type: api
    source: free
    endpoint: /a
    escalate: { after: 3 in 1m, source: core, endpoint: /incidents }
"""
RETRYING = """language: 1
operation: x
steps:
  - name: a
    type: api
    source: free
    endpoint: /a
    retry: { attempts: 2, with: { source: core } }
"""
DEFAULTING = """language: 1
operation: x
defaults: { source: core }
steps:
  - { name: a, type: api, endpoint: /a }
"""
POSTING = """language: 1
operation: x
steps:
  - { name: a, type: api, source: core, endpoint: /a, method: POST }
"""
FRAGMENT = """language: 1
fragment: limits
steps:
  - { name: a, type: api, source: core, endpoint: /a }
"""
INCLUDING = """language: 1
operation: x
include: [limits]
steps:
  - { name: b, type: api, source: free, endpoint: /b }
"""
SDL = "type Query { c: Card } type Card { id: ID! limit: Int }"


def said(folder: Path, profiles: dict[str, str]) -> list[str]:
    """What loading the files says, without hints."""
    (folder / "headwater.yaml").write_text(DEPLOYMENT)
    (folder / "schema").mkdir()
    for name, text in profiles.items():
        path = folder / "profiles" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        if text is ENTITY:
            (folder / "schema" / "a.graphql").write_text(SDL)
    loader = Loader([folder / "headwater.yaml"], {}, open_nothing)
    prefix = f"{folder}/profiles/"
    return [
        f"{each.span}: {each.message}".removeprefix(prefix)
        for each in loader.check()
        if "use" in each.message or "asked with" in each.message
    ]


NOT_THIS = "may not use source 'core'"


@pytest.mark.parametrize(
    ("profiles", "problems"),
    [
        ({"cards/x.yaml": STEP}, []),
        ({"x.yaml": STEP}, [f"x.yaml:4:35: x.yaml {NOT_THIS}"]),
        ({"x.yaml": DEFAULTING}, [f"x.yaml:5:5: x.yaml {NOT_THIS}"]),
        ({"x.yaml": RETRYING}, [f"x.yaml:8:43: x.yaml {NOT_THIS}"]),
        (
            {"x.yaml": ESCALATING},
            [
                "x.yaml:8:41: source 'core' may not be asked with POST",
                f"x.yaml:8:41: x.yaml {NOT_THIS}",
            ],
        ),
        (
            {"cards/x.yaml": POSTING},
            ["cards/x.yaml:4:35: source 'core' may not be asked with POST"],
        ),
        ({"x.yaml": ENTITY}, [f"x.yaml:4:58: x.yaml {NOT_THIS}"]),
        ({"cards/limits.yaml": FRAGMENT, "cards/x.yaml": INCLUDING}, []),
        (
            {"cards/limits.yaml": FRAGMENT, "x.yaml": INCLUDING},
            [f"cards/limits.yaml:4:35: x.yaml {NOT_THIS}"],
        ),
        (
            {"limits.yaml": FRAGMENT, "cards/x.yaml": INCLUDING},
            [f"limits.yaml:4:35: limits.yaml {NOT_THIS}"],
        ),
    ],
)
def test_a_source_is_lent_to_those_it_names(
    tmp_path: Path, profiles: dict[str, str], problems: list[str]
) -> None:
    """Wherever a file names it: a step, defaults, retries, alarms, entities."""
    assert said(tmp_path, profiles) == problems
