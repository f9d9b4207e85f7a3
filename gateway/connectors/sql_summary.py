"""What a query does, in a few words that hold no value of it.

In charge of the summary that OpenTelemetry describes (`db.query.summary`): the word
that it begins with and the tables that it reads. Must never hold a literal, nor fail.
"""

from __future__ import annotations

import re
from typing import Final

_LONGEST: Final = 255
_PLAIN: Final = re.compile(r"[^\W\d][\w$]*(\.[^\W\d][\w$]*)*")


def summary_of(query: str, dialect: str) -> tuple[str, str]:
    """What a query does, ``SELECT``, and the same with its tables, ``SELECT a b``."""
    from sqlglot import exp, parse_one
    from sqlglot.errors import SqlglotError

    try:
        tree = parse_one(query, read=dialect)
    except (SqlglotError, ValueError):
        return "SELECT", "SELECT"  # a step only reads: loading has seen to it
    kind = "VALUES" if isinstance(tree, exp.Values) else "SELECT"
    own = {each.alias for each in tree.find_all(exp.CTE)}
    named = {
        ".".join(filter(None, (table.db, table.name))): None
        for table in tree.find_all(exp.Table, bfs=False)
        if isinstance(table.this, exp.Identifier)
        and not (table.name in own and not table.db)
    }
    words = kind
    for name in filter(_PLAIN.fullmatch, named):
        if len(words) + 1 + len(name) > _LONGEST:
            break
        words = f"{words} {name}"
    return kind, words
