"""What is wrong with a text, where, and what to write instead."""

from __future__ import annotations

import pytest

from gateway.expression import ExpressionSyntaxError, parse


@pytest.mark.parametrize(
    ("text", "offset", "message", "hint"),
    [
        ("a = 1", 2, "unexpected '='",
         "comparison is `==`; an expression assigns nothing"),
        ("a === 1", 4, "unexpected '='",
         "comparison is `==`; an expression assigns nothing"),
        ("a & b", 2, "unexpected '&'", "write `&&`"),
        ("a | b", 2, "unexpected '|'", "write `||`"),
        ("a and b", 2, "unexpected 'and'", "write `&&`"),
        ("a or b", 2, "unexpected 'or'", "write `||`"),
        ("not a", 4, "unexpected 'a'", "write `!`"),
        ("'abc", 0, 'unexpected "\'"', "the string has no closing quote"),
        ('a == "abc', 5, "unexpected '\"'", "the string has no closing quote"),
        ("${ a }", 0, "unexpected '${'",
         "this is already an expression: leave the `${ }` away"),
        ("a; b", 1, "unexpected ';'", "an expression is one value; it needs no `;`"),
        ("a # b", 2, "unexpected '#'", "a comment begins with `//`"),
        ("", 0, "the expression is empty", None),
        ("  ", 0, "the expression is empty", None),
        ("a ==", 4, "the expression ends too early", None),
        ("(a", 2, "the expression ends too early, expected ')'", None),
        ("a)", 1, "unexpected ')'", None),
        ("[a, b", 5, "the expression ends too early, expected ']'", None),
        ("a.", 2, "the expression ends too early, expected a field", None),
        ("a..b", 2, "unexpected '.', expected a field", None),
        ("a ? b", 5, "the expression ends too early, expected ':'", None),
        ("a ? b ? c : d : e", 6, "unexpected '?', expected ':'",
         "an optional field is `a.?b`; nested conditions need brackets"),
        ("if", 0, "'if' is a reserved word", "write `condition ? this : that`"),
        ("package + 1", 0, "'package' is a reserved word",
         "call it otherwise: 'package' is reserved in CEL"),
        (r"'a\q'", 2, r"unknown escape \q in a string",
         r"write \\ for a backslash, or a raw string: r'...'"),
        ("9223372036854775808", 0, "the number is beyond 64 bits",
         "write it as a double: 1e20"),
        ("name.startswith('a')", 5, "there is no function startswith() of a value",
         "did you mean 'startsWith'?"),
        ("name.contain('a')", 5, "there is no function contain() of a value",
         "did you mean 'contains'?"),
        ("name.lower()", 5, "there is no function lower() of a value",
         "write lowerAscii()"),
        ("items.any(x, x)", 6, "there is no function any() of a value",
         "write exists(x, x.open)"),
        ("len(items)", 0, "there is no function len()", "write size(x)"),
        ("now()", 0, "there is no function now()", "write request.time"),
        ("strin(a)", 0, "there is no function strin()", "did you mean 'string'?"),
        ("contains(a, 'b')", 0, "there is no function contains()",
         "write x.contains(...)"),
        ("a.int()", 2, "there is no function int() of a value", "write int(x)"),
        ("math.rond(a)", 0, "there is no function math.rond()",
         "did you mean 'math.round'?"),
        ("size(a, b)", 0, "size() takes 1 argument, not 2", None),
        ("a.replace('b')", 2, "replace() takes 2 or 3 arguments, not 1", None),
        ("has(a)", 0, "has() takes one selection", "write has(account.status)"),
        ("a.map(x)", 2, "map() takes a name and an expression over it",
         "write list.map(x, x.id), or with a condition list.map(x, x.open, x.id)"),
        ("a.filter(x.y, x)", 10,
         "the first argument of filter() is the name of the element",
         "write list.filter(x, x.open)"),
        ("a.matches('(?=b)')", 10,
         "bad pattern: lookaround is not supported (as in RE2)", None),
        (r"a.matches(r'(b)\1')", 10,
         "bad pattern: backreferences are not supported (as in RE2)", None),
    ],
)  # fmt: skip
def test_a_mistake_is_named_with_its_place_and_its_fix(
    text: str, offset: int, message: str, hint: str | None
) -> None:
    """Message, offset and hint are what an author sees beside the line."""
    with pytest.raises(ExpressionSyntaxError) as caught:
        parse(text)
    error = caught.value
    assert (error.offset, error.message, error.hint) == (offset, message, hint)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("(" * 100_000, "the expression is longer than 20,000 characters"),
        ("(" * 9_000 + "1" + ")" * 9_000, "the expression is nested too deeply"),
        ("[" * 9_000, "the expression is nested too deeply"),
        ("a[" * 9_000, "the expression is nested too deeply"),
        ("f(" * 9_000, "the expression is nested too deeply"),
        ("{1:" * 6_000, "the expression is nested too deeply"),
        ("a?b:" * 4_000 + "c", "the expression is nested too deeply"),
        ("a" + ".b" * 9_000, "the expression is nested too deeply"),
        ("a" + "[0]" * 6_000, "the expression is nested too deeply"),
        ("a" + " == a" * 3_000, "the expression is nested too deeply"),
        ("x.map(x, " * 9 + "x" + ")" * 9, "more than 8 macros within each other"),
    ],
    ids=lambda part: part[:12],
)
def test_a_text_beyond_the_limits_is_refused_and_never_a_recursion_error(
    text: str, message: str
) -> None:
    """A hostile text costs little and names its limit."""
    with pytest.raises(ExpressionSyntaxError) as caught:
        parse(text)
    assert caught.value.message == message


@pytest.mark.parametrize(
    "text",
    [
        " + ".join(["1"] * 3_000),
        " && ".join(["true"] * 2_000),
        " || ".join(["false"] * 2_000),
        "[" + ", ".join(["1"] * 4_000) + "]",
        "!" * 10_000 + "true",
        "-" * 10_000 + "1",
        "(" * 45 + "1" + ")" * 45,
        "(true && " * 45 + "true" + ")" * 45,
        "(" * 45 + "true" + " || false)" * 45,
        "[1].all(a, " * 8 + "a == 1" + ")" * 8,
        "true ? 1 : " * 45 + "2",
    ],
    ids=lambda text: text[:14],
)
def test_a_long_or_deep_text_within_the_limits_is_evaluated(text: str) -> None:
    """Python's own limits (20 blocks, its compiler's stack) stay out of sight."""
    assert parse(text)({}) is not None
