"""The expression language: a named subset of CEL, compiled to Python at load.

In charge of `when`, `select`, `${ ... }` and `{name}` wherever a profile has them:
parse with a place for every mistake, tell what is read, evaluate in microseconds. Pure.
Must never do I/O, and never run text of an author as Python. The functions it knows are
listed in ``README.md`` beside this file.
"""

from gateway.expression import functions as _library  # noqa: F401 - enters them
from gateway.expression.decision import Decision, Mode, Rule
from gateway.expression.errors import EvaluationError, ExpressionSyntaxError
from gateway.expression.expression import Expression, parse, reference
from gateway.expression.kinds import ABSENT
from gateway.expression.placeholders import Placeholder, url_parts
from gateway.expression.references import Reference
from gateway.expression.template import Template, template, written_in

__all__ = [
    "ABSENT",
    "Decision",
    "EvaluationError",
    "Expression",
    "ExpressionSyntaxError",
    "Mode",
    "Placeholder",
    "Reference",
    "Rule",
    "Template",
    "parse",
    "reference",
    "template",
    "url_parts",
    "written_in",
]
