"""`type: warehouse`: one SQL query with bound parameters, checked at load.

In charge of what each parameter binds. Must never let a template into SQL: values are
bound, whatever they contain.
"""

from __future__ import annotations

import re
from typing import ClassVar, cast

from gateway.connectors.base import ReplyRules, Section, Slot
from gateway.connectors.dialects.harmless import fault_by_words
from gateway.connectors.options import SqlOptions
from gateway.connectors.postgres.statement import numbered
from gateway.connectors.rows import Rows, SqlTarget
from gateway.connectors.sql_describing import Describing, described
from gateway.connectors.sql_text import (
    Placeholder,
    columns,
    fault,
    parts_of,
    placeholders,
    translated,
    without_end,
)
from gateway.errors import did_you_mean
from gateway.shape import FieldShape

_QUERY = ("query",)
_IN = re.compile(r"\bIN\s*\(?\s*:(\w+)", re.IGNORECASE)
_KEYS = re.compile(r"\$\{\s*keys\s*(?:\.\s*(?:map|filter)\s*\(.*\)\s*)?\}", re.DOTALL)
"""What binds the keys, or one value of each, as a list."""
_DUCKDB = "duckdb"
_LISTS_BOUND = frozenset({_DUCKDB, "postgres"})
"""Dialects in which a list is one value: ``= ANY(:keys)``."""
_ONLY = "argument"
"""What a positional ``?`` is called once it is translated."""


class SqlStep:
    """Load time of ``type: warehouse``."""

    names: ClassVar[tuple[str, ...]] = ("warehouse", "sql")
    options: ClassVar[type[SqlOptions]] = SqlOptions
    sources: ClassVar[frozenset[str]] = frozenset(
        {"duckdb", "postgresql", "postgres", "sql", "mysql", "mariadb", "sqlite"}
    )
    default_source: ClassVar[str | None] = "warehouse"

    def __init__(self, source: Describing | None = None) -> None:
        self._source = source

    def compile(self, section: Section, options: object) -> SqlTarget:
        asked = cast("SqlOptions", options)
        rows = asked.rows or _rows(section)
        dialect = section.dialect or _DUCKDB
        found = _placeholders(section, asked.query, dialect)
        if found is None:
            return SqlTarget(asked.query, {}, rows)
        query = translated(asked.query, found, _name)
        if dialect in _LISTS_BOUND:
            _check_keys(section, asked)
        if dialect == _DUCKDB:
            why = fault(query)
        else:
            why = fault_by_words(asked.query, dialect)
        if why:
            section.problem(_QUERY, why, hint="write one SELECT, WITH or VALUES")
        params = _params(section, asked, found)
        parts = parts_of(without_end(asked.query, dialect), found, _name)
        return SqlTarget(query, params, rows, parts, section.wants_exact())

    def knowing(self, offer: object | None) -> SqlStep:
        """The same for a source that can be asked what a query gives."""
        return SqlStep(offer) if isinstance(offer, Describing) else self

    def shape(self, options: object) -> tuple[FieldShape, ...] | None:
        query = cast("SqlOptions", options).query
        dialect = _DUCKDB if self._source is None else self._source.dialect
        try:
            found = placeholders(query, dialect)
        except ValueError:
            return None
        source = self._source
        if source is None:
            return columns(translated(query, found, _name))
        text, _ = numbered(parts_of(query, found, _name))
        return described(columns(text, dialect), lambda: source.columns(text))

    def rules(self, options: object) -> ReplyRules:  # noqa: ARG002
        return ReplyRules(reads=True)

    def idempotent(self, options: object) -> bool:  # noqa: ARG002
        return True


def _check_keys(section: Section, asked: SqlOptions) -> None:
    """A batch binds its keys as one list, which IN does not take."""
    lists = {n for n, v in asked.params.items() if _KEYS.fullmatch(str(v).strip())}
    if "keys" not in asked.params:
        lists.add("keys")
    for name in _IN.findall(asked.query):
        if name in lists:
            section.problem(
                _QUERY,
                f"IN takes a list of values, and :{name} is one value that is a list",
                hint=f"write = ANY(:{name})",
            )


def _rows(section: Section) -> Rows:
    return "many" if section.wants_many() else "one"


def _name(placeholder: Placeholder) -> str:
    return placeholder.name or _ONLY


def _placeholders(
    section: Section, query: str, dialect: str
) -> tuple[Placeholder, ...] | None:
    """The query's parameters, or None where they cannot be told or are templates."""
    for mark in ("${", "{{"):
        if mark in query:
            section.problem(
                _QUERY,
                f"SQL is never made from templates, and this holds {mark!r}",
                hint="write :name in the query, and name: '${ ... }' under 'params'",
            )
            return None
    try:
        found = placeholders(query, dialect)
    except ValueError as error:
        section.problem(_QUERY, f"this SQL cannot be read: {error}")
        return None
    for placeholder in found:
        if placeholder.foreign:
            written = query[placeholder.start : placeholder.end]
            name = written[1:] if written[1:].isidentifier() else "name"
            section.problem(_QUERY, f"a parameter is written :{name}, not {written}")
            return None
    return found


def _params(
    section: Section, asked: SqlOptions, found: tuple[Placeholder, ...]
) -> dict[str, object]:
    """What every parameter binds: an entry of ``params``, else an argument."""
    names = {placeholder.name for placeholder in found}
    bound: dict[str, object] = {}
    for name in sorted(name for name in names if name is not None):
        if name in asked.params:
            bound[name] = section.value(("params", name), asked.params[name])
        else:
            bound[name] = section.argument(name, _QUERY)
    for name in asked.params:
        if name not in names:
            hint = did_you_mean(name, (n for n in names if n))
            section.problem(
                ("params", name), f"the query has no :{name}", hint=hint or "remove it"
            )
    if None in names:
        slot = _only_argument(section, found)
        if slot is not None:
            bound[_ONLY] = slot
    return bound


def _only_argument(section: Section, found: tuple[Placeholder, ...]) -> Slot | None:
    """What the one ``?`` binds: the operation's only argument."""
    arguments = section.argument_names()
    if len(found) > 1:
        message = "'?' stands alone; a query with several parameters names them"
        section.problem(_QUERY, message, hint="write :name for each of them")
    elif len(arguments) != 1:
        count = "several arguments" if arguments else "no argument"
        section.problem(
            _QUERY,
            f"'?' binds the operation's only argument, and it has {count}",
            hint=f"name it: :{arguments[0]}"
            if arguments
            else "declare it under 'args'",
        )
    else:
        return section.argument(arguments[0], _QUERY)
    return None
