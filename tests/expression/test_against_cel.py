"""Held equal to Google's C++ CEL, expression by expression, errors included."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.expression import EvaluationError, parse
from tests.expression.oracle import ERROR, SCOPE, oracle, ours

_CORPUS = sorted(
    (topic.stem, line)
    for topic in (Path(__file__).parent / "corpus").glob("*.cel")
    for line in topic.read_text(encoding="utf-8").splitlines()
    if line
)


@pytest.mark.parametrize(("topic", "text"), _CORPUS, ids=lambda part: str(part)[:60])
def test_an_expression_gives_what_cel_gives(topic: str, text: str) -> None:
    """Value and kind are CEL's; where CEL errs, so do we."""
    assert ours(text) == oracle(text)


def test_the_corpus_is_wide_and_not_only_errors() -> None:
    """A corpus on which both engines only fail would prove nothing."""
    failing = sum(oracle(text) == ERROR for _, text in _CORPUS)
    assert len(_CORPUS) >= 1400
    assert failing < len(_CORPUS) / 2


def _spelled(value: object) -> str:
    """A value as a CEL literal."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return "'" + "".join(f"\\U{ord(char):08x}" for char in value) + "'"
    if isinstance(value, float):
        return f"({value!r})"
    return f"({value})"


_EDGES = st.sampled_from([0, 1, -1, 2**63 - 1, -(2**63), 2**62, 3037000500])
_INTS = (st.integers(-20, 20) | _EDGES).map(_spelled) | st.sampled_from(["i", "l[1]"])
_DOUBLES = st.one_of(
    st.floats(allow_nan=False, allow_infinity=False, width=32).map(_spelled),
    st.sampled_from(["d", "account.balance", "0.0", "(-0.0)", "1e308"]),
)
_TEXTS = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=6).map(_spelled),
    st.sampled_from(["s", "account.name", "''"]),
)
_TRUTHS = st.sampled_from(
    ["true", "false", "b", "flags.beta", "1 / 0 == 1", "zz", "i", "n", "account.zip"]
)


def _binary(inner: st.SearchStrategy[str], ops: list[str]) -> st.SearchStrategy[str]:
    return st.builds(
        lambda left, op, right: f"({left} {op} {right})",
        inner,
        st.sampled_from(ops),
        inner,
    )


def _conditional(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.builds(lambda c, y, n: f"({c} ? {y} : {n})", inner, inner, inner)


_ARITHMETIC = st.one_of(
    st.recursive(
        _INTS, lambda inner: _binary(inner, ["+", "-", "*", "/", "%"]), max_leaves=6
    ),
    st.recursive(
        _DOUBLES, lambda inner: _binary(inner, ["+", "-", "*", "/"]), max_leaves=6
    ),
)
_LOGIC = st.recursive(
    _TRUTHS,
    lambda inner: (
        _binary(inner, ["&&", "||", "==", "!="])
        | _conditional(inner)
        | inner.map("!{}".format)
    ),
    max_leaves=8,
)
_LOGIC_OVER_LISTS = st.builds(
    lambda items, macro, body: f"[{', '.join(items)}].{macro}(x, {body})",
    st.lists(_TRUTHS.filter(lambda text: text not in {"zz", "1 / 0 == 1"}), max_size=4),
    st.sampled_from(["all", "exists", "exists_one", "filter", "map"]),
    st.sampled_from(["x", "!x", "x || zz", "x && zz", "x == true", "zz || x", "x.y"]),
)
_STRINGS = st.one_of(
    _binary(_TEXTS, ["+", "<", "<=", ">", ">=", "==", "!="]),
    st.builds(
        lambda text, name, part: f"{text}.{name}({part})",
        _TEXTS,
        st.sampled_from(
            ["contains", "startsWith", "endsWith", "indexOf", "lastIndexOf", "split"]
        ),
        _TEXTS,
    ),
    st.builds(
        lambda text, start, end: f"({text} + 'padding').substring({start}, {end})",
        _TEXTS,
        st.integers(-1, 6),
        st.integers(-1, 6),
    ),
    st.builds(lambda a, b, c: f"{a}.replace({b}, {c}, 2)", _TEXTS, _TEXTS, _TEXTS),
    st.builds(
        lambda text, name: f"{text}.{name}()",
        _TEXTS,
        st.sampled_from(["size", "trim", "reverse", "lowerAscii", "upperAscii"]),
    ),
    _TEXTS.map("strings.quote({})".format),
)
_CONVERSIONS = st.one_of(
    st.builds(
        lambda name, value: f"{name}({value})",
        st.sampled_from(["int", "double", "string", "uint", "bool", "size", "bytes"]),
        st.one_of(_INTS, _DOUBLES, _TEXTS, _TRUTHS),
    ),
    st.builds(
        lambda name, text: f"{name}({_spelled(text)})",
        st.sampled_from(["int", "double", "uint", "duration", "bool"]),
        st.from_regex(
            r"[+-]?[0-9]{0,20}(\.[0-9]{0,3})?(e-?[0-9])?[hms]?", fullmatch=True
        ),
    ),
)
_KINDS = st.one_of(
    _INTS, _DOUBLES, _TEXTS, _TRUTHS, st.sampled_from(["[]", "m", "raw"])
)
_COMPARISONS = _binary(_KINDS, ["==", "!=", "<", "<=", "in"]).filter(
    lambda text: "9223372036854775" not in text and "4611686018427387904" not in text
)


@settings(deadline=None, max_examples=300)
@given(st.one_of(_ARITHMETIC, _LOGIC, _LOGIC_OVER_LISTS, _STRINGS))
def test_composed_expressions_give_what_cel_gives(text: str) -> None:
    """Whatever is composed of operators, macros and text functions agrees."""
    assert repr(ours(text)) == repr(oracle(text))


@settings(deadline=None, max_examples=300)
@given(st.one_of(_CONVERSIONS, _COMPARISONS))
def test_conversions_and_comparisons_of_any_two_kinds_give_what_cel_gives(
    text: str,
) -> None:
    """No kind slips into another; doubles beyond 2^53 have their own test."""
    assert repr(ours(text)) == repr(oracle(text))


@settings(deadline=None, max_examples=200)
@given(
    st.text("ab|*+?()[]^$.{}12\\dwbP<-,: ", max_size=9).map(_spelled),
    st.text("ab1 \n-", max_size=6).map(_spelled),
)
def test_patterns_match_where_re2_matches(pattern: str, text: str) -> None:
    """Our automaton and RE2 agree on which patterns are wrong and which match."""
    expression = f"{text}.matches({pattern})"
    assert ours(expression) == oracle(expression)


# -- the listed deviations ----------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1 + 1.5", 2.5),
        ("2.5 * 2", 5.0),
        ("3 - 0.5", 2.5),
        ("5.0 / 2", 2.5),
        ("1 / 2.0", 0.5),
        ("5.0 / 0", float("inf")),
        ("account.balance + account.id", 107.5),
        ("[2.5, 1].sort()", [1, 2.5]),
        ("math.greatest(1, 2.5) + 1", 3.5),
    ],
)
def test_int_and_double_mix_in_arithmetic(text: str, value: object) -> None:
    """Deviation 1: JSON does not say which of the two 100 is."""
    assert oracle(text) == ERROR or text.startswith("math")
    assert parse(text)(SCOPE) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("9007199254740993 == 9007199254740992.0", False),
        ("9007199254740993 > 9007199254740992.0", True),
    ],
)
def test_int_and_double_compare_exactly(text: str, value: object) -> None:
    """The C++ engine rounds the int to a double first; we compare the numbers."""
    assert parse(text)(SCOPE) is value


@pytest.mark.parametrize(
    "text", ["5.0 % 2", "5 % 2.0", "1u + 1", "1u + 1.0", "'a' + 1"]
)
def test_no_other_kinds_mix(text: str) -> None:
    """What CEL has for neither kind, or for unsigned numbers, stays an error."""
    with pytest.raises(EvaluationError):
        parse(text)(SCOPE)


@pytest.mark.parametrize(
    "text", ["'7' == 7", "7 == '7'", "account.id == '7'", "'7' in [7]", "'' == 0"]
)
def test_text_never_equals_a_number(text: str) -> None:
    """Deviation 2, which CEL shares at run time: no text is a number."""
    assert parse(text)(SCOPE) is False


@pytest.mark.parametrize(
    "text",
    [
        "n.?x",
        "n[?'x']",
        "account.?closed.?x",
        "m.?z.?a.?b",
        "n.?x.y.z",
        "optional.of(null).?a",
    ],
)
def test_an_optional_selection_on_null_is_none(text: str) -> None:
    """A source says null where it has nothing, so `.?` on null has nothing either."""
    assert parse(f"({text}).hasValue()")(SCOPE) is False


@pytest.mark.parametrize("text", ["n.x", "account.closed.x", "account.?closed.x"])
def test_a_plain_selection_on_null_is_an_error(text: str) -> None:
    """`.` promises a value; null has no fields."""
    with pytest.raises(EvaluationError, match="on null"):
        parse(text)(SCOPE)


def test_a_substring_may_end_where_the_text_ends() -> None:
    """The strings extension allows it; the C++ engine calls it out of range."""
    assert oracle("'abc'.substring(1, 3)") == ERROR
    assert parse("'abc'.substring(1, 3)")({}) == "bc"


@pytest.mark.parametrize(
    "text",
    [
        "optional.of(1).optFlatMap(x, x)",
        "timestamp('2024-01-01T00:00:00+0200')",
        "{1: 'a', 1u: 'b'}",
        "ts.getHours('+25:00')",
    ],
)
def test_we_are_stricter_than_the_cpp_engine_where_it_leaves_the_specification(
    text: str,
) -> None:
    """The language definition calls these errors; the C++ engine lets them pass."""
    assert oracle(text) != ERROR
    assert ours(text) == ERROR
