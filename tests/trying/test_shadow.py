"""A shadow runs what was answered again, aside, and tells where answers differ."""

from __future__ import annotations

import pytest

from gateway.release.terms import Terms
from gateway.telemetry.events import StepSettled
from gateway.trying.shadowing import Shadow
from tests.trying.shadow_kit import (
    EVERY,
    PERSON,
    RENAMED,
    SCORE,
    SELECT,
    SHOUTED,
    Shadowing,
    ask,
    closed,
    project,
    report,
)


async def test_what_is_the_same_call_is_not_made_again(shadowing: Shadowing) -> None:
    """An unchanged step gets the request's own reply; a changed one is asked."""
    gateway = await shadowing.tries(RENAMED)
    assert await ask(gateway) == {
        "person": {"name": "Ada", "mail": "ada@example.com", "score": 5}
    }
    assert sorted(shadowing.core.calls) == [
        ("GET", "/newer/7", "1"),
        ("GET", "/people/7", None),
        ("GET", "/scores/7", None),
    ]
    assert report(gateway) == {
        "counts": {"calls_made": 1, "calls_shared": 1, "different": 1},
        "differences": [
            {
                "path": "person.score",
                "operation": "person",
                "count": 1,
                "how": {"value": 1},
                "before": 5,
                "after": 6,
            }
        ],
        "further_paths": 0,
    }
    await closed(gateway)


async def test_values_under_a_tag_are_told_by_hash_alone(shadowing: Shadowing) -> None:
    """Also under an alias; what differs again is counted."""
    gateway = await shadowing.tries(SHOUTED)
    for _ in range(3):
        await ask(gateway, '{ person(id: "7") { name m: mail } }')
    told = {one["path"]: one for one in report(gateway)["differences"]}
    assert {path: one["count"] for path, one in told.items()} == {
        "person.name": 3,
        "person.m": 3,
    }
    assert (told["person.name"]["before"], told["person.name"]["after"]) == (
        "Ada",
        "Ada!",
    )
    assert told["person.m"]["before"].startswith("#")
    assert "example.com" not in str(report(gateway))
    assert len(shadowing.core.calls) == 3
    await closed(gateway)


async def test_a_mutation_has_no_shadow(shadowing: Shadowing) -> None:
    """It is done once."""
    gateway = await shadowing.tries(SHOUTED)
    await ask(gateway, 'mutation { rename(id: "7") { name } }')
    assert shadowing.core.calls == [("POST", "/people/7", None)]
    assert report(gateway)["counts"] == {}
    await closed(gateway)


async def test_a_step_that_writes_or_is_billed_is_not_called(
    shadowing: Shadowing,
) -> None:
    """Its request is not compared."""
    writes = PERSON.replace(" }", ", method: POST, idempotent: false }")
    gateway = await shadowing.tries(project(person=writes))
    await ask(gateway)
    assert ("POST", "/people/7", "1") not in shadowing.core.calls
    assert report(gateway)["counts"]["unfit"] == 1
    await closed(gateway)


async def test_only_the_operations_that_are_named(shadowing: Shadowing) -> None:
    """Others are answered, and nothing else."""
    gateway = await shadowing.tries(SHOUTED, Terms(1.0, operations=("other",)))
    await ask(gateway)
    assert report(gateway)["counts"] == {}
    await closed(gateway)


async def test_a_source_with_little_room_is_left_to_requests(
    shadowing: Shadowing,
) -> None:
    """A call of a shadow is not made where half of the slots are taken."""
    gateway = await shadowing.tries(RENAMED)
    held = gateway.current.upstreams["core"].bulkhead
    splitting = gateway.pipeline.splitting
    assert isinstance(splitting, Shadow)
    trial = gateway.trying.trial
    assert trial is not None
    assert trial.candidate.upstreams["core"].bulkhead is held
    held.running += held.allowed // 2
    await ask(gateway)
    held.running -= held.allowed // 2
    assert report(gateway)["counts"] == {"calls_shared": 1, "unfit": 1}
    await closed(gateway)


async def test_nobody_is_told_of_what_a_shadow_meets(shadowing: Shadowing) -> None:
    """Its steps are no steps of requests: only the report has them."""
    gateway = await shadowing.tries(RENAMED)
    await ask(gateway)
    settled = shadowing.fleet.told(StepSettled)
    assert len(settled) == 2
    await closed(gateway)


MAY = SCORE.replace(" }", ", policy: 'true' }")
OF_IT = PERSON.replace("/people/{id}", "/people/{score.score}")


@pytest.mark.parametrize(
    ("before", "after"), [(MAY, MAY), (MAY, SCORE), (SCORE, MAY)], ids=str
)
async def test_values_of_steps_under_a_policy_are_told_by_hash_alone(
    shadowing: Shadowing, before: str, after: str
) -> None:
    """Whichever side has the policy; and what is made of such a value, too."""
    fleet, newer = shadowing.fleet, after.replace("/scores", "/newer")
    fleet.activate(project(person=OF_IT, score=before))
    loud = OF_IT.replace(" }", SELECT)
    fleet.tries(project(person=loud, score=newer), EVERY, "shadow")
    gateway = fleet.gateway()
    await gateway.take_release()
    await ask(gateway, '{ person(id: "7") { n: name score } }')
    told = {one["path"]: one for one in report(gateway)["differences"]}
    shown = {path: (one["before"], one["after"]) for path, one in told.items()}
    assert shown.keys() == {"person.n", "person.score"}
    for path, both in shown.items():
        assert all(str(value).startswith("#") for value in both), (path, both)
    await closed(gateway)


async def test_values_of_other_steps_are_told(shadowing: Shadowing) -> None:
    """Beside one under a policy: a report of hashes alone would say nothing."""
    fleet = shadowing.fleet
    fleet.activate(project(score=MAY))
    loud = PERSON.replace(" }", SELECT)
    fleet.tries(project(person=loud, score=MAY), EVERY, "shadow")
    gateway = fleet.gateway()
    await gateway.take_release()
    await ask(gateway, '{ person(id: "7") { name score } }')
    (told,) = report(gateway)["differences"]
    assert (told["path"], told["before"], told["after"]) == (
        "person.name",
        "Ada",
        "Ada!",
    )
    await closed(gateway)
