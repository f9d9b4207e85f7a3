"""A table of rules: conditions, and what each of them gives.

In charge of evaluating no more of a table than its answer needs. Must never guess: a
condition that is neither true nor false is an error. The two ways to read a table are
the hit policies "first" and "collect" of DMN (Decision Model and Notation).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Final, Literal, NamedTuple, TypeAlias

from gateway.expression.errors import EvaluationError
from gateway.expression.expression import Expression
from gateway.expression.template import Template

if TYPE_CHECKING:
    from gateway.expression.references import Reference

Mode: TypeAlias = Literal["first", "collect"]
"""Whether the first rule that holds answers, or all of them, as a list."""


class Rule(NamedTuple):
    """What one row of a table gives where its condition is true."""

    when: Expression
    then: Template


class Decision:
    """A compiled table: immutable, read like an `Expression`.

    ``references`` have offsets into their own expression.
    """

    __slots__ = ("_default", "_mode", "_rules", "references", "roots")

    def __init__(
        self, rules: Sequence[Rule], default: Template | None, mode: Mode
    ) -> None:
        self._rules: Final = tuple(rules)
        self._default: Final = default
        self._mode: Final = mode
        parts = [part for rule in rules for part in rule]
        read = (*parts, *([default] if default else []))
        self.references: Final[tuple[Reference, ...]] = tuple(
            dict.fromkeys(one for part in read for one in part.references)
        )
        self.roots: Final = frozenset(one.root for one in self.references)

    def __call__(self, scope: Mapping[str, object]) -> object:
        """The answer over a scope.

        ``first``: what the first rule that holds gives, else the default, else None;
        no later rule is looked at. ``collect``: the list of what all that hold give;
        else of the default alone; else empty.

        Raises:
            EvaluationError: a condition or a value that is needed cannot be evaluated,
                or a condition is neither true nor false.
        """
        given = self._given(scope)
        if self._mode == "first":
            return next(given, None)
        return list(given)

    def _given(self, scope: Mapping[str, object]) -> Iterator[object]:
        """What the rules that hold give, each found only when it is asked for."""
        held = False
        for number, rule in enumerate(self._rules, 1):
            try:
                if not _holds(rule.when, scope):
                    continue
                held = True
                given = rule.then(scope)
            except EvaluationError as error:
                raise _in_rule(number, error) from None
            yield given
        if not held and self._default is not None:
            yield self._default(scope)


def _holds(when: Expression, scope: Mapping[str, object]) -> bool:
    truth = when(scope)
    if isinstance(truth, bool):
        return truth
    message = "'when' is neither true nor false"
    raise EvaluationError(message, text=when.text, offset=0)


def _in_rule(number: int, error: EvaluationError) -> EvaluationError:
    """The same error, of which the author can tell where in the table it is."""
    message = f"rule {number}: {error.message}"
    return EvaluationError(message, text=error.text, offset=error.offset)
