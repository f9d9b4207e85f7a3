"""A ladder that cannot hold is a problem with its place."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.errors import Problem
from gateway.loading.loader import Loader

PROFILE = """\
language: 1
operation: a
args: {{ id: ID! }}
steps:
  - name: one
    endpoint: /one/{{id}}
    fallback: {fallback}
  - name: two
    endpoint: {endpoint}
    fallback: {second}
"""


def problems(folder: Path, **written: str) -> list[Problem]:
    """What is wrong with a profile of two steps."""
    (folder / "profiles").mkdir()
    (folder / "schema").mkdir()
    (folder / "headwater.yaml").write_text(
        "sources: { default: { url: 'http://up.invalid' } }\n"
    )
    text = PROFILE.format(
        **{"fallback": "[]", "endpoint": "/two/{id}", "second": "[]", **written}
    )
    (folder / "profiles/a.yaml").write_text(text)
    loader = Loader([folder / "headwater.yaml"], {}, lambda _: ({}, lambda: None))
    return list(loader.check())


@pytest.mark.parametrize(
    ("written", "place", "message", "hint"),
    [
        (
            {"fallback": "[one]"},
            (7, 16),
            "step 'one' falls back to itself",
            "write 'retry' to ask again, name another step, or write { value: ... }",
        ),
        (
            {"fallback": "[twoo]"},
            (7, 16),
            "step 'one' falls back to 'twoo', which is no other step here",
            "did you mean 'two'?",
        ),
        (
            {"fallback": "[two]", "second": "[one]"},
            (7, 16),
            "step 'one' falls back to 'two', which falls back to 'one'",
            "let one of them be the last",
        ),
        (
            {"fallback": "[two]", "endpoint": "/two/{one.x}"},
            (7, 16),
            "step 'one' falls back to 'two', which waits for 'one'",
            "fall back to a step that does without 'one'",
        ),
        (
            {"fallback": '[{ value: "${ two.x }" }]'},
            (7, 16),
            "a fallback value reads 'two', which may not be there",
            "it reads the arguments, the request and the flags only",
        ),
    ],
)
def test_a_ladder_that_cannot_hold_is_refused(
    tmp_path: Path,
    written: dict[str, str],
    place: tuple[int, int],
    message: str,
    hint: str | None,
) -> None:
    """At load, not when the source is down."""
    (found,) = [p for p in problems(tmp_path, **written) if p.severity == "error"]
    assert (found.span.line, found.span.column) == place
    assert (found.message, found.hint) == (message, hint)


@pytest.mark.parametrize("cache", ["null", "{ ttl: 1s }"])
def test_a_stale_rung_needs_answers_that_are_kept(tmp_path: Path, cache: str) -> None:
    """An answer that is thrown away when it expires stands in for nothing."""
    written = {"fallback": "[{ stale: 10m }, { value: 1 }]", "cache": cache}
    found = [p for p in problems(tmp_path, **written) if p.severity == "error"]
    assert [(p.message, p.hint) for p in found] == [
        (
            "there is no expired answer to fall back to: this step keeps none",
            "write 'cache: { ttl: ..., keep: ... }' on the step",
        )
    ]
