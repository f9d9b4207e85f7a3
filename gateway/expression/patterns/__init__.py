"""Regular expressions as RE2 has them, matched in time linear in the text.

In charge of one question: does the pattern occur in the text? Python's `re` backtracks,
so one bad pattern and one long value could hold every request of the process; this runs
Thompson's automaton with a cache of its states, as RE2 does, and knows RE2's syntax
(so no lookaround and no backreferences). Must never call `re` with an author's pattern.
"""

from gateway.expression.patterns.machine import Pattern, compiled
from gateway.expression.patterns.syntax import PatternError

__all__ = ["Pattern", "PatternError", "compiled"]
