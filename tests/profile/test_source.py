"""YAML text → values with places: strict, YAML 1.2, never an exception."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.errors import Problem, Problems
from gateway.profile.source import Document, read
from gateway.values import SourceSpan


def reading(text: str) -> tuple[Document | None, list[str]]:
    problems = Problems()
    return read(text, "p.yaml", problems), [str(each) for each in problems.found]


def good(text: str) -> object:
    document, problems = reading(text)
    assert problems == []
    assert document is not None
    return document.data


def wrong(text: str) -> list[str]:
    return reading(text)[1]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("on", "on"),
        ("yes", "yes"),
        ("no", "no"),
        ("12:30", "12:30"),
        ("0777", "0777"),
        ("007", "007"),
        ("2020-01-01", "2020-01-01"),
        ("1_000", "1_000"),
        ("tRUE", "tRUE"),
        ("true", True),
        ("False", False),
        ("null", None),
        ("~", None),
        ("", None),
        ("0", 0),
        ("-12", -12),
        ("+1", 1),
        ("0x1F", 31),
        ("0o17", 15),
        ("1.5", 1.5),
        ("-1.5e3", -1500.0),
        (".5", 0.5),
        ("1.", 1.0),
        (".inf", float("inf")),
        ("-.INF", float("-inf")),
        ('"1"', "1"),
        ("'true'", "true"),
        ("9" * 500, "9" * 500),
        ("0x", "0x"),
        ("-", ["-"]),
    ],
)
def test_scalars_are_those_of_yaml_1_2(text: str, value: object) -> None:
    """YAML 1.1's guesses stay text; numbers with leading zeros are text too."""
    if value == ["-"]:
        assert good("a:\n  -") == {"a": [None]}
    else:
        assert good(f"a: {text}") == {"a": value}


def test_not_a_number_is_one_float() -> None:
    """`.nan` is the only value that is not itself."""
    data = good("a: .nan")
    assert isinstance(data, dict)
    assert data["a"] != data["a"]


def test_keys_are_their_text() -> None:
    """JSON has text keys only; `404` and `"404"` are one key."""
    assert good("{404: null, true: 1}") == {"404": None, "true": 1}
    assert wrong('404: a\n"404": b') == [
        (
            "p.yaml:2:1: the key '404' is written twice in one map — "
            "remove one of them, or merge the two"
        )
    ]


def test_anchors_and_merge_keys_work_and_own_keys_win() -> None:
    """`<<` brings what the map has not; of several the first wins; x- is left out."""
    text = """
x-a: &a { one: 1, two: 1 }
x-b: &b { two: 2, three: 2 }
c:
  <<: [*a, *b]
  one: 0
d: *b
"""
    assert good(text) == {
        "c": {"one": 0, "two": 1, "three": 2},
        "d": {"two": 2, "three": 2},
    }


def test_places_are_those_of_values_and_of_keys() -> None:
    """Lines and columns count from 1; merged values stand where they were written."""
    document, _ = reading(
        "x-a: &a\n  deep: 1\nsteps:\n  - name: x\n    on: [1, 2]\n  - <<: *a\n"
    )
    assert document is not None
    at = {
        (): "p.yaml:1:1",
        ("steps",): "p.yaml:4:3",
        ("steps", 0): "p.yaml:4:5",
        ("steps", 0, "name"): "p.yaml:4:11",
        ("steps", 0, "on", 1): "p.yaml:5:13",
        ("steps", 1, "deep"): "p.yaml:2:9",
        ("steps", 0, "on", 7): "p.yaml:5:9",
        ("steps", 9): "p.yaml:4:3",
        ("steps", 0, "nothing", "here"): "p.yaml:4:5",
    }
    assert {trail: str(document.span(trail)) for trail in at} == at
    assert document.span(("steps", 0, "on"), key=True) == SourceSpan("p.yaml", 5, 5)
    assert document.span(("steps",), key=True) == SourceSpan("p.yaml", 3, 1)
    assert document.span(("steps", 0), key=True) == SourceSpan("p.yaml", 4, 5)


def test_columns_count_characters_and_a_byte_order_mark_does_not_count() -> None:
    """A column is what an editor shows, whatever the bytes."""
    document, _ = reading("\ufeffé: { ü: ö }")
    assert document is not None
    assert document.span(("é", "ü")) == SourceSpan("p.yaml", 1, 9)


TAG = "YAML takes a value that starts with '!' for a tag"
COLON = "YAML takes the ':' in this value for the end of a key"
BRACE = "YAML ends a value inside { } at the next bracket"
HASH = "YAML takes the rest of this value, from '#', for a comment"
QUOTE = "YAML ends this value at its second quote"


@pytest.mark.parametrize(
    ("line", "column", "message", "fixed"),
    [
        ("when: !x", 7, TAG, 'when: "!x"'),
        ("when: !x || y", 7, TAG, 'when: "!x || y"'),
        ("when: !(a == b)", 7, TAG, 'when: "!(a == b)"'),
        ("when: ! x", 7, TAG, 'when: "! x"'),
        ("when: !flags.b && a", 7, TAG, 'when: "!flags.b && a"'),
        ('when: !("a" in b)', 7, TAG, "when: '!(\"a\" in b)'"),
        ("when: a ? b : c", 7, COLON, 'when: "a ? b : c"'),
        ("when: a ? 'b' : 'c'", 7, COLON, "when: \"a ? 'b' : 'c'\""),
        ("a: { when: a ? b : c }", 12, COLON, 'a: { when: "a ? b : c" }'),
        ("text: note: this", 7, COLON, 'text: "note: this"'),
        ("a: { endpoint: /a/{id} }", 16, BRACE, 'a: { endpoint: "/a/{id}" }'),
        ("a: { b: ${ x }, c: 1 }", 9, BRACE, 'a: { b: "${ x }", c: 1 }'),
        ("when: a == 'x #1'", 7, HASH, "when: \"a == 'x #1'\""),
        ("when: size(a #b) > 1", 7, HASH, 'when: "size(a #b) > 1"'),
        ("when: 'a' in b", 7, QUOTE, "when: \"'a' in b\""),
        ('when: "a" == b', 7, QUOTE, "when: '\"a\" == b'"),
        (
            "when: [1, 2] == x",
            7,
            "YAML takes a value that starts with '[' for a list",
            'when: "[1, 2] == x"',
        ),
        (
            "body: {id}",
            7,
            "YAML takes a value that starts with '{' for a map",
            'body: "{id}"',
        ),
        (
            "url: {a}/b",
            6,
            "YAML takes a value that starts with '{' for a map",
            'url: "{a}/b"',
        ),
        (
            "when: *x",
            7,
            "YAML takes a value that starts with '*' for an alias",
            'when: "*x"',
        ),
        (
            "when: &x.y z",
            7,
            "YAML takes a value that starts with '&' for an anchor",
            'when: "&x.y z"',
        ),
        ("when: %x", 7, "YAML does not let a value start with '%'", 'when: "%x"'),
        ("when: @x", 7, "YAML does not let a value start with '@'", 'when: "@x"'),
        ("when: `x`", 7, "YAML does not let a value start with '`'", 'when: "`x`"'),
        ("when: > 5", 7, "YAML does not let a value start with '>'", 'when: "> 5"'),
    ],
)
def test_expressions_that_yaml_spoils_are_shown_quoted(
    line: str, column: int, message: str, fixed: str
) -> None:
    """The hint is the author's own line as it has to be written; it then loads."""
    text = f"top: 1\n{line}\nlast: 2"
    assert wrong(text) == [f"p.yaml:2:{column}: {message} — write {fixed}"]
    assert reading(f"top: 1\n{fixed}\nlast: 2")[1] == []


def test_a_spoiled_value_in_a_list_of_steps_is_shown_with_its_dash() -> None:
    """The line is printed as it stands, less its indentation."""
    assert wrong("steps:\n  - when: !x\n    name: a") == [
        f'p.yaml:2:11: {TAG} — write - when: "!x"'
    ]


@pytest.mark.parametrize(
    "text",
    [
        "description: Ada's account # it's hers",
        "a: b # (a comment)",
        "when: a ?b :c",
        "a: ${ x }",
        "on_status: { 404: null }",
        "a: { b: }",
        "a: |\n  x ? y : z # not cut\n",
        "when: &x 1",
        "a: 1}",
    ],
)
def test_what_yaml_keeps_whole_is_no_problem(text: str) -> None:
    """Comments, apostrophes and empty values are what they look like."""
    assert wrong(text) == []


def test_a_spoiled_value_does_not_hide_the_rest_of_the_file() -> None:
    """The document is there, with null in that place, and knows where."""
    document, problems = reading("a: !x\nb: 1\nb: 2\nc: !y")
    assert document is not None
    assert document.data == {"a": None, "b": 1, "c": None}
    assert document.spoiled == {SourceSpan("p.yaml", 1, 4), SourceSpan("p.yaml", 4, 4)}
    assert problems == [
        f'p.yaml:1:4: {TAG} — write a: "!x"',
        (
            "p.yaml:3:1: the key 'b' is written twice in one map — "
            "remove one of them, or merge the two"
        ),
        f'p.yaml:4:4: {TAG} — write c: "!y"',
    ]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (
            "a:\n\tb: 1",
            (
                "p.yaml:2:1: a tab in the indentation; YAML allows only spaces there — "
                "replace each tab by two spaces"
            ),
        ),
        (
            "a:\n  b: 1\n c: 2",
            (
                "p.yaml:3:2: this line does not fit the map it stands in — keys of one "
                "map start in the same column; put a text with quotes in quotes"
            ),
        ),
        (
            "a: 1\n  b: 2",
            (
                "p.yaml:2:4: a key is not expected here — keys of one map start in the "
                "same column; a text with ': ' needs quotes"
            ),
        ),
        (
            "- a\nb: 1",
            (
                "p.yaml:2:1: this line does not fit the list it stands in — items of "
                "one list start with '- ' in the same column"
            ),
        ),
        (
            "a: 1\nb\nc: 2",
            "p.yaml:2:1: this line is no key — write 'key: value'",
        ),
        (
            "a: 'x\nb: 1",
            "p.yaml:1:4: a quote that is opened here is never closed — close the quote",
        ),
        (
            "a: [1, 2\nb: 1",
            "p.yaml:1:4: a list in brackets is not closed — close it with ']'",
        ),
        (
            "a: { b: 1\nc: 1",
            "p.yaml:1:4: a map in braces is not closed — close it with '}'",
        ),
        (
            "a: 1\n---\nb: 2",
            (
                "p.yaml:2:1: a file holds one document — "
                "put what follows '---' into a file of its own"
            ),
        ),
        (
            "a: &a 1\nb: &a 2",
            "p.yaml:2:4: this anchor's name is taken — rename one of the anchors",
        ),
        (
            'a: "\\q"',
            (
                "p.yaml:1:5: this is no escape of a double-quoted text — "
                "write \\\\ for a backslash, or use single quotes"
            ),
        ),
        (
            "a: x\x01",
            (
                "p.yaml:1:5: the file holds a character that YAML does not allow — "
                "remove it, or write it as an escape in double quotes"
            ),
        ),
        (
            "<<: 1\na: 2",
            (
                "p.yaml:1:5: '<<' merges maps, and this is none — "
                "name the anchor of a map: '<<: *defaults'"
            ),
        ),
        (
            "a: &a [*a]",
            "p.yaml:1:4: this value contains an alias of itself — remove the alias",
        ),
        (
            "just text",
            (
                "p.yaml:1:1: the file is not a map of keys — "
                "start it with a key, such as 'operation: customer360'"
            ),
        ),
        (
            "a:  - b",
            (
                "p.yaml:1:5: a list item is not expected here — "
                "start the list on a line of its own"
            ),
        ),
        ("%foo\na: 1", "p.yaml:1:5: a line must not start with '%' — remove the line"),
        ("x-only: 1", "p.yaml:1:1: the file says nothing"),
    ],
)
def test_broken_yaml_is_a_problem_with_its_place_and_fix(
    text: str, problem: str
) -> None:
    """The parser's own wording never reaches an author."""
    assert wrong(text) == [problem]


@pytest.mark.parametrize("text", ["", " \n", "# nothing\n", "---\n"])
def test_an_empty_file_is_a_problem(text: str) -> None:
    """Removing a file removes its operation; emptying it is a mistake."""
    document, problems = reading(text)
    assert document is None
    assert problems == [
        "p.yaml:1:1: the file is empty — remove the file to remove what it configured"
    ]


def test_an_alias_bomb_does_not_go_off() -> None:
    """What aliases add to a file is bounded."""
    lines = ["a: &a [1, 1, 1, 1, 1, 1, 1, 1, 1]"]
    for name, other in zip("bcdefghi", "abcdefgh", strict=True):
        lines.append(f"{name}: &{name} [{', '.join([f'*{other}'] * 9)}]")
    document, problems = reading("\n".join(lines))
    assert document is None
    assert problems == [
        (
            "p.yaml:4:4: aliases of this value add more than 50000 values — "
            "write fewer aliases inside aliases"
        )
    ]


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("a: " + "[" * 200_000, "1:103"),
        ("a: " + "[" * 150 + "]" * 150, "1:103"),
        ("\n".join("  " * n + "a:" for n in range(3000)), "101:201"),
        ("- " * 5000, "1:201"),
    ],
)
def test_deep_nesting_is_refused_before_it_can_overflow(text: str, at: str) -> None:
    """The C parser recurses without a bound of its own."""
    assert wrong(text) == [
        f"p.yaml:{at}: values are nested more than 100 levels deep — flatten the file"
    ]


def test_a_document_shows_neither_its_places_nor_its_text() -> None:
    """A repr is for people."""
    document, _ = reading("a: 1")
    assert repr(document) == (
        "Document(file='p.yaml', data={'a': 1}, spoiled=frozenset())"
    )


YAML_MARKS = st.text(
    alphabet="ab:{}[]-!&*#?|>%@`'\"\\\n\t ,.$0<~é\ud800\x00", max_size=60
)


@given(st.one_of(st.text(max_size=60), YAML_MARKS))
def test_no_text_makes_reading_raise(text: str) -> None:
    """Whatever stands in a file: a document, or at least one problem, in this file."""
    problems = Problems()
    document = read(text, "p.yaml", problems)
    assert document is not None or problems.errors
    assert all(
        isinstance(each, Problem) and each.span.file == "p.yaml" and each.span.line >= 1
        for each in problems.found
    )
