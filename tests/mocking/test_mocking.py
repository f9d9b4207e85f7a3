"""A deployment without its systems: what answers, and that nothing else does."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from gateway.app import Gateway, build_gateway
from gateway.connectors.settings import CannedAnswer
from gateway.mocking.dressing import Mocking, Recorded
from gateway.mocking.source import key_of
from gateway.mocking.values import Making
from gateway.shape import FieldShape, Shapes, TypeKind, TypeRef, TypeShape
from gateway.telemetry.events import unobserved
from gateway.values import JsonValue
from tests.project import ask, write

FILES = {
    "headwater.yaml": """
sources:
  default: { url: "http://127.0.0.1:9", names: snake, unwrap: data }
  warehouse: { type: duckdb, path: ./no-such.duckdb }
""",
    "schema/bank.graphql": """
type Query { customer(customer_id: ID!): Customer }
type Customer {
  account: Account!
  risk: Risk
  grade: Grade!
  riskScore: Float
  cases: [Case!]!
}
type Account {
  id: ID!
  holder: String!
  openedOn: Date!
  balance: Decimal!
  branch: Branch!
  joint: Boolean!
}
type Branch { id: ID!, city: String! }
type Risk { score: Float!, segment: String }
enum Grade { GOLD SILVER }
union Case = Card | Fee
type Card { id: ID!, digits: String! }
type Fee { id: ID!, cents: Int! }
scalar Date
scalar Decimal
""",
    "profiles/customer.yaml": """
language: 1
operation: customer
null_if: account == null
steps:
  - name: account
    endpoint: /accounts/{customer_id}
    select: response.body.items.filter(x, x.id == customer_id)[0]
    success_if: response.body.fine
    role: required
  - name: risk
    type: warehouse
    source: warehouse
    query: SELECT score, segment FROM risks WHERE id = :customer_id
    mock: { body: { score: 0.5, segment: LOW } }
  - name: grade
    endpoint: /grades/{account.segment_code}
    on_status: { 404: SILVER }
  - name: cases
    endpoint: /cases/{customer_id}
    type_by: { field: kind, types: { card: Card, "*": Fee } }
fields:
  Customer.riskScore: risk.score
  Account.openedOn: self.open_dt
""",
    "profiles/account.yaml": """
language: 1
entity: Account
steps:
  - name: branch
    method: POST
    endpoint: /branches/search
    batch: { key: "${ self.branchCode }", body: "${ {'ids': keys} }", by: code }
""",
}
QUERY = """{ customer(customer_id: "42") {
  account { id holder openedOn balance joint branch { id city } }
  risk { score segment } riskScore grade
  cases { __typename ... on Card { id digits } ... on Fee { id cents } } } }"""


def mocked(
    folder: Path, recorded: Recorded | None = None, **more: Mapping[str, str]
) -> Gateway:
    config = write(folder, {**FILES, **more.get("files", {})})
    mocking = Mocking(recorded or {})
    return build_gateway([config], {}, observe=unobserved, mocking=mocking)


async def test_every_field_has_a_value_of_its_type_and_no_source_is_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Batches, unions, renamed and raw keys included; a step's own mock comes first."""

    def opened(*_: object) -> None:
        raise AssertionError("a source is opened")

    monkeypatch.setattr("gateway.loading.opening.open_source", opened)
    gateway = mocked(tmp_path)
    answer = await ask(gateway, QUERY)
    assert "errors" not in answer
    customer = answer["data"]["customer"]  # type: ignore[index,call-overload]
    assert customer["account"]["id"] == "42"
    assert customer["risk"] == {"score": 0.5, "segment": "LOW"}
    assert customer["riskScore"] == 0.5
    assert customer["grade"] in ("GOLD", "SILVER")
    assert customer["account"]["branch"]["city"].startswith("city ")
    kinds = {case["__typename"] for case in customer["cases"]}
    assert kinds
    assert kinds <= {"Card", "Fee"}


async def test_the_same_query_gives_the_same_answer(tmp_path: Path) -> None:
    """At any time and in any process; another customer is another one."""
    first, second = mocked(tmp_path), mocked(tmp_path)
    answer = await ask(first, QUERY)
    assert await ask(first, QUERY) == await ask(second, QUERY) == answer
    assert await ask(first, QUERY.replace("42", "43")) != answer


async def test_what_was_recorded_comes_before_types(tmp_path: Path) -> None:
    """By the values of the call; other values get what was recorded for some."""
    key = key_of({"endpoint:account.segment_code": "segment_code delta"})
    recorded = {
        "customer.grade": {key: CannedAnswer("GOLD"), "other": CannedAnswer("GOLD")}
    }
    asked = '{ customer(customer_id: "%s") { grade } }'
    gateway = mocked(tmp_path, recorded)
    answers = [await ask(gateway, asked % n) for n in (1, 2)]
    assert answers == [{"data": {"customer": {"grade": "GOLD"}}}] * 2


@pytest.mark.parametrize(
    ("mock", "data"),
    [
        ("{ body: { data: GOLD } }", {"grade": "GOLD"}),
        ("{ status: 404 }", {"grade": "SILVER"}),
        ("[{ body: { data: GOLD } }, { body: { data: SILVER } }]", {"grade": "GOLD"}),
    ],
)
async def test_a_steps_mock_is_read_as_a_real_reply_would_be(
    tmp_path: Path, mock: str, data: JsonValue
) -> None:
    """Unwrapped, and by `on_status`."""
    text = FILES["profiles/customer.yaml"].replace(
        "    on_status:", f"    mock: {mock}\n    on_status:"
    )
    gateway = mocked(tmp_path, files={"profiles/customer.yaml": text})
    answer = await ask(gateway, '{ customer(customer_id: "1") { grade } }')
    assert answer == {"data": {"customer": data}}


async def test_a_mock_that_fails_fails_its_step(tmp_path: Path) -> None:
    """So that a frontend sees what a partial answer looks like."""
    text = FILES["profiles/customer.yaml"].replace("{ score: 0.5, segment: LOW }", "0")
    text = text.replace("mock: { body: 0 }", "mock: { error: timeout }")
    gateway = mocked(tmp_path, files={"profiles/customer.yaml": text})
    answer = await ask(gateway, '{ customer(customer_id: "1") { risk { score } } }')
    assert answer["data"] == {"customer": {"risk": None}}
    codes = [e["extensions"]["code"] for e in answer["errors"]]  # type: ignore[index,union-attr,call-overload]
    assert codes == ["UPSTREAM_TIMEOUT"]


async def test_a_reload_is_mocked_too(tmp_path: Path) -> None:
    """Whoever works on profiles sees the change, and still calls nobody."""
    gateway = mocked(tmp_path)
    text = FILES["profiles/customer.yaml"].replace("score: 0.5", "score: 0.75")
    write(tmp_path, {"profiles/customer.yaml": text})
    assert await gateway.reload()
    answer = await ask(gateway, '{ customer(customer_id: "1") { riskScore } }')
    assert answer == {"data": {"customer": {"riskScore": 0.75}}}


def _shapes(**types: Mapping[str, TypeRef]) -> Shapes:
    made = {
        name: TypeShape(
            name, TypeKind.OBJECT, {f: FieldShape(f, t) for f, t in fields.items()}
        )
        for name, fields in types.items()
    }
    return Shapes(made, "d")


def test_types_that_hold_themselves_come_to_an_end() -> None:
    """Lists of friends of friends stay small, and a value that cannot be is null."""
    shapes = _shapes(
        Person={"name": TypeRef("String", "!"), "friends": TypeRef("Person", "![!")},
        Self={"self": TypeRef("Self", "!")},
    )
    making = Making(shapes, "seed")
    person = making.value(TypeRef("Person", "!"), ())
    assert len(str(person)) < 200_000
    assert making.value(TypeRef("Self", "!"), ()) is not None


@pytest.mark.parametrize(
    ("type_", "given", "value"),
    [
        (TypeRef("ID"), {"customer_id": "7"}, "7"),
        (TypeRef("ID"), {"customer_id": "7", "branch_id": "8"}, None),
        (TypeRef("Int"), {"id": 7}, 7),
        (TypeRef("Boolean"), {"id": True}, True),
        (TypeRef("Boolean"), {"id": "7"}, None),
    ],
)
def test_what_was_asked_for_is_told_again(
    type_: TypeRef, given: Mapping[str, object], value: object
) -> None:
    """Where its name and its type are those of the field."""
    shapes = _shapes(A={"id": type_})
    made = Making(shapes, "seed", given).value(TypeRef("A", "!"), ())
    assert isinstance(made, dict)
    assert (made["id"] == value) is (value is not None)
