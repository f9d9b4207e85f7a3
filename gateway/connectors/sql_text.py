"""SQL as text: where its parameters stand, what its rows look like, whether it reads.

In charge of reading queries with real tokenizers and parsers, never with patterns, at
load time. Must never paste a value into SQL. sqlglot and DuckDB are imported when the
first query is read: together a third of a second.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

from gateway.connectors.sql_types import JSON, common, made
from gateway.record import Model
from gateway.shape import FieldShape, TypeRef

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_OPERANDS = frozenset(
    {"VAR", "IDENTIFIER", "STRING", "NUMBER", "R_PAREN", "R_BRACKET", "R_BRACE"}
)


class Placeholder(Model, frozen=True):
    """``:name``, ``?`` (name None) or ``$name`` (``foreign``), by offsets."""

    name: str | None
    start: int
    end: int
    foreign: bool = False


def placeholders(query: str, dialect: str = "duckdb") -> tuple[Placeholder, ...]:
    """Every parameter of a query, in order. Strings, comments and casts hold none.

    ``dialect`` is sqlglot's word for the SQL: it decides what a string is.

    A ``:`` that stands right behind an operand is DuckDB's own (``{'a':x}``,
    ``list[1:n]``).

    Raises:
        ValueError: the text cannot be split into tokens.
    """
    tokens = tokens_of(query, dialect)
    found = []
    for before, token, after in zip(
        [None, *tokens], tokens, [*tokens[1:], None], strict=False
    ):
        kind = token.token_type.name
        if kind == "PLACEHOLDER":
            found.append(Placeholder(None, token.start, token.end + 1))
        elif kind in ("COLON", "PARAMETER") and _names(token, after, query):
            if kind == "COLON" and _is_operand(before, token.start):
                continue
            foreign = kind == "PARAMETER"
            found.append(
                Placeholder(after.text, token.start, after.end + 1, foreign=foreign)
            )
    return tuple(found)


def _names(mark: Any, after: Any, query: str) -> bool:
    """Whether a parameter's name, or a number of one, follows its mark at once.

    It is what stands there: a string or a name in quotes is none.
    """
    if after is None or after.start != mark.end + 1:
        return False
    written = query[after.start : after.end + 1]
    numbered = mark.token_type.name == "PARAMETER" and written.isdecimal()
    return numbered or _NAME.fullmatch(written) is not None


def _is_operand(before: Any, start: int) -> bool:
    return (
        before is not None
        and before.end + 1 == start
        and before.token_type.name in _OPERANDS
    )


def tokens_of(query: str, dialect: str = "duckdb") -> Sequence[Any]:
    """The tokens of a query, as sqlglot's dialect of this name reads it.

    Raises:
        ValueError: the text cannot be split into tokens.
    """
    from sqlglot.dialects.dialect import Dialect
    from sqlglot.errors import SqlglotError

    try:
        return Dialect.get_or_raise(dialect).tokenize(query)
    except SqlglotError as error:
        raise ValueError(str(error).partition("\n")[0]) from None


def translated(
    query: str, found: Sequence[Placeholder], name: Callable[[Placeholder], str]
) -> str:
    """The query with every placeholder written ``$name``."""
    parts, at = [], 0
    for placeholder in found:
        parts += [query[at : placeholder.start], f"${name(placeholder)}"]
        at = placeholder.end
    return "".join((*parts, query[at:]))


def parts_of(
    query: str, found: Sequence[Placeholder], name: Callable[[Placeholder], str]
) -> tuple[str, ...]:
    """The query cut at its placeholders: text, name, text, ..., text."""
    parts, at = [], 0
    for placeholder in found:
        parts += [query[at : placeholder.start], name(placeholder)]
        at = placeholder.end
    return (*parts, query[at:])


def without_end(query: str, dialect: str) -> str:
    """The query without semicolons at its end, and comments behind them.

    Raises:
        ValueError: the text cannot be split into tokens.
    """
    tokens = list(tokens_of(query, dialect))
    end = len(query)
    while tokens and tokens[-1].token_type.name == "SEMICOLON":
        end = tokens.pop().start
    return query[:end]


def fault(query: str) -> str | None:
    """Why this is not one query that reads; None where it is. DuckDB's own parser."""
    import duckdb

    try:
        statements = _parser().extract_statements(query)
    except duckdb.Error as error:
        return str(error).partition("\n")[0]
    kinds = [statement.type for statement in statements]
    if kinds == [duckdb.StatementType.SELECT]:
        return None
    if len(kinds) != 1:
        return f"a step asks one query, and here are {len(kinds)}"
    return f"a step only reads, and this is {kinds[0].name}"


@cache
def _parser() -> Any:
    """A connection that is never asked anything: parsing is a method of it."""
    import duckdb

    return duckdb.connect(":memory:")


def columns(query: str, dialect: str = "duckdb") -> tuple[FieldShape, ...] | None:
    """The SELECT list as fields; None where it has a star or cannot be read.

    A column's type is what its value is made by (a cast, a literal, a function whose
    type is always the same), through subqueries; else JSON. A column whose name is no
    GraphQL name is left out: no field can be named like it.
    """
    import sqlglot
    from sqlglot import exp
    from sqlglot.errors import SqlglotError

    try:
        tree = sqlglot.parse_one(query, dialect=dialect)
    except SqlglotError:
        return None
    if not isinstance(tree, exp.Query) or not tree.selects or tree.is_star:
        return None
    fields = []
    for number, column in enumerate(tree.selects):
        name = _name(column)
        if _NAME.fullmatch(name) and not name.startswith("__"):
            type_ = _type(tree, number)
            is_id = name == "id" and type_.name in ("Int", "String")
            fields.append(FieldShape(name, TypeRef("ID") if is_id else type_))
    return tuple(fields)


def _name(column: Any) -> str:
    from sqlglot import exp

    named = isinstance(column, exp.Alias | exp.Column)
    return column.alias_or_name if named else ""


def _type(query: Any, number: int) -> TypeRef:
    """A column's type; that of a set operation is what all its parts agree on."""
    from sqlglot import exp

    if isinstance(query, exp.Subquery):
        return _type(query.this, number)
    if isinstance(query, exp.SetOperation):
        return common(_type(part, number) for part in (query.this, query.expression))
    if not isinstance(query, exp.Query) or number >= len(query.selects):
        return JSON
    value = query.selects[number].unalias()
    if not isinstance(value, exp.Column):
        return made(value)
    inner = _inner(query, value)
    names = [_name(each) for each in inner.selects] if inner else []
    found = names.count(value.name) == 1 and inner is not None
    return _type(inner, names.index(value.name)) if found else JSON


def _inner(query: Any, column: Any) -> Any:
    """The subquery or WITH that a column comes from, where it can be only one."""
    from sqlglot import exp

    tables = [query.args.get("from_"), *(query.args.get("joins") or ())]
    sources = [each.this for each in tables if each is not None]
    if column.table:
        sources = [each for each in sources if each.alias_or_name == column.table]
    if len(sources) != 1:
        return None
    (source,) = sources
    if isinstance(source, exp.Subquery):
        return source.this
    with_ = query.args.get("with_")
    ctes = with_.expressions if with_ and isinstance(source, exp.Table) else ()
    return next((each.this for each in ctes if each.alias == source.name), None)
