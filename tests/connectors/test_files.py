"""Reference data: what is picked, how files are read, and what a broken one does."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from gateway.app import build_gateway
from gateway.connectors.base import Call
from gateway.connectors.files.picking import FileTarget
from gateway.connectors.files.reading import Column, Format, UnreadableError, data_of
from gateway.connectors.files.source import FileSource, StaticSource, read_file
from gateway.connectors.settings import FileSettings, StaticSettings
from gateway.errors import ErrorClass, UpstreamError
from gateway.telemetry.events import unobserved
from gateway.testing.contract import SourceContract, Subject, call_of
from tests.project import ask, write

ROWS = [
    {"id": 7, "city": "Bern", "open": True},
    {"id": "9", "city": "Basel", "open": False},
    {"id": 11, "city": "Bern", "open": None},
]


def _where(rows: Any = "one", **columns: object) -> Call[FileTarget]:
    return call_of(FileTarget(where=columns, rows=rows))


def _static(data: object) -> StaticSource:
    return StaticSource(StaticSettings(data))


class TestFile(SourceContract):
    """A file of rows."""

    @pytest.fixture
    def subject(self, tmp_path: Path) -> Subject:
        (tmp_path / "a.csv").write_text("id,city\n7,Bern\n9,Basel\n", "utf-8")
        return Subject(
            open=lambda: FileSource(FileSettings(str(tmp_path / "a.csv"), "csv")),
            call=_where(id=9),
            body={"id": "9", "city": "Basel"},
            other=_where(id=7),
            refused=(call_of(FileTarget(key="a", keyed=True)), _where(id={"a": 1})),
            dead=lambda: FileSource(FileSettings(str(tmp_path / "no.json"))),
        )


class TestStatic(SourceContract):
    """Rows in the deployment file."""

    @pytest.fixture
    def subject(self) -> Subject:
        return Subject(
            open=lambda: _static(ROWS),
            call=_where("many", city="Bern"),
            body=[ROWS[0], ROWS[2]],
            other=_where("many", city="Basel"),
            refused=(_where(city="Bern"),),
        )


@pytest.mark.parametrize(
    ("target", "body"),
    [
        (FileTarget(rows="many"), ROWS),
        (FileTarget(where={"id": "7"}), ROWS[0]),
        (FileTarget(where={"id": 9}), ROWS[1]),
        (FileTarget(where={"id": None}), None),
        (FileTarget(where={"id": []}, rows="many"), []),
        (FileTarget(where={"id": [9, 7, 9, 8]}, rows="many"), [ROWS[1], ROWS[0]]),
        (FileTarget(where={"city": "Bern", "open": True}), ROWS[0]),
        (FileTarget(where={"city": "Bern", "open": "true"}), ROWS[0]),
        (FileTarget(where={"nothing": 1}), None),
    ],
)
async def test_rows_are_found_by_the_text_of_their_columns(
    target: FileTarget, body: object
) -> None:
    """A list of values finds the rows of each, once; null finds nothing."""
    assert (await _static(ROWS).call(call_of(target))).body == body


@pytest.mark.parametrize(
    ("target", "body"),
    [
        (FileTarget(), {"a": {"7": "x"}, "b": 1}),
        (FileTarget(("a",), "7", keyed=True), "x"),
        (FileTarget(("a",), 7, keyed=True), "x"),
        (FileTarget(("a",), "8", keyed=True), None),
        (FileTarget(("a",), None, keyed=True), None),
    ],
)
async def test_an_entry_is_found_by_its_key(target: FileTarget, body: object) -> None:
    """At any place of the data."""
    source = _static({"a": {"7": "x"}, "b": 1})
    assert (await source.call(call_of(target))).body == body


@pytest.mark.parametrize(
    ("data", "target", "message"),
    [
        (ROWS, FileTarget(("a",)), "The source's data has no 'a'."),
        (ROWS, FileTarget(key=1, keyed=True), "is not a map there"),
        ([1], FileTarget(where={"a": 1}), "is not a list of rows there."),
        (
            ROWS,
            FileTarget(where={"id": list(range(200)), "city": list(range(200))}),
            "more than 10000 rows",
        ),
    ],
)
async def test_data_of_another_form_is_told(
    data: object, target: FileTarget, message: str
) -> None:
    """It is the source's fault, and no value of it is in the message."""
    with pytest.raises(UpstreamError) as caught:
        await _static(data).call(call_of(target))
    assert caught.value.kind is ErrorClass.INVALID
    assert message in caught.value.message


@pytest.mark.parametrize(
    ("form", "text", "data"),
    [
        ("json", '\ufeff[{"a": 1}]', [{"a": 1}]),
        ("ndjson", '{"a": 1}\n\n{"a": 2}\n', [{"a": 1}, {"a": 2}]),
        ("yaml", "- a: on\n- a: 12:30\n", [{"a": "on"}, {"a": "12:30"}]),
        ("csv", "a;b\n1;x\n\n2;\n", [{"a": 1, "b": "x"}, {"a": 2, "b": None}]),
        ("csv", 'a,b\n1,"x, ""y""\nz"\n', [{"a": 1, "b": 'x, "y"\nz'}]),
    ],
)
def test_a_text_is_read_by_its_format(form: Format, text: str, data: object) -> None:
    """Strictly, as everything is that people write."""
    columns: dict[str, Column] = {"a": "int"} if form == "csv" else {}
    assert data_of(text, "f", form, columns) == data


@pytest.mark.parametrize(
    ("form", "text", "told"),
    [
        ("json", '{"a": 1,\n "b"}', "f:2:5: this is not JSON: expecting ':' delimiter"),
        ("json", "[NaN]", "f:1:1: this is not JSON: NaN or half a character"),
        ("ndjson", "1\n{", "f:2:2: this is not JSON: expecting property name"),
        ("yaml", "- a: 1\n- a: 1\n  a: 2\n", "f:3:3: "),
        ("csv", "a,b\n1,2\n1,2,3\n", "f:3:1: this row has 3 cells, and the first 2"),
        ("csv", "a,a\n", "f:1:1: two columns are named 'a'"),
        ("csv", "b\n", "f:1:1: there is no column 'a'"),
        ("csv", "a\nx\n", "f:2:1: 'x' in column 'a' is no int"),
        ("csv", 'a\n"x', "f:2:1: no CSV: unexpected end of data"),
    ],
)
def test_a_broken_text_is_told_with_its_place(
    form: Format, text: str, told: str
) -> None:
    """Line and column as an editor counts them."""
    columns: dict[str, Column] = {"a": "int"} if form == "csv" else {}
    with pytest.raises(UnreadableError) as caught:
        data_of(text, "f", form, columns)
    assert str(caught.value).startswith(told)


async def test_a_file_that_changes_is_read_again_and_a_broken_one_is_not_taken(
    tmp_path: Path,
) -> None:
    """What was good goes on serving until something better is there."""
    path = tmp_path / "a.json"
    source, call = FileSource(FileSettings(str(path))), call_of(FileTarget())
    with pytest.raises(UpstreamError) as caught:
        await source.call(call)
    assert caught.value.kind is ErrorClass.CONNECT
    bodies = []
    for number, text in enumerate(['{"a": 1}', '{"a": 22}', "{", '{"a": 333}']):
        path.write_text(text, "utf-8")
        os.utime(path, ns=(number, number))
        bodies.append((await source.call(call)).body)
    path.unlink()
    bodies.append((await source.call(call)).body)
    assert bodies == [{"a": 1}, {"a": 22}, {"a": 22}, {"a": 333}, {"a": 333}]
    await source.close()


_PROJECT = {
    "headwater.yaml": "sources: { offices: { type: file, path: offices.csv } }\n",
    "profiles/city.yaml": """
language: 1
operation: city
args: { id: ID! }
steps:
  - { name: office, type: file, source: offices, where: { id: "${ id }" } }
""",
    "offices.csv": "id,name\n7,Bern\n",
}


async def test_a_broken_file_is_told_with_its_place_and_costs_no_reload(
    tmp_path: Path,
) -> None:
    """Everything else goes on changing; the data is what was good."""
    config = write(tmp_path, _PROJECT)
    gateway = build_gateway([config], {}, observe=unobserved)
    try:
        first = gateway.current.problems
        assert first == ()
        assert tmp_path / "offices.csv" in gateway.loader.deployment.watched  # type: ignore[union-attr]
        assert await ask(gateway, '{ city(id: "7") { office } }') == _office("Bern")
        write(tmp_path, {"offices.csv": "id,name\n7,Bern,Kramgasse\n"})
        assert await gateway.reload()
        told = [str(problem.span) for problem in gateway.current.problems]
        assert told == [f"{tmp_path / 'offices.csv'}:2:1"]
        assert await ask(gateway, '{ city(id: "7") { office } }') == _office("Bern")
        write(tmp_path, {"offices.csv": "id,name\n7,Berne\n"})
        assert await gateway.reload()
        assert gateway.current.problems == ()
        assert await ask(gateway, '{ city(id: "7") { office } }') == _office("Berne")
    finally:
        gateway.current.lease.retire()
        await gateway.pool.closed()


def test_only_a_file_is_read(tmp_path: Path) -> None:
    """A pipe would be waited for until somebody writes, a device has no end."""
    os.mkfifo(tmp_path / "pipe.json")
    for path in (str(tmp_path / "pipe.json"), "/dev/zero"):
        with pytest.raises(UnreadableError, match="this is a pipe or a device"):
            read_file(FileSettings(path, "json"))


def _office(name: str) -> dict[str, object]:
    return {"data": {"city": {"office": {"id": "7", "name": name}}}}
