"""SQL as text: where its parameters stand, what its rows look like, whether it reads.

In charge of reading queries with real tokenizers and parsers, never with patterns, at
load time. Must never paste a value into SQL. sqlglot and DuckDB are imported when the
first query is read: together a third of a second.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from gateway.shape import FieldShape, TypeRef

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_OPERANDS = frozenset(
    {"VAR", "IDENTIFIER", "STRING", "NUMBER", "R_PAREN", "R_BRACKET", "R_BRACE"}
)
_GRAPHQL = {
    "BOOLEAN": "Boolean",
    "TINYINT": "Int",
    "SMALLINT": "Int",
    "INT": "Int",
    "FLOAT": "Float",
    "DOUBLE": "Float",
    "DECIMAL": "Decimal",
    "TEXT": "String",
    "VARCHAR": "String",
    "CHAR": "String",
    "UUID": "String",
    "DATE": "Date",
    "TIMESTAMP": "DateTime",
    "TIMESTAMPNTZ": "DateTime",
    "TIMESTAMPTZ": "DateTime",
}
"""By sqlglot's type names. BIGINT is not here: GraphQL's Int has 32 bits."""


@dataclass(frozen=True, slots=True)
class Placeholder:
    """``:name``, ``?`` (name None) or ``$name`` (``foreign``), by offsets."""

    name: str | None
    start: int
    end: int
    foreign: bool = False


def placeholders(query: str) -> tuple[Placeholder, ...]:
    """Every parameter of a query, in order. Strings, comments and casts hold none.

    A ``:`` that stands right behind an operand is DuckDB's own (``{'a':x}``,
    ``list[1:n]``).

    Raises:
        ValueError: the text cannot be split into tokens.
    """
    tokens = _tokens(query)
    found = []
    for before, token, after in zip(
        [None, *tokens], tokens, [*tokens[1:], None], strict=False
    ):
        kind = token.token_type.name
        if kind == "PLACEHOLDER":
            found.append(Placeholder(None, token.start, token.end + 1))
        elif kind in ("COLON", "PARAMETER") and _names(token, after):
            if kind == "COLON" and _is_operand(before, token.start):
                continue
            foreign = kind == "PARAMETER"
            found.append(
                Placeholder(after.text, token.start, after.end + 1, foreign=foreign)
            )
    return tuple(found)


def _names(mark: Any, after: Any) -> bool:
    """Whether a parameter's name follows its mark with nothing in between."""
    return (
        after is not None
        and after.start == mark.end + 1
        and _NAME.fullmatch(after.text) is not None
    )


def _is_operand(before: Any, start: int) -> bool:
    return (
        before is not None
        and before.end + 1 == start
        and before.token_type.name in _OPERANDS
    )


def _tokens(query: str) -> Sequence[Any]:
    from sqlglot.dialects.duckdb import DuckDB
    from sqlglot.errors import SqlglotError

    try:
        return DuckDB().tokenize(query)
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


def columns(query: str) -> tuple[FieldShape, ...] | None:
    """The SELECT list as fields; None where it has a star or cannot be read.

    A column's type is that of its explicit cast, else JSON. A column whose name is no
    GraphQL name is left out: no field can be named like it.
    """
    import sqlglot
    from sqlglot import exp
    from sqlglot.errors import SqlglotError

    try:
        tree = sqlglot.parse_one(query, dialect="duckdb")
    except SqlglotError:
        return None
    if not isinstance(tree, exp.Query) or not tree.selects or tree.is_star:
        return None
    fields = []
    for column in tree.selects:
        named = isinstance(column, exp.Alias | exp.Column)
        name = column.alias_or_name if named else ""
        if _NAME.fullmatch(name) and not name.startswith("__"):
            fields.append(FieldShape(name, TypeRef(_type(column.unalias()))))
    return tuple(fields)


def _type(value: Any) -> str:
    from sqlglot import exp

    if not isinstance(value, exp.Cast):
        return "JSON"
    return _GRAPHQL.get(getattr(value.to.this, "name", ""), "JSON")
