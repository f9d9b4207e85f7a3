"""`matches`: does a pattern occur in a text?

In charge of the function; the automaton is in ``patterns/``.
"""

from __future__ import annotations

from gateway.expression.kinds import Fault, no_overload
from gateway.expression.library import function
from gateway.expression.patterns import PatternError, compiled


@function("matches", args=2)
def matches(text: object, pattern: object) -> bool:
    """Whether the pattern occurs anywhere in the text; `^` and `$` bind it."""
    if not (isinstance(text, str) and isinstance(pattern, str)):
        raise no_overload("matches()", text, pattern)
    try:
        return compiled(pattern).occurs_in(text)
    except PatternError as error:
        raise Fault(f"bad pattern: {error}") from None


function("matches", form="method")(matches)
