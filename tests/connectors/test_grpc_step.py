"""gRPC at load time: a step held to its source's descriptors."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.connectors.base import ReplyRules, Slot
from gateway.connectors.grpc.descriptors import Descriptors, read_set
from gateway.connectors.grpc.options import GrpcOptions
from gateway.connectors.grpc.step import GrpcStep, Offer
from gateway.connectors.grpc.target import GrpcTarget
from gateway.shape import FieldShape, TypeKind, TypeRef, TypeShape
from gateway.testing.contract import StepTypeContract
from tests.connectors.section import TestedSection
from tests.grpc_server import SERVICE, descriptor_set


@pytest.fixture(scope="module")
def bank() -> Descriptors:
    return read_set(descriptor_set())


def options(rpc: str = "GetAccount", **keys: Any) -> GrpcOptions:
    return GrpcOptions(**{"service": SERVICE, "rpc": rpc, **keys})


class TestContract(StepTypeContract):
    """What every step type keeps."""

    @pytest.fixture(params=[False, True], ids=["asked later", "known"])
    def step_type(self, request: pytest.FixtureRequest, bank: Descriptors) -> GrpcStep:
        return GrpcStep().knowing(Offer(bank) if request.param else None)

    @pytest.fixture
    def options(self) -> GrpcOptions:
        return options()


def test_a_target_holds_what_is_fixed(bank: Descriptors) -> None:
    """Constants stay, templates are slots, the rpc is known."""
    asked = options(
        message={"accountId": "${ id }", "tags": ["a"]},
        metadata={"x-a": "${ id }"},
        on_status={5: None, "ABORTED": 1},
        max_messages=7,
    )
    made = GrpcStep(Offer(bank)).compile(TestedSection(), asked)
    assert made == GrpcTarget(
        SERVICE,
        "GetAccount",
        {"accountId": Slot("message.accountId"), "tags": ["a"]},
        {"x-a": Slot("metadata.x-a")},
        frozenset({"NOT_FOUND", "ABORTED"}),
        7,
        bank.method(SERVICE, "GetAccount"),
    )


def test_without_descriptors_nothing_is_claimed() -> None:
    """The server is asked when it is called; until then only the form is judged."""
    section = TestedSection()
    made = GrpcStep().compile(section, options("Anything", message="${ whole }"))
    assert made == GrpcTarget(SERVICE, "Anything", Slot("message"))
    assert section.problems == []
    assert GrpcStep().shape(options()) is None


@pytest.mark.parametrize(
    ("keys", "problem"),
    [
        (
            {"service": "bank.v1.Acounts"},
            (
                "service: the source's descriptors do not have a service "
                "'bank.v1.Acounts' — did you mean 'bank.v1.Accounts'?"
            ),
        ),
        (
            {"rpc": "GetAcount"},
            (
                "rpc: the source's descriptors do not have an rpc "
                "bank.v1.Accounts/GetAcount — did you mean 'GetAccount'?"
            ),
        ),
        (
            {"rpc": "Upload"},
            (
                "rpc: Upload takes a stream of messages, and a step sends one — "
                "call a unary or server-streaming rpc"
            ),
        ),
        (
            {"message": {"acountId": "1"}},
            (
                "message.acountId: bank.v1.GetAccountRequest has no field 'acountId' — "
                "did you mean 'accountId'?"
            ),
        ),
        (
            {"message": {"balance": {"curency": "${ x }"}}},
            (
                "message.balance.curency: bank.v1.Money has no field 'curency' — "
                "did you mean 'currency'?"
            ),
        ),
        (
            {"message": {"accountId": 42}},
            "message.accountId: this does not fit 'accountId', which takes text",
        ),
        (
            {"message": {"version": "x"}},
            "message.version: this does not fit 'version', which takes a whole number",
        ),
        (
            {"message": {"status": "OPN"}},
            (
                "message.status: this does not fit 'status', which takes a value of "
                "bank.v1.Status — did you mean 'OPEN'?"
            ),
        ),
        (
            {"message": {"tags": "a"}},
            "message.tags: 'tags' is a list, and this is none — write [ ... ]",
        ),
        (
            {"message": {"tags": ["a", 5]}},
            "message.tags.1: this does not fit 'tags', which takes text",
        ),
        (
            {"message": {"limits": 5}},
            "message.limits: 'limits' is a map, this is none",
        ),
        (
            {"message": {"balance": 5}},
            (
                "message.balance: bank.v1.Money is a message, and this is none — "
                "write a map of its fields"
            ),
        ),
        (
            {"message": {"at": "yesterday"}},
            (
                "message.at: this does not fit 'at', which takes a "
                "google.protobuf.Timestamp"
            ),
        ),
        (
            {"message": {"email": "a", "phone": "b"}},
            (
                "message.phone: only one of 'email' and 'phone' can be set — "
                "remove one of them"
            ),
        ),
        (
            {"message": {"accountId": "a", "account_id": "b"}},
            (
                "message.account_id: 'accountId' and 'account_id' are the same field — "
                "remove one of them"
            ),
        ),
        (
            {"message": ["a"]},
            (
                "message: bank.v1.GetAccountRequest is a message, and this is none — "
                "write a map of its fields"
            ),
        ),
        (
            {"metadata": {"grpc-timeout": "1S"}},
            (
                "metadata.grpc-timeout: 'grpc-timeout' is no name of metadata — write "
                "letters, digits, - _ and . that do not begin with grpc-"
            ),
        ),
    ],
)
def test_what_can_never_be_sent_is_told_at_load(
    bank: Descriptors, keys: dict[str, Any], problem: str
) -> None:
    """With its place, and the nearest name that there is."""
    section = TestedSection()
    GrpcStep(Offer(bank)).compile(section, options(**keys))
    assert section.problems == [problem]


@pytest.mark.parametrize(
    "message",
    [
        {"accountId": "${ id }", "status": "${ s }", "tags": "${ t }"},
        {"account_id": "1", "version": "9007199254740993", "status": 1},
        {"tags": ["a", "${ t }"], "limits": {"day": 5, "week": "${ w }"}},
        {"balance": {"currency": "EUR", "minor_units": "${ m }"}},
        {"at": "2020-01-02T03:04:05Z", "email": None, "phone": "a"},
        {"email": "${ a }", "phone": "${ b }"},
        None,
    ],
)
def test_what_may_fit_is_let_by(bank: Descriptors, message: object) -> None:
    """Templates are judged when they are sent."""
    section = TestedSection()
    GrpcStep(Offer(bank)).compile(section, options(message=message))
    assert section.problems == []


@pytest.mark.parametrize(
    ("rpc", "keys", "idempotent", "reads"),
    [
        ("GetAccount", {}, True, True),
        ("GetAccount", {"idempotent": False}, False, True),
        ("Close", {}, False, False),
        ("Close", {"idempotent": True}, True, False),
    ],
)
def test_an_rpc_says_whether_it_may_be_repeated(
    bank: Descriptors, rpc: str, keys: dict[str, Any], idempotent: bool, reads: bool
) -> None:
    """By its `idempotency_level`, where the step does not say it."""
    step_type, asked = GrpcStep(Offer(bank)), options(rpc, **keys)
    assert (step_type.idempotent(asked), step_type.rules(asked).reads) == (
        idempotent,
        reads,
    )
    assert GrpcStep().idempotent(options("GetAccount")) is False


def test_statuses_are_named_or_numbered(bank: Descriptors) -> None:
    """Either means the same."""
    asked = options("Close", on_status={"NOT_FOUND": None, 10: "again"})
    assert GrpcStep(Offer(bank)).rules(asked) == ReplyRules({5: None, 10: "again"})


def test_an_answer_has_the_types_of_its_descriptors(bank: Descriptors) -> None:
    """Objects by place; JSON for 64-bit numbers and for a message inside itself."""
    step_type = GrpcStep(Offer(bank))
    types = {each.name: each for each in step_type.types(options(), "Card")}
    assert list(types) == ["Card", "CardBalance", "CardOwner"]
    assert {n: str(f.type) for n, f in types["Card"].fields.items()} == {
        "id": "ID",
        "holderName": "String",
        "status": "String",
        "balance": "CardBalance",
        "version": "JSON",
        "checksum": "JSON",
        "token": "String",
        "rate": "Float",
        "score": "Float",
        "tags": "[String]",
        "limits": "JSON",
        "openedAt": "DateTime",
        "idle": "String",
        "nickname": "String",
        "points": "JSON",
        "extra": "JSON",
        "detail": "JSON",
        "shown": "String",
        "age": "Int",
        "owner": "CardOwner",
        "email": "String",
        "phone": "String",
    }
    assert types["CardOwner"] == TypeShape(
        "CardOwner",
        TypeKind.OBJECT,
        {
            "name": FieldShape("name", TypeRef("String")),
            "deputy": FieldShape("deputy", TypeRef("JSON")),
        },
    )
    snake = GrpcStep(Offer(bank, snake=True)).shape(options())
    assert snake is not None
    assert [field.name for field in snake][:2] == ["id", "holder_name"]
    assert step_type.gives_list(options("ListEntries"))
    assert not step_type.gives_list(options())
