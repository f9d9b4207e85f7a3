"""Descriptors of gRPC sources are read at load: a bad file is told with its place."""

from __future__ import annotations

from importlib import util
from pathlib import Path
from typing import Any

import pytest

from gateway.cli.project import open_nothing
from gateway.loading import offering
from gateway.loading.loader import Loader
from tests.grpc_server import descriptor_set

PROFILE = """\
language: 1
operation: card
args: { id: ID! }
steps:
  - name: account
    type: grpc
    source: bank
    service: bank.v1.Accounts
    rpc: GetAccount
    message: { accountId: "${ id }" }
"""
PROTO = """\
syntax = "proto3";
package bank.v1;
message Asked { string account_id = 1; }
message Account { string id = 1; int64 cents = 2; }
service Accounts { rpc GetAccount(Asked) returns (Account); }
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in ("profiles", "schema"):
        (tmp_path / name).mkdir()
    (tmp_path / "profiles/card.yaml").write_text(PROFILE, "utf-8")
    (tmp_path / "bank.binpb").write_bytes(descriptor_set())
    (tmp_path / "bank.proto").write_text(PROTO, "utf-8")
    (tmp_path / "text.binpb").write_text("text", "utf-8")
    return tmp_path


def problems(keys: str, url: str = "grpc://bank.invalid:50051") -> list[str]:
    """What loading says of a source with these keys; nothing is opened."""
    source = f'sources:\n  bank:\n    url: "{url}"\n    {keys}\n'
    Path("headwater.yaml").write_text(source, "utf-8")
    loader = Loader([Path("headwater.yaml")], {}, open_nothing)
    return [str(problem) for problem in loader.check()]


@pytest.mark.parametrize(
    "keys",
    [
        "descriptors: ./bank.binpb",
        "proto: ./bank.proto",
        "proto: [./bank.proto]",
        "limits: { concurrency: 5 }",
    ],
)
def test_a_good_source_loads(folder: Path, keys: str) -> None:
    """By a file, compiled, or asked at the first call: no server is needed for it."""
    assert problems(keys) == []


@pytest.mark.parametrize(
    ("keys", "problem"),
    [
        (
            "descriptors: ./no.binpb",
            (
                "headwater.yaml:4:18: no.binpb cannot be read: No such file or "
                "directory — name a file that is there"
            ),
        ),
        (
            "descriptors: ./text.binpb",
            (
                "headwater.yaml:4:18: this is no descriptor set — write it with protoc "
                "--include_imports --descriptor_set_out=FILE"
            ),
        ),
        (
            "proto: ./text.binpb",
            (
                "headwater.yaml:4:12: this does not compile: "
                'text.binpb:1:1: Expected top-level statement (e.g. "message") — '
                "correct the .proto file"
            ),
        ),
        (
            "descriptors: ./bank.binpb\n    proto: ./bank.proto",
            (
                "headwater.yaml:5:5: 'descriptors' and 'proto' say the same in two "
                "ways — keep one of them"
            ),
        ),
        (
            "tls: {}",
            "headwater.yaml:4:5: the URL is without TLS — write grpcs://",
        ),
        (
            'headers: { x-a: "${ args.x }" }',
            (
                "headwater.yaml:4:21: 'args' cannot be read in a source's headers — "
                "they may read 'request' only"
            ),
        ),
    ],
)
def test_a_bad_source_is_told_with_its_place(
    folder: Path, keys: str, problem: str
) -> None:
    """What is wrong, where, and what to do."""
    assert problems(keys) == [problem]


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("grpc://bank", "this is no gRPC URL — write grpc://accounts.internal:50051"),
        (
            "grpc://anna:hunter2@bank:1",
            ("a gRPC URL has no credentials in it — write them under 'auth'"),
        ),
    ],
)
def test_a_url_is_a_host_and_a_port(folder: Path, url: str, why: str) -> None:
    """And is not shown, for it may hold a password."""
    assert problems("limits: {}", url)[0] == f"headwater.yaml:3:10: {why}"


@pytest.mark.parametrize(
    ("missing", "keys", "problem"),
    [
        (
            "grpc",
            "limits: {}",
            (
                "headwater.yaml:3:10: gRPC is not installed here — "
                "run pip install 'headwater[grpc]'"
            ),
        ),
        (
            "grpc_tools",
            "proto: ./other.proto",
            (
                "headwater.yaml:4:12: .proto files are compiled by grpcio-tools, which "
                "is not installed — run pip install grpcio-tools"
            ),
        ),
    ],
)
def test_what_has_to_be_installed_is_said(
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    missing: str,
    keys: str,
    problem: str,
) -> None:
    """By the command that does it."""

    def found(name: str) -> Any:
        return None if name == missing else util.find_spec(name)

    monkeypatch.setattr(offering, "find_spec", found)
    (folder / "other.proto").write_text(f"{PROTO}// other\n", "utf-8")
    assert problems(keys) == [problem]


def test_a_file_that_changes_is_read_again(folder: Path) -> None:
    """A profile is held to the file as it is, not as it was."""
    assert problems("proto: ./bank.proto") == []
    (folder / "bank.proto").write_text(PROTO.replace("account_id", "number"), "utf-8")
    assert problems("proto: ./bank.proto") == [
        (
            "profiles/card.yaml:10:27: bank.v1.Asked has no field 'accountId' — "
            "its fields are number"
        )
    ]
