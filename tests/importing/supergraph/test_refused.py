"""What cannot be meant: nothing is written, or what is lost is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.importing.conftest import Import, problems, texts
from tests.importing.supergraph.lines import BODY, GRAPHS, PLAIN, Case, asked, linked
from tests.importing.supergraph.shop import SHOP

HEAD = linked()
WHOLE = f"{HEAD}\n{GRAPHS}\n{BODY}\n"


def words(output: str) -> str:
    """The output as one line."""
    return " ".join(output.split())


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("type Query { a: Int }", "this is no supergraph: its schema does not link to"),
        ("", "super.graphql:1:1: Syntax Error"),
        ("{}", "this is no supergraph"),
        ("type Query {", "super.graphql:1:13: Syntax Error"),
        ("{" * 100_000, "Syntax Error"),
        (WHOLE.replace("join/v0.5", "join/v0.9"), "join v0.9 is not known here"),
        (f"{HEAD}\n{BODY}", "this is no supergraph: there is no join__Graph"),
        (f"{WHOLE}type T {{ a: Int }}\ntype T {{ b: Int }}", ":10: T is defined twice"),
        (f"{WHOLE}extend type Query {{ b: Int }}", ":9: Query is extended"),
        (WHOLE.replace("{ query: Query }", "{ query: Root }"), ":1: its Query is call"),
        (WHOLE.replace("graph: A", "graph: Z"), ":8: there is no graph Z"),
        (WHOLE.replace("ok: Int", "ok: Int  no: Nope"), "Unknown type: 'Nope'"),
        (f"{WHOLE}type JSON @join__type(graph: A) {{ a: Int }}", "JSON is a scalar of"),
        (
            WHOLE.replace("type Query", "type Other"),
            "it has no field that can be asked",
        ),
    ],
)
def test_what_is_no_supergraph_is_refused(
    tmp_path: Path, run: Import, text: str, said: str
) -> None:
    """With the place, and nothing is written."""
    (tmp_path / "super.graphql").write_text(text, "utf-8")
    ran = run("supergraph", tmp_path / "super.graphql", "--into", tmp_path / "made")
    assert ran.exit_code == 1
    assert said in words(ran.output)
    assert "nothing was written" in words(ran.output)
    assert not (tmp_path / "made").exists()


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("accounts", "does not say where a subgraph is"),
        ("accounts=ftp://a.invalid", "does not say where a subgraph is"),
        ("accounts=http://me:hunter2@a.invalid", "a URL with a password would be"),
        ("nobody=http://a.invalid", "there is no subgraph 'nobody'"),
    ],
)
def test_a_place_of_no_subgraph_is_refused(
    tmp_path: Path, run: Import, url: str, said: str
) -> None:
    """A URL is somebody's, and nothing that is secret."""
    ran = run("supergraph", SHOP, "--url", url, "--into", tmp_path / "made")
    assert ran.exit_code != 0
    assert said in words(ran.output)
    assert "hunter2" not in ran.output
    assert not (tmp_path / "made").exists()


def test_a_file_that_is_there_stays(tmp_path: Path, run: Import) -> None:
    """Unless --force says that it may go."""
    mine = tmp_path / "profiles/me.yaml"
    mine.parent.mkdir()
    mine.write_text("mine", "utf-8")
    ran = run("supergraph", SHOP, "--into", tmp_path)
    assert ran.exit_code == 1
    assert texts(tmp_path) == {"profiles/me.yaml": "mine"}
    assert run("supergraph", SHOP, "--into", tmp_path, "--force").exit_code == 0
    assert mine.read_text("utf-8").startswith("language: 1\noperation: me\n")


def imported(folder: Path, run: Import, text: str) -> tuple[str, str]:
    """The deployment file of an import that went well, and what it said."""
    (folder / "super.graphql").write_text(text, "utf-8")
    ran = run("supergraph", folder / "super.graphql", "--into", folder)
    assert ran.exit_code == 0, ran.output
    return (folder / "headwater.yaml").read_text("utf-8"), words(ran.output)


def test_subgraphs_with_odd_names_are_told_apart(tmp_path: Path, run: Import) -> None:
    """Sources have names that are none's, files stay in the folder."""
    text = WHOLE.replace('"a"', '"my-api"').replace('"b"', '"../my api"')
    text = text.replace("{ ok: Int }", "@join__type(graph: B) { ok: Int }")
    deployed, _ = imported(tmp_path, run, text)
    names = [line for line in deployed.splitlines() if line.endswith(":")]
    assert names == ["sources:", "  my_api:", "  my_api2:"]
    assert {name for name in texts(tmp_path) if name.endswith(".gql")} == {
        "subgraphs/my_api.gql",
        "subgraphs/my_api2.gql",
    }


def test_a_url_of_the_file_is_text_and_its_password_is_not_copied(
    tmp_path: Path, run: Import
) -> None:
    """No variable of whoever imports is read, and no secret stands in two files."""
    text = WHOLE.replace("http://a.invalid", "http://a.invalid/${HOME}")
    text = text.replace("http://b.", "http://me:hunter2@b.")
    deployed, said = imported(tmp_path, run, text)
    assert 'url: "http://a.invalid/$${HOME}/graphql"' in deployed
    assert "hunter2" not in deployed + said
    assert "its URL has a password" in said
    assert "B_URL" in problems(tmp_path)[0].message


def test_a_mutation_named_as_a_query_is_left_out(tmp_path: Path, run: Import) -> None:
    """Operations have one name each; the query keeps it."""
    text = WHOLE + "type Mutation @join__type(graph: A) { ok: Int  do: Int }"
    _, said = imported(tmp_path, run, text)
    assert "Query.ok is an operation of that name already 1 Mutation.ok" in said
    assert "kind: mutation" in texts(tmp_path)["profiles/do.yaml"]
    assert "kind: mutation" not in texts(tmp_path)["profiles/ok.yaml"]


def test_a_key_that_is_none_is_told(tmp_path: Path, run: Import) -> None:
    """No step asks by it."""
    text = Case(asked(PLAIN)).text.replace('A, key: "id"', 'A, key: "id(x: 1)"')
    _, said = imported(tmp_path, run, text)
    assert "in a it has a key that is not read here: 'id(x: 1)' 1 Thing" in said


def test_an_interface_loses_what_a_type_of_it_lost(tmp_path: Path, run: Import) -> None:
    """A protected field takes that of the interface with it; the rest stands."""
    things = asked(
        PLAIN + "\n  b: Int @authenticated @join__field(graph: A)",
        "interface I @join__type(graph: A) { a: Int  b: Int }",
    ).replace("type Thing", "type Thing implements I")
    _, said = imported(tmp_path, run, Case(things).text)
    assert "it is left out of Thing 1 I.b" in said
    made = texts(tmp_path)["schema/supergraph.graphql"]
    assert "interface I {\n  a: Int\n}" in made
