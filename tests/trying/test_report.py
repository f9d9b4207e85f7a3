"""`headwater release report` shows what a whole fleet counts of a canary."""

from __future__ import annotations

import json
from typing import Any

import pytest
from typer.testing import CliRunner

from gateway.cli.main import app
from gateway.release.terms import Terms
from tests.release.kit import ADA
from tests.trying.kit import Fleet
from tests.trying.test_fleet import judged
from tests.trying.test_rollback import FEW, A, B, answers, trying


@pytest.fixture(params=["directory", "redis"])
def either(request: pytest.FixtureRequest) -> Fleet:
    """A fleet over a directory, and one over a real Redis."""
    name = "on_disk" if request.param == "directory" else "fleet"
    found: Fleet = request.getfixturevalue(name)
    return found


def run(fleet: Fleet, *words: str) -> str:
    ran = CliRunner().invoke(app, ["release", "report", "--store", fleet.url, *words])
    assert ran.exit_code == 0, ran.output
    return ran.output


async def test_the_sum_of_a_fleet_is_shown(either: Fleet) -> None:
    """With how many processes told, and of how many requests something is decided."""
    assert run(either) == "No release was ever tried in channel stable.\n"
    both = await trying(either, FEW, 2)
    for gateway in both:
        answers(gateway, 8, wrong=1)
    await judged(*both)
    first, second, title, row = run(either).splitlines()
    start = f"{B.id[:12]}: tried by 100% of requests, kept together by"
    assert first.startswith(f"{start} request.claims.sub (number 2 of stable), since ")
    told = "2 processes told what they count; "
    assert second == told + "16 requests of the 20 that something is decided by"
    parts = ["errors", "failed", "95%", "within"]
    assert title.split() == ["serves", *parts, "tried", *parts]
    within = row.split()[4]
    expected = ["requests", "16", "0", "0", within, "ms", "16", "2", "2", within, "ms"]
    assert row.split() == expected
    told_json: Any = json.loads(run(either, "--json"))
    assert (told_json["processes"], told_json["act"]) == (2, "canary")
    assert told_json["figures"]["candidate"]["requests"]["failed"] == 2


async def test_how_the_last_trial_ended_is_shown(on_disk: Fleet) -> None:
    """With the figures that decided it; whoever ended it by hand had none."""
    both = await trying(on_disk, FEW, 2)
    for gateway in both:
        answers(gateway, 12, wrong=12)
    await judged(*both)
    lines = run(on_disk).splitlines()
    assert lines[0].startswith(
        f"{B.id[:12]}: tried no more (number 3 of stable, by headwater): "
        "requests: 100% of 24 failed"
    )
    assert lines[2].split()[:2] == ["requests", "24"]
    on_disk.tries(B, FEW)
    on_disk.trials.withdraw(ADA)
    assert run(on_disk) == (
        f"{B.id[:12]}: tried no more (number 5 of stable, by ada): because\n"
    )


async def test_a_shadow_is_shown_with_where_its_report_is(on_disk: Fleet) -> None:
    """Differences are kept by each gateway."""
    on_disk.activate(A)
    on_disk.tries(B, Terms(1.0), kind="shadow")
    first, second = run(on_disk).splitlines()
    assert first.startswith(f"{B.id[:12]}: run aside (number 2 of stable), since ")
    assert second == (
        "Each gateway has what it found out: "
        "headwater release shadow --report --admin URL"
    )


async def test_before_anything_is_told_there_is_nothing_to_show(
    on_disk: Fleet,
) -> None:
    """The trial is, and that nobody counts yet."""
    on_disk.activate(A)
    on_disk.tries(B, FEW)
    _, told = run(on_disk).splitlines()
    assert told == (
        "0 processes told what they count; "
        "0 requests of the 20 that something is decided by"
    )
