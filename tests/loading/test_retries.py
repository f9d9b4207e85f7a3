"""A `retry` that cannot hold is told at its place; defaults are silent."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.loading.loader import Loader

TWICE = (
    "'retry' has no effect: making this call twice may not be the same as making it "
    "once — write 'idempotent: true' where it is the same"
)


def problems(folder: Path, step: str, defaults: str = "{}") -> list[str]:
    """What is wrong with a profile of one step, by place."""
    for name in ("profiles", "schema"):
        (folder / name).mkdir()
    (folder / "headwater.yaml").write_text(
        "sources: { default: { url: 'http://up.invalid' } }\n"
    )
    (folder / "profiles/a.yaml").write_text(
        "language: 1\noperation: a\nargs: { id: ID! }\nsteps:\n"
        f"  - {{ name: one, {step} }}\ndefaults: {defaults}\n"
    )
    loader = Loader([folder / "headwater.yaml"], {}, lambda _: ({}, lambda: None))
    return [str(problem).partition(":")[2] for problem in loader.check()]


@pytest.mark.parametrize(
    ("step", "told"),
    [
        ("endpoint: /x, retry: {}", []),
        ("endpoint: /x, method: PUT, idempotent: true, retry: {}", []),
        ("endpoint: /x, method: POST, idempotent: true, retry: {}", []),
        ("endpoint: /x, method: POST, retry: {}", [f"5:46: {TWICE}"]),
        ("endpoint: /x, idempotent: false, retry: {}", [f"5:51: {TWICE}"]),
        (
            "type: value, value: 1, retry: {}",
            ["5:41: 'retry' has no effect: 'value' calls nothing — remove it"],
        ),
        (
            'endpoint: /x, retry: { if: "status == 1" }',
            ["5:45: 'status' is neither an argument nor a step here"],
        ),
    ],
)
def test_a_steps_own_retry_is_told_of(
    tmp_path: Path, step: str, told: list[str]
) -> None:
    """Only calls that may be made twice are made again."""
    assert problems(tmp_path, step) == told


def test_defaults_pass_over_what_they_do_not_fit(tmp_path: Path) -> None:
    """They are written for the others."""
    step = "endpoint: /x, method: POST"
    assert problems(tmp_path, step, "{ retry: { attempts: 3 } }") == []


def test_a_default_condition_is_checked_at_its_place(tmp_path: Path) -> None:
    """A name that is none is told once."""
    told = problems(tmp_path, "endpoint: /x", '{ retry: { if: "status == 1" } }')
    assert told == ["6:26: 'status' is neither an argument nor a step here"]
