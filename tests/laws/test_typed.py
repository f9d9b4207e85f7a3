"""Rows in a form say what the same rows say as values, and are judged no milder.

The bodies are texts, not values: JSON has many spellings of one value, and sources use
them. Whatever a form takes has to leave byte for byte as the reference path would send
it; what it does not take costs nothing but time.
"""

from __future__ import annotations

import random

import orjson
import pytest

from gateway.execution.model import Ok, ResultStore, Timing
from gateway.execution.reading import Reader
from gateway.request.model import Selection
from gateway.response.answering import Way, build_answer, projected
from gateway.response.model import Answer
from gateway.response.projection import Projection, compile_projection
from gateway.response.reference import ErrorView, Finished, refer
from gateway.schema.encoding import to_json
from gateway.typed import Form, TypedRows, is_judged_alike
from tests.laws.test_projection import compiled
from tests.response.ways import in_bytes

CASES = 4_000
TYPES = ("String", "ID", "Int", "Float", "Boolean", "Colour", "[String]", "[Int!]")
SPELLED = {
    "String": (
        '""',
        '"a"',
        '"\\u00e9\\n\\u0001\\/"',
        '"é\u2028\x7f"',
        '"\\ud83d\\ude00"',
    ),
    "ID": ('"7"', '"t-1"', '"\\"\\\\"'),
    "Int": ("0", "-0", "7", "-2147483648", "2147483647"),
    "Float": (
        "0.0",
        "-0.0",
        "10",
        "1.50",
        "1e15",
        "1e-7",
        "5e-324",
    ),
    "Boolean": ("true", "false"),
    "Colour": ('"RED"', '"None"', '"d\\u0065f"'),
    "[String]": ("[]", '["a",null]', '["\\t"]'),
    "[Int!]": ("[]", "[1, 2]", "[-1]"),
}
ODD = (
    "1.0", "1e2", "12E-1", "-0.0", "9999999999999999",
    "null", "7", "7.5", "true", '"x"', "[]", "{}", "1e16", "-1e16", "1e300", "1e999",
    "9007199254740993", "18446744073709551616", "2147483648", '"BLUE"', '"\\ud800"',
    "NaN", "-", "1.", "[1,]", '"\n"', '"\\x"', '[{"a":[{}]}]', "9" * 400,
)  # fmt: skip
"""Values that fit some types, no type, or are no JSON."""


def question(fields: dict[str, str], item: str) -> tuple[Finished, Selection]:
    """A request for rows of these fields, which are a step's whole answer."""
    listed = " ".join(f"{name}: {type_}" for name, type_ in fields.items())
    types = f"enum Colour {{ RED None def }} type Customer {{ it: [Row{item}] }}"
    text = f"{{ customer {{ it {{ {' '.join(fields)} }} }} }}"
    return compiled(f"{types} type Row {{ {listed} }}", text, None)


def settled(finished: Finished, value: object) -> Finished:
    """The same request, whose step has come to another value."""
    store = ResultStore()
    for step in finished.plan.steps:
        store.settle(step.id, Ok(value), Timing(0.0, 1.0, 1))
    return finished._replace(reader=Reader(store, {}, {}))


def form_and_code(finished: Finished, selection: Selection) -> tuple[Form, Projection]:
    projection = compile_projection(finished.schema, selection, finished.plan)
    assert projection is not None
    (form,) = projection.forms.values()
    return form, projection


def answered(finished: Finished, projection: Projection) -> tuple[Answer, Way]:
    def must_not(error: Exception) -> None:
        raise error

    data = projected(projection, finished.reader)
    return build_answer(finished, ErrorView(), data, must_not)


def held(
    asked: tuple[Finished, Selection], code: tuple[Form, Projection], body: bytes
) -> bool:
    """Whether the form took the body; what it took means what it means as values."""
    form, projection = code
    rows = form.decoded(body)
    if rows is None:
        return False
    value = orjson.loads(body)  # raises, where the form was milder
    typed = TypedRows(form, rows, lambda: value)
    made, way = answered(settled(asked[0], typed), projection)
    meant = in_bytes(refer(settled(asked[0], value), ErrorView()))
    assert (to_json(made.as_sent()), way) == (meant, Way.COMPILED)
    assert in_bytes(made) == meant  # as values, too
    return True


def row(rng: random.Random, fields: dict[str, str], good: float) -> str:
    """A row as text: keys in any order, more of them, some twice, some not at all."""
    keys = [*fields, *rng.choices(["more", "other"], k=rng.choice([0, 0, 1, 2]))]
    if rng.random() < 0.3:
        rng.shuffle(keys)
    if rng.random() < 1 - good:
        keys.append(rng.choice(keys))
    parts = []
    for key in keys:
        if rng.random() < (1 - good) / 2:
            continue
        known = SPELLED[fields[key].rstrip("!")] if key in fields else ('"x"', "[{}]")
        value = rng.choice(known if rng.random() < good else ODD)
        parts.append(f'"{key}"{rng.choice([":", " : "])}{value}')
    return "{" + rng.choice([",", ", ", ",\n\t"]).join(parts) + "}"


def test_rows_in_a_form_leave_as_rows_that_are_values() -> None:
    """Over thousands of bodies, of which at least a third fit their forms."""
    rng = random.Random(0)  # noqa: S311 - chance, no secret
    taken = 0
    for case in range(CASES):
        if case % 40 == 0:
            names = [f"f{n}" for n in range(rng.randint(1, 6))]
            fields = {n: rng.choice(TYPES) + rng.choice(["", "!"]) for n in names}
            asked = question(fields, rng.choice(["", "!"]))
            code = form_and_code(*asked)
        good = rng.choice([1.0, 1.0, 0.98, 0.8])
        rows = [row(rng, fields, good) for _ in range(rng.randint(0, 4))]
        body = f"[{','.join(rows)}]{rng.choice(['', ' ', 'x'] if good < 1 else [''])}"
        taken += held(asked, code, body.encode())
    assert taken > CASES / 3


@pytest.mark.parametrize("type_", TYPES)
@pytest.mark.parametrize("mark", ["", "!"])
def test_every_spelling_of_every_type(type_: str, mark: str) -> None:
    """Right ones are taken in this form; absurd ones mean what they mean as values."""
    asked = question({"it": type_ + mark}, "!")
    code = form_and_code(*asked)
    for text in SPELLED[type_]:
        assert held(asked, code, f'[{{"it":{text}}}]'.encode()), text
    for text in ODD:
        held(asked, code, f'[{{"it":{text}}}]'.encode())


def test_floats_leave_as_they_do_as_values() -> None:
    """Whatever the bits: both writers say the shortest text, or the form refuses."""
    asked = question({"it": "Float!"}, "!")
    code = form_and_code(*asked)
    rng = random.Random(1)  # noqa: S311 - chance, no secret
    taken = 0
    for _ in range(300):
        numbers = [rng.uniform(-1, 1) * 10 ** rng.randint(-320, 17) for _ in range(20)]
        rows = ",".join(f'{{"it":{number!r}}}' for number in numbers)
        taken += held(asked, code, f"[{rows}]".encode())
    assert taken > 100


PASSED_OVER = [
    b'"\xff"', b'"\xed\xa0\x80"', b'"\xc0\x80"', b'"\\ud800"', b'"\\udc00x"', b'"\\x"',
    b'"\\u12G4"', b'"\n"', b'"\x00"', b"1e999", b"-1E+999", b"1e-999", b"1e0999", b"01",
    b"9" * 400, b"9" * 400 + b".5", b"9" * 250 + b"e99", b"NaN", b"-Infinity", b"nul",
    b"[1,]", b'{"a":1,}', b"{1:1}", b"[" * 900 + b"]" * 900,
    b"[" * 1_100 + b"]" * 1_100, b"[" * 5_000 + b"]" * 5_000,
    b'{"":' * 3_000 + b"1" + b"}" * 3_000,
]  # fmt: skip
"""JSON and what looks like it, in a field that nobody reads."""


@pytest.mark.parametrize("more", PASSED_OVER, ids=lambda more: repr(more[:12]))
def test_what_nobody_reads_is_judged_as_always(more: bytes) -> None:
    """A body that is no JSON is none, whichever of its fields are selected."""
    asked = question({"it": "Int"}, "")
    body = b'[{"it":1,"more":' + more + b"}]"
    held(asked, form_and_code(*asked), body)


WHOLE = [
    b"", b"null", b"{}", b"[]x", b"[]]", b"\xef\xbb\xbf[]", b"[] \n", b"[null]", b"[,]",
    b"[{}]", b"[[]]", b"[1]", b'[{"it":1},]', b'[{"it":1,"it":2}]',
    b'[{"it":"x","it":2}]',
    b'[{"\\u0069t":1}]', b'[{"it":1}', b"\x00[]", b"[]\x00", b'[{"it" 1}]', b"['']",
]  # fmt: skip
"""Bodies around the rows."""


@pytest.mark.parametrize("body", WHOLE)
@pytest.mark.parametrize("item", ["", "!"])
def test_whole_bodies_are_judged_as_always(body: bytes, item: str) -> None:
    """What is no list of rows is left to who reads whole answers."""
    asked = question({"it": "Int"}, item)
    held(asked, form_and_code(*asked), body)


def test_numbers_in_texts_make_nobody_suspicious() -> None:
    """Ids are often full of digits and the letter e."""
    body = b'[{"id":"1e999","hash":"9e0001a","more":[1e5, 1e-300, 2.5e+20]}]'
    assert is_judged_alike(body, 1)
    assert not is_judged_alike(b'[{"more":1e300 }]', 1)


def test_a_form_that_did_not_fit_rests() -> None:
    """A source that spells ids as numbers costs one attempt in fifty."""
    form, _ = form_and_code(*question({"it": "ID"}, ""))
    assert form.read(b'[{"it":7}]') is None
    good = [form.read(b'[{"it":"7"}]') for _ in range(51)]
    assert [rows is None for rows in good] == [True] * 50 + [False]


@pytest.mark.parametrize(
    "selected",
    ["it { id __typename }", "it { x: id }", "it { id } more: it { id }", "it { any }"],
)
def test_what_leaves_as_something_else_has_no_form(selected: str) -> None:
    """Other names, constants, scalars of no known spelling, rows that two read."""
    types = "type Customer { it: [Row] } type Row { id: ID, any: JSON }"
    finished, selection = compiled(types, f"{{ customer {{ {selected} }} }}", [])
    made = compile_projection(finished.schema, selection, finished.plan)
    assert made is not None
    assert made.forms == {}


@pytest.mark.parametrize(
    ("number", "alike"),
    [
        ("1e+16", True),
        ("1E-999", True),
        ("1e+99", True),
        ('"1e+999"', True),
        ("1" * 199, True),
        ("1" * 200, False),
        ("1e999", False),
        ("1E+999", False),
        ("-0.1e+0999 ", False),
    ],
)
def test_a_number_that_no_double_holds_is_left_to_who_judges_it(
    number: str, alike: bool
) -> None:
    """Also where nobody selects it; one with a plus before its exponent is none."""
    assert is_judged_alike(f'[{{"a": {number}}}]'.encode(), 1) is alike
