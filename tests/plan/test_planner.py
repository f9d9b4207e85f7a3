"""The planner: a selection and the profiles → only what the selected fields need."""

from __future__ import annotations

from collections.abc import Mapping

from gateway.plan.model import (
    AnswerOf,
    Composed,
    ConcatOf,
    Evaluate,
    FirstOf,
    JoinOf,
    KeyOf,
    LeftOut,
    Plan,
    PlannedField,
    Scope,
)
from gateway.plan.planner import make_plan, plan_key
from gateway.profile.model import (
    Composite,
    Concatenation,
    Entity,
    FirstAnswer,
    FromStep,
    Names,
    OneStep,
    Profile,
    Reads,
)
from gateway.record import replace
from gateway.request.model import OperationKind, SelectedField, Selection
from gateway.values import SourceSpan, StepId
from tests.kit import (
    asked,
    audience,
    computed,
    customer,
    entity,
    instance,
    planned,
    profile,
    selection,
    shapes,
    step,
)

BANK = shapes(
    Customer={"account": "Account", "accounts": "[Account!]", "name": "String"},
    Account={"id": "ID!", "branch": "Branch", "iban": "String", "owner": "String"},
    Branch={"city": "String", "manager": "String"},
)


def plan(of: Profile, asked_for: Selection, *entities: Entity) -> Plan:
    return make_plan(asked_for, audience(of, entities=entities), BANK, {})


def ids(made: Plan) -> list[str]:
    return [str(one.id) for one in made.steps]


def waits(made: Plan) -> Mapping[str, list[str]]:
    return {str(s.id): sorted(map(str, s.depends_on)) for s in made.steps}


def test_a_field_pulls_its_step_and_what_that_reads() -> None:
    """Dependencies come first, unselected steps are left out with the reason."""
    of = profile(step("a"), step("b", reads="a"), step("c"), step("d", reads="c"))
    made = planned(of, "b")
    assert waits(made) == {"customer.a": [], "customer.b": ["customer.a"]}
    assert made.roots[0].left_out == {
        "c": LeftOut.NOT_SELECTED,
        "d": LeftOut.NOT_SELECTED,
    }


def test_order_without_data_is_a_dependency_but_no_need() -> None:
    """`depends_on` makes it wait; the name is not in its scope."""
    made = planned(profile(step("a"), step("b", after=frozenset({"a"}))), "b")
    (_, second) = made.steps
    assert second.depends_on == {instance("a")}
    assert second.scope == Scope(("customer",))


def test_a_step_read_by_optional_selection_only_is_not_needed() -> None:
    """`.?` waits for the step and does without its answer."""
    made = planned(profile(step("a"), step("b", reads=Reads(steps={"a": False}))), "b")
    (_, second) = made.steps
    assert second.scope == Scope(("customer",), {"a": instance("a")}, frozenset())


def test_a_gate_that_always_runs_is_planned_for_nothing() -> None:
    """Even where no field is selected."""
    of = profile(step("gate", always=True), step("a"))
    assert ids(planned(of)) == ["customer.gate"]


def test_aliases_share_a_step_that_takes_no_arguments() -> None:
    """Two response keys, one step."""
    of = profile(step("a"))
    fields = (asked("a", key="x"), asked("a", key="y"))
    made = plan(of, selection(asked("customer", "Customer", *fields)))
    assert ids(made) == ["customer.a"]
    children = made.roots[0].field.fields["Customer"]
    assert {key: child.read for key, child in children.items()} == {
        "x": AnswerOf(instance("a")),
        "y": AnswerOf(instance("a")),
    }


def test_a_step_that_reads_arguments_has_an_instance_for_each_key() -> None:
    """Aliases with arguments stay apart; readers get one with the defaults."""
    of = profile(step("a", reads=Reads(field_arguments=True)), step("b", reads="a"))
    fields = (asked("a", key="x"), asked("a", key="y"), asked("b"))
    made = plan(of, selection(asked("customer", "Customer", *fields)))
    assert waits(made) == {
        "customer.x.a": [],
        "customer.y.a": [],
        "customer.a": [],
        "customer.b": ["customer.a"],
    }
    assert [one.scope.arguments for one in made.steps] == [
        ("customer", "x"),
        ("customer", "y"),
        {},
        None,
    ]


def test_one_operation_under_two_keys_is_planned_twice() -> None:
    """Roots stay apart: each has its own arguments."""
    made = plan(
        profile(step("a")), selection(customer("a", key="x"), customer("a", key="y"))
    )
    assert ids(made) == ["x.a", "y.a"]


def test_the_roots_of_a_mutation_wait_for_the_ones_before() -> None:
    """The second one's steps wait for all of the first, the third's for both."""
    of = profile(step("a"), step("b"), kind=OperationKind.MUTATION)
    roots = [
        customer("a", "b", key="x"),
        customer("a", key="y"),
        customer("b", key="z"),
    ]
    made = plan(of, selection(*roots, kind=OperationKind.MUTATION))
    assert waits(made) == {
        "x.a": [],
        "x.b": [],
        "y.a": ["x.a", "x.b"],
        "z.b": ["x.a", "x.b", "y.a"],
    }


def test_an_operation_without_a_good_version_plans_nothing() -> None:
    """Its field is there to say so."""
    made = make_plan(selection(customer("a")), audience(), BANK, {})
    assert (made.steps, made.roots[0].profile) == ((), None)


# -- what the root is made of ------------------------------------------------------


def test_one_step_may_be_the_whole_root() -> None:
    """Its keys are the fields."""
    of = profile(step("a"), root=OneStep("a"))
    made = plan(of, selection(asked("customer", "Customer", asked("name", "String"))))
    root = made.roots[0].field
    assert root.read == AnswerOf(instance("a"))
    assert root.fields["Customer"]["name"].read == KeyOf("name")


def test_the_first_that_answers_is_asked_in_turn() -> None:
    """Each waits for the ones before and runs only if none of them answered."""
    of = profile(step("a"), step("b"), step("c"), root=FirstAnswer(("a", "b", "c")))
    made = plan(of, selection(asked("customer", "Customer", asked("name", "String"))))
    a, b, c = map(instance, "abc")
    assert made.roots[0].field.read == FirstOf((a, b, c))
    assert [one.unless for one in made.steps] == [(), (a,), (a, b)]
    assert waits(made)["customer.c"] == ["customer.a", "customer.b"]


def test_lists_are_concatenated_from_independent_steps() -> None:
    """Nobody waits for anybody."""
    rule = Concatenation(("a", "b"), by="id")
    of = profile(step("a"), step("b"), root=rule)
    made = plan(of, selection(asked("customer", "[Account]", asked("id", "ID!"))))
    assert made.roots[0].field.read == ConcatOf((instance("a"), instance("b")), rule)
    assert waits(made) == {"customer.a": [], "customer.b": []}


def test_a_merged_step_gives_keys_of_its_answer() -> None:
    """The composite itself has no body."""
    of = profile(step("core"), root=Composite({"name": FromStep("core", "name")}))
    made = plan(of, selection(customer("name")))
    root = made.roots[0].field
    assert root.read == Composed()
    assert root.fields["Customer"]["name"] == PlannedField(
        "name", "name", asked("name").type, AnswerOf(instance("core"), "name")
    )


def test_a_computed_field_pulls_the_steps_it_reads() -> None:
    """And reads by evaluating."""
    rule = computed("risk.score * 2", "risk")
    of = profile(step("risk"), root=Composite({"double": rule}))
    made = plan(of, selection(customer("double")))
    read = made.roots[0].field.fields["Customer"]["double"].read
    scope = Scope(("customer",), {"risk": instance("risk")}, frozenset({"risk"}))
    assert read == Evaluate(rule.expression, scope)
    assert ids(made) == ["customer.risk"]


def test_null_if_pulls_what_it_reads() -> None:
    """Whether the customer exists is asked whatever is selected."""
    of = profile(
        step("account"), step("b"), null_if=computed("account == null", "account")
    )
    assert ids(planned(of, "b")) == ["customer.account", "customer.b"]


# -- entity steps ----------------------------------------------------------------------


def account(
    *fields: SelectedField, name: str = "account", list_: bool = False
) -> Selection:
    type_ = "[Account!]" if list_ else "Account"
    return selection(asked("customer", "Customer", asked(name, type_, *fields)))


def test_an_entity_step_waits_for_its_parents() -> None:
    """Its place in the answer is part of its id."""
    branch = step("branch", fills="Account", fields={"branch": None})
    of = profile(step("account"), entities={"Account": entity("Account", branch)})
    made = plan(of, account(asked("branch", "Branch", asked("city", "String"))))
    assert waits(made) == {
        "customer.account": [],
        "customer.account.branch": ["customer.account"],
    }
    read = made.roots[0].field.fields["Customer"]["account"].fields["Account"]["branch"]
    assert read.read == JoinOf(StepId(("customer", "account"), "branch"))


def test_the_profile_own_entity_step_wins_over_the_entity_file() -> None:
    """One field, one owner."""
    own = step("own", fills="Account", fields={"branch": None})
    shared = step("shared", fills="Account", fields={"branch": None})
    of = profile(step("account"), entities={"Account": entity("Account", own)})
    made = plan(of, account(asked("branch")), entity("Account", shared))
    assert ids(made) == ["customer.account", "customer.account.own"]


def test_self_pulls_the_entity_step_that_gives_the_field() -> None:
    """A field of the parent that another step fills makes that step a dependency."""
    details = step("details", fills="Account", fields={"iban": "iban"})
    owner = step(
        "owner",
        fills="Account",
        fields={"owner": None},
        reads=Reads(own=frozenset({"iban", "raw"})),
    )
    of = profile(
        step("account"), entities={"Account": entity("Account", details, owner)}
    )
    made = plan(of, account(asked("owner")))
    assert waits(made) == {
        "customer.account": [],
        "customer.account.details": ["customer.account"],
        "customer.account.owner": ["customer.account", "customer.account.details"],
    }
    assert made.steps[-1].scope.own == {
        "iban": JoinOf(StepId(("customer", "account"), "details"), "iban"),
        "raw": KeyOf("raw"),
    }


def test_an_entity_step_may_read_its_own_fields_as_raw_keys() -> None:
    """It would wait for itself otherwise."""
    branch = step(
        "branch",
        fills="Account",
        fields={"branch": None},
        reads=Reads(own=frozenset({"branch"})),
    )
    of = profile(step("account"), entities={"Account": entity("Account", branch)})
    made = plan(of, account(asked("branch")))
    assert made.steps[-1].scope.own == {"branch": KeyOf("branch")}


def test_the_same_entity_at_two_places_has_two_steps() -> None:
    """Equal calls meet at run time, not here."""
    branch = step("branch", fills="Account", fields={"branch": None})
    of = profile(
        step("account"),
        step("accounts"),
        entities={"Account": entity("Account", branch)},
    )
    fields = (
        asked("account", "Account", asked("branch")),
        asked("accounts", "[Account!]", asked("branch")),
    )
    made = plan(of, selection(asked("customer", "Customer", *fields)))
    assert ids(made) == [
        "customer.account",
        "customer.account.branch",
        "customer.accounts",
        "customer.accounts.branch",
    ]


def test_a_snake_case_source_is_read_by_its_own_spelling() -> None:
    """Below the step's answer every raw key is renamed; aliases are not."""
    of = profile(step("account", names=Names.SNAKE))
    made = plan(of, account(asked("openedOn", key="since"), asked("id")))
    fields = made.roots[0].field.fields["Customer"]["account"].fields["Account"]
    assert {key: field.read for key, field in fields.items()} == {
        "since": KeyOf("opened_on"),
        "id": KeyOf("id"),
    }


# -- ruled out early, and what a plan depends on --------------------------------------


def test_a_step_ruled_out_early_pulls_nothing() -> None:
    """Its dependency is left out with it, each with its own reason."""
    of = profile(step("a"), step("b", reads="a"))
    shut = {("customer", of.steps["b"].span): LeftOut.FLAG_OFF}
    made = make_plan(selection(customer("b")), audience(of), BANK, shut)
    (only,) = made.steps
    assert (only.id, only.gate, only.depends_on) == (
        instance("b"),
        LeftOut.FLAG_OFF,
        frozenset(),
    )
    assert made.roots[0].left_out == {
        "a": LeftOut.NOT_SELECTED,
        "b": LeftOut.FLAG_OFF,
    }
    assert made.critical_path == ()


def test_a_step_is_ruled_out_for_one_root_and_not_for_another() -> None:
    """The arguments of each root decide for it."""
    of = profile(step("a"))
    shut = {("x", of.steps["a"].span): LeftOut.CONDITION_FALSE}
    roots = selection(customer("a", key="x"), customer("a", key="y"))
    made = make_plan(roots, audience(of), BANK, shut)
    assert [one.gate for one in made.steps] == [LeftOut.CONDITION_FALSE, None]


def test_a_plan_depends_on_selection_profiles_and_what_is_shut() -> None:
    """Anything else leaves its digest as it is; any of these changes it."""
    of, asked_for = profile(step("a")), selection(customer("a"))
    key = plan_key(asked_for, audience(of), {})
    span = SourceSpan("profile.yaml", 1, 1)
    others = {
        plan_key(selection(customer("b")), audience(of), {}),
        plan_key(asked_for, audience(replace(of, digest="other")), {}),
        plan_key(asked_for, audience(of), {("customer", span): LeftOut.FLAG_OFF}),
    }
    assert key not in others
    assert len(others) == 3
    assert key == plan_key(asked_for, audience(of), {})
