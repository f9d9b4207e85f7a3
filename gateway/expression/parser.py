"""Tokens to tree, by precedence climbing.

In charge of CEL's grammar. Must never recurse deeper than `NESTING_MAX` brackets.
"""

from __future__ import annotations

from typing import Final

from gateway.expression import hints, macros
from gateway.expression.calls import call, method, relation
from gateway.expression.errors import ExpressionSyntaxError
from gateway.expression.lexer import Token, TokenKind, tokens
from gateway.expression.literals import read_number, read_string
from gateway.expression.tree import (
    Chain,
    Ident,
    Index,
    ListOf,
    Literal,
    Logic,
    MapOf,
    Node,
    Select,
    Ternary,
    Unary,
    depth_exceeds,
)

LENGTH_MAX: Final = 20_000
"""The longest expression, in characters."""
NESTING_MAX: Final = 50
"""How deep brackets, calls and conditionals may stand within each other."""
DEPTH_MAX: Final = 120
"""How deep the tree may be: `a.b.c` alone is three levels."""

_RELATIONS: Final = frozenset({"<", "<=", ">", ">=", "==", "!=", "in"})
_CONSTANTS: Final = {"true": True, "false": False, "null": None}


def parse_tree(text: str) -> Node:
    """The tree of an expression.

    Raises:
        ExpressionSyntaxError: the text is no expression, or is beyond the limits.
    """
    if len(text) > LENGTH_MAX:
        raise ExpressionSyntaxError(
            f"the expression is longer than {LENGTH_MAX:,} characters",
            offset=LENGTH_MAX,
        )
    if not text.strip():
        raise ExpressionSyntaxError("the expression is empty", offset=0)
    try:
        root = _Parser(text).whole()
    except RecursionError:  # the caller's own stack was nearly full
        raise _too_deep(0) from None
    deep = depth_exceeds(root, DEPTH_MAX)
    if deep is not None:
        raise _too_deep(deep.at)
    return root


def _too_deep(at: int) -> ExpressionSyntaxError:
    return ExpressionSyntaxError("the expression is nested too deeply", offset=at)


class _Parser:
    """One pass over the tokens; each method reads one rule of the grammar."""

    def __init__(self, text: str) -> None:
        self._tokens = tokens(text)
        self._token = next(self._tokens)
        self._end = 0
        self._before = ""
        self._nesting = 0

    def whole(self) -> Node:
        root = self._expression()
        if self._token.kind is not TokenKind.END:
            raise self._unexpected("")
        return root

    # -- the token at hand ------------------------------------------------------

    def _next(self) -> Token:
        token = self._token
        self._end, self._before = token.end, token.text
        if token.kind is not TokenKind.END:
            self._token = next(self._tokens)
        return token

    def _at(self, text: str) -> bool:
        return self._token.text == text and self._token.kind is not TokenKind.STRING

    def _take(self, text: str) -> bool:
        if self._at(text):
            self._next()
            return True
        return False

    def _expect(self, text: str) -> None:
        if not self._take(text):
            raise self._unexpected(f", expected {text!r}")

    def _unexpected(self, expected: str) -> ExpressionSyntaxError:
        token = self._token
        if token.kind is TokenKind.END:
            return ExpressionSyntaxError(
                f"the expression ends too early{expected}", offset=token.at
            )
        hint = hints.for_word(token.text) or hints.for_word(self._before)
        if hint is None and token.text == "}":
            hint = "a `{` is missing before"
        if hint is None and token.text == "?":
            hint = "an optional field is `a.?b`; nested conditions need brackets"
        return ExpressionSyntaxError(
            f"unexpected {token.text!r}{expected}", offset=token.at, hint=hint
        )

    # -- the grammar ------------------------------------------------------------

    def _expression(self) -> Node:
        self._nesting += 1
        if self._nesting > NESTING_MAX:
            raise _too_deep(self._token.at)
        condition = self._logic("||")
        if self._at("?"):
            at = self._next().at
            yes = self._logic("||")
            self._expect(":")
            condition = Ternary(condition, yes, self._expression(), at)
        self._nesting -= 1
        return condition

    def _logic(self, op: str) -> Node:
        start, at = self._token.at, self._token.at
        operands: list[Node] = []
        spans: list[tuple[int, int]] = []
        while True:
            operands.append(self._relation() if op == "&&" else self._logic("&&"))
            spans.append((start, self._end))
            if not self._at(op):
                break
            at = at if len(operands) > 1 else self._token.at
            self._next()
            start = self._token.at
        if len(operands) == 1:
            return operands[0]
        return Logic(op, tuple(operands), tuple(spans), at)

    def _relation(self) -> Node:
        left = self._sum()
        while self._token.text in _RELATIONS and self._token.kind in (
            TokenKind.OPERATOR,
            TokenKind.IDENT,
        ):
            op = self._next()
            left = relation(op.text, left, self._sum(), op.at)
        return left

    def _sum(self) -> Node:
        first = self._product()
        rest: list[tuple[str, Node, int]] = []
        while self._at("+") or self._at("-"):
            op = self._next()
            rest.append((op.text, self._product(), op.at))
        return Chain(first, tuple(rest), rest[-1][2]) if rest else first

    def _product(self) -> Node:
        first = self._unary()
        rest: list[tuple[str, Node, int]] = []
        while self._at("*") or self._at("/") or self._at("%"):
            op = self._next()
            rest.append((op.text, self._unary(), op.at))
        return Chain(first, tuple(rest), rest[-1][2]) if rest else first

    def _unary(self) -> Node:
        if not (self._at("!") or self._at("-")):
            return self._member(self._primary())
        op = self._token
        count = 0
        while self._at(op.text):
            self._next()
            count += 1
        token = self._token
        if op.text == "-" and token.kind is TokenKind.NUMBER:
            if token.text[-1] not in "uU":
                self._next()
                number = read_number(f"-{token.text}", token.at)
                operand = self._member(Literal(number, op.at))
                return Unary("-", operand, op.at) if count % 2 == 0 else operand
        elif self._at("-" if op.text == "!" else "!"):
            raise self._unexpected("")
        operand = self._member(self._primary())
        return Unary(op.text, operand, op.at) if count % 2 else operand

    def _member(self, node: Node) -> Node:
        while True:
            if self._at("."):
                at = self._next().at
                node = self._selection(node, at)
            elif self._at("["):
                at = self._next().at
                optional = self._take("?")
                node = Index(node, self._expression(), optional, at)
                self._expect("]")
            else:
                return node

    def _selection(self, node: Node, at: int) -> Node:
        optional = self._take("?")
        token = self._token
        if token.kind is TokenKind.QUOTED:
            self._next()
            return Select(node, token.text[1:-1], optional, at)
        if token.kind is not TokenKind.IDENT or token.text in hints.NO_FIELD:
            raise self._unexpected(", expected a field")
        self._next()
        if optional or not self._at("("):
            return Select(node, token.text, optional, at)
        return method(token.text, node, self._arguments(), token.at)

    def _arguments(self) -> tuple[Node, ...]:
        self._expect("(")
        args: list[Node] = []
        if not self._at(")"):
            args.append(self._expression())
            while self._take(","):
                args.append(self._expression())
        self._expect(")")
        return tuple(args)

    def _primary(self) -> Node:  # noqa: PLR0911 - a case a token
        token = self._token
        if token.kind is TokenKind.NUMBER:
            return Literal(read_number(self._next().text, token.at), token.at)
        if token.kind is TokenKind.STRING:
            return Literal(read_string(self._next().text, token.at), token.at)
        if token.kind is TokenKind.IDENT:
            return self._name()
        if self._take("("):
            inner = self._expression()
            self._expect(")")
            return inner
        if self._take("["):
            return self._list(token.at)
        if self._take("{"):
            return self._map(token.at)
        if self._take(".") and self._token.text not in hints.NO_ROOT:
            return self._name()
        raise self._unexpected("")

    def _name(self) -> Node:
        token = self._token
        if token.kind is not TokenKind.IDENT:
            raise self._unexpected(", expected a name")
        self._next()
        if token.text in _CONSTANTS:
            return Literal(_CONSTANTS[token.text], token.at)
        if token.text in hints.RESERVED:
            raise ExpressionSyntaxError(
                f"{token.text!r} is a reserved word",
                offset=token.at,
                hint=hints.for_name(token.text),
            )
        if not self._at("("):
            return Ident(token.text, token.at)
        args = self._arguments()
        if token.text == "has":
            return macros.has(args, token.at)
        return call(token.text, args, token.at)

    def _list(self, at: int) -> ListOf:
        items: list[tuple[Node, bool]] = []
        if self._take(","):  # CEL's grammar has `[,]`
            self._expect("]")
            return ListOf((), at)
        while not self._at("]"):
            optional = self._take("?")
            items.append((self._expression(), optional))
            if not self._take(","):
                break
        self._expect("]")
        return ListOf(tuple(items), at)

    def _map(self, at: int) -> MapOf:
        entries: list[tuple[Node, Node, bool]] = []
        if self._take(","):  # CEL's grammar has `{,}`
            self._expect("}")
            return MapOf((), at)
        while not self._at("}"):
            optional = self._take("?")
            key = self._expression()
            self._expect(":")
            entries.append((key, self._expression(), optional))
            if not self._take(","):
                break
        self._expect("}")
        return MapOf(tuple(entries), at)
