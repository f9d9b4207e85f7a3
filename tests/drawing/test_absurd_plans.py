"""Plans that somebody made up: refused in a sentence, or drawn as what they are."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.drawing.drawn import drawing_of, file_of
from gateway.drawing.shown import UnreadableError
from tests.drawing.kit import drawn, plan, step, steps_in, texts

EVIL = [
    "<script>alert(1)</script>",
    '"><image href="https://evil/x" onerror="alert(1)"/>',
    "]]><svg onload=alert(1)>",
    "</style><script>alert(1)</script>",
    "javascript:alert(1)",
    "a\u202egnp.exe",
    "zero\u200bwidth\ufeff",
    "nul\x00 bell\x07 escape\x1b[31m",
    "half \ud83d of a pair",
    "not a letter \ufffe\uffff",
    "line\nbreak\u2028and\u2029more",
    "&amp;&#x3c;script&#x3e;",
    "e" + "\u0301" * 500,
    "宽" * 300,
]


@pytest.mark.parametrize("name", EVIL)
def test_a_name_is_a_text_wherever_it_stands(name: str) -> None:
    """No element, attribute or direction comes of it, and nothing of it is unseen."""
    shown = plan(
        step(name, source=name, parents=name, defined_at=name, fallback=[f"{name}!"]),
        step("b", name, reads={name: [name]}, status="failed", code=name),
        left_out={f"{name}?": name},
        critical_path=[name, "b"],
    )
    svg = drawn(shown)
    plain = drawn(
        plan(
            step("a", source="a", parents="a", defined_at="a", fallback=["a!"]),
            step("b", "a", reads={"a": ["a"]}, status="failed", code="a"),
            left_out={"a?": "a"},
            critical_path=["a", "b"],
        )
    )
    assert [one.tag for one in svg.iter()] == [one.tag for one in plain.iter()]
    assert [[*one.attrib] for one in svg.iter()] == [
        [*one.attrib] for one in plain.iter()
    ]
    written = drawing_of(shown)
    assert not {"\u202e", "\u200b", "\x00", "\x1b", "\ufffe", "\u2028"} & {*written}
    assert len(steps_in(svg)) == 3


def test_a_name_of_a_hundred_thousand_letters_is_cut() -> None:
    """In its box to what fits; whoever points at it reads a thousand."""
    long = "x" * 100_000
    written = drawing_of(plan(step(long), left_out={f"{long[1:]}y": long}))
    assert len(written) < 30_000
    boxes = texts(drawn(plan(step(long))))
    assert max(map(len, boxes)) < 100


def test_two_hundred_steps_are_drawn() -> None:
    """Side by side or one after another; the picture is as large as they need."""
    wide = plan(*(step(f"o.{n}") for n in range(200)))
    chain = plan(
        step("o.0"), *(step(f"o.{n}", f"o.{n - 1}", "o.0") for n in range(1, 200))
    )
    thicket = plan(
        *(step(f"o.{n}", *(f"o.{m}" for m in range(n % 50))) for n in range(200))
    )
    for shown in (wide, chain, thicket):
        assert len(steps_in(drawn(shown))) == 200


def test_a_file_stands_by_itself() -> None:
    """Its style is in it, and nothing of a plan gets out of a text into it."""
    written = file_of(plan(step("</style><script>")))
    assert written.count("<style>") == written.count("</style>") == 1
    assert "<script" not in written
    assert "http" not in written.replace("http://www.w3.org/2000/svg", "")
    assert " style=" not in written


@pytest.mark.parametrize(
    ("posted", "said"),
    [
        ("nonsense", "Expected `object`"),
        ([], "Expected `object`"),
        ({}, "missing required field `steps`"),
        ({"steps": {}}, "Expected `array`"),
        ({"steps": [{"step": "a"}]}, "missing required field `id`"),
        (plan(step("a", status="<b>")), "Invalid enum value"),
        (plan(step("a", elapsed_ms=-1)), ">= 0"),
        (plan(step("a", elapsed_ms=float("nan"))), ">= 0"),
        (plan(step("a", elapsed_ms=1e300)), "<= 1000000000000"),
        (plan(step("a"), step("a")), "two steps have one id"),
        (plan(step("a", "b")), "waits for one that is not there"),
        (plan(step("a", "a")), "wait for each other"),
        (plan(step("a", "b"), step("b", "a")), "wait for each other"),
        (plan(*(step(f"{n}") for n in range(1_001))), "length <= 1000"),
        (plan(left_out={f"{n}": "x" for n in range(1_001)}), "length <= 1000"),
        (plan(step("x" * 100_001)), "length <= 100000"),
    ],
)
def test_what_is_no_plan_is_refused_with_its_reason(posted: Any, said: str) -> None:
    """And with the place in it, where there is one."""
    with pytest.raises(UnreadableError, match=said):
        drawing_of(posted)


def test_a_thicket_of_more_edges_than_anybody_draws_is_refused() -> None:
    """Not drawn for minutes."""
    every = [f"o.{n}" for n in range(150)]
    shown = plan(*(step(id_, *every[:n]) for n, id_ in enumerate(every)))
    with pytest.raises(UnreadableError, match="more than 10,000 edges"):
        drawing_of(shown)
