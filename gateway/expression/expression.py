"""An expression as the rest of the gateway holds it.

In charge of parsing once and evaluating often. Must never be changed after `parse`.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from typing import Final

from gateway.expression.compiler import compile_tree
from gateway.expression.errors import EvaluationError, ExpressionSyntaxError
from gateway.expression.faults import evaluation_error
from gateway.expression.hints import NO_FIELD
from gateway.expression.kinds import Maybe
from gateway.expression.loops import SOFT
from gateway.expression.parser import parse_tree
from gateway.expression.references import Reference, references
from gateway.expression.regions import Region, region
from gateway.expression.tree import Logic, Node

_OWN: Final = re.compile(r"self\.([A-Za-z_][A-Za-z0-9_]*)")


class Expression:
    """A compiled expression: immutable, equal and hashable by its text.

    ``references`` are the paths it reads, ``roots`` their first names. ``name`` is what
    it is where it is one name and nothing else: its value is that of the scope. ``own``
    is the field where it is one field of ``self``.
    """

    __slots__ = (
        "__dict__",
        "_run",
        "_tree",
        "name",
        "own",
        "references",
        "roots",
        "text",
    )

    def __init__(self, text: str) -> None:
        self.text: Final = text
        self._tree: Final[Node] = parse_tree(text)
        self.references: Final[tuple[Reference, ...]] = references(self._tree)
        self.roots: Final = frozenset(found.root for found in self.references)
        self.name: Final = text if self.roots == {text} else None
        own = _OWN.fullmatch(text)
        self.own: Final = own[1] if own else None
        self._run: Final = compile_tree(self._tree)

    def __call__(self, scope: Mapping[str, object]) -> object:
        """The value over a scope of root names; `ABSENT` for `optional.none()`.

        Raises:
            EvaluationError: a name, a key or an operation that is not there.
        """
        try:
            value = self._run(scope)
        except SOFT as error:
            raised = evaluation_error(error, self.text, self.roots)
            if raised is None:
                raise
            raise raised from None
        except RecursionError:
            message = "the values are nested too deeply"
            raise EvaluationError(message, text=self.text, offset=0) from None
        return value.held if type(value) is Maybe else value

    @functools.cached_property
    def conjuncts(self) -> tuple[Expression, ...]:
        """The operands of the top-level `&&`, each an expression; else itself alone.

        All of them true means this is true; one false means it is false.
        """
        if not isinstance(self._tree, Logic) or self._tree.op != "&&":
            return (self,)
        operands = (parse(self.text[start:end]) for start, end in self._tree.spans)
        return tuple(part for operand in operands for part in operand.conjuncts)

    @functools.cached_property
    def region(self) -> Region:
        """Where this is true, as far as the constants in it tell."""
        return region(self._tree)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Expression) and self.text == other.text

    def __hash__(self) -> int:
        return hash(self.text)

    def __repr__(self) -> str:
        return f"Expression({self.text!r})"


@functools.lru_cache(maxsize=4096)
def parse(text: str) -> Expression:
    """The expression of a text; equal texts may give the same object.

    Raises:
        ExpressionSyntaxError: the text is no expression of this language.
    """
    return Expression(text)


def reference(path: tuple[str, ...]) -> Expression:
    """The expression that reads a dotted path: `("account", "id")` → `account.id`.

    Raises:
        ExpressionSyntaxError: the first name cannot be a name.
    """
    if not path:
        raise ExpressionSyntaxError("an empty path names nothing", offset=0)
    steps = (
        f".{field}" if _is_field(field) else f"[{_quoted(field)}]" for field in path[1:]
    )
    return parse(path[0] + "".join(steps))


def _is_field(name: str) -> bool:
    return name.isascii() and name.isidentifier() and name not in NO_FIELD


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    escaped = escaped.replace("\n", "\\n").replace("\r", "\\r")
    return f"'{escaped}'"
