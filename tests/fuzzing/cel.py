"""Text as an expression: compiled to code of ours alone, or refused with a place."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from gateway.expression import EvaluationError, ExpressionSyntaxError, codegen
from gateway.expression.expression import Expression
from gateway.expression.library import GLOBALS, METHODS
from tests.fuzzing.generated import only_ours

_CORPUS = Path(__file__).resolve().parents[1] / "expression" / "corpus"
TOKENS = (
    *GLOBALS,
    *(f".{name}(" for name in METHODS),
    *("account", "request.claims", "flags", "l", "m", "s", "ts", "dur", "self", "raw"),
    *("has(", ".map(x, ", ".filter(x, x", ".all(x, ", ".exists_one(x, ", "[?", ".?"),
    *("&&", "||", "==", "!=", "<=", " in ", " ? ", " : ", "1u", "1e9", "0x1F", "-"),
    *("'", '"', "'''", 'r"', "b'", "\\", "\\u00e9", "\\n", "//", "\n", "null", "true"),
    *(
        "__import__",
        "__class__",
        "lambda",
        "S[",
        "{'a': 1}",
        "[1, 2]",
        "9223372036854775807",
    ),
)
SCOPE: dict[str, object] = {
    "account": {
        "status": "OPEN",
        "balance": 100.5,
        "id": 7,
        "tags": ["gold"],
        "z": None,
    },
    "flags": {"fraud": True},
    "request": {"claims": {"roles": ["ops"]}},
    "n": None,
    "i": 5,
    "d": 2.5,
    "s": "héllo",
    "b": True,
    "l": [3, 1, 2],
    "e": [],
    "m": {"a": 1, "z": None},
    "raw": b"abc",
    "x": [{"a": 1}, {}],
    "self": {"id": 1},
}


def seeds() -> Iterator[bytes]:
    """Every expression that is held to Google's CEL."""
    for topic in sorted(_CORPUS.glob("*.cel")):
        yield from (line.encode() for line in topic.read_text("utf-8").splitlines())


def try_one(data: bytes) -> None:
    """Whatever it says, an error has a place in it, and code has no word of it."""
    text = data.decode("utf-8", "replace")
    try:
        with compiled() as made:
            expression = Expression(text)
    except ExpressionSyntaxError as error:
        _placed(error, text)
        return
    for functions in made:
        only_ours(ast.Module([*functions], []))
    first, second = (_outcome(expression) for _ in range(2))
    assert first == second, "the same scope gives the same value"


def _outcome(expression: Expression) -> str:
    try:
        return repr(expression(SCOPE))
    except EvaluationError as error:
        _placed(error, expression.text)
        return f"{error.offset} {error.message}"


def _placed(error: ExpressionSyntaxError | EvaluationError, text: str) -> None:
    assert 0 <= error.offset <= len(text), error.offset
    assert error.message


@contextmanager
def compiled() -> Iterator[list[list[ast.FunctionDef]]]:
    """What is compiled meanwhile, as it is handed to Python."""
    made: list[list[ast.FunctionDef]] = []
    own = codegen.code

    def code(functions: list[ast.FunctionDef]) -> object:
        made.append(functions)
        return own(functions)

    codegen.code = code  # type: ignore[assignment]
    try:
        yield made
    finally:
        codegen.code = own
