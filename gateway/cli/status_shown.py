"""How a gateway does, as tables for people.

In charge of what is worth a colour and of how many rows are shown. What a gateway says
is text here, never markup.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TypeAlias

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from gateway.cli.status_figures import Row
from gateway.record import Model
from gateway.release.model import SHORT

_LAST_BOUND = 10_000.0
"""Milliseconds: what took longer is told as this."""


class Column(Model, frozen=True):
    """A title and what a row has under it."""

    title: str
    cell: Callable[[Row], Text | str]
    right: bool = True


Columns: TypeAlias = Sequence[Column]


def shown(status: Row, top: int, missing: Sequence[str] = ()) -> RenderableType:
    """All tables; ``top`` rows of operations and of steps at most."""
    return Group(*_parts(status, top, missing))


def _parts(status: Row, top: int, missing: Sequence[str]) -> Iterator[RenderableType]:
    yield _title(status)
    yield from (Text(problem, "red") for problem in missing)
    yield _table(_WORKERS, status["workers"])
    for columns, name, most in (
        (_OPERATIONS, "operations", top),
        (_STEPS, "steps", top),
        (_SOURCES, "sources", None),
        (_OBJECTIVES, "objectives", None),
        (_HOLDS, "holds", None),
    ):
        rows = status[name]
        if rows:
            yield Text()
            yield _table(columns, rows[:most])
            if most is not None and len(rows) > most:
                yield Text(f"and {len(rows) - most} more: --top", "dim")
    yield from _lines(status)


def _title(status: Row) -> Text:
    seconds, workers = status["seconds"], status["workers"]
    of = max(int(one.get("of") or 1) for one in workers)
    who = f"{len(workers)} of {of} processes" if of > 1 else "One process"
    over = "since the start" if seconds is None else f"of the last {seconds:g} s"
    others = "" if of == len(workers) else ". The others: --admin URL --workers"
    return Text(f"{who}. /s, p50, p95 and burn: {over}{others}", "bold")


def _lines(status: Row) -> Iterator[Text]:
    """What is no table: releases, and whatever is not as it should be."""
    release, trial = status["release"], status["trial"]
    if release:
        yield Text()
        yield Text(_release(release))
    if trial:
        yield Text(f"tried: {_short(trial.get('bundle'))}, {trial.get('state')}")
    for name, said in (
        ("incidents", "an alarm is open: {}"),
        ("stale", "{} serves an older version of its file"),
        ("unavailable", "{} is not served"),
        ("rejected", "not taken over: {}"),
    ):
        yield from (Text(said.format(one), "yellow") for one in status[name])


def _release(release: Mapping[str, Any]) -> str:
    serves, wanted = (release.get(name) or {} for name in ("serves", "wanted"))
    said = f"channel {release.get('channel')}: {_short(serves.get('bundle'))} serves"
    if wanted.get("bundle") != serves.get("bundle"):
        said += f", {_short(wanted.get('bundle'))} is wanted"
    if release.get("refused"):
        said += f" and refused: {release['refused']}"
    return said if release.get("store") != "lost" else f"{said}; its store is away"


def _table(columns: Columns, rows: Sequence[Row]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        side = "right" if column.right else "left"
        table.add_column(column.title, justify=side, overflow="fold")  # type: ignore[arg-type]
    for row in rows:
        table.add_row(*(column.cell(row) for column in columns))
    return table


def _named(title: str, key: str, nothing: str = "") -> Column:
    return Column(title, lambda row: Text(str(row.get(key) or nothing)), right=False)


def _count(title: str, key: str, bad: str = "") -> Column:
    def cell(row: Row) -> Text:
        return Text(f"{row[key]:,}", bad if row[key] else "")

    return Column(title, cell)


def _measure(title: str, key: str, form: str) -> Column:
    def cell(row: Row) -> str:
        return "" if row[key] is None else form.format(row[key])

    return Column(title, cell)


def _time(key: str) -> Column:
    def cell(row: Row) -> str:
        value = row[f"{key}_ms"]
        if value is None:
            return ""
        return "> 10 s" if value >= _LAST_BOUND else f"{value:,.0f} ms"

    return Column(key, cell)


def _breaker(row: Row) -> Text:
    """Which endpoints are left alone and since when, as far as one may know."""
    known = row["breakers"]
    if known:
        told = (
            f"{s['state']} since {_clock(s['since'])}: {e}" for e, s in known.items()
        )
        return Text("; ".join(told), "red")
    if row["breakers_open"]:
        return Text(f"open: {row['breakers_open']}", "red")
    return Text("closed", "green")


def _stage(row: Row) -> Text:
    stage = str(row.get("stage"))
    return Text(stage, "green") if row.get("ready") else Text(stage, "red")


def _burning(row: Row) -> Text:
    burn = row["burn"]
    return Text("" if burn is None else f"{burn:g}", "red" if (burn or 0) > 1 else "")


def _until(row: Row) -> str:
    until = row.get("until")
    return _clock(until) if until else "until it is ended"


def _clock(at: object) -> str:
    return str(at)[:19].replace("T", " ")


def _short(bundle: object) -> str:
    return str(bundle or "nothing")[:SHORT]


_RATE = _measure("/s", "per_second", "{:,.1f}")
_TIMES = (_time("p50"), _time("p95"))
_WORKERS: Columns = (
    _named("worker", "number"),
    _named("pid", "pid"),
    Column("stage", _stage, right=False),
    _named("generation", "generation"),
    Column("release", lambda row: Text(_short(row["release"])), right=False),
    _count("running", "requests_running"),
    _count("loads", "loads"),
    _count("rejected", "rejected", "yellow"),
)
_OPERATIONS: Columns = (
    _named("operation", "operation", "(no plan)"),
    _count("requests", "requests"),
    _RATE,
    _count("failed", "failed", "red"),
    _count("partial", "partial", "yellow"),
    _count("refused", "refused"),
    *_TIMES,
)
_STEPS: Columns = (
    _named("step", "step"),
    _named("source", "source"),
    _count("runs", "steps"),
    _RATE,
    _count("failed", "failed", "red"),
    _count("skipped", "skipped"),
    _count("kept", "kept"),
    *_TIMES,
)
_SOURCES: Columns = (
    _named("source", "source"),
    _count("calls", "calls"),
    _RATE,
    _count("failed", "failed", "red"),
    *_TIMES,
    Column("in flight", lambda row: f"{row['running']}/{row['allowed']}"),
    _count("waiting", "waiting", "yellow"),
    Column("breaker", _breaker, right=False),
)
_OBJECTIVES: Columns = (
    _named("objective of", "of"),
    _named("objective", "objective"),
    Column("share", lambda row: f"{row['share'] * 100:g}%"),
    _count("good", "good"),
    _count("bad", "bad", "yellow"),
    Column("burn", _burning),
)
_HOLDS: Columns = (
    _named("held", "step"),
    Column("until (UTC)", _until, right=False),
    _named("by", "by"),
    _named("why", "reason"),
)
