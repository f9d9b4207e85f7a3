"""`headwater import proto` and `reflection`: a project that loads as it is written."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.cli.conftest import Invoke
from tests.grpc_server import GrpcServer, bank_descriptors, descriptor_set, grpc_server

__all__ = ["bank_descriptors", "grpc_server"]

PROFILE = """\
language: 1
operation: getAccount
steps:
  - name: getAccount
    type: grpc
    source: bank
    service: bank.v1.Accounts
    rpc: GetAccount
    message:
      accountId: "${ accountId }"
      status: "${ status }"
      tags: "${ tags }"
      limits: "${ limits }"
      balance: "${ balance }"
      at: "${ at }"
      version: "${ version }"
      email: "${ email }"
      phone: "${ phone }"
"""
QUERY = """\
extend type Query {
  getAccount(
    accountId: ID
    status: Status
    tags: [String!]
    limits: JSON
    balance: MoneyInput
    at: DateTime
    version: Decimal
    email: String
    phone: String
  ): Account
  listEntries(count: Int, bytesEach: Int): [Entry!]
  wait(what: String!): Account
  hear(what: String!): Heard
}
"""


@pytest.fixture
def bank(here: Path) -> Path:
    path = here / "bank.pb"
    path.write_bytes(descriptor_set())
    return path


def test_a_project_is_made_of_descriptors(
    here: Path, bank: Path, invoke: Invoke
) -> None:
    """Types, an operation for each rpc that reads, a source held to its descriptors."""
    result = invoke("import", "proto", str(bank), "--url", "grpc://10.0.0.1:50051")
    assert result.exit_code == 0, result.output
    assert "bank.pb (gRPC): 4 operations, 7 types, 5 files" in result.output
    assert "bank.v1.Accounts/Upload" in result.output
    assert (here / "profiles/getAccount.yaml").read_text("utf-8") == PROFILE
    assert (here / "schema/bank.graphql").read_text("utf-8").startswith(QUERY)
    assert (here / "headwater.yaml").read_text("utf-8") == (
        "sources:\n  bank:\n    url: grpc://10.0.0.1:50051\n"
        "    descriptors: ./bank.binpb\n"
    )
    assert invoke("check").output == "No problems.\n"


def test_what_changes_something_is_made_where_it_is_asked_for(
    here: Path, bank: Path, invoke: Invoke
) -> None:
    """As mutations."""
    result = invoke("import", "proto", str(bank), "--mutations", "--source", "core")
    assert result.exit_code == 0, result.output
    sdl = (here / "schema/core.graphql").read_text("utf-8")
    reads, mutations = sdl.partition("\n}\n\nenum")[0].split("extend type Mutation")
    assert re.findall(r"^  (\w+)\(", reads, re.MULTILINE) == [
        *("getAccount", "listEntries", "wait", "hear"),
    ]
    assert re.findall(r"^  (\w+)\(", mutations, re.MULTILINE) == [
        *("refuse", "garble", "close"),
    ]
    assert "kind: mutation\n" in (here / "profiles/close.yaml").read_text("utf-8")
    assert invoke("check").output == "No problems.\n"


def test_a_server_is_asked_what_it_offers(
    here: Path, grpc_server: GrpcServer, invoke: Invoke
) -> None:
    """By its place; what it says is kept beside the project."""
    result = invoke("import", "reflection", grpc_server.target, "--source", "bank")
    assert result.exit_code == 0, result.output
    assert (here / "profiles/getAccount.yaml").read_text("utf-8") == PROFILE
    assert invoke("check").output == "No problems.\n"


def test_a_source_is_asked_what_it_offers(
    here: Path, grpc_server: GrpcServer, invoke: Invoke
) -> None:
    """By its name in the deployment file, which stays as it is."""
    (here / "profiles").mkdir()
    (here / "schema").mkdir()
    deployment = (
        f"profiles: ./profiles\nschema: ./schema\n"
        f"sources:\n  bank: {{ url: 'grpc://{grpc_server.target}' }}\n"
    )
    (here / "headwater.yaml").write_text(deployment, "utf-8")
    result = invoke("import", "reflection", "bank")
    assert result.exit_code == 0, result.output
    assert (here / "headwater.yaml").read_text("utf-8") == deployment
    assert (here / "profiles/getAccount.yaml").read_text("utf-8") == PROFILE
    assert invoke("check").output == "No problems.\n"


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("proto", "nowhere.proto"), "there is no nowhere.proto"),
        (("proto", "broken.proto"), "broken.proto: this does not compile: "),
        (("proto", "bytes.proto"), "bytes.proto: this does not compile: "),
        (("proto", "text.pb"), "text.pb: this is no descriptor set"),
        (("proto", "bank.pb", "--url", "http://x"), "'http://x' is no place of a gRPC"),
        (("proto", "bank.pb", "--source", "a b"), "'a b' is no name of a source"),
        (
            ("reflection", "[::1]:9"),
            "[::1]:9 cannot be asked: it answered with status ",
        ),
    ],
)
def test_what_cannot_be_imported_is_told(
    here: Path, bank: Path, invoke: Invoke, arguments: tuple[str, ...], told: str
) -> None:
    """In one line, and nothing is written."""
    (here / "broken.proto").write_text("message {", "utf-8")
    (here / "bytes.proto").write_bytes(b'syntax = "\xef\xff";')
    (here / "text.pb").write_text("text", "utf-8")
    result = invoke("import", *arguments)
    assert result.exit_code != 0
    assert told in result.output
    assert not (here / "headwater.yaml").exists()
