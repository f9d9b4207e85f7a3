"""`headwater diff`: two folders, bundles or releases, and what a pipeline learns."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from orjson import loads

from tests.cli.conftest import Invoke
from tests.project import write

FILES = {
    "headwater.yaml": 'sources: { default: { url: "http://127.0.0.1:9" } }\n'
    "release: { store: ./store }\n",
    "schema/a.graphql": "type Query { v: V }\ntype V { a: Int b: Int }\n",
    "profiles/v.yaml": (
        "language: 1\noperation: v\nsteps:\n"
        "  - { name: body, endpoint: /v, timeout: 1s }\n"
    ),
}
BREAKING = {"schema/a.graphql": "type Query { v: V }\ntype V { a: Int }\n"}
DANGEROUS = {"profiles/v.yaml": FILES["profiles/v.yaml"].replace("/v,", "/w,")}
SAFE = {"profiles/v.yaml": FILES["profiles/v.yaml"].replace("1s", "2s")}


@pytest.fixture
def changed(here: Path) -> Path:
    """Two equal projects, `old` and `new`, beside each other."""
    write(here / "old", FILES)
    write(here / "new", FILES)
    return here


def test_equal_folders_have_no_changes(changed: Path, invoke: Invoke) -> None:
    """And the status is 0."""
    result = invoke("diff", "old", "new")
    assert (result.exit_code, result.stdout) == (0, "No changes.\n")


@pytest.mark.parametrize(
    ("change", "failing"),
    [
        (BREAKING, {"breaking", "dangerous", "any"}),
        (DANGEROUS, {"dangerous", "any"}),
        (SAFE, {"any"}),
    ],
)
def test_the_status_says_how_bad_it_is(
    changed: Path, invoke: Invoke, change: dict[str, str], failing: set[str]
) -> None:
    """By what --fail-on names; breaking is what is usual."""
    write(changed / "new", change)
    words = ("breaking", "dangerous", "any", "never")
    codes = {
        word: invoke("diff", "old", "new", "--fail-on", word).exit_code
        for word in words
    }
    assert codes == {word: int(word in failing) for word in words}
    assert invoke("diff", "old", "new").exit_code == int("breaking" in failing)


def test_each_change_is_a_line_with_its_places(changed: Path, invoke: Invoke) -> None:
    """The worst first, then how many."""
    write(changed / "new", {**BREAKING, **DANGEROUS})
    assert invoke("diff", "old", "new").stdout == (
        "old → new\n\n"
        "breaking\n"
        "  ✗ Field V.b was removed\n"
        "      old/schema/a.graphql:2:17\n\n"
        "dangerous\n"
        "  ! v.body: endpoint GET /v → GET /w\n"
        "      old/profiles/v.yaml:4:19 → new/profiles/v.yaml:4:19\n\n"
        "1 breaking, 1 dangerous\n"
    )


def test_programs_read_json(changed: Path, invoke: Invoke) -> None:
    """Every change with its level, its subject and its places."""
    write(changed / "new", SAFE)
    result = invoke("diff", "old", "new", "--json")
    found = loads(result.stdout)
    assert (found["worst"], found["counts"]) == (
        "safe",
        {"breaking": 0, "dangerous": 0, "safe": 2},
    )
    assert [(c["subject"], c["key"], c["was_at"]) for c in found["changes"]] == [
        ("v", "critical path", "old/profiles/v.yaml:2:12"),
        ("v.body", "timeout", "old/profiles/v.yaml:4:33"),
    ]


def test_a_pull_request_gets_tables_and_pictures(changed: Path, invoke: Invoke) -> None:
    """Markdown with Mermaid, where a graph is otherwise."""
    text = FILES["profiles/v.yaml"] + "  - { name: gate, endpoint: /g, always: true }\n"
    write(changed / "new", {"profiles/v.yaml": text})
    found = invoke("diff", "old", "new", "--markdown").stdout
    assert found.startswith("## What this changes: 1 dangerous, 1 safe\n")
    assert (
        "| step v.gate was added: GET /g of default |  |  | `new/profiles/v.yaml:5` |"
        in found
    )
    assert re.search(r"```mermaid\nflowchart LR\n  subgraph before\n", found)


def released(project: Path, invoke: Invoke) -> str:
    """The files here, published and active; the beginning of the release's id."""
    published = invoke("release", "publish", "--json")
    assert published.exit_code == 0, published.output
    bundle = str(loads(published.stdout)["id"])
    assert invoke("release", "activate", bundle).exit_code == 0
    return bundle[:12]


def test_the_files_here_are_held_against_the_active_release(
    here: Path, invoke: Invoke
) -> None:
    """Where nothing is named; `previous` and an id are names too."""
    write(here, FILES)
    first = released(here, invoke)
    assert invoke("diff").stdout == "No changes.\n"
    write(here, BREAKING)
    result = invoke("diff")
    assert (result.exit_code, result.stdout.splitlines()[0]) == (
        1,
        f"{first} (active) → the files here",
    )
    second = released(here, invoke)
    back = invoke("diff", "active", "previous").stdout
    assert back.splitlines()[0] == f"{second} (active) → {first} (previous)"
    assert invoke("diff", first, second).stdout.splitlines()[:4] == [
        f"{first} → {second}",
        "",
        "breaking",
        "  ✗ Field V.b was removed",
    ]


def test_a_bundle_is_a_side(here: Path, invoke: Invoke) -> None:
    """Judged under the deployment here."""
    write(here, FILES)
    assert invoke("release", "bundle", "--out", "a.zip").exit_code == 0
    write(here, SAFE)
    result = invoke("diff", "a.zip")
    assert (result.exit_code, result.stdout.splitlines()[0]) == (
        0,
        "a.zip → the files here",
    )


def test_a_folder_of_profiles_is_judged_under_the_deployment_here(
    here: Path, invoke: Invoke
) -> None:
    """A checkout of another branch needs no deployment file."""
    write(here, FILES)
    other = {n: t for n, t in {**FILES, **BREAKING}.items() if n != "headwater.yaml"}
    write(here / "other", other)
    assert invoke("diff", ".", "other").exit_code == 1


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("nowhere.zip",), "there is no nowhere.zip"),
        (("a/b",), "there is no a/b"),
        (("empty",), "empty has neither headwater.yaml nor a folder profiles"),
        (("broken",), "broken does not load"),
        (
            ("noise.zip",),
            "noise.zip: this bundle cannot be used: it is damaged",
        ),
        (("abcd1234",), "no releases begin with 'abcd1234'"),
        (("active",), "nothing was ever activated"),
        ((), "nothing was ever activated"),
        ((".", ".", "--json", "--markdown"), "exclude each other"),
        ((".", ".", "--fail-on", "sometimes"), "--fail-on"),
    ],
)
def test_what_cannot_be_read_is_status_2(
    here: Path, invoke: Invoke, arguments: tuple[str, ...], said: str
) -> None:
    """One line on stderr: 1 would say that there is a change to look at."""
    write(here, FILES)
    (here / "empty").mkdir()
    (here / "noise.zip").write_bytes(b"PK\x03\x04 nothing")
    write(here / "broken", {**FILES, "profiles/v.yaml": "operation: [v]\n"})
    result = invoke("diff", *arguments)
    assert result.exit_code == 2
    assert said in result.stderr


def test_a_bundle_that_does_not_load_here_is_status_2(
    here: Path, invoke: Invoke
) -> None:
    """It names a source that this deployment does not have."""
    write(here, FILES)
    assert invoke("release", "bundle", "--out", "a.zip").exit_code == 0
    text = 'sources: { default: { url: "http://127.0.0.1:9" } }\n'
    write(here, {"headwater.yaml": text.replace("default", "other")})
    result = invoke("diff", "a.zip", "a.zip")
    assert result.exit_code == 2
    assert "a.zip does not load" in result.stderr
