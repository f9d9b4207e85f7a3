"""The schema that is served, and the schemas of the files."""

from __future__ import annotations

from pathlib import Path

from orjson import loads

from tests.cli.conftest import Invoke, write


def test_the_schema_is_graphql_sdl(project: Path, invoke: Invoke) -> None:
    """What a client generates its code from, the directives of parts included."""
    printed = invoke("schema").stdout
    directives, types = printed[: printed.index("type ")], printed
    assert [line for line in directives.splitlines() if line[:1] == "d"] == [
        "directive @defer(",
        "directive @stream(",
    ]
    assert types.removeprefix(directives) == (
        "type Greeting {\n"
        "  text: JSON\n"
        "  language: JSON\n"
        "}\n"
        "\n"
        "type Query {\n"
        '  """Says hello. Put your own steps in the place of these."""\n'
        "  greeting(name: ID!): Greeting\n"
        "}\n"
        "\n"
        '"""Any JSON value."""\n'
        "scalar JSON\n"
    )


def test_the_schema_is_of_the_named_deployment(project: Path, invoke: Invoke) -> None:
    """`-c` here too, while `--config` means the schema of the files."""
    write(project / "other.yaml", "profiles: ./others")
    write(
        project / "others/ping.yaml",
        """
        language: 1
        operation: ping
        returns: String
        steps: [{ name: ping, type: value, value: pong }]
        """,
    )
    sdl = invoke("schema", "-c", "other.yaml").stdout
    assert "ping: String" in sdl
    assert "greeting" not in sdl


def test_sdl_that_does_not_load_is_shown_with_its_place(
    project: Path, invoke: Invoke
) -> None:
    """Nothing half-true is printed."""
    write(project / "schema/a.graphql", "type Greeting {")
    result = invoke("schema")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith("schema/a.graphql\n  ")
    assert result.stderr.endswith("error: the configuration cannot be loaded\n")


def test_the_schemas_of_the_files_are_one_document(here: Path, invoke: Invoke) -> None:
    """They need no project."""
    schemas = loads(invoke("schema", "--config").stdout)
    assert {kind: schema["title"] for kind, schema in schemas.items()} == {
        "profile": "Headwater profile",
        "deployment": "Headwater",
    }
