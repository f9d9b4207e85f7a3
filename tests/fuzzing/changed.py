"""Bytes as changes to a project that is right: some nodes of a file of a scenario.

What chance writes into YAML rarely gets past its grammar. This begins where the grammar
is right and most keys are, and puts values where they do not belong.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass
from functools import cache
from typing import Any

import yaml

from gateway.deployment import Deployment, load_deployment
from gateway.errors import Problems
from gateway.loading.written import Written, written_in_folders
from gateway.record import replace
from tests.fuzzing.loader import SCENARIOS, held, loader
from tests.fuzzing.projection import Dice

TOKENS = ("\x00\x00", "\x01\x01", "\xff\x00")
STRANGE: tuple[Any, ...] = (
    *(None, True, False, 0, -1, 1, 2**31, 2**63, 10**30, 0.5, -0.0, 1e308),
    *(
        "",
        " ",
        "x",
        "self",
        "null",
        "*",
        "a.b.c",
        "[",
        "${ ",
        "${ x }",
        "{x}",
        "{",
        "}",
    ),
    *("1 / 0", "x && y", "self.id", "response.body", "${ 'a' + 1 }", "[Int!]", "Query"),
    *("__typename", "__class__", "1s", "-1s", "1e9h", "id", "ID!", "../x", "/x/{a}{b}"),
    *(
        "\u2028",
        "\ud83d\ude00",
        "\x7f",
        "a\nb",
        "'",
        '"',
        "#",
        "SELECT 1; SELECT 2",
        "é",
    ),
    *(
        [],
        {},
        [[]],
        [None],
        {"": 1},
        {"x": None},
        [{}],
        {"a": {"b": {"c": []}}},
        ["x", "x"],
    ),
)
_MOST_CHANGES = 4


@dataclass(frozen=True, slots=True)
class Project:
    """A scenario, and its files as trees. ``deployment`` is never changed."""

    deployment: Deployment
    written: Written
    trees: dict[str, Any]
    config: dict[str, str]


def seeds() -> Iterator[bytes]:
    """Different dice."""
    for number in range(16):
        yield bytes((number * 53 + at * at * 7) % 256 for at in range(64))


def try_one(data: bytes) -> None:
    """Nothing is raised, and each problem says where and what."""
    dice, projects = Dice(data), _projects()
    project = projects[dice.randrange(len(projects))]
    file = dice.choice(sorted(project.trees))
    tree = deepcopy(project.trees[file])
    for _ in range(dice.randint(1, _MOST_CHANGES)):
        tree = _changed(tree, dice)
    text = json.dumps(tree, indent=1, ensure_ascii=bool(dice.getrandbits(1)))
    written = replace(
        project.written, profiles={**project.written.profiles, file: text}
    )
    found = loader().examine(project.deployment, written, Problems()).problems
    files = {**written.profiles, **written.sdl, **project.config}
    for problem in found:
        held(problem, {name: text or "" for name, text in files.items()})


def _changed(tree: Any, dice: Dice) -> Any:
    """The tree with one node replaced, removed, doubled, renamed or moved."""
    places = list(_places(tree))
    if not places:
        return dice.choice(STRANGE)
    parent, key = dice.choice(places)
    match dice.randrange(6):
        case 0 | 1:
            parent[key] = deepcopy(dice.choice(STRANGE))
        case 2:
            other, of = dice.choice(places)
            parent[key] = deepcopy(other[of])
        case 3:
            del parent[key]
        case 4 if isinstance(parent, dict):
            other, of = dice.choice(places)
            parent[str(of)] = deepcopy(parent[key])
        case 4:
            parent.insert(key, deepcopy(parent[key]))
        case _:
            parent[key] = dice.choice(
                [[parent[key]], {"x": parent[key]}, f"{parent[key]}"]
            )
    return tree


def _places(tree: Any) -> Iterator[tuple[Any, Any]]:
    """Every node below the root, as what holds it and the key or index there."""
    keys = list(tree) if isinstance(tree, dict) else range(len(tree))
    for key in keys:
        yield tree, key
        if isinstance(tree[key], dict | list):
            yield from _places(tree[key])


@cache
def _projects() -> list[Project]:
    """The scenarios that load by themselves, in the order of their names."""
    found = []
    for config in sorted(SCENARIOS.glob("*/headwater.yaml")):
        deployment = load_deployment([config], {}, Problems())
        if deployment is None:
            continue
        written = written_in_folders(deployment)
        trees = {
            file: yaml.safe_load(text or "") for file, text in written.profiles.items()
        }
        trees = {
            file: json.loads(json.dumps(tree, default=str))
            for file, tree in trees.items()
            if tree
        }
        if trees:
            found.append(
                Project(deployment, written, trees, {str(config): config.read_text()})
            )
    return found
