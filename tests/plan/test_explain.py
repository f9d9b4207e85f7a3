"""A plan for people and tools: JSON, text and Mermaid."""

from __future__ import annotations

from gateway.expression import template
from gateway.plan.explain import as_json, as_mermaid, as_text
from gateway.plan.planner import make_plan
from gateway.profile.model import Batch, FirstAnswer, Reads, Role
from gateway.values import SourceSpan
from tests.kit import (
    asked,
    audience,
    customer,
    entity,
    instance,
    planned,
    profile,
    selection,
    shapes,
    step,
)

AT = SourceSpan("customer.yaml", 4, 5)
PLAN = planned(
    profile(
        step("account", role=Role.REQUIRED, timeout=0.5, span=AT),
        step("limits", reads="account", when="account.open", timeout=1.0, span=AT),
        step("risk", span=AT),
    ),
    "limits",
)


def test_as_json_it_is_what_clients_get() -> None:
    """A dry run: planned, or conditional where a condition is decided later."""
    assert as_json(PLAN) == {
        "steps": [
            {
                "id": "customer.account",
                "step": "account",
                "type": "api",
                "source": "s",
                "role": "required",
                "depends_on": [],
                "timeout_ms": 500,
                "defined_at": "customer.yaml:4:5",
                "status": "planned",
            },
            {
                "id": "customer.limits",
                "step": "limits",
                "type": "api",
                "source": "s",
                "role": "optional",
                "depends_on": ["customer.account"],
                "timeout_ms": 1000,
                "defined_at": "customer.yaml:4:5",
                "reads": {"customer.account": ["when account.open"]},
                "status": "conditional",
            },
        ],
        "left_out": {"risk": "not_selected"},
        "critical_path": ["customer.account", "customer.limits"],
        "profiles": {
            "customer": {
                "name": "",
                "file": "<gateway>",
                "digest": PLAN.roots[0].profile.digest if PLAN.roots[0].profile else "",
            }
        },
        "digest": PLAN.digest,
    }


def test_facts_take_the_place_of_guesses() -> None:
    """What is known of a step that ran."""
    facts = {instance("account"): {"status": "ok", "attempts": 1}}
    (first, second) = as_json(PLAN, facts)["steps"]  # type: ignore[misc]
    assert (first["status"], first["attempts"]) == ("ok", 1)  # type: ignore[index, call-overload]
    assert "status" not in second  # type: ignore[operator]


def test_as_text_it_is_a_list() -> None:
    """Each step, what it waits for, and what was left."""
    assert as_text(PLAN).splitlines() == [
        "customer: customer, deadline 10000 ms",
        "  + customer.account [s]",
        "  + customer.limits [s] if its condition holds after customer.account",
        "  - risk left out: not_selected",
        "critical path: customer.account > customer.limits",
    ]


def test_as_mermaid_it_is_a_flowchart() -> None:
    """Square for required, rounded for optional."""
    assert as_mermaid(PLAN).splitlines()[:4] == [
        "flowchart LR",
        '  s0["customer.account<br/>s"]',
        '  s1("customer.limits<br/>s")',
        "  s0 --> s1",
    ]


def test_a_step_that_may_be_superfluous_is_conditional() -> None:
    """Under `first` the second runs only if the first does not answer."""
    of = profile(step("a"), step("b"), root=FirstAnswer(("a", "b")))
    made = planned(of, "x")
    assert [one["status"] for one in as_json(made)["steps"]] == [  # type: ignore[index, union-attr, call-overload]
        "planned",
        "conditional",
    ]


def test_entity_steps_say_for_whom_they_run() -> None:
    """How many keys there will be nobody knows."""
    branch = step("branch", fills="Account", fields={"branch": None})
    of = profile(step("account"), entities={"Account": entity("Account", branch)})
    fields = asked("account", "Account", asked("branch"))
    known = shapes(Customer={"account": "Account"}, Account={"branch": "JSON"})
    root = selection(asked("customer", "Customer", fields))
    made = make_plan(root, audience(of), known, {})
    entry = as_json(made)["steps"][1]  # type: ignore[index]
    assert (entry["parents"], entry["keys"]) == ("Account", "unknown")  # type: ignore[index, call-overload]
    assert "for each Account after customer.account" in as_text(made)


def test_a_drawing_says_for_whom_entity_steps_run() -> None:
    """Another border than those of single steps, and how many keys a call takes."""
    batch = Batch(template("${ self.key }"), "id", 50, many=False, wait_all=True)
    keys = {"fills": "Payment", "reads": Reads(own=frozenset({"key"}))}
    of = profile(
        step("payments"),
        entities={
            "Payment": entity(
                "Payment",
                step("merchant", fields={"merchant": None}, batch=batch, **keys),
                step("note", fields={"note": None}, role=Role.REQUIRED, **keys),
            )
        },
    )
    fields = asked("payments", "[Payment!]", asked("merchant"), asked("note"))
    known = shapes(
        Customer={"payments": "[Payment!]"},
        Payment={"merchant": "JSON", "note": "JSON"},
    )
    root = selection(asked("customer", "Customer", fields))
    made = make_plan(root, audience(of), known, {})
    assert as_mermaid(made).splitlines()[1:6] == [
        '  s0("customer.payments<br/>s")',
        '  s1(["customer.payments.merchant<br/>s<br/>for each Payment, 50 a call"])',
        "  s0 --> s1",
        '  s2[["customer.payments.note<br/>s<br/>for each Payment"]]',
        "  s0 --> s2",
    ]
    entry = as_json(made)["steps"][1]  # type: ignore[index]
    assert entry["batch"] == {"max": 50, "wait": "all"}  # type: ignore[index, call-overload]


def test_several_roots_name_what_they_left_out() -> None:
    """Each with its key before the step's name."""
    of = profile(step("a"), step("b"))
    roots = selection(customer("a", key="x"), customer("b", key="y"))
    made = make_plan(roots, audience(of), shapes(Customer={}), {})
    assert as_json(made)["left_out"] == {"x.b": "not_selected", "y.a": "not_selected"}
