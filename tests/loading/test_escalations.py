"""An `escalate` that could not tell anybody is told at its place, at load."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.alarm import Alarm, Owner
from gateway.escalation.escalating import alarms_of
from gateway.loading.loader import Loader
from gateway.units import Rate

SOURCES = """
defaults: { timeout: 2s }
sources:
  default: { url: 'http://up.invalid' }
  pager: { url: 'http://pager.invalid', timeout: 3s }
  other: { url: 'http://pager.invalid' }
  owned: { url: 'http://up.invalid', owner: { team: of the source } }
  lake: { type: duckdb }
"""


def loader(folder: Path, step: str, more: str = "{}", owner: str = "null") -> Loader:
    """A profile of one step; `more` are its file's defaults."""
    for name in ("profiles", "schema"):
        (folder / name).mkdir()
    (folder / "headwater.yaml").write_text(SOURCES)
    owned = f"owner: {owner}\n" if owner != "null" else ""
    (folder / "profiles/a.yaml").write_text(
        "language: 1\noperation: a\nargs: { id: ID! }\nsteps:\n"
        f"  - {{ name: one, {step} }}\ndefaults: {more}\n{owned}"
    )
    return Loader([folder / "headwater.yaml"], {}, lambda _: ({}, lambda: None))


def escalate(
    source: str = "pager", endpoint: str = "/x", after: str = "5 in 1m"
) -> str:
    return (
        f"endpoint: /a, escalate: {{ source: {source}, endpoint: '{endpoint}', "
        f"after: {after} }}"
    )


def problems(found: Loader) -> list[str]:
    """What is wrong, by place."""
    return [str(problem).partition(":")[2] for problem in found.check()]


@pytest.mark.parametrize(
    ("step", "told"),
    [
        (escalate(), ""),
        (
            escalate(source="pagr"),
            "5:52: there is no source 'pagr' — did you mean 'pager'?",
        ),
        (
            escalate(source="nobody"),
            (
                "5:52: there is no source 'nobody' — declare it under 'sources' in "
                "headwater.yaml: nobody"
            ),
        ),
        (
            escalate(source="lake"),
            (
                "5:52: source 'lake' is of type duckdb, and a POST is sent — name a "
                "source of type rest"
            ),
        ),
        (
            escalate(endpoint="/x/{id}"),
            (
                "5:69: an incident is about many requests, so its endpoint has no "
                "{...} — write a fixed path: /incidents"
            ),
        ),
        (
            escalate(endpoint="http://x.invalid/y"),
            (
                "5:69: an endpoint is a path below its source's URL, not a URL — "
                "declare a source with that host in headwater.yaml, and name it here"
            ),
        ),
        (
            escalate(endpoint="/x#y"),
            "5:69: a '#' part is never sent — write %23 for the character",
        ),
        (
            escalate(endpoint="/x}"),
            "5:69: unexpected '}' — write `}}` for a brace of the URL itself",
        ),
        (
            escalate(after="10001 in 1d"),
            (
                "5:82: an alarm waits for at most 10000 failures — write fewer, in a "
                "shorter time"
            ),
        ),
        (
            escalate(after="0 in 1m"),
            "5:82: a rate must be more than none — write 1 in 1m",
        ),
        (
            (
                "type: value, value: 1, "
                "escalate: { source: pager, endpoint: /x, after: 1/s }"
            ),
            "5:41: 'escalate' has no effect: 'value' calls nothing — remove it",
        ),
    ],
)
def test_an_alarm_that_nobody_would_hear_is_told(
    tmp_path: Path, step: str, told: str
) -> None:
    """Missed at load, it would be missed when it is needed."""
    assert "\n".join(problems(loader(tmp_path, step))) == told


def test_defaults_are_checked_at_their_place(tmp_path: Path) -> None:
    """And once, however many steps they are for."""
    more = "{ escalate: { source: pagr, endpoint: /x, after: 1/s } }"
    assert problems(loader(tmp_path, "endpoint: /a", more)) == [
        "6:33: there is no source 'pagr' — did you mean 'pager'?"
    ]


def test_defaults_pass_over_steps_that_call_nothing(tmp_path: Path) -> None:
    """They are written for the others."""
    more = "{ escalate: { source: pager, endpoint: /x, after: 1/s } }"
    found = loader(tmp_path, "type: value, value: 1", more)
    assert problems(found) == []
    assert alarms_of(found.load().audience) == {}


def test_an_alarm_is_compiled_with_all_that_telling_needs(tmp_path: Path) -> None:
    """The timeout is that of the source that is told."""
    found = loader(tmp_path, escalate(endpoint="x{{y"), owner="{ team: t, runbook: r }")
    assert alarms_of(found.load().audience) == {
        "a.one": Alarm(
            kind="operation",
            of="a",
            step="one",
            calls="default",
            source="pager",
            endpoint="/x{y",
            after=Rate(5, 60.0),
            timeout=3.0,
            owner=Owner("t", "r"),
        )
    }


@pytest.mark.parametrize(
    ("step", "more", "owner", "team"),
    [
        ("", "{}", "null", None),
        ("", "{}", "of the file", "of the file"),
        ("", "{ owner: of the defaults }", "of the file", "of the defaults"),
        (", owner: its own", "{ owner: of the defaults }", "of the file", "its own"),
        (", owner: null", "{ owner: of the defaults }", "of the file", "of the file"),
        (", source: owned", "{}", "null", "of the source"),
        (", source: owned", "{}", "of the file", "of the file"),
    ],
)
def test_the_nearest_owner_is_named(
    tmp_path: Path, step: str, more: str, owner: str, team: str | None
) -> None:
    """The step's own, its defaults', its file's; a null is written too."""
    found = loader(tmp_path, escalate(source="other") + step, more, owner)
    (alarm,) = alarms_of(found.load().audience).values()
    assert alarm.owner == (Owner(team) if team else None)
    assert alarm.timeout == 2.0
