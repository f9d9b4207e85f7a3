"""Which steps have a second call, and which are left out when they are late."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from gateway.loading.loader import Loader
from gateway.profile.model import Hedge, Step

SOURCES = (
    "sources:\n"
    "  default: { url: 'http://up.invalid' }\n"
    "  billed: { url: 'http://up.invalid', metered: true }\n"
)


def loaded(folder: Path, step: str, defaults: str = "{}") -> tuple[Step, list[str]]:
    """The only step of a profile, and what is said of it."""
    for name in ("profiles", "schema"):
        (folder / name).mkdir()
    (folder / "headwater.yaml").write_text(SOURCES)
    (folder / "profiles/a.yaml").write_text(
        "language: 1\noperation: a\nargs: { id: ID! }\nsteps:\n"
        f"  - {{ name: one, {step} }}\ndefaults: {defaults}\n"
    )
    loader = Loader([folder / "headwater.yaml"], {}, lambda _: ({}, lambda: None))
    told = [str(problem).partition(":")[2] for problem in loader.check()]
    profiles: Mapping[str, object] = loader.load().audience.profiles
    return profiles["a"].steps["one"], told  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("step", "defaults", "hedge"),
    [
        ("endpoint: /x", "{}", None),
        ("endpoint: /x, hedge: { after: p95 }", "{}", Hedge(percent=95.0)),
        ("endpoint: /x, hedge: { after: p99.9 }", "{}", Hedge(percent=99.9)),
        ("endpoint: /x, hedge: { after: 50ms }", "{}", Hedge(after=0.05)),
        ("endpoint: /x", "{ hedge: { after: 50ms } }", Hedge(after=0.05)),
        (
            "endpoint: /x, hedge: { after: 1s }",
            "{ hedge: { after: 50ms } }",
            Hedge(after=1.0),
        ),
        ("endpoint: /x, method: POST", "{ hedge: { after: 50ms } }", None),
        (
            "endpoint: /x, method: POST, idempotent: true",
            "{ hedge: { after: p50 } }",
            Hedge(percent=50.0),
        ),
        ("endpoint: /x, source: billed", "{ hedge: { after: 50ms } }", None),
        ("type: value, value: 1", "{ hedge: { after: 50ms } }", None),
    ],
)
def test_a_second_call_is_for_what_may_be_called_twice(
    tmp_path: Path, step: str, defaults: str, hedge: Hedge | None
) -> None:
    """A step's own word goes before its file's, which is silent of what it fits not."""
    made, told = loaded(tmp_path, step, defaults)
    assert (made.hedge, told) == (hedge, [])


@pytest.mark.parametrize(
    ("step", "defaults", "skips", "told"),
    [
        ("endpoint: /x", "{}", False, []),
        ("endpoint: /x, on_late: skip", "{}", True, []),
        ("endpoint: /x", "{ on_late: skip }", True, []),
        ("endpoint: /x, on_late: call", "{ on_late: skip }", False, []),
        ("endpoint: /x, role: required", "{ on_late: skip }", False, []),
        ("endpoint: /x, always: true", "{ on_late: skip }", False, []),
        ("type: value, value: 1", "{ on_late: skip }", False, []),
        (
            "endpoint: /x, role: required, on_late: skip",
            "{}",
            False,
            [
                (
                    "5:48: 'on_late' has no effect: step 'one' is required, and so "
                    "called in any case — remove it"
                )
            ],
        ),
        (
            "endpoint: /x, always: true, on_late: skip",
            "{}",
            False,
            [
                (
                    "5:46: 'on_late' has no effect: the answer waits for an 'always' "
                    "step in any case — remove it"
                )
            ],
        ),
        (
            "type: value, value: 1, on_late: skip",
            "{}",
            False,
            ["5:41: 'on_late' has no effect: 'value' calls nothing — remove it"],
        ),
    ],
)
def test_only_what_may_be_missing_is_left_out(
    tmp_path: Path, step: str, defaults: str, skips: bool, told: list[str]
) -> None:
    """Whoever says so of another step is told that it is in vain."""
    made, found = loaded(tmp_path, step, defaults)
    assert (made.skips_late, found) == (skips, told)


def test_a_deadline_is_not_too_short_for_what_is_left_out(tmp_path: Path) -> None:
    """Somebody said what happens when there is no time for it."""
    for name in ("profiles", "schema"):
        (tmp_path / name).mkdir()
    (tmp_path / "headwater.yaml").write_text(SOURCES)
    text = (
        "language: 1\noperation: a\nargs: { id: ID! }\ndeadline: 1s\nsteps:\n"
        "  - { name: one, endpoint: /x, timeout: 800ms }\n"
        "  - { name: two, endpoint: '/y/{one.id}', timeout: 800ms, on_late: %s }\n"
    )
    file = tmp_path / "profiles/a.yaml"
    loader = Loader([tmp_path / "headwater.yaml"], {}, lambda _: ({}, lambda: None))
    file.write_text(text % "skip")
    assert loader.check() == ()
    file.write_text(text % "call")
    assert len(loader.check()) == 1
