"""No text from outside becomes code: names, keys and paths stand in it as constants.

`generated` says what generated Python may be made of; the fuzzer holds every input to
it too. Here are the places that make any, and the texts that would like to be some.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import Final

import pytest
from graphql import build_schema
from hypothesis import given
from hypothesis import strategies as st

from gateway.execution.model import Ok, ResultStore, Timing
from gateway.execution.reading import Reader
from gateway.expression import ExpressionSyntaxError
from gateway.expression.expression import Expression, reference
from gateway.plan.planner import make_plan
from gateway.policy.limits import Limits
from gateway.profile.model import Composite, FromStep, OneStep
from gateway.request.document import read_document
from gateway.request.selection import select
from gateway.response.projection import compile_projection
from gateway.schema.scalars import equip
from gateway.schema.shapes import shapes_of
from tests.fuzzing.cel import compiled
from tests.fuzzing.generated import only_ours, only_projection
from tests.house.tree import PACKAGE
from tests.kit import audience, profile, step

MAKERS: Final = {
    ("compile", "expression.codegen"),  # nodes of `ast`, made one by one
    ("exec", "expression.compiler"),
    ("compile", "response.projection"),  # a text, of our names and of `repr`
    ("exec", "response.projection"),
    ("import_module", "connectors.transport.inflaters"),  # of two names that are ours
    ("import_module", "loading.flagging"),  # a provider that the deployment file names
    ("import_module", "deployment.sources.kinds"),  # a table of ours, by word
}
RUNS: Final = {
    *("exec", "eval", "compile", "execfile", "__import__", "import_module", "runpy"),
    *("FunctionType", "CodeType", "make_dataclass", "namedtuple", "unsafe_load"),
    *("run_path", "run_module", "runcode", "runsource", "literal_eval"),
}
STRANGE: Final = (
    *(
        "__import__",
        "__class__",
        "__builtins__",
        "exec",
        "lambda",
        "None",
        "def",
        "class",
    ),
    *("C0", "v1", "S", "B", "run", "reader", "results", "t1", "project", "leaf_String"),
    *(
        "'",
        '"',
        "\\",
        "\\'",
        "'''",
        '"""',
        "\n",
        "\r\n",
        "\t",
        "\0",
        "\u2028",
        "\ud800",
    ),
    *(
        "') or __import__('os').abort() #",
        '"]); raise SystemExit #',
        "{x}",
        "{0.__class__}",
    ),
    *("%s", "${x}", "a\nimport os", "x = 1", "\\N{BULLET}", "\\x27", "#", "f'{1}'"),
    *(
        "\uff45\uff58\uff45\uff43",
        "__\u0456mport__",
        "\ufb01",
        "\xaa",
        "a\u0301",
        "\u202eexec",
    ),
    *("\ufeff", "\U0001d41d\U0001d41e\U0001d41f"),
)
"""Python's own words and ours, quotes, escapes, letters that look like others or are
folded into others (NFKC) where Python reads an identifier."""
TEXTS: Final = st.sampled_from(STRANGE) | st.text(max_size=20)


def test_code_is_made_in_two_places_and_nowhere_else() -> None:
    """Whoever adds a third has to hold it to `generated` first."""
    found = {
        (called, name)
        for name, tree in _suspects()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and (called := _called(node)) in RUNS
    }
    assert found == MAKERS


def test_nothing_that_revives_objects_is_imported() -> None:
    """`pickle` and its like run what they read."""
    reviving = re.compile(
        r"^\s*(import|from) (c?Pickle|pickle|dill|marshal|shelve)\b", re.MULTILINE
    )
    assert [
        p for p in PACKAGE.rglob("*.py") if reviving.search(p.read_text("utf-8"))
    ] == []


@given(TEXTS)
def test_a_text_in_an_expression_is_a_constant(text: str) -> None:
    """As a literal, as a key, as a name in a path: it is itself and does nothing."""
    spelled = "'" + "".join(f"\\U{ord(char):08x}" for char in _scalar(text)) + "'"
    value = made(f"[{spelled}, {{{spelled}: 1}}[{spelled}], x[{spelled}]]")
    assert value({"x": {_scalar(text): 7}}) == [_scalar(text), 1, 7]
    with compiled() as functions:
        found = reference(("x", text, text))
    assert found({"x": {text: {text: 7}}}) == 7
    held(functions)


@given(TEXTS, TEXTS)
def test_a_name_in_an_expression_is_a_constant(name: str, other: str) -> None:
    """Where it may be a name at all; of a macro's variable too."""
    for text in (name, f"x.{name}", f"[1].map({name}, {name})", f"{name}({other})"):
        try:
            expression = made(text)
        except ExpressionSyntaxError:
            continue
        if text == name and expression.name == name:
            assert expression({name: 7}) == 7


@given(TEXTS, TEXTS)
def test_a_key_of_an_answer_is_a_constant(key: str, concrete: str) -> None:
    """Whatever a profile calls the keys of its sources."""
    schema = build_schema(
        "type Query { it: It } type It { a: Int, b: [Free] } scalar Free"
    )
    equip(schema)
    of = profile(
        step("s"),
        root=Composite({"a": FromStep("s", key), "b": FromStep("s", concrete)}),
        returns="It",
        operation="it",
    )
    text = "{ it { a x: b __typename } }"
    document = read_document(text, schema, Limits(planning=30.0), text)
    selection = select(schema, document, document.operations[None], {})
    plan = make_plan(selection, audience(of), shapes_of(schema, "x"), {})
    projection = compile_projection(schema, selection, plan)
    assert projection is not None
    only_projection(projection.source)
    store = ResultStore()
    store.settle(plan.steps[0].id, Ok({key: 7, concrete: [{}]}), Timing(0.0, 1.0, 1))
    if key != concrete:
        data = projection.project(Reader(store, {}, {}))
        assert data == {"it": {"a": 7, "x": [{}], "__typename": "It"}}


NAMES: Final = (
    *("__import__", "exec", "eval", "lambda", "None", "def", "reader", "results"),
    *("project", "Bail", "C0", "C1", "v1", "leaf_C0", "leaf_String", "o_C0", "print"),
)


@pytest.mark.parametrize("name", NAMES)
def test_a_name_of_the_schema_is_a_constant(name: str) -> None:
    """Of a scalar, an enum, an object, a union's member, a field, an alias."""
    if name.startswith("__"):  # the schema's own; of a document it may be an alias
        sdl, type_, field = "type Query { it: It } type It { f: Int }", "It", "f"
    else:
        type_ = field = name
        sdl = f"""
        scalar {name} scalar Free
        type Query {{ it: It }} type It {{ f: Int, {name}: {name}, e: [E!], u: U }}
        enum E {{ {name if name not in {"true", "false", "null"} else "A"} B }}
        type M {{ {name}: Int }} type N {{ {name}: Int }} union U = M | N
        """
    schema = build_schema(sdl)
    equip(schema)
    more = (
        ""
        if name.startswith("__")
        else f"e u {{ ... on M {{ {name} }} ... on N {{ {name} }} }}"
    )
    text = f"{{ {name}: it {{ {name}: {field} f {more} }} }}"
    document = read_document(text, schema, Limits(planning=30.0), text)
    selection = select(schema, document, document.operations[None], {})
    of = profile(step("s"), root=OneStep("s"), returns="It", operation="it")
    plan = make_plan(selection, audience(of), shapes_of(schema, "x"), {})
    projection = compile_projection(schema, selection, plan)
    assert projection is not None
    only_projection(projection.source)
    store = ResultStore()
    store.settle(plan.steps[0].id, Ok({"f": 1, field: 2}), Timing(0.0, 1.0, 1))
    data = projection.project(Reader(store, {}, {}))
    assert isinstance(data[name], dict)
    assert type_


@pytest.mark.parametrize(
    "source",
    [
        "def project(reader):\n    return __import__('os')",
        "def project(reader):\n    return reader.__globals__",
        "def project(reader):\n    import os",
        "def project(reader, f=print):\n    return (lambda: 1)()",
        "@id\ndef project(reader):\n    return [v1 for v1 in results]",
        "def project(reader):\n    return f'{reader}'",
    ],
)
def test_code_of_others_would_be_seen(source: str) -> None:
    """The rule itself fails where it should."""
    with pytest.raises(AssertionError):
        only_projection(source)
    with pytest.raises(AssertionError):
        only_ours(ast.parse(source))


def made(text: str) -> Expression:
    """The expression, whose code was looked at."""
    with compiled() as functions:
        expression = Expression(text)
    held(functions)
    return expression


def held(functions: list[list[ast.FunctionDef]]) -> None:
    for one in functions:
        only_ours(ast.Module([*one], []))


def _scalar(text: str) -> str:
    """CEL's texts have no lone surrogates."""
    return text.encode("utf-8", "replace").decode()


def _suspects() -> Iterator[tuple[str, ast.Module]]:
    """The modules with such a word in them; to parse all of them takes seconds."""
    words = re.compile(rf"\b({'|'.join(RUNS)})\(")
    for path in PACKAGE.rglob("*.py"):
        text = path.read_text("utf-8")
        if words.search(text):
            name = ".".join(path.relative_to(PACKAGE).with_suffix("").parts)
            yield name, ast.parse(text)


def _called(node: ast.Call) -> str:
    """What is called; nothing where it is a method, as `re.compile` is one."""
    match node.func:
        case ast.Name(id=name):
            return name
        case ast.Attribute(ast.Name(id="builtins" | "importlib" | "types"), name):
            return name
    return ""
