"""What an expression can do wrong: not be CEL (at load), or fail (at run time).

In charge of the two errors and of nothing else. Must never hold a value of a request.
"""

from __future__ import annotations

from gateway.errors import Code, GatewayError


class ExpressionSyntaxError(GatewayError):
    """The text is no expression of this language; the author has to change it.

    ``offset`` counts characters from 0 into the text. Where the text is a leaf of a
    template, ``leaf`` is that whole leaf (``offset`` is into it) and ``trail`` the keys
    that lead to it.
    """

    code = Code.PROFILE_UNAVAILABLE

    def __init__(self, message: str, *, offset: int, hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.offset = offset
        self.leaf: str | None = None
        self.trail: tuple[str | int, ...] = ()

    def moved(self, start: int, leaf: str) -> ExpressionSyntaxError:
        """The same error, placed in the leaf that holds the text at ``start``."""
        other = ExpressionSyntaxError(
            self.message, offset=self.offset + start, hint=self.hint
        )
        other.leaf = leaf
        other.trail = self.trail
        return other


class EvaluationError(GatewayError):
    """The expression cannot be evaluated over this scope.

    ``text`` is the expression, ``offset`` the character in it where it failed. The
    message names operations, names and kinds of values, never a value from a source.
    """

    code = Code.EXPRESSION_ERROR

    def __init__(self, message: str, *, text: str, offset: int) -> None:
        super().__init__(message)
        self.text = text
        self.offset = offset
