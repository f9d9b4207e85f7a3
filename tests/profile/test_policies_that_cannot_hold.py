"""A policy that cannot hold is a load error, and one that never acts is a warning.

Each row is what a person could write, and the whole of what is told, by place.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.loading.loader import Loader

NO_TIME = "a duration must be longer than nothing — write 500ms"
NO_RUNG = (
    "this is nothing to fall back to — write a step's name, { stale: 10m } or { value: "
    "... }"
)
_LATER = "has no effect in this version"
KEPT = "cache: { ttl: 10s, keep: 1m }"


def told(
    folder: Path,
    *steps: str,
    source: str = "metered: false",
    defaults: str = "{}",
    top: str = "",
) -> list[str]:
    """What is wrong with a deployment of one source and one profile."""
    for name in ("profiles", "schema"):
        (folder / name).mkdir()
    (folder / "headwater.yaml").write_text(
        "sources:\n"
        "  pager: { url: 'http://pager.invalid' }\n"
        f"  default: {{ url: 'http://up.invalid', {source} }}\n"
    )
    written = "".join(f"  - {{ name: {step} }}\n" for step in steps)
    (folder / "profiles/a.yaml").write_text(
        f"language: 1\noperation: a\nargs: {{ id: ID! }}\n{top}steps:\n{written}"
        f"defaults: {defaults}\n"
    )
    loader = Loader([folder / "headwater.yaml"], {}, lambda _: ({}, lambda: None))
    lines = (str(one) for one in loader.check() if _LATER not in one.message)
    return [line.removeprefix(f"{folder}/") for line in lines]


@pytest.mark.parametrize(
    ("keys", "problem"),
    [
        ("timeout: 0s", f"5:41: {NO_TIME}"),
        ("timeout: 0", f"5:41: {NO_TIME}"),
        ("timeout: -1s", f"5:41: {NO_TIME}"),
        ("timeout_ms: 0", "5:44: a timeout must be longer than nothing — write 500"),
        (
            "retry: { attempts: 0 }",
            "5:51: 'attempts': this must be at least 1 — write 1",
        ),
        (
            "retry: { attempts: -1 }",
            "5:51: 'attempts': this must be at least 1 — write 1",
        ),
        (
            "retry: { errors: [tiemout] }",
            "5:50: 'tiemout' is no class of failures — did you mean 'timeout'?",
        ),
        (
            "retry: { errors: [600] }",
            (
                "5:50: '600' is no class of failures — write one of timeout, connect, "
                "reset, invalid, rejected, query, 4xx, 5xx, or a status such as 429"
            ),
        ),
        (
            "hedge: { after: p0 }",
            "5:48: a percentile is one of p1 to p99.9 — write p95",
        ),
        (
            "hedge: { after: p100 }",
            "5:48: a percentile is one of p1 to p99.9 — write p95",
        ),
        (
            "hedge: { after: 0ms }",
            "5:48: a duration must be longer than nothing — write 50ms or p95",
        ),
        (
            "hedge: { after: soon }",
            "5:48: this is no duration and no percentile — write 50ms or p95",
        ),
        (
            "method: POST, hedge: { after: p95 }",
            (
                "5:46: 'hedge' makes a call twice, and making this one twice may not "
                "be the same as making it once — write 'idempotent: true' where it is "
                "the same, or remove 'hedge'"
            ),
        ),
        (
            "escalate: { source: pager, endpoint: /x, after: 0 in 1m }",
            "5:80: a rate must be more than none — write 1 in 1m",
        ),
        (
            "escalate: { source: pager, endpoint: /x, after: 5 in 0s }",
            f"5:80: {NO_TIME}",
        ),
        ("cache: { ttl: 0s }", f"5:46: {NO_TIME}"),
        (
            "cache: { ttl: 10s, refresh: 10s }",
            (
                "5:51: an answer is fresh for 10s, so it is never renewed before it "
                "expires — write a shorter 'refresh', or remove it"
            ),
        ),
        (
            f"{KEPT}, fallback: [{{ stale: 2m }}]",
            (
                "5:76: no answer is 2m old: one is kept for 70s, 'ttl' and 'keep' "
                "together — write 'stale: 70s', or keep answers longer"
            ),
        ),
        (
            f"{KEPT}, fallback: [{{ stale: 10s }}]",
            (
                "5:76: no expired answer is so young: one expires after 10s — write a "
                "longer time than 'ttl'"
            ),
        ),
        ("fallback: [{ vaule: 1 }]", f"5:43: {NO_RUNG}"),
        ("fallback: [3]", f"5:43: {NO_RUNG}"),
        (
            "fallback: [one]",
            (
                "5:43: step 'one' falls back to itself — write 'retry' to ask again, "
                "name another step, or write { value: ... }"
            ),
        ),
    ],
)
def test_a_steps_policy_that_cannot_hold_is_refused(
    tmp_path: Path, keys: str, problem: str
) -> None:
    """At its place, with a fix, and nothing besides."""
    found = told(tmp_path, f"one, endpoint: /x, {keys}")
    assert found == [f"profiles/a.yaml:{problem}"]


@pytest.mark.parametrize(
    ("keys", "problem"),
    [
        ("retry_budget: 120%", "3:54: a percentage is at most 100% — write 100%"),
        ("retry_budget: 20", "3:54: this is no percentage — write 50%"),
        (
            "breaker: { failures: 0% }",
            "3:61: a share of failures must be more than none — write 50%",
        ),
        (
            "breaker: { failures: 101% }",
            "3:61: a percentage is at most 100% — write 100%",
        ),
        (
            "breaker: { min_calls: 0 }",
            "3:62: 'min_calls': this must be at least 1 — write 1",
        ),
        ("breaker: { window: 0s }", f"3:59: {NO_TIME}"),
        ("breaker: { open: 0s }", f"3:57: {NO_TIME}"),
        ("timeout: 0s", f"3:49: {NO_TIME}"),
        (
            "limits: { concurrency: 0 }",
            "3:63: 'concurrency': this must be at least 1 — write 1",
        ),
        ("limits: { queue: -1 }", "3:57: 'queue': this must be at least 0 — write 0"),
    ],
)
def test_a_sources_policy_that_cannot_hold_is_refused(
    tmp_path: Path, keys: str, problem: str
) -> None:
    """At its place, with a fix, and nothing besides."""
    found = told(tmp_path, "one, endpoint: /x", source=keys)
    assert found == [f"headwater.yaml:{problem}"]


def test_a_deadline_of_nothing_is_refused(tmp_path: Path) -> None:
    """Nothing could be done by it."""
    found = told(tmp_path, "one, endpoint: /x", top="deadline: 0s\n")
    assert found == [f"profiles/a.yaml:4:11: {NO_TIME}"]


@pytest.mark.parametrize(
    ("first", "second", "third", "problem"),
    [
        (
            "fallback: [two]",
            "fallback: [one]",
            "",
            (
                "5:43: step 'one' falls back to 'two', which falls back to 'one' — let "
                "one of them be the last"
            ),
        ),
        (
            "fallback: [two]",
            "fallback: [three]",
            "fallback: [one]",
            (
                "5:43: step 'one' falls back to 'two', which falls back to 'three', "
                "which falls back to 'one' — let one of them be the last"
            ),
        ),
        (
            "fallback: [{ value: 1 }, two]",
            "query: { q: '${ one.x }' }",
            "",
            (
                "5:57: step 'one' falls back to 'two', which waits for 'one' — fall "
                "back to a step that does without 'one'"
            ),
        ),
        (
            "fallback: [two]",
            "depends_on: [three]",
            "query: { q: '${ one.?x }' }",
            (
                "5:43: step 'one' falls back to 'two', which waits for 'three', which "
                "waits for 'one' — fall back to a step that does without 'one'"
            ),
        ),
    ],
)
def test_a_fallback_that_goes_round_is_refused(
    tmp_path: Path, first: str, second: str, third: str, problem: str
) -> None:
    """Directly, over other fallbacks, or over what they wait for; each is told once."""
    found = told(
        tmp_path,
        f"one, endpoint: /1, {first}",
        f"two, endpoint: /2, {second}",
        f"three, endpoint: /3, {third}",
    )
    errors = [line for line in found if "never tried" not in line]
    assert errors == [f"profiles/a.yaml:{problem}"]


@pytest.mark.parametrize(
    ("keys", "source", "warning"),
    [
        (
            "endpoint: /x, timeout: 500ms, hedge: { after: 500ms }",
            "names: snake",
            (
                "5:57: the second call would start after 500ms, and the first one has "
                "ended after 500ms — write a shorter time than the step's timeout, or "
                "p95"
            ),
        ),
        (
            "endpoint: /x, hedge: { after: p95 }",
            "metered: true",
            "5:32: 'hedge' has no effect: calls of 'default' are billed — remove it",
        ),
        (
            "type: value, value: 1, hedge: { after: p95 }",
            "names: snake",
            "5:41: 'hedge' has no effect: 'value' calls nothing — remove it",
        ),
        (
            "endpoint: /x, fallback: [{ value: 1 }, { value: 2 }]",
            "names: snake",
            (
                "5:57: this is never tried: the value before it always holds — write "
                "the value last"
            ),
        ),
        (
            "endpoint: /x, retry: { errors: [] }",
            "names: snake",
            (
                "5:41: 'retry' has no effect: no failure is worth another attempt — "
                "list some, or write 'if'"
            ),
        ),
        (
            "endpoint: /x, escalate: { source: default, endpoint: /i, after: 5 in 1m }",
            "names: snake",
            (
                "5:52: source 'default' is told by 'escalate' that it fails itself — "
                "name the source of those who look after it"
            ),
        ),
        (
            "type: value, source: default, value: 1",
            "names: snake",
            (
                "5:31: 'source' has no effect: 'value' calls nothing — remove it, or "
                "name the type of a step that calls it"
            ),
        ),
        (
            (
                "type: decision, source: nowhere, "
                "rules: [{ when: id != null, then: { a: 1 } }], default: { a: 2 }"
            ),
            "names: snake",
            (
                "5:34: 'source' has no effect: 'decision' calls nothing — remove it, "
                "or name the type of a step that calls it"
            ),
        ),
        (
            "endpoint: /x, on_skip: []",
            "names: snake",
            (
                "5:32: 'on_skip' has no effect: it is for a 'when' that is false, and "
                "there is none — write 'fallback: [{ value: ... }]' for what stands in "
                "when it fails"
            ),
        ),
        (
            "endpoint: /x, success_if: 'true'",
            "names: snake",
            (
                "5:32: 'success_if' is the same for every reply — read 'response' in "
                "it, or remove it"
            ),
        ),
    ],
)
def test_a_policy_that_comes_to_nothing_is_a_warning(
    tmp_path: Path, keys: str, source: str, warning: str
) -> None:
    """It serves as if it were not there."""
    found = told(tmp_path, f"one, {keys}", source=source)
    assert found == [f"profiles/a.yaml:{warning}"]


@pytest.mark.parametrize(
    "keys",
    [
        "method: POST, idempotent: true, hedge: { after: p95 }",
        "timeout: 500ms, hedge: { after: 499ms }",
        f"{KEPT}, fallback: [{{ stale: 70s }}, {{ value: 1 }}]",
        f"{KEPT}, fallback: [{{ stale: 11s }}]",
        "cache: { ttl: 10s, refresh: 9s }",
        "fallback: [{ value: '${ id }' }, { value: 1 }]",
        "fallback: [two, { value: 1 }]",
        "retry: { attempts: 1 }",
        "retry: { errors: [], if: 'response.status == 409' }",
        "when: 'id != null', on_skip: []",
        "success_if: response.status == 200",
        "escalate: { source: pager, endpoint: /i, after: 5 in 1m }",
    ],
)
def test_what_can_hold_is_not_told_of(tmp_path: Path, keys: str) -> None:
    """The nearest that makes sense."""
    found = told(tmp_path, f"one, endpoint: /x, {keys}", "two, endpoint: /y")
    assert found == []


def test_defaults_pass_by_steps_that_they_do_not_fit(tmp_path: Path) -> None:
    """They are written for the others."""
    found = told(
        tmp_path,
        "one, endpoint: /x, timeout: 1s",
        "two, endpoint: /y, method: POST",
        "three, type: value, value: 1",
        defaults="{ hedge: { after: 2s }, retry: { errors: [] } }",
    )
    assert found == []


def test_an_alarm_by_default_that_rings_at_its_own_cause_is_told_once(
    tmp_path: Path,
) -> None:
    """However many steps call that source."""
    found = told(
        tmp_path,
        "one, endpoint: /x",
        "two, endpoint: /y",
        defaults="{ escalate: { source: default, endpoint: /i, after: 5 in 1m } }",
    )
    assert found == [
        (
            "profiles/a.yaml:7:33: source 'default' is told by 'escalate' that it "
            "fails itself — name the source of those who look after it"
        )
    ]
