"""Which GraphQL type a column of SQL has: by its DuckDB type, or by how it is made.

In charge of the one table of types. Must never ask a database: what an expression's
type depends on a table for is not known here.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from gateway.record import Model
from gateway.shape import TypeRef

JSON = TypeRef("JSON")
_INT = TypeRef("Int")
_GRAPHQL = {
    "BOOLEAN": "Boolean",
    "TINYINT": "Int",
    "UTINYINT": "Int",
    "SMALLINT": "Int",
    "USMALLINT": "Int",
    "INT": "Int",
    "FLOAT": "Float",
    "DOUBLE": "Float",
    "DECIMAL": "Decimal",
    "TEXT": "String",
    "VARCHAR": "String",
    "CHAR": "String",
    "ENUM": "String",
    "UUID": "String",
    "TIME": "String",
    "BLOB": "String",
    "VARBINARY": "String",
    "DATE": "Date",
    "TIMESTAMP": "DateTime",
    "TIMESTAMP_S": "DateTime",
    "TIMESTAMP_MS": "DateTime",
    "TIMESTAMP_NS": "DateTime",
    "TIMESTAMPNTZ": "DateTime",
    "TIMESTAMPTZ": "DateTime",
}
"""By sqlglot's type names. BIGINT is not here: GraphQL's Int has 32 bits."""
_LISTS = frozenset({"ARRAY", "LIST"})
_TEXT_FUNCTIONS = (
    "Lower",
    "Upper",
    "Initcap",
    "Trim",
    "ConcatWs",
    "Substring",
    "Left",
    "Right",
    "Replace",
    "Pad",
    "GroupConcat",
    "TimeToStr",
)
_COUNTS = ("Count", "CountIf", "Length", "RowNumber", "Year", "Month", "Day")
_MEANS = ("Avg", "Stddev", "StddevPop", "StddevSamp", "Variance", "VariancePop")
_BY_FUNCTION = {
    **dict.fromkeys(_TEXT_FUNCTIONS, "String"),
    **dict.fromkeys(_COUNTS, "Int"),
    **dict.fromkeys(_MEANS, "Float"),
    "CurrentDate": "Date",
    "CurrentTimestamp": "DateTime",
}
"""By sqlglot's names of functions that give one type, whatever they are given."""
_SAME = ("Paren", "Min", "Max", "AnyValue", "First", "Last", "Neg", "Abs")
"""What is of the type of its only operand."""
_AROUND = ("Window", "Filter")


class Column(Model, frozen=True):
    """A column as a database describes it.

    ``type`` is JSON where GraphQL has no type for it; ``fields`` are a STRUCT's, whose
    type has no name yet (`type.name` is empty); ``said`` is the database's word.
    """

    name: str
    type: TypeRef
    said: str
    nullable: bool = True
    key: bool = False
    fields: tuple[Column, ...] = ()


def column(name: str, said: str, *, nullable: bool = True, key: bool = False) -> Column:
    """A column by DuckDB's own name of its type: ``DECIMAL(18,3)``."""
    from sqlglot import exp
    from sqlglot.errors import SqlglotError

    try:
        kind = exp.DataType.build(said, dialect="duckdb")
    except SqlglotError:
        return Column(name, JSON, said, nullable, key)
    fields = tuple(column(each.name, _said(each)) for each in _struct(kind))
    type_ = _struct_ref(kind) if fields else declared(kind)
    return Column(name, type_, said, nullable, key, fields)


def _said(field: Any) -> str:
    kind = field.args.get("kind")
    return kind.sql("duckdb") if kind is not None else ""


def _struct(kind: Any) -> Iterable[Any]:
    """The fields of a STRUCT, or of one that a list is made of."""
    while kind.this.name in _LISTS and kind.expressions:
        kind = kind.expressions[0]
    return kind.expressions if kind.this.name == "STRUCT" else ()


def _struct_ref(kind: Any) -> TypeRef:
    wrappers = ""
    while kind.this.name in _LISTS:
        kind, wrappers = kind.expressions[0], f"{wrappers}["
    return TypeRef("", wrappers)


def declared(kind: Any) -> TypeRef:
    """The type of values of a SQL type, as sqlglot read it; JSON where it has none."""
    name = getattr(kind.this, "name", "")
    if name in _LISTS and kind.expressions:
        item = declared(kind.expressions[0])
        return TypeRef(item.name, f"[{item.wrappers}")
    return TypeRef(_GRAPHQL.get(name, JSON.name))


def made(value: Any) -> TypeRef:  # noqa: PLR0911 - one return for each kind of value
    """The type of a select list's value by how it is made, whatever the table holds."""
    from sqlglot import exp

    kind = type(value).__name__
    if isinstance(value, exp.Cast):
        return declared(value.to)
    if isinstance(value, exp.Literal):
        return TypeRef("String") if value.is_string else _number(value.this)
    if isinstance(value, exp.Boolean | exp.Predicate | exp.Connector | exp.Not):
        return TypeRef("Boolean")
    if kind in _BY_FUNCTION:
        return TypeRef(_BY_FUNCTION[kind])
    if kind in _AROUND or (kind in _SAME and "count" not in value.args):
        return made(value.this)
    if kind == "Sum":
        return _sum(made(value.this))
    return common(_choices(value))


def _number(text: str) -> TypeRef:
    """DuckDB reads ``1.5`` as a DECIMAL, and ``1e3`` as a DOUBLE."""
    if "e" in text.lower():
        return TypeRef("Float")
    if "." in text:
        return TypeRef("Decimal")
    return TypeRef("Int") if int(text) < 2**31 else JSON


def _sum(summed: TypeRef) -> TypeRef:
    """Whole numbers sum up to more bits than Int has."""
    return summed if summed.name in ("Float", "Decimal") else JSON


def _choices(value: Any) -> Iterable[TypeRef]:
    """The types that a value is one of: those of COALESCE, CASE and IF."""
    from sqlglot import exp

    match value:
        case exp.DPipe() | exp.Concat():
            # Lists are put together by the same operator and function.
            parts = value.expressions or (value.this, value.expression)
            return {made(each) for each in parts} & {TypeRef("String")}
        case exp.Coalesce():
            chosen = [value.this, *value.expressions]
        case exp.Case():
            chosen = [branch.args["true"] for branch in value.args["ifs"]]
            chosen.append(value.args.get("default"))
        case exp.If():
            chosen = [value.args["true"], value.args.get("false")]
        case _:
            return ()
    present = (each for each in chosen if each is not None)
    return tuple(made(each) for each in present if not isinstance(each, exp.Null))


def common(types: Iterable[TypeRef]) -> TypeRef:
    """The one type that all are of; JSON where they differ or there are none.

    Whole numbers become what stands beside them, as in SQL.
    """
    found = set(types)
    if len(found) > 1 and found <= {_INT, TypeRef("Float")}:
        return TypeRef("Float")
    if len(found) > 1 and found <= {_INT, TypeRef("Decimal")}:
        return TypeRef("Decimal")
    return found.pop() if len(found) == 1 else JSON
