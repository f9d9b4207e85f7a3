"""Entity steps that ask together wait for each other's lists, and never in a circle."""

from __future__ import annotations

from collections.abc import Mapping

from gateway.expression import template
from gateway.plan.model import Plan
from gateway.plan.planner import make_plan
from gateway.profile.model import Batch, Reads, Step
from gateway.request.model import OperationKind, SelectedField
from tests.kit import (
    ROOT,
    asked,
    audience,
    entity,
    profile,
    selection,
    shapes,
    step,
    value,
)

BANK = shapes(
    Customer={"old": "[Shop!]", "new": "[Shop!]"},
    Shop={"owner": "Shop", "kind": "Kind"},
    Kind={"shop": "Shop"},
)


def gives(type_: str, field: str, *, together: bool = True) -> Step:
    """A step that fills a field of a type in batches."""
    return step(
        f"{type_}_{field}",
        fills=type_,
        fields={field: None},
        inputs={"ids": value("keys")},
        reads=Reads(own=frozenset({"key"})),
        batch=Batch(template("${ self.key }"), "id", 9, False, wait_all=together),
    )


def plan(
    *roots: SelectedField,
    together: bool = True,
    kind: OperationKind = OperationKind.QUERY,
) -> Plan:
    entities = [
        entity(
            "Shop",
            gives("Shop", "owner", together=together),
            gives("Shop", "kind", together=together),
        ),
        entity("Kind", gives("Kind", "shop", together=together)),
    ]
    of = profile(step("old"), step("new"), kind=kind)
    chosen = selection(*roots, kind=kind)
    return make_plan(chosen, audience(of, entities=entities), BANK, {})


def shops(name: str, *children: SelectedField) -> SelectedField:
    return asked(name, "[Shop!]", *children)


def customer(*fields: SelectedField, key: str = ROOT) -> SelectedField:
    return asked(ROOT, "Customer", *fields, key=key)


def owner(*children: SelectedField) -> SelectedField:
    return asked("owner", "Shop", *(children or (asked("name"),)))


def kind(*children: SelectedField) -> SelectedField:
    return asked("kind", "Kind", *(children or (asked("name"),)))


def before(of: Plan) -> Mapping[str, list[str]]:
    """What each entity step waits for."""
    return {
        str(one.id): sorted(map(str, one.depends_on))
        for one in of.steps
        if one.parents is not None
    }


def in_order(of: Plan) -> bool:
    """Whether each step stands after all it waits for."""
    seen: set[object] = set()
    for one in of.steps:
        if not one.depends_on <= seen:
            return False
        seen.add(one.id)
    return True


def test_both_wait_for_both_lists() -> None:
    """So they are ready at one time, and ask together."""
    made = plan(customer(shops("old", owner()), shops("new", owner())))
    both = ["customer.new", "customer.old"]
    assert before(made) == {
        "customer.old.Shop_owner": both,
        "customer.new.Shop_owner": both,
    }
    assert in_order(made)


def test_without_it_each_waits_for_its_own() -> None:
    """A step under a list starts when that list is there."""
    fields = shops("old", owner()), shops("new", owner())
    assert before(plan(customer(*fields), together=False)) == {
        "customer.old.Shop_owner": ["customer.old"],
        "customer.new.Shop_owner": ["customer.new"],
    }


def test_all_roots_of_a_query_wait() -> None:
    """They are one request."""
    a, b = (customer(shops("old", owner()), key=key) for key in "ab")
    both = ["a.old", "b.old"]
    made = plan(a, b)
    assert before(made) == {"a.old.Shop_owner": both, "b.old.Shop_owner": both}
    assert made.critical_path[-1].step == "Shop_owner"


def test_roots_of_a_mutation_do_not() -> None:
    """Each is an act of its own, after the one before it."""
    a, b = (customer(shops("old", owner()), key=key) for key in "ab")
    made = plan(a, b, kind=OperationKind.MUTATION)
    assert before(made) == {
        "a.old.Shop_owner": ["a.old"],
        "b.old.Shop_owner": ["a.old", "a.old.Shop_owner", "b.old"],
    }


def test_parents_from_the_step_itself_are_waited_for_by_depth() -> None:
    """The owner's owner is asked for when the owner is there."""
    made = plan(customer(shops("old", owner(owner())), shops("new", owner())))
    both = ["customer.new", "customer.old"]
    assert before(made) == {
        "customer.old.Shop_owner": both,
        "customer.new.Shop_owner": both,
        "customer.old.owner.Shop_owner": ["customer.old", "customer.old.Shop_owner"],
    }
    assert in_order(made)


def test_two_such_steps_that_cross_close_no_circle() -> None:
    """Whoever is widened second gives way."""
    one = shops("old", owner(kind()))
    other = shops("new", kind(asked("shop", "Shop", owner())))
    made = plan(customer(one, other))
    assert in_order(made)
    assert len(before(made)) == 5
