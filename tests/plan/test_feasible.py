"""What can take longer than the deadline is a warning that names the way there."""

from __future__ import annotations

import pytest

from gateway.errors import Problem, Problems, Severity
from gateway.plan.feasible import check_times, longest_chain
from gateway.profile.model import (
    Composite,
    Concatenation,
    Entity,
    FirstAnswer,
    FromStep,
    OneStep,
    Profile,
    Reads,
    Retry,
    Root,
    Step,
)
from gateway.record import replace
from gateway.shape import FieldShape, Shapes, TypeKind, TypeShape
from gateway.values import SourceSpan
from tests.kit import REQUIRED, computed, entity, profile, shapes, step, type_ref

WHERE = SourceSpan("profile.yaml", 3, 11)
TWICE = Retry(2, frozenset({"timeout"}))
NO_TYPES = shapes()
BANK = shapes(
    Customer={"account": "Account", "best": "Account"},
    Account={"branch": "Branch", "parent": "Account", "iban": "String"},
    Branch={"city": "City", "id": "ID"},
    City={"name": "String"},
)


def found(of: Profile, *entities: Entity, known: Shapes = NO_TYPES) -> list[Problem]:
    problems = Problems()
    check_times(of, {one.type: one for one in entities}, known, problems)
    return problems.found


def way(of: Profile, *entities: Entity, known: Shapes = NO_TYPES) -> list[str]:
    chain = longest_chain(of, {one.type: one for one in entities}, known)
    return [link.name for link in chain.links]


def test_a_chain_that_outlasts_the_deadline_is_told_step_by_step() -> None:
    """With the times, the deadline, and what to change first."""
    of = profile(
        step("a", timeout=2.0),
        step("b", reads="a", timeout=1.5),
        deadline=3.0,
        deadline_span=WHERE,
    )
    assert found(of) == [
        Problem(
            WHERE,
            "a (2s) > b (1.5s) can take 3.5s, and the deadline is 3s: what is not done "
            "by then has failed",
            "shorten the timeout of 'a', or write 'deadline: 3.5s'",
            Severity.WARNING,
        )
    ]


def test_attempts_and_the_longest_pauses_between_them_count() -> None:
    """50 ms, then 100 ms; a step without a retry is asked once."""
    of = profile(
        step("a", timeout=0.4),
        step(
            "b", after=frozenset({"a"}), timeout=0.5, retry=Retry(3, frozenset({"5xx"}))
        ),
        deadline=2.0,
        deadline_span=WHERE,
    )
    (told,) = found(of)
    assert told.message == (
        "a (400ms) > b (3 x 500ms + 150ms) can take 2.05s, and the deadline is 2s: "
        "what is not done by then has failed"
    )
    assert told.hint == (
        "shorten the timeout of 'b', or make fewer attempts, or write 'deadline: 2.05s'"
    )


def test_a_chain_that_just_fits_is_not_told() -> None:
    """Only more than the deadline is too much."""
    of = profile(
        step("a", timeout=0.4, retry=TWICE),
        step("b", reads="a", timeout=0.15),
        deadline=1.0,
        deadline_span=WHERE,
    )
    assert found(of) == []


def test_what_stands_in_for_a_step_starts_when_that_has_failed() -> None:
    """Rung after rung, and those who read the step wait for all of them."""
    of = profile(
        step("a", timeout=1.0, fallback=("copy", "older")),
        step("copy", timeout=1.0),
        step("older", timeout=1.0),
        step("b", reads="a", timeout=1.0),
        root=Composite({"a": FromStep("a"), "b": FromStep("b")}),
        deadline=3.0,
        deadline_span=WHERE,
    )
    (told,) = found(of)
    assert told.message == (
        "a (1s) > copy (1s, when a has failed) > older (1s, when a has failed) > "
        "b (1s) can take 4s, and the deadline is 3s: what is not done by then has "
        "failed"
    )


def test_what_only_a_rung_reads_starts_when_the_rung_is_reached() -> None:
    """What runs in any case began long before."""
    a = step("a", timeout=1.0, fallback=("copy",))
    copy = step("copy", reads="key other", timeout=1.0)
    key, other = step("key", timeout=1.0), step("other", timeout=1.5)
    both = Composite({"a": FromStep("a"), "other": FromStep("other")})
    of = profile(a, copy, key, other, root=both)
    assert way(of) == ["a", "key", "copy"]
    slower = profile(a, copy, key, replace(other, timeout=4.0), root=both)
    assert way(slower) == ["other", "copy"]


def test_a_rung_that_ran_on_the_way_is_not_asked_again() -> None:
    """Its result is there."""
    of = profile(
        step("a", timeout=1.0),
        step("b", reads="a", timeout=1.0, fallback=("a",)),
        root=Composite({"b": FromStep("b")}),
    )
    assert way(of) == ["a", "b"]


def test_the_last_step_of_a_chain_counts_too() -> None:
    """Two equal chains of which only the end differs."""
    of = profile(
        step("a", timeout=1.0),
        step("short", reads="a", timeout=1.0),
        step("long", reads="a", timeout=5.0),
    )
    assert way(of) == ["a", "long"]


@pytest.mark.parametrize(
    ("root", "told"),
    [
        (FirstAnswer(("a", "b")), ["a", "b"]),
        (Concatenation(("a", "b")), ["b"]),
        (OneStep("a"), ["a"]),
        (Composite({"x": computed("a.x", "a")}), ["a"]),
    ],
    ids=["first", "concat", "one", "composite"],
)
def test_only_first_asks_its_steps_one_after_another(
    root: Root, told: list[str]
) -> None:
    """And a step that nothing needs is not counted."""
    of = profile(step("a", timeout=1.0), step("b", timeout=2.0), root=root)
    assert way(of) == told


def test_steps_of_objects_start_when_the_objects_are_there() -> None:
    """Over as many types as there are, of the profile and of entity files."""
    of = profile(
        step("account", timeout=1.0),
        step("best", timeout=0.5),
        entities={"Account": entity("Account", _each("Account", "branch", 1.0))},
    )
    files = [
        entity("Branch", _each("Branch", "city", 1.0)),
        entity("City", _each("City", "name", 1.0)),
    ]
    told = ["account", "Account.branch", "Branch.city", "City.name"]
    assert way(of, *files, known=BANK) == told


def test_of_two_steps_that_fill_a_field_the_profiles_own_counts() -> None:
    """As it does in a plan."""
    of = profile(
        step("account", timeout=1.0),
        entities={"Account": entity("Account", _each("Account", "branch", 1.0))},
    )
    shared = entity("Account", replace(_each("Account", "other", 9.0), fields=_BRANCH))
    assert longest_chain(of, {"Account": shared}, BANK).seconds == 2.0


def test_a_type_that_is_met_below_itself_counts_once() -> None:
    """How often a client goes round is the client's matter."""
    of = profile(step("account", timeout=1.0))
    account = entity(
        "Account", _each("Account", "parent", 2.0), _each("Account", "branch", 1.0)
    )
    assert way(of, account, known=BANK) == ["account", "Account.parent"]


def test_a_step_of_objects_waits_for_the_fields_it_reads() -> None:
    """A field's own step, an expression's, or a step of the operation."""
    city = replace(
        _each("Branch", "city", 1.0), reads=Reads({"slow": True}, frozenset({"label"}))
    )
    branch = entity(
        "Branch",
        city,
        _each("Branch", "id", 3.0),
        label=computed("self.id", own=["id"]),
    )
    of = profile(
        step("account", timeout=1.0),
        step("slow", timeout=2.0),
        root=Composite({"account": FromStep("account")}),
        entities={"Branch": branch},
    )
    assert way(of, known=BANK) == ["account", "Branch.id", "Branch.city"]


def test_steps_of_the_composite_itself_wait_for_what_they_read_of_it() -> None:
    """Not for all of it."""
    extra = _each("Customer", "best", 1.0, own="account")
    of = profile(
        step("account", timeout=1.0),
        step("other", timeout=1.5),
        entities={"Customer": entity("Customer", extra)},
    )
    assert way(of, known=BANK) == ["account", "Customer.best"]


def test_types_that_only_a_profile_declares_are_followed() -> None:
    """It serves without any SDL."""
    fields = {"account": FieldShape("account", type_ref("[Account!]!"))}
    own = TypeShape("Customer", TypeKind.OBJECT, fields)
    of = profile(step("account", timeout=1.0), declares=(own,))
    known = shapes(Account={"branch": "Branch"}, Branch={"id": "ID"})
    account = entity("Account", _each("Account", "branch", 1.0))
    assert way(of, account, known=known) == ["account", "Account.branch"]


def test_a_union_holds_objects_of_all_its_types() -> None:
    """The slowest of them decides."""
    known = shapes(
        Customer={"case": "Case"},
        Case="Card|Loan",
        Card={"x": "ID"},
        Loan={"x": "ID"},
    )
    files = [entity(t, _each(t, "x", s)) for t, s in (("Card", 1.0), ("Loan", 2.0))]
    of = profile(step("case", timeout=1.0))
    assert way(of, *files, known=known) == ["case", "Loan.x"]


def test_a_deadline_that_nobody_wrote_is_held_against_written_timeouts_only() -> None:
    """Three steps of 5 s by default are nobody's mistake."""
    a, b = step("a", timed=False), step("b", reads="a", timed=False, retry=TWICE)
    assert found(profile(a, b)) == []
    (told,) = found(profile(a, b, step("c", reads="b", timeout=6.0, retry=TWICE)))
    assert told.message == (
        "c (2 x 6s + 50ms) can take 12.05s, and the deadline is 10s, which is the "
        "default: what is not done by then has failed"
    )


def test_a_deadline_that_somebody_wrote_is_held_against_all() -> None:
    """A fallback that can never be reached is a surprise otherwise."""
    of = profile(
        step("a", timed=False, fallback=("b",)),
        step("b", timeout=0.5),
        deadline=2.0,
        deadline_span=WHERE,
    )
    (told,) = found(of)
    assert told.message == (
        "a (5s, the default) > b (500ms, when a has failed) can take 5.5s, and the "
        "deadline is 2s: what is not done by then has failed"
    )
    assert told.hint == "write a shorter 'timeout' for 'a', or write 'deadline: 5.5s'"


def test_one_attempt_of_one_step_is_bounded_by_the_deadline_as_it_should_be() -> None:
    """That is what a deadline is for."""
    of = profile(step("a", timeout=9.0), deadline=2.0, deadline_span=WHERE)
    assert found(of) == []
    after_a_value = profile(
        step("v", value=1),
        step("a", reads="v", timeout=9.0),
        deadline=2.0,
        deadline_span=WHERE,
    )
    assert found(after_a_value) == []


@pytest.mark.parametrize(
    ("made", "told"),
    [
        (
            step("a", timeout=9.0, role=REQUIRED),
            (
                "step 'a' is required and has 9s, but the deadline is 2s: the "
                "operation fails then"
            ),
        ),
        (
            step("a", timeout=9.0, always=True),
            (
                "step 'a' is a gate and has 9s, but the deadline is 2s: the answer "
                "waits for it until then"
            ),
        ),
    ],
    ids=["required", "always"],
)
def test_a_step_that_all_hangs_on_must_not_outlast_the_deadline(
    made: Step, told: str
) -> None:
    """It is told at the step; with a timeout that nobody wrote it is not."""
    of = profile(made, deadline=2.0, deadline_span=WHERE)
    assert found(of) == [
        Problem(
            made.span,
            told,
            "shorten its timeout, or write 'deadline: 9s'",
            Severity.WARNING,
        )
    ]
    silent = profile(replace(made, timed=False), deadline=2.0, deadline_span=WHERE)
    assert found(silent) == []


def test_what_calls_nothing_takes_no_time() -> None:
    """A `value` has no timeout worth the name."""
    of = profile(step("a", timeout=1.0), step("b", value=1, reads="a", role=REQUIRED))
    assert longest_chain(of, {}, NO_TYPES).seconds == 1.0


def test_long_chains_and_many_ways_are_walked_once() -> None:
    """Else a profile of a few hundred steps would not load."""
    layers = [("x0", "y0")]
    steps = [step("x0", timeout=1.0), step("y0", timeout=1.0)]
    for n in range(1, 200):
        before = " ".join(layers[-1])
        layers.append((f"x{n}", f"y{n}"))
        steps += [step(name, reads=before, timeout=1.0) for name in layers[-1]]
    assert longest_chain(profile(*steps), {}, NO_TYPES).seconds == 200.0


_BRANCH = {"branch": None}


def _each(type_: str, field: str, timeout: float, *, own: str = "") -> Step:
    """A step that fills a field for each object of a type."""
    return step(
        field,
        fills=type_,
        fields={field: None},
        timeout=timeout,
        reads=Reads(own=frozenset({own} - {""})),
    )
