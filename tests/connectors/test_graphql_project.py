"""GraphQL upstreams through a gateway: what is asked, and what becomes of it."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.app import Gateway
from gateway.request.model import Asking, PlanWish, RequestContext
from tests.connectors.graphql_project import TYPES, data, files, gateway
from tests.graphql_server import Upstream
from tests.project import ask

JSON = "application/json"


@pytest.fixture
async def bank(upstream: Upstream, tmp_path: Path) -> AsyncIterator[Gateway]:
    async with gateway(tmp_path, upstream.url) as made:
        yield made


async def same(made: Gateway, upstream: Upstream, query: str) -> None:
    """The gateway answers what the upstream answers, by one call."""
    upstream.clear()
    answer = await ask(made, query)
    direct = upstream.direct(query)
    assert answer["data"] == direct["data"]
    told = [error["path"] for error in answer.get("errors", [])]  # type: ignore[union-attr, index, call-overload]
    assert sorted(map(str, told)) == sorted(
        str(nulled(error["path"], direct["data"])) for error in direct.get("errors", [])
    )
    assert len(upstream.asked) == 1


def nulled(path: list[Any], found: Any) -> list[Any]:
    """The place of the null that an error came to."""
    for number, key in enumerate(path):
        found = found[key]
        if found is None:
            return path[: number + 1]
    return path


async def test_only_what_is_selected_is_asked_for(
    bank: Gateway, upstream: Upstream
) -> None:
    """The document has the client's fields and no others; values are variables."""
    query = """query ($n: Int, $f: Filter) { customer(id: "1") {
      called: name
      accounts(first: $n) { id }
      closed: accounts(first: 1, filter: $f) { iban owner { name } }
    } }"""
    got = await data(bank, query, n=1, f={"status": "CLOSED", "above": 2})
    assert got["customer"] == {
        "called": "Ada",
        "accounts": [{"id": "1-1"}],
        "closed": [{"iban": "SE1-5", "owner": {"name": "Ada"}}],
    }
    assert upstream.asked == [
        {
            "operationName": "customer_customer",
            "query": "query customer_customer($v1: Int, $v2: Filter, $v3: Int, "
            '$v4: Filter) { customer(id: "1") { name '
            "hw_accounts: accounts(first: $v1, filter: $v2) { id } "
            "hw_closed: accounts(first: $v3, filter: $v4) { iban owner { name } } } }",
            "variables": {
                "v1": 1,
                "v3": 1,
                "v4": {"status": "CLOSED", "above": 2.0},
            },
        }
    ]


@pytest.mark.parametrize(
    "selected",
    [
        "__typename",
        "name nick",
        "events { __typename }",
        "events { ... on Payment { p: value } ... on Login { l: value } }",
        "events { ...on Payment { at account { id } } ...on Login { at a: account } }",
        "favourite { id __typename ... on Account { balance } }",
        "grid { x }",
        "friends { friends { friends { id name } } }",
        "a: main { id owner { accounts(first: 1) { id } } } b: main { iban }",
        "a: friends { accounts(first: 1) { id } } b: friends { accounts { id } }",
        "name secret",
        "strict { ok } friends { secret nick }",
        "strict { fails }",
    ],
)
async def test_answers_are_the_upstreams_own(
    bank: Gateway, upstream: Upstream, selected: str
) -> None:
    """Abstract types, nested lists, arguments, nulls and errors come through."""
    await same(bank, upstream, f'{{ customer(id: "1") {{ {selected} }} }}')


LEAVES = {
    "Customer": ["id", "name", "nick", "status", "secret"],
    "Account": ["id", "iban", "balance", "limit"],
    "Payment": ["amount", "p: value", "at"],
    "Login": ["device", "l: value", "at", "a: account"],
    "Note": ["text", "n: at"],
}
BELOW = {
    "Customer": [
        ("accounts(first: 1)", "Account"),
        ("main", "Account"),
        ("friends", "Customer"),
        ("events", "Event"),
        ("favourite", "Node"),
    ],
    "Account": [("owner", "Customer")],
    "Payment": [("account", "Account")],
}
SEVERAL = {"Event": ["Payment", "Login", "Note"], "Node": ["Customer", "Account"]}


@st.composite
def selections(draw: st.DrawFn, type_: str = "Customer", depth: int = 3) -> str:
    """A selection of a type, valid as a whole: every composite has an alias."""
    if type_ in SEVERAL:
        some = draw(st.lists(st.sampled_from(SEVERAL[type_]), unique=True))
        parts = [f"... on {t} {{ {draw(selections(t, depth - 1))} }}" for t in some]
        return " ".join(["__typename", *parts])
    parts = draw(st.lists(st.sampled_from(LEAVES[type_]), min_size=1, unique=True))
    fields = BELOW.get(type_, []) if depth > 0 else []
    if fields:
        for number, (name, below) in enumerate(
            draw(st.lists(st.sampled_from(fields), max_size=2))
        ):
            inner = draw(selections(below, depth - 1))
            parts.append(f"{type_.lower()}{depth}{number}: {name} {{ {inner} }}")
    return " ".join(parts)


@given(selected=selections())
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_any_selection_is_answered_as_by_the_upstream(
    bank: Gateway, upstream: Upstream, selected: str
) -> None:
    """Over random selections, data and the places of errors are the upstream's."""
    await same(bank, upstream, f'{{ customer(id: "2") {{ {selected} }} }}')


async def test_errors_name_the_clients_path_and_carry_the_upstreams_code(
    bank: Gateway, upstream: Upstream
) -> None:
    """One null, one error: under our alias, told by step and source."""
    answer = await ask(
        bank, '{ c: customer(id: "1") { name f: friends { s: secret } } }'
    )
    assert answer["data"] == {"c": {"name": "Ada", "f": [{"s": None}, {"s": None}]}}
    assert [(e["path"], e["extensions"]) for e in answer["errors"]] == [  # type: ignore[union-attr, index, call-overload]
        (
            ["c", "f", number, "s"],
            {
                "code": "UPSTREAM_REJECTED",
                "step": "c.customer",
                "source": "bank",
                "attempts": 1,
                "detail": "FORBIDDEN: no FORBIDDEN for you "
                f"(at customer.friends.{number}.secret)",
            },
        )
        for number in (0, 1)
    ]


BAD = {
    "null": (
        200,
        JSON,
        '{"data": null, "errors": [{"message": "no", "extensions": {"code": "NOPE"}}]}',
    ),
    "errors only": (200, JSON, '{"errors": [{"message": "no"}]}'),
    "unplaced": (
        200,
        JSON,
        '{"data": {"customer": {"name": "A"}}, "errors": [{"message": "hm"}]}',
    ),
    "elsewhere": (
        200,
        JSON,
        (
            '{"data": {"customer": {"name": "A"}}, '
            '"errors": [{"message": "hm", "path": ["other"]}]}'
        ),
    ),
    "refused": (
        400,
        JSON,
        (
            '{"errors": [{"message": "bad query", '
            '"extensions": {"code": "GRAPHQL_VALIDATION_FAILED"}}]}'
        ),
    ),
    "broken": (500, JSON, '{"errors": [{"message": "oops"}]}'),
    "html": (200, "text/html", "<html>"),
    "no json": (200, JSON, "nope"),
    "list": (200, JSON, "[]"),
    "empty": (200, JSON, "{}"),
    "text": (200, JSON, '{"data": "x"}'),
    "no field": (200, JSON, '{"data": {}}'),
    "odd errors": (200, JSON, '{"data": {"customer": null}, "errors": ["x"]}'),
}
SAYS = {
    "null": ("UPSTREAM_REJECTED", "NOPE: no"),
    "errors only": ("UPSTREAM_REJECTED", "no"),
    "unplaced": ("UPSTREAM_REJECTED", "hm"),
    "elsewhere": ("UPSTREAM_REJECTED", "hm (at other)"),
    "refused": ("UPSTREAM_STATUS", "GRAPHQL_VALIDATION_FAILED: bad query"),
    "broken": ("UPSTREAM_STATUS", "oops"),
}


@pytest.mark.parametrize("kind", BAD)
async def test_a_bad_answer_is_a_clear_failure(
    bank: Gateway, upstream: Upstream, kind: str
) -> None:
    """Whatever comes in place of an answer nulls the field, once, and says why."""
    status, media, body = BAD[kind]
    upstream.replies.append((status, media, body.encode()))
    answer = await ask(bank, '{ customer(id: "1") { name } }')
    assert answer["data"] == {"customer": None}
    (error,) = answer["errors"]  # type: ignore[misc]
    code, detail = SAYS.get(kind, ("UPSTREAM_INVALID", None))
    assert error["path"] == ["customer"]  # type: ignore[index, call-overload]
    assert error["extensions"]["code"] == code  # type: ignore[index, call-overload]
    if detail is not None:
        assert error["extensions"]["detail"] == detail  # type: ignore[index, call-overload]
    assert await data(bank, '{ customer(id: "1") { name } }')  # the pool is whole


async def test_a_value_of_another_type_is_an_error_of_its_field(
    bank: Gateway, upstream: Upstream
) -> None:
    """Data that is not of the promised types costs the fields that it is in."""
    body = {"data": {"customer": {"nick": {"a": 1}, "main": "x", "id": "1"}}}
    upstream.replies.append((200, JSON, json.dumps(body).encode()))
    answer = await ask(bank, '{ customer(id: "1") { id nick main { id } } }')
    assert answer["data"] == {"customer": {"id": "1", "nick": None, "main": None}}
    assert len(answer["errors"]) == 2  # type: ignore[arg-type]


ENTITIES = {
    "schema/bank.graphql": """
type Query { ledger(ids: [ID!]!): [Entry!]! }
type Entry { id: ID!, iban: String, balance: Float, owner: Customer, place: Place }
type Place { code: String! city: String }
"""
    + TYPES,
    "profiles/customer.yaml": """
language: 1
operation: ledger
steps:
  - name: rows
    type: value
    value: >
      ${ ids.map(id, {'id': id, 'code': id, 'country': id == 'X' ? 'XX' : 'SE'}) }
""",
    "profiles/entry.yaml": """
language: 1
entity: Entry
steps:
  - name: account
    type: graphql
    source: bank
    provides: [iban, balance, owner]
    entity: { type: Account, key: [id] }
    batch: { max: 3 }
  - name: place
    type: graphql
    source: bank
    entity: { type: Branch, key: [code, country] }
""",
}


async def test_entities_are_asked_for_in_batches_by_their_keys(
    upstream: Upstream, tmp_path: Path
) -> None:
    """Representations of all parents at most three a call; no entity is null."""
    async with gateway(tmp_path, upstream.url, ENTITIES) as made:
        query = "query ($i: [ID!]!) { ledger(ids: $i) { id iban owner { name } } }"
        got = await data(made, query, i=["1", "2", "gone", "3"])
    assert got["ledger"] == [
        {"id": "1", "iban": "SE1", "owner": {"name": "Ada"}},
        {"id": "2", "iban": "SE2", "owner": {"name": "Grace"}},
        {"id": "gone", "iban": None, "owner": None},
        {"id": "3", "iban": "SE3", "owner": {"name": "Edsger"}},
    ]
    text = (
        "query Entry_account($representations: [_Any!]!) { "
        "_entities(representations: $representations) { "
        "... on Account { iban owner { name } } } }"
    )
    asked = [(one["query"], one["variables"]) for one in upstream.asked]
    ids = [["1", "2", "gone"], ["3"]]
    assert asked == [
        (text, {"representations": [{"__typename": "Account", "id": i} for i in some]})
        for some in ids
    ]


async def test_an_entity_has_several_keys_and_one_that_fails_costs_no_other(
    upstream: Upstream, tmp_path: Path
) -> None:
    """Compound keys join by value; an error of one entity stands in its fields."""
    async with gateway(tmp_path, upstream.url, ENTITIES) as made:
        places = await data(made, '{ ledger(ids: ["A", "X"]) { place { city } } }')
        answer = await ask(made, '{ ledger(ids: ["1", "broken"]) { id iban } }')
    assert places["ledger"] == [{"place": {"city": "A SE"}}, {"place": None}]
    assert upstream.asked[0]["variables"]["representations"][0] == {
        "__typename": "Branch",
        "code": "A",
        "country": "SE",
    }
    assert answer["data"] == {
        "ledger": [{"id": "1", "iban": "SE1"}, {"id": "broken", "iban": None}]
    }
    (error,) = answer["errors"]  # type: ignore[misc]
    assert error["path"] == ["ledger", 1, "iban"]  # type: ignore[index, call-overload]


MIXED = {
    "profiles/customer.yaml": """
language: 1
operation: customer
steps:
  - name: customer
    type: graphql
    source: bank
    field: customer
    arguments: { id: "${ id }" }
    also: "nick"
  - name: greeting
    type: value
    fills: Customer.nick
    value: "${ 'Hi ' + self.name }"
fields:
  Account.limit: self.balance
""",
}


async def test_what_other_steps_give_is_not_asked_for_but_what_they_read_is(
    upstream: Upstream, tmp_path: Path
) -> None:
    """`self.x` and expressions add their keys; fields of other steps are left out."""
    changed = {
        "profiles/customer.yaml": MIXED["profiles/customer.yaml"].replace(
            '    also: "nick"\n', ""
        )
    }
    async with gateway(tmp_path, upstream.url, changed) as made:
        got = await data(made, '{ customer(id: "1") { nick main { limit } } }')
    assert got == {"customer": {"nick": "Hi Ada", "main": {"limit": 214.5}}}
    (asked,) = upstream.asked
    assert asked["query"] == (
        'query customer_customer { customer(id: "1") { main { balance } name } }'
    )


async def test_also_is_asked_for_whatever_is_selected(
    upstream: Upstream, tmp_path: Path
) -> None:
    """What an author needs besides is written as a selection."""
    async with gateway(tmp_path, upstream.url, MIXED) as made:
        await data(made, '{ customer(id: "1") { id } }')
    assert upstream.asked[0]["query"] == (
        'query customer_customer { customer(id: "1") { id nick } }'
    )


DOCUMENT = {
    "schema/bank.graphql": "type Query { customer(id: ID!): Customer }\n"
    "type Mutation { rename(id: ID!, name: String!): Customer }" + TYPES,
    "profiles/customer.yaml": """
language: 1
operation: customer
steps:
  - name: customer
    type: graphql
    source: bank
    document: |
      query One($id: ID!, $n: Int) {
        customer(id: $id) { id name accounts(first: $n) { id } }
      }
    variables: { n: 1 }
""",
    "profiles/rename.yaml": """
language: 1
operation: rename
kind: mutation
steps:
  - name: renamed
    type: graphql
    source: bank
    mutation: true
    field: rename
    arguments: { id: "${ id }", name: "${ name }" }
    types: { name: String! }
""",
}


async def test_a_document_is_asked_as_it_is_and_a_mutation_once(
    upstream: Upstream, tmp_path: Path
) -> None:
    """Variables have values by name, of the step or the operation."""
    async with gateway(tmp_path, upstream.url, DOCUMENT) as made:
        got = await data(made, '{ customer(id: "2") { name accounts { id } } }')
        new = await data(made, 'mutation { rename(id: "1", name: "L\\"o") { name } }')
        upstream.replies.append((500, JSON, b"{}"))
        lost = await ask(made, 'mutation { rename(id: "1", name: "x") { name } }')
    assert got["customer"] == {"name": "Grace", "accounts": [{"id": "2-1"}]}
    assert new == {"rename": {"name": 'L"o'}}
    assert lost["data"] == {"rename": None}
    assert upstream.asked[0]["variables"] == {"n": 1, "id": "2"}
    renamed = (
        "mutation rename_renamed($name: String!) "
        '{ rename(id: "1", name: $name) { name } }'
    )
    assert [one["query"] for one in upstream.asked[1:]] == [renamed] * 2


async def test_equal_calls_are_one_and_partial_answers_are_not_kept(
    upstream: Upstream, tmp_path: Path
) -> None:
    """Sharing and caching go by document and variables."""
    cached = files("", MIXED)["profiles/customer.yaml"].replace(
        '    also: "nick"\n', "    cache: { ttl: 1h, scope: public }\n"
    )
    async with gateway(tmp_path, upstream.url, {"profiles/customer.yaml": cached}) as g:
        both = '{ a: customer(id: "1") { id } b: customer(id: "1") { id } }'
        await data(g, both)
        await data(g, both)
        await data(g, '{ customer(id: "1") { name } }')
        for _ in range(2):
            await ask(g, '{ customer(id: "1") { secret } }')
    assert [one["query"].split("{ ", 2)[2] for one in upstream.asked] == [
        "id } }",
        "name } }",
        "secret } }",
        "secret } }",
    ]


LISTED = {
    "schema/bank.graphql": ENTITIES["schema/bank.graphql"],
    "profiles/customer.yaml": ENTITIES["profiles/customer.yaml"],
    "profiles/entry.yaml": """
language: 1
entity: Entry
steps:
  - name: owner
    type: graphql
    source: bank
    field: customers
    arguments: { ids: "${ keys }", status: OPEN }
    types: { ids: "[ID!]!", status: Status }
    batch: { key: "${ self.id }", by: id }
""",
}


async def test_a_field_that_gives_a_list_is_asked_for_many_parents(
    upstream: Upstream, tmp_path: Path
) -> None:
    """One call for all parents; the key that joins them is asked for with the rest."""
    async with gateway(tmp_path, upstream.url, LISTED) as made:
        got = await data(made, '{ ledger(ids: ["2", "9", "1"]) { owner { name } } }')
    assert [row["owner"] for row in got["ledger"]] == [
        {"name": "Grace"},
        None,
        {"name": "Ada"},
    ]
    assert upstream.asked == [
        {
            "operationName": "Entry_owner",
            "query": "query Entry_owner($ids: [ID!]!, $status: Status) "
            "{ customers(ids: $ids, status: $status) { name id } }",
            "variables": {"ids": ["2", "9", "1"], "status": "OPEN"},
        }
    ]


async def test_a_dry_run_shows_the_document(bank: Gateway, upstream: Upstream) -> None:
    """Nothing is sent, and values of the request are not in it."""
    asking = Asking('{ customer(id: "1") { name } }', None, {})
    clock = bank.pipeline.clock
    request = RequestContext(
        "test", clock.now(), clock.wall(), plan=PlanWish.DRY_RUN, explain=True
    )
    answer = await bank.pipeline.answer(bank.current, asking, request)
    (step,) = answer.as_json()["extensions"]["plan"]["steps"]  # type: ignore[call-overload, index]
    assert step["document"] == (  # type: ignore[call-overload, index]
        "query customer_customer { customer(id: <arguments.id>) { name } }"
    )
    assert upstream.asked == []


LACKING = {
    "profiles/customer.yaml": MIXED["profiles/customer.yaml"].replace(
        "self.name", "self.secret"
    ),
}


async def test_what_reads_a_missing_part_does_not_run(
    upstream: Upstream, tmp_path: Path
) -> None:
    """No expression sees a part that is missing; its reader says so."""
    async with gateway(tmp_path, upstream.url, LACKING) as made:
        answer = await ask(made, '{ customer(id: "1") { name nick } }')
    assert answer["data"] == {"customer": {"name": "Ada", "nick": None}}
    (error,) = answer["errors"]  # type: ignore[misc]
    assert error["extensions"]["code"] == "DEPENDENCY_FAILED"  # type: ignore[index, call-overload]
