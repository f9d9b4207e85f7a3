"""What became of a run: outcomes, times and words, as far as somebody measured them."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.drawing.drawn import drawn, file_of
from gateway.drawing.page import Report, page_of
from gateway.drawing.shown import UnreadableError
from tests.drawing.kit import SVG, group, plan, read, step, steps_in, texts
from tests.drawing.test_absurd_plans import EVIL

TRY = {"n": 1, "at": 1.0, "ms": 40.0, "came": "timeout", "queue": 4.0, "wait": 30.0}
RUN = plan(
    step("o.a", status="ok", provenance="upstream", started_ms=0, elapsed_ms=10),
    step("o.b", status="ok", provenance="cache", started_ms=0, elapsed_ms=0.2),
    step("o.c", status="ok", provenance="stale", started_ms=0, elapsed_ms=3),
    step("o.d", status="ok", provenance="fallback", by="o.e", started_ms=0),
    step("o.f", "o.a", status="skipped", reason="condition", started_ms=10),
    step(
        "o.g",
        "o.a",
        status="failed",
        code="UPSTREAM_TIMEOUT",
        attempts=2,
        started_ms=10,
        elapsed_ms=90,
        tries=[{**TRY, "pause": 5.0}, {**TRY, "n": 2, "at": 50.0}],
    ),
    step(
        "o.a.h",
        "o.a",
        status="ok",
        provenance="upstream",
        parents="A",
        started_ms=10,
        elapsed_ms=30,
        attempts=2,
        keys={"parents": 40, "asked": 40, "unique": 30, "calls": 2, "failed": 1},
    ),
    left_out={"i": "not_selected"},
    times={"before": 2.5, "steps": 100, "answer": 1.25},
)
ACCOUNT = {
    "o": {
        "status": "partial",
        "missing": [
            {
                "path": ["o", "g"],
                "reason": "UPSTREAM_TIMEOUT",
                "count": 2,
                "step": "o.g",
                "source": "s",
                "null_at": ["o"],
            }
        ],
        "stale": [{"path": ["o", "c"], "reason": "stale", "because": "X", "count": 1}],
        "cut": [{"path": ["o", "l"], "rows": 7, "count": 1}],
    }
}


def test_each_box_says_what_became_of_its_step() -> None:
    """In a word and a sign; no outcome is told by its colour alone."""
    svg = read(str(drawn(RUN).drawing))
    last = {id_: [*texts(group(svg, id_))][-1] for id_ in steps_in(svg)}
    assert last == {
        "o.a": "✓ ok in 10 ms",
        "o.b": "✓ cached in 0.2 ms",
        "o.c": "~ stale in 3 ms",
        "o.d": "↳ fallback",
        "o.f": "- skipped: its condition is…",
        "o.g": "✗ UPSTREAM_TIMEOUT in …",
        "o.a.h": "✓ ok in 30 ms",
        "i": "left out: not selected",
    }
    assert "skipped: its condition is false" in group(svg, "o.f").attrib["aria-label"]


def test_each_step_that_ran_has_its_bar_where_it_belongs() -> None:
    """In the order in which they began, and as long as they took."""
    waterfall = drawn(RUN).waterfall
    assert waterfall is not None
    svg = read(str(waterfall))
    rows = [one for one in svg.iter() if "data-step" in one.attrib]
    names = [one.attrib["data-step"] for one in rows]
    assert names == ["o.a", "o.b", "o.c", "o.d", "o.a.h", "o.f", "o.g"]
    bars = {
        row.attrib["data-step"]: next(
            one for one in row.iter(f"{SVG}rect") if one.get("class") == "hw-bar"
        )
        for row in rows
    }
    tenth = 620 * 10 / 103.75  # of 2.5 ms before the steps, 100 in them, 1.25 after
    assert float(bars["o.a"].attrib["width"]) == pytest.approx(tenth, rel=1e-3)
    at = float(bars["o.a"].attrib["x"])
    assert float(bars["o.g"].attrib["x"]) == pytest.approx(at + tenth, rel=1e-3)


def test_what_the_gateway_did_itself_has_bars_of_its_own() -> None:
    """Before the first step and after the last; they are no steps to be chosen."""
    svg = read(str(drawn(RUN).waterfall))
    rows = [one for one in svg.iter() if "hw-own" in one.get("class", "")]
    assert [row.attrib["aria-label"] for row in rows] == [
        "before the steps: the gateway reads, validates and plans the query in 2.5 ms",
        "answer: the gateway makes the answer: projection, errors, lists in 1.2 ms",
    ]
    bars = [next(row.iter(f"{SVG}rect")) for row in rows]
    [(first, wide), (last, narrow)] = [
        (float(bar.attrib["x"]), float(bar.attrib["width"])) for bar in bars
    ]
    assert (first, first + 620) == (250, pytest.approx(last + narrow, rel=1e-3))
    assert wide == pytest.approx(2 * narrow, rel=1e-3)
    assert f"Times of a run: {len(RUN['steps'])} steps in 100 ms, 104 ms in all" in [
        *texts(svg)
    ]
    untold = drawn({name: told for name, told in RUN.items() if name != "times"})
    assert "hw-own" not in str(untold.waterfall)


def test_an_attempt_is_told_with_its_parts() -> None:
    """Waiting for its turn, and for the reply; what was not measured stands apart."""
    waterfall = drawn(RUN).waterfall
    svg = read(str(waterfall))
    (row,) = (one for one in svg.iter() if one.get("data-step") == "o.g")
    tries = [one for one in row.iter() if one.get("class") == "hw-try"]
    assert [[*texts(one)] for one in tries] == [
        ["attempt 1: timeout, 40 ms, again after 5 ms"],
        ["attempt 2: timeout, 40 ms"],
    ]
    parts = [one.attrib["class"] for one in tries[1].iter(f"{SVG}rect")]
    assert parts == [f"hw-part hw-part-{name}" for name in ("queue", "wait", "rest")]
    (row,) = (one for one in svg.iter() if one.get("data-step") == "o.a.h")
    assert "ok in 30 ms, 40 objects, 30 keys, 2 calls…" in [
        f"{text[:41]}…" for text in texts(row)
    ]


def test_the_contract_is_told_in_words() -> None:
    """What is missing and why, what stands in for what, and what ran."""
    assert drawn(RUN, ACCOUNT).words == (
        "o is partial.",
        "o.g is missing 2 times: UPSTREAM_TIMEOUT of o.g (s); the null is at o.",
        "o.c is from an expired answer, because of X.",
        "o.l was cut after 7 rows.",
        (
            "7 steps ran with 4 calls: 2 ok, 1 cached, 1 stale, 1 fallback, 1 skipped, "
            "1 failed."
        ),
        "o.f was skipped: its condition is false.",
        "o.g failed after 90 ms and 2 calls: UPSTREAM_TIMEOUT.",
        "o.a.h ran for objects: 40 objects, 30 keys, 2 calls, 1 failed.",
        "i was left out: not selected.",
    )


def test_what_never_ran_has_no_times() -> None:
    """A plan is told as a plan."""
    made = drawn(plan(step("o.a")))
    assert made.waterfall is None
    assert made.words == ("Nothing was called: this is a plan.",)


@pytest.mark.parametrize(
    "account", [1, [], {"o": 1}, {"o": {"status": "fine"}}, {"o": {"status": {}}}]
)
def test_an_account_that_is_none_is_refused(account: Any) -> None:
    """With its place."""
    with pytest.raises(UnreadableError, match="no account of completeness"):
        drawn(RUN, account)


@pytest.mark.parametrize("name", EVIL)
def test_a_page_has_no_markup_but_its_own(name: str) -> None:
    """Whatever the query, the steps, the errors and the account say."""

    def page(text: str) -> str:
        run = plan(
            step(text, status="failed", code=text, started_ms=0, tries=[{"came": text}])
        )
        entry = {"path": [text], "reason": text, "step": text, "source": text}
        account = {text: {"status": "partial", "missing": [entry]}}
        steps = {text: {"yaml": text, "source": text, "reads": {text: [text]}}}
        errors = [{"message": text, "path": [text], "extensions": {"code": text}}, text]
        report = Report(text, text, text, steps, errors)
        return page_of(drawn(run, account), report)

    tags = [one.partition(" ")[0].partition(">")[0] for one in page(name).split("<")]
    plain = [one.partition(" ")[0].partition(">")[0] for one in page("a").split("<")]
    assert tags == plain
    plainly = page("a").replace("http://www.w3.org/2000/svg", "")
    assert "://" not in plainly


def test_a_query_keeps_its_lines() -> None:
    """Of whichever machine; what nobody sees in them is spelled out."""
    made = drawn(plan(step("a")))
    text = page_of(made, Report("t", "{\r\n\ta\u202e\r\n}"))
    assert "<pre>{\n  a&lt;U+202E&gt;\n}</pre>" in text


def test_a_run_of_five_thousand_attempts_is_bounded() -> None:
    """Three hundred are drawn, and how many more there were is said."""
    tries = [{**TRY, "n": n} for n in range(1_000)]
    run = plan(
        *(step(f"o.{n}", status="ok", started_ms=n, tries=tries) for n in range(5))
    )
    written = str(drawn(run).waterfall)
    assert written.count('class="hw-try"') == 300
    assert "700 attempts more" in written


def test_a_file_of_a_run_has_both_pictures() -> None:
    """One below the other; the file is read by itself."""
    svg = read(file_of(RUN))
    inner = [one for one in svg if one.tag == f"{SVG}svg"]
    assert len(inner) == 2
    assert float(inner[1].attrib["y"]) == float(inner[0].attrib["height"])
