"""Early conditions: decided before planning, from arguments, flags and the request."""

from __future__ import annotations

from gateway.plan.gates import decide, gates
from gateway.plan.model import LeftOut
from tests.kit import (
    audience,
    condition,
    customer,
    entity,
    profile,
    selection,
    shapes,
    step,
)

BANK = shapes()
ON_FLAG = step("flagged", when=condition("flags.new", early=["flags.new"]))
ON_ARGUMENT = step(
    "web", when=condition("channel == 'web'", early=["channel == 'web'"])
)
LATE = step("late", when=condition("a.open"))
KNOWN = gates(
    selection(customer("a")), audience(profile(ON_FLAG, ON_ARGUMENT, LATE)), BANK
)


def closed(flags: object, **arguments: object) -> dict[str, LeftOut]:
    shut = decide(KNOWN, {("customer",): arguments}, {"flags": flags, "request": {}})
    names = {ON_FLAG.span: "flagged", ON_ARGUMENT.span: "web"}
    return {names[span]: why for (_, span), why in shut.items()}


def test_only_early_conjuncts_are_gates() -> None:
    """What reads a step is decided when the step is ready."""
    assert [(gate.root, gate.step) for gate in KNOWN] == [
        ("customer", ON_FLAG.span),
        ("customer", ON_ARGUMENT.span),
    ]


def test_a_false_flag_and_a_false_condition_have_their_reasons() -> None:
    """FLAG_OFF where a flag is read, else CONDITION_FALSE."""
    assert closed({"new": False}, channel="phone") == {
        "flagged": LeftOut.FLAG_OFF,
        "web": LeftOut.CONDITION_FALSE,
    }


def test_what_holds_rules_nothing_out() -> None:
    """True is true."""
    assert closed({"new": True}, channel="web") == {}


def test_what_cannot_be_evaluated_rules_nothing_out() -> None:
    """The step meets it again when it is ready, and fails there."""
    assert closed({}, channel=None) == {"web": LeftOut.CONDITION_FALSE}


def test_entity_steps_have_gates_too() -> None:
    """Those of entity files and of the profile itself."""
    fill = step("branch", fills="Account", fields={"branch": None}, when=ON_FLAG.when)
    own = profile(step("a"), entities={"Account": entity("Account", fill)})
    shared = audience(profile(step("a")), entities=[entity("Account", fill)])
    asked_for = selection(customer("a"))
    assert gates(asked_for, audience(own), BANK) == gates(asked_for, shared, BANK)
    assert len(gates(asked_for, shared, BANK)) == 1
