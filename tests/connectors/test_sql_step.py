"""`type: warehouse` at load: what binds, what is refused, what the rows look like."""

from __future__ import annotations

import pytest

from gateway.connectors.base import Slot
from gateway.connectors.options import SqlOptions
from gateway.connectors.rows import SqlTarget
from gateway.connectors.sql import SqlStep
from tests.connectors.section import TestedSection


def compiled(
    query: str, section: TestedSection | None = None, **options: object
) -> tuple[SqlTarget, list[str]]:
    section = section or TestedSection()
    target = SqlStep().compile(section, SqlOptions(query=query, **options))
    return target, section.problems


def test_the_paper_query_binds_its_question_mark() -> None:
    """A positional `?` binds the operation's only argument."""
    target, problems = compiled("SELECT score FROM risk WHERE customer_id = ?")
    assert problems == []
    assert target == SqlTarget(
        "SELECT score FROM risk WHERE customer_id = $argument",
        {"argument": Slot("customer_id")},
        "one",
    )


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (
            ("a", "b"),
            (
                "query: '?' binds the operation's only argument, and it has several "
                "arguments — name it: :a"
            ),
        ),
        (
            (),
            (
                "query: '?' binds the operation's only argument, and it has no "
                "argument — declare it under 'args'"
            ),
        ),
    ],
)
def test_a_question_mark_wants_exactly_one_argument(
    arguments: tuple[str, ...], problem: str
) -> None:
    """With several arguments the query names them."""
    section = TestedSection(arguments=arguments)
    assert compiled("SELECT 1 AS a WHERE 1 = ?", section)[1] == [problem]


def test_several_question_marks_are_named() -> None:
    """One `?` is clear; two are not."""
    assert compiled("SELECT 1 AS a WHERE 1 = ? AND 2 = ?")[1] == [
        (
            "query: '?' stands alone; a query with several parameters names them "
            "— write :name for each of them"
        )
    ]


def test_names_bind_arguments_and_params() -> None:
    """`params:` comes first, then the operation's arguments."""
    target, problems = compiled(
        "SELECT a FROM t WHERE id = :customer_id AND x > :least LIMIT :n",
        params={"least": "${ args.least }", "n": 5},
    )
    assert problems == []
    assert (
        target.query
        == "SELECT a FROM t WHERE id = $customer_id AND x > $least LIMIT $n"
    )
    assert target.params == {
        "customer_id": Slot("customer_id"),
        "least": Slot("params.least"),
        "n": 5,
    }


def test_only_real_placeholders_are_translated() -> None:
    """Strings, comments, casts, structs, slices and dollar quotes hold none."""
    kept = (
        "SELECT ':a ?' AS s, x::int AS i, {'k': x} AS m, {'k':x} AS n, l[1:2] AS p, "
        '$$ :q ? $$ AS d, ":id" /* :c ? */ FROM t -- :d ?'
    )
    target, problems = compiled(f"{kept}\nWHERE y = :customer_id")
    assert problems == []
    assert target.query == f"{kept}\nWHERE y = $customer_id"


@pytest.mark.parametrize("mark", ["${ customer_id }", "{{ customer_id }}"])
def test_templates_in_sql_are_refused(mark: str) -> None:
    """Values are bound, never pasted."""
    target, problems = compiled(f"SELECT a FROM t WHERE id = '{mark}'")  # noqa: S608
    assert problems == [
        (
            f"query: SQL is never made from templates, and this holds {mark[:2]!r} — "
            "write :name in the query, and name: '${ ... }' under 'params'"
        )
    ]
    assert target.params == {}


@pytest.mark.parametrize(
    ("query", "why"),
    [
        ("DELETE FROM t", "a step only reads, and this is DELETE"),
        ("SELECT 1; DROP TABLE t", "a step asks one query, and here are 2"),
        ("-- nothing", "a step asks one query, and here are 0"),
        ("COPY t TO 'x.csv'", "a step only reads, and this is COPY"),
        ("ATTACH 'x.duckdb'", "a step only reads, and this is ATTACH"),
        ("SELEC 1", 'Parser Error: syntax error at or near "SELEC"'),
    ],
)
def test_only_one_reading_statement_is_a_query(query: str, why: str) -> None:
    """Judged by DuckDB's own parser, with its reason."""
    assert compiled(query)[1] == [f"query: {why} — write one SELECT, WITH or VALUES"]


@pytest.mark.parametrize(
    "query",
    [
        "SELECT 1 AS a",
        "WITH x AS (SELECT 1 AS a) SELECT a FROM x;",
        "VALUES (1, 2)",
        "FROM range(3)",
        "(SELECT 1 AS a) UNION ALL SELECT 2",
    ],
)
def test_every_way_to_read_is_a_query(query: str) -> None:
    """DuckDB's own spellings included."""
    assert compiled(query)[1] == []


def test_an_unused_or_foreign_parameter_is_a_problem() -> None:
    """Nothing that is written goes unread."""
    assert compiled("SELECT :limt AS a", params={"limit": 1})[1] == [
        "query: there is no argument 'limt'",
        "params.limit: the query has no :limit — did you mean 'limt'?",
    ]
    assert compiled("SELECT $a AS a")[1] == ["query: a parameter is written :a, not $a"]
    assert compiled("SELECT $1 AS a")[1] == [
        "query: a parameter is written :name, not $1"
    ]


def test_a_text_behind_a_colon_is_no_parameter() -> None:
    """Nor is a name in quotes: a parameter's name stands there as it is."""
    target, problems = compiled("SELECT {'k' :'customer_id'} AS m")
    assert (target.query, problems) == ("SELECT {'k' :'customer_id'} AS m", [])


def test_text_that_is_no_sql_is_a_problem() -> None:
    """A string without its end is found while splitting the text into tokens."""
    _, problems = compiled("SELECT 'open")
    assert len(problems) == 1
    assert problems[0].startswith("query: this SQL cannot be read: ")


@pytest.mark.parametrize(
    ("given", "many", "rows"),
    [(None, None, "one"), (None, True, "many"), ("many", False, "many")],
)
def test_rows_follow_the_field_unless_said(
    given: str | None, many: bool | None, rows: str
) -> None:
    """`rows:` wins; else the type of the field the step fills."""
    section = TestedSection(many=many)
    options = {"rows": given} if given else {}
    assert compiled("SELECT 1 AS a", section, **options)[0].rows == rows


def test_the_select_list_is_the_shape() -> None:
    """Explicit casts type a column, all others are JSON."""
    query = (
        "SELECT score, t.segment, n::INT AS n, CAST(b AS BIGINT) AS b, "
        "f::DOUBLE AS f, d::DECIMAL(9, 2) AS d, s::VARCHAR AS s, day::DATE AS day, "
        'at::TIMESTAMP AS at, TRY_CAST(ok AS BOOLEAN) AS ok, count(*), 1 AS "a b" '
        "FROM t WHERE id = ?"
    )
    shape = SqlStep().shape(SqlOptions(query=query))
    assert shape is not None
    assert {field.name: str(field.type) for field in shape} == {
        "score": "JSON",
        "segment": "JSON",
        "n": "Int",
        "b": "JSON",
        "f": "Float",
        "d": "Decimal",
        "s": "String",
        "day": "Date",
        "at": "DateTime",
        "ok": "Boolean",
    }


@pytest.mark.parametrize(
    "query", ["SELECT * FROM t", "SELECT t.* FROM t", "SELEC", "'"]
)
def test_a_star_has_no_known_shape(query: str) -> None:
    """What the rows hold is then known only at run time."""
    assert SqlStep().shape(SqlOptions(query=query)) is None
