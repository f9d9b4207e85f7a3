"""A query for each row of a file, into a file: read, asked, written, gone on with."""

from __future__ import annotations

import errno
import gzip
import json
import os
import pty
import select
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

import duckdb
import pytest

from gateway.doors.export.mark import Mark
from gateway.doors.export.reading import open_rows
from gateway.doors.export.rows import CHUNK
from gateway.doors.export.writing import Sink, Writing
from tests.cli.conftest import Invoke, Upstream, write
from tests.processes import ending

QUERY = "query($id: ID!) { find(id: $id) { person { id name } } }"
SUM = "query($a: Int!, $b: Int) { sum(a: $a, b: $b) { total } }"


@pytest.fixture
def people(here: Path, upstream: Upstream) -> Upstream:
    """Persons whose names come in batches, whatever request wants them."""
    write(
        here / "headwater.yaml",
        f"sources: {{ default: {{ url: '{upstream.url}' }} }}",
    )
    write(
        here / "schema/people.graphql",
        """
        type Query { find(id: ID!): Found, sum(a: Int!, b: Int = 1): Sum }
        type Found { person: Person }
        type Person { id: ID!, name: String, tags: [String!] }
        type Sum { total: Int }
        """,
    )
    write(
        here / "profiles/find.yaml",
        """
        language: 1
        operation: find
        steps:
          - { name: person, type: value, value: "${ {'id': id} }" }
        """,
    )
    write(
        here / "profiles/sum.yaml",
        """
        language: 1
        operation: sum
        steps:
          - { name: total, type: value, value: "${ a + b }" }
        """,
    )
    write(
        here / "profiles/names.yaml",
        """
        language: 1
        entity: Person
        key: [id]
        steps:
          - name: details
            provides: [name, tags]
            endpoint: /names
            query: { ids: "${ keys }" }
            batch: { key: "${ self.id }", by: id, max: 100 }
        """,
    )
    upstream.answers["/names"] = [
        {"id": str(n), "name": f"P{n}", "tags": ["a", str(n)]} for n in range(1, 1001)
    ]
    return upstream


def lines(path: Path) -> list[dict[str, Any]]:
    """A file's objects, by row."""
    found = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    return sorted(found, key=lambda one: one["row"])


def totals(text: str) -> list[int]:
    """The sums of an output, in order of size."""
    return sorted(json.loads(o)["data"]["sum"]["total"] for o in text.splitlines())


def numbers(path: Path, many: int) -> Path:
    """Rows of sums, as CSV."""
    path.write_text("a\n" + "".join(f"{n}\n" for n in range(1, many + 1)), "utf-8")
    return path


def test_each_row_is_answered_and_rows_are_asked_for_together(
    here: Path, people: Upstream, invoke: Invoke
) -> None:
    """A thousand rows of one batched step are few calls; the key says whose it is."""
    (here / "in.csv").write_text(
        "id,x\n" + "".join(f"{n},\n" for n in range(1, 1001)), "utf-8"
    )
    result = invoke("run", QUERY, "--each", "in.csv", "--to", "out.jsonl")
    assert result.exit_code == 0, result.stderr
    assert lines(here / "out.jsonl") == [
        {
            "row": n,
            "key": {"id": str(n)},
            "data": {"find": {"person": {"id": str(n), "name": f"P{n}"}}},
        }
        for n in range(1, 1001)
    ]
    assert len(people.asked) <= 100
    assert not (here / "out.jsonl.progress").exists()
    assert not (here / "out.jsonl.errors.jsonl").exists()


def test_a_value_that_many_rows_have_is_asked_for_once_in_a_call(
    here: Path, people: Upstream, invoke: Invoke
) -> None:
    """Equal keys of rows that are under way are one key."""
    (here / "in.jsonl").write_text('{"id": 7}\n' * 32, "utf-8")
    result = invoke("run", QUERY, "--each", "in.jsonl", "--to", "-")
    assert result.exit_code == 0, result.stderr
    assert people.asked == ["/names?ids=7"]
    assert len(result.stdout.splitlines()) == 32


def test_what_is_wrong_with_a_row_of_csv_is_told_and_the_others_are_exported(
    here: Path, people: Upstream, invoke: Invoke
) -> None:
    """With its number, its line and the reason; the exit status says that there are."""
    (here / "in.csv").write_bytes(
        b'\xef\xbb\xbfa,b\r\n1,2\r\nx,2\n\n1\n"3,4\n5,\n6,\xff\n,1\n"8","9"\n'
    )
    result = invoke("run", SUM, "--each", "in.csv", "--to", "out.jsonl")
    assert result.exit_code == 2, result.stderr
    found = [(o["row"], o["data"]["sum"]["total"]) for o in lines(here / "out.jsonl")]
    assert found == [(1, 3), (5, 6), (8, 17)]
    told = lines(here / "out.jsonl.errors.jsonl")
    assert [(one["row"], one["line"], one["reason"]) for one in told] == [
        (2, 3, "column 'a': \"x\" is no Int!"),
        (3, 5, "1 values for 2 columns"),
        (4, 6, "a quote is not closed"),
        (6, 8, "no valid UTF-8 at byte 3"),
        (7, 9, "column 'a' is empty, and $a is Int!"),
    ]


def test_what_is_wrong_with_a_json_line_is_told(
    here: Path, people: Upstream, invoke: Invoke
) -> None:
    """Whether it is no JSON, no object, or of another type than its variable."""
    (here / "in.jsonl").write_bytes(
        b'{"a": 1, "b": null}\n{"a": 1\n[1]\n{"a": "1"}\n{}\n{"a": "\xff"}\n{"a": 9}\n'
    )
    result = invoke("run", SUM, "--each", "in.jsonl", "--to", "out.jsonl")
    assert result.exit_code == 2, result.stderr
    assert [one["row"] for one in lines(here / "out.jsonl")] == [1, 7]
    told = lines(here / "out.jsonl.errors.jsonl")
    assert [(one["row"], one["reason"].partition(" at ")[0]) for one in told] == [
        (2, "no JSON: unexpected end of data"),
        (3, "no JSON object"),
        (
            4,
            "Variable '$a' has invalid value: Int cannot represent non-integer value: '1'",  # noqa: E501
        ),
        (5, "column 'a' is missing, and $a is Int!"),
        (6, "no valid UTF-8"),
    ]


def test_a_column_that_is_not_there_is_told_before_any_call(
    here: Path, people: Upstream, invoke: Invoke
) -> None:
    """With the columns that are; another name is given by an option."""
    (here / "in.csv").write_text("cust,x\n7,1\n", "utf-8")
    wrong = invoke("run", QUERY, "--each", "in.csv", "--to", "out.jsonl")
    assert (wrong.exit_code, people.asked) == (1, [])
    assert "no column 'id' for $id; its columns: cust, x" in wrong.stderr
    assert not (here / "out.jsonl").exists()
    options = ("--each", "in.csv", "--to", "out.jsonl", "--bind", "cust=id")
    assert invoke("run", QUERY, *options).exit_code == 0
    assert lines(here / "out.jsonl")[0]["key"] == {"cust": "7"}


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("{ sum(a: 1) { nothing } }", "Cannot query field 'nothing'"),
        ("{ sum(a: 1) { total } }", "no variable of the query takes its value"),
        ("mutation($a: Int!) { sum(a: $a) }", "mutation"),
        ("query($a: Int!) { sum(a: $a", "Expected"),
    ],
)
def test_a_query_that_cannot_run_is_told_at_once(
    here: Path, people: Upstream, invoke: Invoke, query: str, said: str
) -> None:
    """Not once for each row."""
    numbers(here / "in.csv", 3)
    result = invoke("run", query, "--each", "in.csv", "--to", "out.jsonl")
    assert result.exit_code == 1
    assert said in result.stderr
    assert not (here / "out.jsonl").exists()


def test_values_that_stay_the_same_are_given_once(
    here: Path, people: Upstream, invoke: Invoke
) -> None:
    """By --var or --variables; a column besides such a value is a contradiction."""
    numbers(here / "in.csv", 2)
    options = ("--each", "in.csv", "--to", "-", "--var", "b=10")
    result = invoke("run", SUM, *options)
    assert sorted(
        json.loads(o)["data"]["sum"]["total"] for o in result.stdout.splitlines()
    ) == [11, 12]
    twice = invoke("run", SUM, *options, "--bind", "a=b")
    assert (twice.exit_code, "remove one" in twice.stderr) == (1, True)
    none = invoke("run", SUM, *options[:4], "--var", "c=1")
    assert (none.exit_code, "no variable $c" in none.stderr) == (1, True)


def test_a_finished_export_is_not_overwritten(
    here: Path, people: Upstream, invoke: Invoke
) -> None:
    """Unless somebody says so."""
    numbers(here / "in.csv", 2)
    options = ("run", SUM, "--each", "in.csv", "--to", "out.jsonl")
    assert invoke(*options).exit_code == 0
    again = invoke(*options)
    assert (again.exit_code, "--restart" in again.stderr) == (1, True)
    assert invoke(*options, "--restart").exit_code == 0
    assert len(lines(here / "out.jsonl")) == 2


def test_an_export_never_writes_over_its_input(
    here: Path, people: Upstream, invoke: Invoke
) -> None:
    """Not even where somebody said that it begins anew."""
    (here / "in.jsonl").write_text('{"a": 1}\n', "utf-8")
    options = ("run", SUM, "--each", "in.jsonl", "--to", "./in.jsonl", "--restart")
    result = invoke(*options)
    assert (result.exit_code, "files of their own" in result.stderr) == (1, True)
    assert (here / "in.jsonl").read_text("utf-8") == '{"a": 1}\n'


@pytest.mark.parametrize("name", ["in.csv", "in.jsonl", "in.parquet", "in.jsonl.gz"])
def test_a_file_is_read_in_pieces(here: Path, name: str) -> None:
    """However long it is, so many rows are in memory; its numbers go on."""
    many = 3 * CHUNK + 1
    if name.endswith(".parquet"):
        duckdb.sql("SELECT i AS a FROM range(1501) t(i)").write_parquet(name)
    else:
        line = (lambda n: f"{n}\n") if ".csv" in name else (lambda n: f'{{"a":{n}}}\n')
        text = ("a\n" if ".csv" in name else "") + "".join(map(line, range(many)))
        packed = gzip.compress(text.encode()) if ".gz" in name else text.encode()
        (here / name).write_bytes(packed)
    rows = open_rows(name)
    chunks = list(rows.chunks())
    rows.close()
    assert [len(chunk) for chunk in chunks] == [CHUNK, CHUNK, CHUNK, 1]
    assert [one.number for chunk in chunks for one in chunk] == list(range(1, many + 1))


def test_too_many_failures_stop_it_and_the_same_command_goes_on(
    here: Path, people: Upstream, invoke: Invoke
) -> None:
    """Rows that are told are not told again; rows that were answered stay."""
    text = "a\n" + "".join("x\n" if 100 < n < 105 else f"{n}\n" for n in range(1, 3001))
    (here / "in.csv").write_text(text, "utf-8")
    options = ("run", SUM, "--each", "in.csv", "--to", "out.jsonl", "--max-errors", "1")
    first = invoke(*options)
    assert (first.exit_code, "more than 1 rows failed" in first.stderr) == (2, True)
    assert len(lines(here / "out.jsonl")) < 3000
    other = invoke(*options[:1], SUM + " ", *options[2:])
    assert (other.exit_code, "the query" in other.stderr) == (1, True)
    assert invoke(*options[:-1], "4").exit_code == 2
    rows = [one["row"] for one in lines(here / "out.jsonl")]
    assert rows == [n for n in range(1, 3001) if not 100 < n < 105]
    bad = [one["row"] for one in lines(here / "out.jsonl.errors.jsonl")]
    assert bad == [101, 102, 103, 104]


def test_a_changed_input_is_not_gone_on_with(
    here: Path, people: Upstream, invoke: Invoke
) -> None:
    """Its rows would be others."""
    (here / "in.csv").write_text("a\nx\n1\n", "utf-8")
    options = ("run", SUM, "--each", "in.csv", "--to", "out.jsonl", "--max-errors", "0")
    assert invoke(*options).exit_code == 2
    (here / "in.csv").write_text("a\n5\n1\n", "utf-8")
    changed = invoke(*options)
    assert (changed.exit_code, "the input" in changed.stderr) == (1, True)
    assert "--restart" in changed.stderr
    assert invoke(*options, "--restart").exit_code == 0
    assert len(lines(here / "out.jsonl")) == 2
    assert not (here / "out.jsonl.errors.jsonl").exists()


def test_a_parquet_file_has_types(here: Path, people: Upstream, invoke: Invoke) -> None:
    """Numbers are fine for an ID; what is null is not given."""
    rows = "SELECT i::BIGINT AS id, i * 2 AS a, CASE WHEN i % 2 = 0 THEN 5 END AS b"
    duckdb.sql(f"{rows} FROM range(1, 601) t(i)").write_parquet(f"{here}/in.parquet")
    result = invoke("run", SUM, "--each", "in.parquet", "--to", "out.jsonl")
    assert result.exit_code == 0, result.stderr
    found = totals((here / "out.jsonl").read_text("utf-8"))
    assert found == sorted(n * 2 + (5 if n % 2 == 0 else 1) for n in range(1, 601))
    (here / "broken.parquet").write_bytes(b"PAR1 and no more")
    broken = invoke("run", SUM, "--each", "broken.parquet", "--to", "o.jsonl")
    assert (broken.exit_code, (here / "o.jsonl").exists()) == (1, False)


def test_answers_become_a_table(here: Path, people: Upstream, invoke: Invoke) -> None:
    """Keys, dotted names with the types of the schema, lists as JSON text."""
    rows = "".join(f'{{"a": {n}, "id": "{n}"}}\n' for n in range(3, 0, -1))
    (here / "in.jsonl").write_text(rows + "{}\n", "utf-8")
    query = """
      query($id: ID!, $a: Int!) {
        sum(a: $a) { total }
        who: find(id: $id) { person { ...named } __typename }
      }
      fragment named on Person { name tags }
    """
    result = invoke("run", query, "--each", "in.jsonl", "--to", "out.parquet")
    assert result.exit_code == 2, result.stderr
    table = duckdb.read_parquet(str(here / "out.parquet"))
    assert dict(zip(table.columns, map(str, table.types), strict=True)) == {
        "row": "BIGINT",
        "id": "VARCHAR",
        "a": "BIGINT",
        "sum.total": "BIGINT",
        "who.person.name": "VARCHAR",
        "who.person.tags": "VARCHAR",
        "who.__typename": "VARCHAR",
        "errors": "VARCHAR",
    }
    assert table.fetchall() == [
        (n, str(4 - n), 4 - n, 5 - n, f"P{4 - n}", f'["a","{4 - n}"]', "Found", None)
        for n in range(1, 4)
    ]
    left = {one.name for one in here.iterdir() if one.name.startswith("out")}
    assert left == {"out.parquet", "out.parquet.errors.jsonl"}


def test_a_table_without_rows_is_a_table(
    here: Path, people: Upstream, invoke: Invoke
) -> None:
    """With its columns; a name that says nothing is refused."""
    (here / "in.csv").write_text("a\n", "utf-8")
    assert invoke("run", SUM, "--each", "in.csv", "--to", "o.parquet").exit_code == 0
    table = duckdb.read_parquet(str(here / "o.parquet"))
    assert (table.columns[-2:], table.fetchall()) == (["sum.total", "errors"], [])
    assert invoke("run", SUM, "--each", "in.csv", "--to", "o.xls").exit_code == 2


def test_a_list_of_objects_is_a_file_of_rows(
    here: Path, people: Upstream, invoke: Invoke
) -> None:
    """As JSON has it."""
    (here / "in.json").write_text('[{"a": 1}, {"a": 2, "b": 3}]', "utf-8")
    result = invoke("run", SUM, "--each", "in.json", "--to", "-")
    assert result.exit_code == 0, result.stderr
    assert sorted(
        json.loads(o)["data"]["sum"]["total"] for o in result.stdout.splitlines()
    ) == [2, 5]


class Gate(dict[str, object]):
    """Answers to any path; to one of them only once it is opened."""

    def __init__(self, shut: str) -> None:
        super().__init__()
        self.shut, self.opened = shut, threading.Event()
        self.came = threading.Event()

    def get(self, path: str, _default: object = None) -> object:
        """An answer, when the gate is open."""
        if path == self.shut:
            self.came.set()
            self.opened.wait(60)
        return {"of": path}


@pytest.fixture
def slow(here: Path, people: Upstream) -> Iterator[Gate]:
    """Twenty rows are answered, and the next waits."""
    write(
        here / "schema/slow.graphql",
        "extend type Query { slow(id: ID!): Slow } type Slow { row: JSON }",
    )
    write(
        here / "profiles/slow.yaml",
        """
        language: 1
        operation: slow
        steps:
          - { name: row, endpoint: "/slow/{id}", timeout: 50s }
        """,
    )
    (here / "in.csv").write_text("id\n" + "".join(f"{n}\n" for n in range(1, 31)))
    gate = people.answers = Gate("/slow/21")
    yield gate
    gate.opened.set()


Begun = Callable[..., subprocess.Popen[str]]


@pytest.fixture
def begun(here: Path) -> Iterator[Begun]:
    """Starts the command in a process of its own; there it is when 20 rows are safe."""
    with ExitStack() as ends:

        def begin(*options: str) -> subprocess.Popen[str]:
            running = subprocess.Popen(
                [sys.executable, "-m", "gateway", *options],
                cwd=here,
                env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
                stderr=subprocess.PIPE,
                text=True,
                start_new_session=True,
            )
            ends.enter_context(ending(running))
            mark = here / "out.jsonl.progress"
            while running.poll() is None:
                if mark.exists() and json.loads(mark.read_bytes())["done"] == 20:
                    return running
                with suppress(subprocess.TimeoutExpired):
                    running.wait(0.05)
            raise AssertionError(running.communicate())

        yield begin


SLOW = (
    *("run", "query($id: ID!) { slow(id: $id) { row } }"),
    *("--each", "in.csv", "--to", "out.jsonl", "--concurrency", "1"),
)


def test_a_kill_loses_no_row_and_doubles_none(
    here: Path, people: Upstream, slow: Gate, invoke: Invoke, begun: Begun
) -> None:
    """The same command goes on from what was safe on the disk."""
    running = begun(*SLOW)
    assert slow.came.wait(60)  # the next row is asked for a moment after that
    running.kill()
    running.communicate()
    with (here / "out.jsonl").open("ab") as file:
        file.write(b'{"row": 21, "half a li')
    slow.opened.set()
    result = invoke(*SLOW)
    assert result.exit_code == 0, result.stderr
    assert "going on after 20 rows" in result.stderr
    assert [one["row"] for one in lines(here / "out.jsonl")] == list(range(1, 31))
    asked = Counter(people.asked)
    assert asked == {f"/slow/{n}": 2 if n == 21 else 1 for n in range(1, 31)}


def test_an_interrupted_export_says_how_to_go_on(
    here: Path, people: Upstream, slow: Gate, invoke: Invoke, begun: Begun
) -> None:
    """What was done is safe; the exit status is that of the signal."""
    running = begun(*SLOW)
    running.send_signal(signal.SIGINT)
    _, said = running.communicate()
    assert running.returncode == 130
    assert "20 rows answered" in said
    assert "what was done is safe. The same command goes on from there" in said
    assert len(lines(here / "out.jsonl")) == 20
    slow.opened.set()
    assert invoke(*SLOW).exit_code == 0
    assert [one["row"] for one in lines(here / "out.jsonl")] == list(range(1, 31))
    assert not (here / "out.jsonl.progress").exists()


def test_a_second_export_to_the_same_output_is_refused(
    here: Path, people: Upstream, slow: Gate, invoke: Invoke, begun: Begun
) -> None:
    """It says why, and touches nothing; afterwards there is no lock any more."""
    running = begun(*SLOW)
    for more in ((), ("--restart",)):
        result = invoke(*SLOW, *more)
        assert result.exit_code == 1
        assert "another export writes to out.jsonl at the moment" in result.stderr
    slow.opened.set()
    running.communicate()
    assert running.returncode == 0
    assert [one["row"] for one in lines(here / "out.jsonl")] == list(range(1, 31))
    assert not (here / "out.jsonl.lock").exists()


LITTLE_ROOM = (
    "import resource, runpy\n"
    "resource.setrlimit(resource.RLIMIT_FSIZE, (5000, resource.RLIM_INFINITY))\n"
    "runpy.run_module('gateway', run_name='__main__')\n"
)
"""A process whose files become no longer than this, as on a disk that is full."""


def test_a_disk_that_is_full_loses_no_row(
    here: Path, people: Upstream, invoke: Invoke
) -> None:
    """The mark never speaks of rows that found no room: all are asked for again."""
    (here / "in.csv").write_text("a\n" + "".join(f"{n}\n" for n in range(200)))
    export = ("run", SUM, "--each", "in.csv", "--to", "out.jsonl")
    ran = subprocess.run(
        [sys.executable, "-W", "error", "-c", LITTLE_ROOM, *export],
        cwd=here,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )
    assert (ran.returncode, ran.stderr) == (1, "error: out.jsonl: File too large\n")
    assert invoke(*export).exit_code == 0
    found = [one["row"] for one in lines(here / "out.jsonl")]
    assert sorted(found) == list(range(1, 201))


class Full(Sink):
    """A file on a disk without room."""

    def write(self, lines: list[bytes]) -> None:
        """As the system says it."""
        if lines:
            raise OSError(errno.ENOSPC, "No space left on device", str(self.path))


def test_after_a_failure_to_write_no_mark_is_written(here: Path) -> None:
    """It would say of rows that they are there, and they are on no disk."""
    writing = Writing(Full(Path("out")), Sink(Path("bad")), Path("mark"))
    with pytest.raises(OSError, match="No space left"):
        writing.save([b"{}"], [], Mark("job", "input", through=1))
    writing.save([], [], Mark("job", "input", through=2))
    assert not Path("mark").exists()


def test_on_a_terminal_there_is_a_bar_that_goes_away(
    here: Path, people: Upstream, slow: Gate
) -> None:
    """It tells rows and rate while rows are asked for; what stays is the summary."""
    ours, theirs = pty.openpty()
    running = subprocess.Popen(
        [sys.executable, "-m", "gateway", *SLOW],
        cwd=here,
        env={
            **os.environ,
            "PYTHONPATH": str(Path(__file__).parents[2]),
            "TERM": "xterm",
            "COLUMNS": "80",
        },
        stderr=theirs,
        stdout=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    )
    with ending(running):
        os.close(theirs)
        shown = b""
        while b"20 rows, " not in shown:
            assert select.select([ours], [], [], 60)[0], shown
            shown += os.read(ours, 65_536)
        slow.opened.set()
        with suppress(OSError):  # the terminal's end, as Linux tells it
            while more := os.read(ours, 65_536):
                shown += more
        os.close(ours)
        assert running.wait(60) == 0
    last = shown.decode().rsplit("\x1b[2K", 1)[1]
    assert last.startswith("30 rows answered; ")
