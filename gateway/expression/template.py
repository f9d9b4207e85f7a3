"""YAML values with `${ cel }` in their strings.

In charge of finding the expressions in a tree of values and of building the tree again
from theirs. Must never guess a type: one whole expression keeps its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from gateway.expression.errors import EvaluationError, ExpressionSyntaxError
from gateway.expression.expression import Expression, parse
from gateway.expression.functions.convert import to_string
from gateway.expression.kinds import ABSENT, Fault, kind
from gateway.expression.lexer import end_of_braces

if TYPE_CHECKING:
    from gateway.expression.references import Reference
    from gateway.values import JsonValue

Render = Callable[[Mapping[str, object]], object]
_DEPTH_MAX: Final = 100
_REMEMBERED: Final = 4_096
"""Texts whose template is shared by all that write the same."""


class Template:
    """A compiled tree of values: immutable.

    ``constant`` where it holds no expression; ``references`` have offsets into their
    own expression. ``own`` is the field where all of it is one field of ``self``,
    ``name`` the name where all of it is one.
    """

    __slots__ = ("_render", "constant", "name", "own", "references", "roots")

    def __init__(self, value: JsonValue) -> None:
        found: list[Expression] = []
        self._render: Final = _compile(value, found, ())
        self.constant: Final = not found
        whole = self._render
        self.own: Final = whole.own if isinstance(whole, Expression) else None
        self.name: Final = whole.name if isinstance(whole, Expression) else None
        self.references: Final[tuple[Reference, ...]] = tuple(
            dict.fromkeys(read for part in found for read in part.references)
        )
        self.roots: Final = frozenset(read.root for read in self.references)

    def __call__(self, scope: Mapping[str, object]) -> object:
        """The tree over a scope; `ABSENT` where the whole of it is.

        Raises:
            EvaluationError: an expression fails, or has no text where text is needed.
        """
        return self._render(scope)


def template(value: JsonValue) -> Template:
    """Compile any tree of values whose strings may hold `${ cel }`.

    Raises:
        ExpressionSyntaxError: with ``leaf``, ``trail`` and an offset into the leaf.
    """
    return _of_text(value) if isinstance(value, str) else Template(value)


@lru_cache(_REMEMBERED)
def _of_text(text: str) -> Template:
    """The template of a text: variants of a profile say mostly what their base says."""
    return Template(text)


def written_in(text: str) -> str | None:
    """What stands in a template besides its expressions; None where it is one of them.

    Raises:
        ExpressionSyntaxError: with an offset into the text.
    """
    pieces = list(_pieces(text))
    rest = "".join(piece for piece in pieces if isinstance(piece, str))
    one = sum(isinstance(piece, Expression) for piece in pieces) == 1
    return None if one and not rest.strip() else rest


def _compile(
    value: JsonValue, found: list[Expression], trail: tuple[str | int, ...]
) -> Render:
    if len(trail) > _DEPTH_MAX:
        raise ExpressionSyntaxError("the value is nested too deeply", offset=0)
    before = len(found)
    if isinstance(value, str):
        try:
            return _leaf(value, found)
        except ExpressionSyntaxError as error:
            error.trail = trail
            raise
    render: Render | None = None
    if isinstance(value, Mapping):
        render = _mapping(
            {key: _compile(item, found, (*trail, key)) for key, item in value.items()}
        )
    elif isinstance(value, list | tuple):
        items = enumerate(value)
        render = _sequence([_compile(item, found, (*trail, i)) for i, item in items])
    if render is None or len(found) == before:
        plain = value if render is None else render({})
        return lambda _: plain
    return render


def _mapping(entries: Mapping[str, Render]) -> Render:
    pairs = tuple(entries.items())

    def render(scope: Mapping[str, object]) -> object:
        made = ((key, part(scope)) for key, part in pairs)
        return {key: value for key, value in made if value is not ABSENT}

    return render


def _sequence(items: list[Render]) -> Render:
    def render(scope: Mapping[str, object]) -> object:
        made = (part(scope) for part in items)
        return [value for value in made if value is not ABSENT]

    return render


def _leaf(text: str, found: list[Expression]) -> Render:
    parts = list(_pieces(text))
    expressions = [part for part in parts if isinstance(part, Expression)]
    found.extend(expressions)
    if not expressions:
        plain = "".join(part for part in parts if isinstance(part, str))
        return lambda _: plain
    rest = "".join(part for part in parts if isinstance(part, str))
    # A YAML block scalar (`>`, `|`) ends its one expression with a newline.
    if len(expressions) == 1 and (not rest or (rest.isspace() and "\n" in rest)):
        return expressions[0]
    return lambda scope: "".join(
        part if isinstance(part, str) else _text(part, scope) for part in parts
    )


def _text(part: Expression, scope: Mapping[str, object]) -> str:
    value = part(scope)
    if isinstance(value, str):
        return value
    try:
        return to_string(value)
    except Fault:
        what = "no value" if value is ABSENT else kind(value)
        message = f"{what} cannot stand within text"
        raise EvaluationError(message, text=part.text, offset=0) from None


def _pieces(text: str) -> Iterator[str | Expression]:
    at = 0
    while (start := text.find("${", at)) >= 0:
        if start > at and text[start - 1] == "$":
            yield f"{text[at : start - 1]}${{"
            at = start + 2
            continue
        if start > at:
            yield text[at:start]
        expression, at = _expression(text, start)
        yield expression
    if at < len(text) or not text:
        yield text[at:]


def _expression(text: str, start: int) -> tuple[Expression, int]:
    inner = start + 2
    try:
        end = end_of_braces(text, inner)
    except ExpressionSyntaxError as error:
        raise error.moved(0, text) from None
    if end < 0:
        hint = "write `$${` for the text itself"
        unclosed = ExpressionSyntaxError(
            "'${' is never closed", offset=start, hint=hint
        )
        raise unclosed.moved(0, text)
    source = text[inner:end]
    lead = len(source) - len(source.lstrip())
    try:
        return parse(source.strip()), end + 1
    except ExpressionSyntaxError as error:
        raise error.moved(inner + lead, text) from None
