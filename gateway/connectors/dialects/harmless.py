"""Whether a text is one query that reads, by its words: any database's SQL.

In charge of telling at load what could never have been meant as a step. The database's
own read-only session is what holds at run time. Must never look for words with
patterns: a string or a comment may hold any of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from gateway.connectors.sql_text import tokens_of

_BEGINS = frozenset({"SELECT", "WITH", "VALUES", "L_PAREN", "FROM"})
_RUN = re.compile(r"M?!")
"""How MySQL's and MariaDB's comments begin that are none."""
_WRITES = frozenset({"INSERT", "UPDATE", "DELETE", "MERGE"})


def fault_by_words(query: str, dialect: str) -> str | None:
    """Why this is not one query that reads; None where it may be one.

    ``dialect`` is sqlglot's word for the SQL.
    """
    tokens = [t for t in tokens_of(query, dialect) if t.token_type.name != "HINT"]
    comments = [comment for token in tokens for comment in token.comments]
    if dialect == "mysql" and any(map(_RUN.match, comments)):
        return "MySQL runs what is in a comment that begins with '/*!'"
    kinds = [token.token_type.name for token in tokens]
    while kinds and kinds[-1] == "SEMICOLON":
        del kinds[-1]
    if "SEMICOLON" in kinds:
        return f"a step asks one query, and here are {kinds.count('SEMICOLON') + 1}"
    if not kinds:
        return "a step asks one query, and here are 0"
    if kinds[0] not in _BEGINS:
        return f"a step only reads, and this is {tokens[0].text.upper()}"
    word = next(_writing(kinds), None)
    return None if word is None else f"a step only reads, and this has {word}"


def _writing(kinds: Sequence[str]) -> Iterator[str]:
    """Words that write, outside of parentheses: ``WITH x AS (...) DELETE``, ``INTO``.

    ``FOR UPDATE`` is no write, though a read-only session refuses its locks;
    ``INSERT(`` and ``REPLACE(`` are functions of text in some databases.
    """
    depth = 0
    for at, kind in enumerate(kinds):
        depth += (kind == "L_PAREN") - (kind == "R_PAREN")
        if depth or not at:
            continue
        before = kinds[at - 1]
        called = at + 1 < len(kinds) and kinds[at + 1] == "L_PAREN"
        writes = kind in _WRITES and before not in ("FOR", "DOT") and not called
        if writes or (kind == "INTO" and before != "DOT"):
            yield kind
