"""SDL that people own, from samples and from a database."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest
from orjson import loads

from tests.cli.conftest import Invoke, write

ACCOUNT = """\
# From 2 samples (bodies/a.json and 1 more) by 'headwater import samples'; yours now.
# A '!' says that no sample lacked the field; the source may promise less.
type Account {
  id: ID!
  # text or a whole number, by the sample
  note: JSON
  opened: Date!
  balance: Float!
  cards: [AccountCards]
}

type AccountCards {
  no: String
}
"""


@pytest.fixture
def bodies(here: Path) -> Path:
    """Two bodies of one type, one of them in a list, beside what is no sample."""
    folder = here / "bodies"
    folder.mkdir()
    (folder / "a.json").write_text(
        '{"id": 7, "note": 1, "opened": "2026-01-01", "balance": 1,'
        ' "cards": [{"no": "1"}]}'
    )
    (folder / "b.json").write_text(
        '[{"id": "x", "note": "n", "opened": "2026-02-01", "balance": 2.5}]'
    )
    (folder / "README.md").write_text("what these are")
    return folder


@pytest.fixture
def warehouse(project: Path) -> Path:
    """A project with a warehouse of one table with one row."""
    with duckdb.connect(str(project / "w.duckdb")) as connection:
        connection.execute(
            "CREATE TABLE risk_profiles (customer_id INTEGER PRIMARY KEY, "
            "score DECIMAL(9, 2) NOT NULL, segment VARCHAR, seen BIGINT, "
            'place STRUCT(city VARCHAR), bands INTEGER[], "no name" INTEGER, '
            '"order" DATE)'
        )
        connection.execute(
            "INSERT INTO risk_profiles VALUES (7, 0.25, 'LOW')".replace(
                "VALUES", "(customer_id, score, segment) VALUES"
            )
        )
    write(
        project / "headwater.yaml",
        """
        sources:
          warehouse: { type: duckdb, path: ./w.duckdb }
          core: { url: "http://core.invalid" }
        """,
    )
    return project


def error(invoke: Invoke, *arguments: str, input: str | None = None) -> tuple[int, str]:  # noqa: A002
    """How a command that cannot work ends, and what it says."""
    result = invoke("import", *arguments, input=input)
    assert result.stdout == ""
    return result.exit_code, result.stderr.removeprefix("error: ").rstrip("\n")


# -- samples ---------------------------------------------------------------------------


def test_samples_are_printed_as_sdl(bodies: Path, invoke: Invoke) -> None:
    """A folder holds samples of one type; what they leave open is a comment."""
    for place in ((), ("-o", "-")):
        result = invoke("import", "samples", "bodies", "--type", "Account", *place)
        assert (result.exit_code, result.stdout) == (0, ACCOUNT)
    assert not (bodies.parent / "schema").exists()


def test_sdl_goes_into_a_folder_and_is_never_overwritten(
    bodies: Path, invoke: Invoke
) -> None:
    """What people own is theirs, until they say `--force`."""
    asked = ("import", "samples", "bodies", "--type", "Account", "--into", "schema")
    assert invoke(*asked).stdout == "wrote schema/account.graphql\n"
    (bodies.parent / "schema/account.graphql").write_text("type Account { id: ID }")
    assert error(invoke, *asked[1:]) == (
        1,
        (
            "schema/account.graphql is there already — nothing was written; name "
            "another place, or add --force"
        ),
    )
    assert invoke(*asked, "--force").stdout == "wrote schema/account.graphql\n"
    assert (bodies.parent / "schema/account.graphql").read_text() == ACCOUNT


def test_a_type_is_defined_once(bodies: Path, invoke: Invoke) -> None:
    """A second file with it would break the schema."""
    write(bodies.parent / "schema/mine.graphql", "type AccountCards { no: Int }")
    asked = ("samples", "bodies", "--type", "Account", "-o", "schema/other.graphql")
    assert error(invoke, *asked) == (
        1,
        (
            "type AccountCards is defined already at schema/mine.graphql:1:1 — "
            "nothing was written; give yours another name with --type"
        ),
    )


def test_stdin_is_a_sample_and_a_part_of_it_is_named(
    here: Path, invoke: Invoke
) -> None:
    """As in `curl ... | headwater import samples -`."""
    item = '{"big": 12345678901234567890, "exact": 0.12345678901234567}'
    body = f'{{"data": {{"items": [{item}]}}}}'
    asked = ("import", "samples", "-", "--type", "Item", "--at", "data.items")
    assert invoke(*asked, input=body).stdout == (
        "# From 1 sample (stdin) by 'headwater import samples'; yours now.\n"
        "# One sample says nothing of what may be missing: few '!' stand here.\n"
        "type Item {\n"
        "  # more digits than a Float keeps\n"
        "  big: Decimal\n"
        "  # more digits than a Float keeps\n"
        "  exact: Decimal\n"
        "}\n"
    )


def test_a_file_names_its_type_and_may_have_a_sample_a_line(
    here: Path, invoke: Invoke
) -> None:
    """`risk-profile.jsonl` is samples of RiskProfile."""
    (here / "risk-profile.jsonl").write_text('{"a": 1}\n\n{"a": 2}\n')
    result = invoke("import", "samples", "risk-profile.jsonl")
    assert result.stdout.endswith("type RiskProfile {\n  a: Int!\n}\n")


@pytest.mark.parametrize(
    ("arguments", "body", "ended"),
    [
        (
            (),
            None,
            (2, "no samples are named — write a FILE, a FOLDER, - or --step NAME"),
        ),
        (("none.json",), None, (2, "there is no none.json")),
        (("-",), '{"a": 1}', (2, "the type needs a name — add --type Account")),
        (
            ("-", "--type", "a b"),
            '{"a": 1}',
            (2, "'a b' is no name of a GraphQL type — write --type Account"),
        ),
        (
            ("-", "--type", "A"),
            '{"a":\n  x}',
            (1, "stdin:2:3: this is no JSON: Expecting value"),
        ),
        (
            ("-", "--type", "A"),
            '{"a": NaN}',
            (1, "stdin: this is no JSON: NaN is no number of JSON"),
        ),
        (
            ("-", "--type", "A"),
            "[3]",
            (
                1,
                (
                    "stdin has no JSON object to make a type of — name the part "
                    "that holds them with --at"
                ),
            ),
        ),
        (
            ("-", "--type", "A"),
            '[3, {"a": 1}]',
            (
                1,
                (
                    "these samples make no object type: a whole number or an "
                    "object, by the sample — keep samples of one kind together, or "
                    "read the field as JSON"
                ),
            ),
        ),
        (
            ("-", "--type", "A", "--at", "a.b"),
            '{"a": {}}',
            (1, "stdin has nothing at 'a.b'"),
        ),
        (
            ("-", "--into", "schema", "-o", "x.graphql"),
            "{}",
            (2, "--into and --output name two places — choose one"),
        ),
        (
            ("-", "--step", "a.b"),
            "{}",
            (2, "--step has a sample of its own — name it alone"),
        ),
    ],
)
def test_what_is_no_sample_is_said(
    here: Path,
    invoke: Invoke,
    arguments: tuple[str, ...],
    body: str | None,
    ended: tuple[int, str],
) -> None:
    """With its place, and what to write instead."""
    assert error(invoke, "samples", *arguments, input=body) == ended


def test_json_that_is_too_deep_is_refused(here: Path, invoke: Invoke) -> None:
    """In one line, like every other."""
    asked = ("samples", "-", "--type", "A")
    deep = '{"a":' * 100_000
    assert error(invoke, *asked, input=deep) == (
        1,
        "stdin: values are nested too deeply",
    )


# -- a step's sample -------------------------------------------------------------------


@pytest.fixture
def badge(project: Path) -> Path:
    """A profile without SDL, whose step has a sample."""
    write(
        project / "profiles/badge.yaml",
        """
        language: 1
        operation: badge
        args: { id: ID! }
        steps:
          - name: holder
            endpoint: /holders/{id}
            sample: { id: 3, since: "2026-01-01", cards: [{ no: "1" }, { no: "2" }] }
          - name: risk
            endpoint: /risks/{id}
        """,
    )
    write(
        project / "headwater.yaml", 'sources: { default: { url: "http://a.invalid" } }'
    )
    return project


def test_an_inferred_type_is_taken_over_by_writing_it_down(
    badge: Path, invoke: Invoke
) -> None:
    """The profile does not change; the schema has what the file says."""
    before = invoke("schema").stdout
    assert "type BadgeHolder {\n  id: ID\n  since: String\n" in before
    written = invoke("import", "samples", "--step", "badge.holder", "--into", "schema")
    assert written.stdout == "wrote schema/badge_holder.graphql\n"
    assert invoke("check").stdout == "No problems.\n"
    after = invoke("schema").stdout
    assert "type BadgeHolder {\n  id: ID!\n  since: Date\n" in after
    assert "type BadgeHolderCards {\n  no: String!\n}" in after


@pytest.mark.parametrize(
    ("step", "ended"),
    [
        ("badge", (2, "'badge' names no step — write OPERATION.STEP")),
        ("bage.x", (2, "there is no operation 'bage' — did you mean 'badge'?")),
        ("badge.holdr", (2, "badge has no step 'holdr' — did you mean 'holder'?")),
        (
            "badge.risk",
            (
                1,
                (
                    "step badge.risk has no sample — add one, or name a file with an "
                    "answer of its source"
                ),
            ),
        ),
    ],
)
def test_a_step_without_a_sample_is_said(
    badge: Path, invoke: Invoke, step: str, ended: tuple[int, str]
) -> None:
    """By name, with the nearest one."""
    assert error(invoke, "samples", "--step", step) == ended


# -- SQL -------------------------------------------------------------------------------

RISK = """\
# schema/risk_profiles.graphql
# From table risk_profiles of source warehouse by 'headwater import sql'; yours now.
# A '!' is a NOT NULL of the table.
# left out: 'no name' is no GraphQL name; name it in a query with AS
type RiskProfiles {
  customer_id: ID!
  score: Decimal!
  segment: String
  # BIGINT: Float is exact to 2^53, Decimal always
  seen: Float
  place: RiskProfilesPlace
  bands: [Int]
  order: Date
}

type RiskProfilesPlace {
  city: String
}

# profiles/riskProfiles.yaml
language: 1
operation: riskProfiles
returns: RiskProfiles
args: { customer_id: ID! }
steps:
  - name: riskProfiles
    type: warehouse
    query: |
      SELECT customer_id, score, segment, seen, place, bands, "order"
      FROM risk_profiles
      WHERE customer_id = CAST(:customer_id AS INTEGER)
"""


def test_a_table_is_described_with_its_own_types(
    warehouse: Path, invoke: Invoke
) -> None:
    """Nullability too, and on request a profile that asks for it."""
    result = invoke("import", "sql", "--table", "risk_profiles", "--profile")
    assert (result.exit_code, result.stdout) == (0, RISK)


def test_what_was_imported_answers_at_once(warehouse: Path, invoke: Invoke) -> None:
    """Two files, no further edit."""
    asked = ("--table", "risk_profiles", "--type", "Risk", "--profile")
    assert invoke("import", "sql", *asked, "--into", "schema").stdout == (
        "wrote schema/risk.graphql\nwrote profiles/risk.yaml\n"
    )
    assert invoke("check").stdout == "No problems.\n"
    ran = invoke("run", '{ risk(customer_id: "7") { customer_id score segment } }')
    assert loads(ran.stdout) == {
        "data": {"risk": {"customer_id": "7", "score": "0.25", "segment": "LOW"}}
    }


def test_a_query_is_described_with_its_parameters(
    warehouse: Path, invoke: Invoke
) -> None:
    """They are bound to nothing: no row is read."""
    (warehouse / "q.sql").write_text(
        "SELECT segment, avg(score) AS mean FROM risk_profiles\n"
        "WHERE customer_id > CAST(:least AS INTEGER) GROUP BY segment;\n"
    )
    asked = ("--query", "@q.sql", "--type", "Segment", "--profile")
    assert invoke("import", "sql", *asked).stdout == (
        "# schema/segment.graphql\n"
        "# From a query of source warehouse by 'headwater import sql'; yours now.\n"
        "# A query does not say what is never null: add '!' where you know.\n"
        "type Segment {\n  segment: String\n  mean: Float\n}\n"
        "\n"
        "# profiles/segment.yaml\n"
        "language: 1\n"
        "operation: segment\n"
        'returns: "[Segment!]"\n'
        "args: { least: ID! }\n"
        "steps:\n"
        "  - name: segment\n"
        "    type: warehouse\n"
        "    query: |\n"
        "      SELECT segment, avg(score) AS mean FROM risk_profiles\n"
        "      WHERE customer_id > CAST(:least AS INTEGER) GROUP BY segment\n"
    )


@pytest.mark.parametrize(
    ("arguments", "ended"),
    [
        (
            (),
            (
                2,
                (
                    "this imports all tables of a SOURCE, one table or one query — "
                    "name the SOURCE, or write --table or --query"
                ),
            ),
        ),
        (
            ("--query", "SELECT 1 AS a"),
            (2, "a query has no name — add --type RiskProfile"),
        ),
        (
            ("--table", "risk_profile"),
            (1, "there is no table 'risk_profile' — did you mean 'risk_profiles'?"),
        ),
        (
            ("--table", "x; DROP TABLE y", "--type", "X"),
            (1, "there is no table 'x; DROP TABLE y' — there are: risk_profiles"),
        ),
        (
            ("--query", "DROP TABLE risk_profiles", "--type", "X"),
            (1, "a step only reads, and this is DROP"),
        ),
        (
            ("--query", "SELECT scor FROM risk_profiles", "--type", "X"),
            (
                1,
                'Binder Error: Referenced column "scor" not found in FROM clause!',
            ),
        ),
        (
            ("--source", "core", "--table", "a"),
            (
                2,
                (
                    "source 'core' has no tables — name a source of type duckdb, "
                    "postgresql or sql with --source"
                ),
            ),
        ),
        (
            ("--source", "warehose", "--table", "a"),
            (2, "there is no source 'warehose' — did you mean 'warehouse'?"),
        ),
        (
            ("--table", "a", "--profile", "-o", "x.graphql"),
            (2, "--output is one file, and these are two — use --into"),
        ),
    ],
)
def test_what_cannot_be_described_is_said(
    warehouse: Path, invoke: Invoke, arguments: tuple[str, ...], ended: tuple[int, str]
) -> None:
    """Before anything is written, and nothing is ever run but DESCRIBE."""
    assert error(invoke, "sql", *arguments) == ended
    with duckdb.connect(str(warehouse / "w.duckdb"), read_only=True) as connection:
        assert connection.execute("SELECT count(*) FROM risk_profiles").fetchone() == (
            1,
        )


def test_a_database_that_is_not_there_is_said(warehouse: Path, invoke: Invoke) -> None:
    """With the source's name."""
    (warehouse / "w.duckdb").unlink()
    status, said = error(invoke, "sql", "--table", "risk_profiles")
    assert status == 1
    assert said.startswith("source 'warehouse': A file of the warehouse is missing.")
