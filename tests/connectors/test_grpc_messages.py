"""Values → messages → values: protobuf's JSON mapping, with exact integers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from google.protobuf import descriptor_pb2, message_factory, struct_pb2

from gateway.connectors.grpc.descriptors import (
    Descriptors,
    DescriptorsError,
    Method,
    read_set,
)
from gateway.connectors.grpc.reading import Names
from gateway.errors import ErrorClass, UpstreamError
from tests.grpc_server import SERVICE, descriptor_set


@pytest.fixture(scope="module")
def bank() -> Descriptors:
    return read_set(descriptor_set())


def method(bank: Descriptors, rpc: str) -> Method:
    found = bank.method(SERVICE, rpc)
    assert found is not None
    return found


def account(bank: Descriptors, names: Names = Names.JSON, **values: object) -> object:
    """What is read of an account that has these fields set."""
    kind = bank.pool.FindMessageTypeByName("bank.v1.Account")
    made = message_factory.GetMessageClass(kind)(**values)
    return method(bank, "GetAccount").reader(names)(made.SerializeToString())


EMPTY = {
    "id": "",
    "holderName": "",
    "status": "STATUS_UNSPECIFIED",
    "balance": None,
    "version": 0,
    "checksum": 0,
    "token": "",
    "rate": 0.0,
    "score": 0.0,
    "tags": [],
    "limits": {},
    "openedAt": None,
    "idle": None,
    "nickname": None,
    "points": None,
    "extra": None,
    "detail": None,
    "shown": None,
    "age": None,
    "owner": None,
    "email": None,
    "phone": None,
}


def test_every_declared_field_is_there(bank: Descriptors) -> None:
    """Plain fields have their zero; what can be unset, and is, is null."""
    assert account(bank) == EMPTY


def test_an_optional_zero_is_no_null(bank: Descriptors) -> None:
    """A field that is set to its zero is told from one that is not set."""
    assert account(bank, age=0, phone="") == EMPTY | {"age": 0, "phone": ""}


@pytest.mark.parametrize(
    ("values", "read"),
    [
        ({"version": -(2**63)}, {"version": -(2**63)}),
        ({"checksum": 2**64 - 1}, {"checksum": 2**64 - 1}),
        ({"token": b"\x00\xff"}, {"token": "AP8="}),
        ({"rate": 0.1, "score": 0.1}, {"rate": 0.1, "score": 0.1}),
        ({"rate": float("nan")}, {"rate": "NaN"}),
        ({"rate": float("-inf")}, {"rate": "-Infinity"}),
        ({"score": 3.4028234663852886e38}, {"score": 3.4028235e38}),
        ({"status": 2}, {"status": "CLOSED"}),
        ({"status": 7}, {"status": 7}),
        ({"limits": {"day": 2**53 + 1}}, {"limits": {"day": 2**53 + 1}}),
        (
            {"opened_at": {"seconds": 1, "nanos": 5}},
            {"openedAt": "1970-01-01T00:00:01.000000005Z"},
        ),
        ({"idle": {"seconds": -1}}, {"idle": "-1s"}),
        ({"points": {"value": 2**62 + 1}}, {"points": 2**62 + 1}),
        ({"nickname": {}}, {"nickname": ""}),
        ({"shown": {"paths": ["holder_name", "id"]}}, {"shown": "holderName,id"}),
        (
            {"extra": struct_pb2.Struct(fields={"a": {"number_value": 3}})},
            {"extra": {"a": 3}},
        ),
        (
            {"owner": {"name": "Ada", "deputy": {"name": "Bo"}}},
            {"owner": {"name": "Ada", "deputy": {"name": "Bo", "deputy": None}}},
        ),
    ],
    ids=str,
)
def test_a_value_is_read_exactly(
    bank: Descriptors, values: dict[str, object], read: dict[str, object]
) -> None:
    """No digit is lost, names are names, and what JSON cannot say is text."""
    assert account(bank, **values) == EMPTY | read


@pytest.mark.parametrize(
    ("held", "read"),
    [
        (
            {
                "type_url": "x/bank.v1.Money",
                "value": b"\x10\x81\x80\x80\x80\x80\x80\x80\x10",
            },
            {"@type": "x/bank.v1.Money", "currency": "", "minorUnits": 2**53 + 1},
        ),
        (
            {"type_url": "x/google.protobuf.Int64Value", "value": b"\x08\x05"},
            {"@type": "x/google.protobuf.Int64Value", "value": 5},
        ),
        (
            {"type_url": "x/other.Thing", "value": b"\x00\x01"},
            {"@type": "x/other.Thing", "value": "AAE="},
        ),
        ({}, None),
    ],
    ids=["a message", "a wrapper", "nobody knows it", "empty"],
)
def test_an_any_says_what_it_holds(
    bank: Descriptors, held: dict[str, object], read: object
) -> None:
    """By the descriptors; the bytes of a kind that they do not have."""
    assert account(bank, detail=held) == EMPTY | {"detail": read}


def test_fields_can_keep_the_names_of_the_proto_file(bank: Descriptors) -> None:
    """For sources whose names are snake: the field partyId reads party_id."""
    read = account(bank, Names.PROTO, holder_name="Ada", balance={"minor_units": 1})
    assert isinstance(read, dict)
    assert (read["holder_name"], read["balance"]) == (
        "Ada",
        {"currency": "", "minor_units": 1},
    )


def test_what_the_descriptors_do_not_know_stays_out(bank: Descriptors) -> None:
    """A server may be newer than the file of its descriptors."""
    newer = b"\xa2\x06\x03new"  # field 100
    assert method(bank, "GetAccount").reader(Names.JSON)(newer) == EMPTY


@pytest.mark.parametrize(
    "content", [b"\xff\xff\xff", b"\x0a\x02\xff\xfe", b"\x0a\x09x"]
)
def test_bytes_that_are_no_message_are_no_answer(
    bank: Descriptors, content: bytes
) -> None:
    """Cut off, not UTF-8, or something else altogether."""
    with pytest.raises(UpstreamError) as caught:
        method(bank, "GetAccount").reader(Names.JSON)(content)
    assert caught.value.kind is ErrorClass.INVALID
    assert caught.value.message == "The source's answer does not fit its descriptors."


# -- what is sent ----------------------------------------------------------------------


def sent(bank: Descriptors, values: object) -> object:
    """What a server reads of a request."""
    found = method(bank, "GetAccount")
    kind = message_factory.GetMessageClass(found.input)
    return kind.FromString(found.write(values))


@pytest.mark.parametrize(
    "values",
    [
        {"accountId": "42", "version": "9007199254740993"},
        {"account_id": "42", "version": 9007199254740993},
        {"account_id": "42", "version": Decimal(9007199254740993), "tags": None},
    ],
)
def test_fields_go_by_either_name(bank: Descriptors, values: object) -> None:
    """64-bit numbers as text, number or exact decimal; null leaves a field out."""
    made = sent(bank, values)
    assert (made.account_id, made.version) == ("42", 2**53 + 1)  # type: ignore[attr-defined]


def test_times_and_nested_values_are_sent_as_they_are(bank: Descriptors) -> None:
    """CEL's timestamps, maps, lists, enums by name."""
    at = datetime(2020, 1, 2, tzinfo=UTC)
    made = sent(
        bank,
        {
            "at": at,
            "tags": ["a", "b"],
            "limits": {"day": 5},
            "balance": {"minorUnits": 7},
            "status": "CLOSED",
        },
    )
    assert made.at.ToDatetime(UTC) == at  # type: ignore[attr-defined]
    assert list(made.tags) == ["a", "b"]  # type: ignore[attr-defined]
    assert dict(made.limits) == {"day": 5}  # type: ignore[attr-defined]
    assert made.balance.minor_units == 7  # type: ignore[attr-defined]
    assert made.status == 2  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "values",
    [
        {"accountIdd": "secret-1"},
        {"accountId": 42},
        {"accountId": "\ud800"},
        {"version": "secret-1"},
        {"version": 1.5},
        {"version": 2**63},
        {"status": "secret-1"},
        {"tags": "secret-1"},
        {"balance": "secret-1"},
        {"balance": [1]},
        {"at": timedelta(seconds=1)},
        {"limits": {"day": object()}},
        {"email": "a", "phone": "b"},
    ],
    ids=" ".join,
)
def test_what_does_not_fit_is_not_sent(bank: Descriptors, values: object) -> None:
    """The step is rejected; no value is told, for it may be anybody's."""
    with pytest.raises(UpstreamError) as caught:
        sent(bank, values)
    assert caught.value.kind is ErrorClass.REJECTED
    assert caught.value.message == "The message does not fit what the rpc takes."
    assert "secret-1" not in str(caught.value.detail)


def test_a_value_that_is_nested_too_deep_is_not_sent(bank: Descriptors) -> None:
    """Another source's answer may be as deep as JSON goes."""
    deep: object = 1
    for _ in range(1_020):
        deep = [deep]
    with pytest.raises(UpstreamError) as caught:
        sent(bank, {"limits": deep})
    assert caught.value.kind is ErrorClass.REJECTED


@pytest.mark.parametrize("values", ["secret-1", ["secret-1"], 5])
def test_a_message_is_a_map(bank: Descriptors, values: object) -> None:
    """What a template gives for a whole message is judged when it is sent."""
    with pytest.raises(UpstreamError) as caught:
        sent(bank, values)
    assert caught.value.message == "The message is no map of fields."


# -- files of descriptors --------------------------------------------------------------


def test_a_set_may_leave_out_what_protobuf_brings() -> None:
    """Times, wrappers and the like are the same everywhere."""
    whole = descriptor_pb2.FileDescriptorSet.FromString(descriptor_set())
    lean = descriptor_pb2.FileDescriptorSet(
        file=[f for f in whole.file if not f.name.startswith("google/")]
    )
    found = read_set(lean.SerializeToString())
    assert found.rpcs(SERVICE)[:2] == ("GetAccount", "Refuse")


def test_an_equal_set_in_another_order_is_the_same() -> None:
    """By content: so that what was compiled against one holds against the other."""
    whole = descriptor_pb2.FileDescriptorSet.FromString(descriptor_set())
    turned = descriptor_pb2.FileDescriptorSet(file=reversed(whole.file))
    first, second = read_set(descriptor_set()), read_set(turned.SerializeToString())
    assert repr(first) == repr(second)
    assert first.method(SERVICE, "Wait") == second.method(SERVICE, "Wait")


def _file(name: str, **more: object) -> bytes:
    file = descriptor_pb2.FileDescriptorProto(name=name, **more)  # type: ignore[arg-type]
    return descriptor_pb2.FileDescriptorSet(file=[file]).SerializeToString()


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"\xff", "this is no descriptor set"),
        (b"", "this descriptor set is empty"),
        (_file("a", dependency=["b.proto"]), "a imports b.proto, which is missing"),
        (_file("a", dependency=["a"]), "a imports itself"),
        (
            _file(
                "a",
                service=[{"name": "S", "method": [{"name": "m", "input_type": ".X"}]}],
            ),
            "a cannot be used: ",
        ),
    ],
)
def test_a_file_of_no_use_says_why(content: bytes, why: str) -> None:
    """With the command that writes a good one."""
    with pytest.raises(DescriptorsError) as caught:
        read_set(content)
    assert caught.value.message.startswith(why)
    assert caught.value.hint.startswith("write it with protoc --include_imports")
