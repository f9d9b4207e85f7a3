"""What operations cost: weights, sizes of lists, calls; and who is refused for it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from gateway.cli.project import open_nothing
from gateway.errors import ProfileError
from gateway.judging import estimated
from gateway.loading.loader import Loader
from gateway.plan.explain import as_text
from gateway.request.model import Asking, RequestContext
from tests.limiting.conftest import Limited, limited
from tests.project import write

SDL = """
type Person {
  name: String
  accounts(first: Int = 20): [Account!]
  moves(limit: Int, until: In, last: Int): Moves
    @listSize(slicingArguments: ["limit", "until.n"], sizedFields: ["edges"])
  cards: [Card] @listSize(assumedSize: 4)
  tags: [String]
  pages(first: Int): Pages
  thing: Thing
}
union Thing = Account | Card
type Pages { nodes: [Move], total: Int, held: [Account] }
type Moves { edges: [Move], others: [Move] }
type Account { id: ID owner: Owner checked(deep: Boolean @cost(weight: 6)): Boolean }
type Move { at: String }
type Card @cost(weight: 5) {
  id: ID
  limit: Int @cost(weight: 2)
  pin: Pin @cost(weight: 0)
}
type Pin { at: String }
type Owner { id: ID }
input In { n: Int }
"""
PERSON = """
language: 1
operation: person
args: { id: ID! }
returns: Person
steps:
  - { name: who, endpoint: "/p/{id}" }
"""
ACCOUNT = """
language: 1
entity: Account
steps:
  - { name: owner, endpoint: "/o/{self.id}" }
"""
CARD = """
language: 1
entity: Card
steps:
  - name: pin
    method: POST
    endpoint: /pins
    batch: { key: "${ self.id }", body: "${ keys }", by: id, max: 3 }
"""
FILES = {
    "schema/all.graphql": SDL,
    "profiles/person.yaml": PERSON,
    "profiles/account.yaml": ACCOUNT,
    "profiles/card.yaml": CARD,
}
WHERE = "sources: { default: { url: 'http://127.0.0.1:9' } }\n"


@pytest.fixture(scope="module")
def bank(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Limited]:
    """A gateway that takes what costs up to 1,000 or makes up to 40 calls."""
    folder = tmp_path_factory.mktemp("cost")
    limits = "{ cost: { max: 1000, list: 3 }, calls: 40 }"
    with limited(folder, limits, WHERE, FILES) as found:
        yield found


def cost(one: Limited, text: str, given: Mapping[str, Any] | None = None) -> Any:
    """What a plan's report says that it comes to: cost, calls, the costliest field."""
    pipeline, generation = one.gateway.pipeline, one.gateway.current
    request = RequestContext("r", pipeline.clock.now(), pipeline.clock.wall())
    ready = pipeline.prepare(generation, Asking(text, None, given or {}), request)
    made = ready.plan, ready.bindings, generation.shapes, generation.limits
    found: Any = estimated(*made)
    return found["total"], found["calls"], found["costliest"]["field"]


@pytest.mark.parametrize(
    ("selected", "total", "calls", "most"),
    [
        ("name", 11, 1, "person"),
        ("name tags", 11, 1, "person"),
        ("accounts { id }", 11 + 20, 1, "person.accounts"),
        ("accounts(first: 2) { id }", 11 + 2, 1, "person"),
        ("accounts(first: -2) { id }", 11, 1, "person"),
        ("accounts(first: 2) { owner { id } }", 11 + 2 + 2 + 20, 3, "person.accounts"),
        ("accounts(first: 1) { checked(deep: true) }", 11 + 1 + 6, 1, "person"),
        ("accounts(first: 1) { checked(deep: null) }", 11 + 1, 1, "person"),
        ("cards { id limit }", 11 + 4 * 5 + 4 * 2, 1, "person.cards"),
        ("thing { ... on Account { owner { id } } }", 23, 2, "person.thing"),
        ("cards { pin { at } }", 11 + 4 * 5 + 2 * 10, 3, "person.cards"),
        ("pages(first: 7) { total nodes { at } }", 11 + 1 + 7, 1, "person"),
        ("pages { held { owner { id } } }", 12 + 3 + 3 + 30, 2, "person.pages.held"),
        ("pages { nodes { at } }", 11 + 1 + 3, 1, "person"),
        ("moves(limit: 4) { edges { at } }", 11 + 1 + 4, 1, "person"),
        ("moves(until: { n: 9 }) { edges { at } }", 11 + 1 + 9, 1, "person"),
        ("moves(limit: 9) { others { at } }", 11 + 1 + 3, 1, "person"),
        ("thing { ... on Account { id } ... on Card { limit } }", 18, 1, "person"),
        ("a: cards { id } b: cards { id }", 11 + 20 + 20, 1, "person.cards"),
    ],
)
def test_a_cost_is_the_weights_of_all_objects_and_calls(
    bank: Limited, selected: str, total: int, calls: int, most: str
) -> None:
    """Objects weigh 1 and leaves nothing, a call 10, unless a weight is written.

    A list is as long as its arguments say, else as SDL assumes, else 3.
    """
    found = cost(bank, f"{{ person(id: 1) {{ {selected} }} }}")
    assert found == (total, calls, most)


def ask(one: Limited, text: str, given: Mapping[str, Any] | None = None) -> Any:
    body = {"query": text, "variables": given or {}}
    return one.client.post("/graphql", json=body).json()["errors"][0]


LISTED = "query ($n: Int) { person(id: 1) { accounts(first: $n) { id } } }"


def test_what_costs_too_much_is_refused_with_its_costliest_field(bank: Limited) -> None:
    """By the values of each request where a variable says how long a list is."""
    error = ask(bank, LISTED, {"n": 5000})
    assert error["message"] == (
        "The operation costs 5,011, 5,000 of it for 'person.accounts';"
        " 'limits.cost' allows 1,000."
    )
    assert error["extensions"] == {
        "code": "MAX_COST_LIMIT",
        "limit": "limits.cost",
        "found": 5011,
        "allowed": 1000,
    }
    assert ask(bank, LISTED, {"n": 900})["extensions"]["code"] == "UPSTREAM_UNREACHABLE"
    assert ask(bank, LISTED, {"n": 990})["extensions"]["found"] == 1001
    assert ask(bank, LISTED, {})["extensions"]["code"] == "UPSTREAM_UNREACHABLE"


def test_what_would_make_too_many_calls_is_refused_before_any(bank: Limited) -> None:
    """A step of objects makes one for each object that its list may have."""
    error = ask(bank, "{ person(id: 1) { accounts(first: 40) { owner { id } } } }")
    assert error["message"] == (
        "The operation makes 41 upstream calls; 'limits.calls' allows 40."
    )


def test_a_list_that_has_to_say_its_length_has_to(bank: Limited) -> None:
    """With exactly one of its slicing arguments; a default nobody chose is none."""
    for given in ("", "(last: 2)", "(limit: 1, until: { n: 2 })", "(limit: null)"):
        error = ask(
            bank, f"{{ person(id: 1) {{ moves{given} {{ edges {{ at }} }} }} }}"
        )
        assert error["message"] == (
            "The operation has to give 'person.moves' exactly one of 'limit',"
            " 'until.n', which its size is by; 'limits.cost' allows 1,000."
        )


def test_lists_in_lists_multiply_and_huge_numbers_are_no_matter(tmp_path: Path) -> None:
    """Fifteen levels of a list of two billion are counted, and refused."""
    sdl = "type Node { id: ID nodes(first: Int): [Node] }"
    profile = PERSON.replace("person", "node").replace("Person", "Node")
    files = {"schema/n.graphql": sdl, "profiles/node.yaml": profile}
    with limited(tmp_path, "{}", WHERE, files) as one:
        inner = "id"
        for _ in range(13):
            inner = f"nodes(first: 2147483647) {{ {inner} }}"
        error = ask(one, f"{{ node(id: 1) {{ {inner} }} }}")
        assert error["extensions"]["code"] == "MAX_COST_LIMIT"
        assert error["message"].startswith(
            "The operation costs more than 1,000,000,000"
        )


def test_a_cost_that_warns_is_told_and_let_through(tmp_path: Path) -> None:
    """As any limit that is being tried."""
    limits = "{ cost: 5, calls: 1, warn: [cost, calls] }"
    with limited(tmp_path, limits, WHERE, FILES) as one:
        text = "{ person(id: 1) { accounts(first: 3) { owner { id } } } }"
        assert ask(one, text)["extensions"]["code"] == "UPSTREAM_UNREACHABLE"
        assert one.counts() == {("calls", "warned"): 1, ("cost", "warned"): 1}


DEAR = {
    **FILES,
    "profiles/person.yaml": PERSON.replace('"/p/{id}"', '"/p/{id}", cost: 50'),
    "profiles/account.yaml": ACCOUNT.replace('self.id}"', 'self.id}", cost: 0'),
    "profiles/card.yaml": CARD + "    cost: 2.5\n",
}


def test_a_step_says_what_a_call_of_it_counts(tmp_path: Path) -> None:
    """In place of what calls count; for objects, each call that is made for them."""
    with limited(tmp_path, "{ cost: { max: 100, call: 10 } }", WHERE, DEAR) as one:
        assert cost(one, "{ person(id: 1) { name } }") == (51, 1, "person")
        owners = "{ person(id: 1) { accounts(first: 3) { owner { id } } } }"
        assert cost(one, owners) == (51 + 3 + 3, 4, "person")
        pins = "{ person(id: 1) { cards { pin { at } } } }"
        assert cost(one, pins) == (51 + 4 * 5 + 2 * 2.5, 3, "person")
        error = ask(one, "{ a: person(id: 1) { name } b: person(id: 2) { name } }")
        assert error["extensions"]["found"] == 102


def test_a_plan_says_what_a_step_costs(tmp_path: Path) -> None:
    """Where its profile does; of the others nothing is said."""
    with limited(tmp_path, "{}", WHERE + 'plan: { when: "true" }\n', DEAR) as one:
        text = "{ person(id: 1) { name thing { ... on Account { id } } } }"
        asked = {"query": text}
        headers = {"headwater-plan": "dry-run"}
        answer = one.client.post("/graphql", json=asked, headers=headers).json()
        assert [step["cost"] for step in answer["extensions"]["plan"]["steps"]] == [50]
        clock, generation = one.gateway.pipeline.clock, one.gateway.current
        request = RequestContext("r", clock.now(), clock.wall())
        ready = one.gateway.pipeline.prepare(
            generation, Asking(text, None, {}), request
        )
        assert "+ person.who [default], costs 50 a call" in as_text(ready.plan)


def test_what_calls_nothing_has_no_cost_of_its_own(tmp_path: Path) -> None:
    """The key would say something that is never counted: check says so."""
    step = "\n  - { name: told, type: value, value: 1, cost: 3, fills: Person.name }"
    files = {**FILES, "profiles/person.yaml": PERSON.rstrip() + step + "\n"}
    config = write(tmp_path, {**files, "headwater.yaml": WHERE})
    found = [p.message for p in Loader([config], {}, open_nothing).check()]
    assert "'cost' has no effect: 'value' calls nothing" in found


@pytest.mark.parametrize(
    ("field", "said"),
    [
        ('a(n: Int): [A] @listSize(slicingArguments: ["m"])', "slices by 'm'"),
        ('a(n: String): [A] @listSize(slicingArguments: ["n"])', "slices by 'n'"),
        ("a: A @listSize(assumedSize: 3)", "is of no list"),
        ('a: A @listSize(assumedSize: 3, sizedFields: ["b"])', "sizes 'b'"),
        ("a: [A] @listSize", "says no size"),
        ("a: [A] @listSize(assumedSize: -1)", "assumes less than nothing"),
        ("a: [A] @cost(weight: many)", "weight"),
    ],
)
def test_directives_that_say_nothing_stop_the_load(
    tmp_path: Path, field: str, said: str
) -> None:
    """Whoever writes one means it; the place is named."""
    files = {**FILES, "schema/a.graphql": f"type A {{ id: ID {field} }}"}
    with pytest.raises(ProfileError) as error, limited(tmp_path, "{}", WHERE, files):
        pass
    assert said in str(error.value)
    assert "schema/a.graphql:1:" in str(error.value)
