"""Laws of entity steps, tried on random lists of parents."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from gateway.connectors.base import Call, Reply
from gateway.errors import ErrorClass
from gateway.execution.model import Failed, Join, Ok, Provenance
from gateway.plan.planner import make_plan
from gateway.profile.model import Reads
from gateway.testing import ScriptedSource, answers, failure, run_virtual
from tests.kit import (
    ROOT,
    Ran,
    asked,
    audience,
    entity,
    profile,
    run,
    segment,
    selection,
    shapes,
    step,
)

BANK = shapes(Customer={"accounts": "[Account]"}, Account={"branch": "JSON"})
BRANCH = step(
    "branch",
    fills="Account",
    fields={"branch": None},
    inputs={"id": segment("self.key")},
    reads=Reads(own=frozenset({"key"})),
)
OF = profile(step("accounts"), entities={"Account": entity("Account", BRANCH)})
FIELDS = asked("accounts", "[Account]", asked("branch"))
PLAN = make_plan(selection(asked(ROOT, "Customer", FIELDS)), audience(OF), BANK, {})
KEYS = st.lists(st.one_of(st.none(), st.integers(0, 5)), max_size=12)


def joined(keys: list[int | None], failing: frozenset[int]) -> tuple[Ran, list[object]]:
    """What an entity step came to for each parent, in the order of the parents."""
    rows = [{"key": key} for key in keys]

    async def branch(call: Call[object]) -> Reply:
        key = call.inputs["id"]
        if key in failing:
            raise failure(ErrorClass.STATUS, 500)
        return Reply(f"branch {key}")

    source = ScriptedSource({"accounts": answers(rows), "branch": branch})
    ran = run_virtual(run(PLAN, source))
    result = ran["branch"]
    assert isinstance(result, Ok)
    assert isinstance(result.value, Join)
    return ran, [result.value.of(row) for row in rows]


@given(KEYS, st.frozensets(st.integers(0, 5), max_size=2))
def test_every_parent_has_the_outcome_of_its_own_key(
    keys: list[int | None], failing: frozenset[int]
) -> None:
    """Whatever the others came to, and however often the key occurs."""
    _, outcomes = joined(keys, failing)
    for key, outcome in zip(keys, outcomes, strict=True):
        if key is None:
            assert outcome == Ok(None, Provenance.STATIC)
        elif key in failing:
            assert isinstance(outcome, Failed)
        else:
            assert isinstance(outcome, Ok)
            assert outcome.value == f"branch {key}"


@given(KEYS, st.frozensets(st.integers(0, 5), max_size=2))
def test_every_key_is_asked_exactly_once(
    keys: list[int | None], failing: frozenset[int]
) -> None:
    """Failures are not asked again either."""
    ran, _ = joined(keys, failing)
    sent = [call.inputs["id"] for call in ran.source.calls if call.step == "branch"]
    assert sorted(map(str, sent)) == sorted({str(key) for key in keys} - {"None"})
