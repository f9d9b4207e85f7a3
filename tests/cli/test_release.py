"""`headwater release`: bundled, published, activated, rolled back, and shown."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from gateway.cli.main import app
from gateway.release.archive import unpacked
from tests.processes import ending
from tests.project import write
from tests.release.kit import texts

RUN = CliRunner()
CONFIG = "release: { store: ./store, channel: bank }\n"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project whose deployment names a store, and we in it."""
    write(tmp_path, {**texts(1), "headwater.yaml": CONFIG})
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*words: str, status: int = 0) -> str:
    found = RUN.invoke(app, ["release", *words])
    assert found.exit_code == status, found.output
    return found.output


def said(*words: str) -> Any:
    return json.loads(run(*words, "--json"))


def published(project: Path, version: int) -> str:
    write(project, texts(version))
    made: Mapping[str, str] = said("publish", "--by", "ada")
    return made["id"]


def test_a_release_goes_its_way(project: Path) -> None:
    """From files to what is active, and back."""
    first, second = published(project, 1), published(project, 2)
    assert run("history") == "Nothing was ever activated in channel bank.\n"
    assert run("activate", first[:8], "--reason", "one") == (
        f"{first[:12]}: active (number 1 of bank)\n"
    )
    assert run("activate", second) == (
        f"{second[:12]}: active (number 2 of bank, after {first[:12]})\n"
    )
    assert run("activate", second).startswith(f"{second[:12]}: active already")
    assert run("rollback", "--reason", "wrong", "--by", "bob") == (
        f"{first[:12]}: active (number 3 of bank, after {second[:12]})\n"
    )
    entries = said("history")
    assert [(e["number"], e["act"], e["reason"]) for e in entries] == [
        (3, "rollback", "wrong"),
        (2, "activate", ""),
        (1, "activate", "one"),
    ]
    assert (entries[0]["by"], entries[0]["restores"]) == ("bob", 1)
    table = run("history")
    assert "rollback to number 1: wrong" in table
    assert "●       3" in table


def test_a_bundle_is_a_file_that_says_what_is_in_it(project: Path) -> None:
    """The files of profiles, schema and operations; tests and deployment are not."""
    write(
        project,
        {
            "profiles/deep/w.yaml": texts(1)["profiles/v.yaml"].replace(
                "operation: v", "operation: w"
            ),
            "profiles/v.test.yaml": "operation: v\ncases: []\n",
            "ops/Hello.graphql": "query Hello { v { n } }\n",
            "headwater.yaml": f"{CONFIG}operations: ./ops\n",
            "schema/v.graphql": "type Query { v: V w: V }\ntype V { n: Int }\n",
        },
    )
    made = said("bundle", "--out", "b.zip", "--note", "n", "--by", "ada")
    found = unpacked((project / "b.zip").read_bytes(), made["id"])
    assert list(found.files) == [
        "operations/Hello.graphql",
        "profiles/deep/w.yaml",
        "profiles/v.yaml",
        "schema/v.graphql",
    ]
    assert (found.facts.by, found.facts.note) == ("ada", "n")
    assert said("publish", "b.zip")["new"]
    assert run("publish", "b.zip").startswith(f"{made['id'][:12]}: is already in")
    for what in ("b.zip", made["id"][:6]):
        shown = run("show", what)
        assert made["id"] in shown
        assert "profiles/deep/w.yaml" in shown


def test_what_has_errors_or_a_secret_is_not_bundled(project: Path) -> None:
    """Neither is written anywhere."""
    text = (
        "language: 1\noperation: v\nsteps:\n"
        "  - { name: b, endpoint: /v, headers: { authorization: Bearer abcdefgh1 } }\n"
    )
    write(
        project,
        {
            "profiles/v.yaml": text,
            "headwater.yaml": f"{CONFIG}sources: {{ default: {{ url: http://x }} }}\n",
        },
    )
    told = run("publish", status=1)
    assert "header 'authorization' holds a secret" in told
    assert told.endswith("error: what has errors is not bundled\n")
    assert not (project / "store").exists()


def test_a_name_that_some_systems_cannot_have_is_told(project: Path) -> None:
    """Where the bundle is made, and not where it is read."""
    write(project, {"profiles/a:b.yaml": "language: 1\nfragment: f\n"})
    for word in ("bundle", "publish"):
        told = run(word, status=1)
        assert "'profiles/a:b.yaml' is no name of a file of a bundle" in told


def test_without_an_id_the_files_here_are_meant(project: Path) -> None:
    """What they make has to be in the store: nothing is published by the way."""
    first = published(project, 1)
    write(project, texts(2))
    assert "has no release" in run("activate", status=1)
    write(project, texts(1))
    assert run("activate") == f"{first[:12]}: active (number 1 of bank)\n"
    second = published(project, 2)
    assert said("canary", "--percent", "10")["bundle"] == second


def test_what_would_not_serve_here_is_not_activated(project: Path) -> None:
    """With the place in the bundle; ``--unchecked`` does it all the same."""
    write(
        project,
        {"headwater.yaml": f"{CONFIG}sources: {{ b: {{ url: 'http://x' }} }}\n"},
    )
    text = "language: 1\noperation: v\nsteps: [{ name: a, source: b, endpoint: /v }]\n"
    write(project, {"profiles/v.yaml": text})
    made = said("publish")["id"]
    write(project, {"headwater.yaml": CONFIG})
    told = run("activate", made, status=1)
    assert "profiles/v.yaml" in told
    assert told.endswith("error: this release would not serve here\n")
    assert said("history") == []
    assert said("activate", made, "--unchecked")["number"] == 1


def test_signatures_are_made_and_asked_for(project: Path) -> None:
    """A release that lacks one is not activated where they are required."""
    (project / "secret.key").write_text("0123456789abcdef\n")
    keys = "keys: { ci: { hmac: 0123456789abcdef } }"
    config = f"release: {{ store: ./store, require_signature: true, {keys} }}\n"
    write(project, {"headwater.yaml": config})
    made = said("publish")["id"]
    assert "is not signed" in run("activate", made, status=1)
    assert not said("publish", "--key", "secret.key", "--key-name", "ci")["new"]
    assert said("show", made)["signed_by"] == ["ci"]
    again = run("publish", "--key", "secret.key", "--key-name", "ci")
    assert again.strip().endswith("store, signed by ci")
    assert said("activate", made)["number"] == 1


@pytest.mark.parametrize(
    ("words", "status", "told"),
    [
        (["activate", "00000000"], 1, "no releases begin with '00000000'"),
        (["rollback"], 1, "there is no release before this one to go back to"),
        (["show", "0" * 64], 1, "has no release 000000000000"),
        (["publish", "headwater.yaml"], 1, "it is damaged, or no ZIP archive at all"),
        (["publish", "nothing.zip"], 1, "nothing.zip: No such file or directory"),
        (["history", "--channel", "a/b"], 2, "this is no name of a channel"),
        (["history", "--store", "gopher://x"], 1, "'gopher' is no kind of store"),
        (["history", "--admin", "http://127.0.0.1:9"], 2, "wants a token"),
        (["bundle", "--key", "headwater.yaml", "--out", "/"], 1, "Is a directory"),
    ],
)
def test_what_cannot_be_done_is_one_line(
    project: Path, words: list[str], status: int, told: str
) -> None:
    """With a status that scripts can tell apart."""
    found = run(*words, status=status)
    assert found.startswith("error: ")
    assert told in found
    assert found.count("\n") == 1


def test_without_a_store_it_says_where_one_is_named(project: Path) -> None:
    """In the deployment, or by the option."""
    write(project, {"headwater.yaml": "explorer: false\n"})
    assert "name one with --store" in run("history", status=2)


def test_the_admin_api_does_the_same(project: Path) -> None:
    """Two real workers, one of them asked with a token; both serve what it did."""
    first, second = published(project, 1), published(project, 2)
    run("activate", first)
    write(
        project,
        {
            "headwater.yaml": f"{CONFIG}server: {{ port: 0 }}\n"
            "admin: { port: 0, tokens: { ci: an-operators-token-1 } }\n",
            "token": "an-operators-token-1\n",
        },
    )
    process = subprocess.Popen(
        [sys.executable, "-m", "gateway", "serve", "--log", "json", "--workers", "2"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        text=True,
        start_new_session=True,
    )
    limit = threading.Timer(100, process.kill)
    limit.start()
    with ending(process):
        assert process.stderr is not None
        lines = (json.loads(line) for line in process.stderr)
        url = next(one["url"] for one in lines if one["event"] == "admin.serves")
        asked = ("--admin", url, "--token-file", "token")
        made = said("activate", second, *asked, "--by", "ada")
        assert (made["number"], made["by"]) == (2, "ci (for ada)")
        serving: set[int] = set()
        while serving != {1, 2}:
            one = next(lines)
            if one["event"] == "release.serves" and one["bundle"] == second:
                serving.add(one["worker"])
        assert said("rollback", *asked)["bundle"] == first
        assert [entry["number"] for entry in said("history", *asked)] == [3, 2, 1]
        assert said("show", second, *asked)["id"] == second
        told = CliRunner().invoke(app, ["diff", first, second, *asked, "--json"])
        (change,) = json.loads(told.stdout)["changes"]
        assert change["message"].startswith("v.body: value")
        assert "leave out --store" in run("history", *asked, "--store", "x", status=2)
        write(project, {"token": "wrong"})
        assert "A token of this API is wanted" in run("rollback", *asked, status=1)
        limit.cancel()
        process.terminate()
        process.communicate(timeout=60)
        assert process.returncode == 0
