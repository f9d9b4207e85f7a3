"""A policy is decided before anything is called, so it reads what is known by then."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.app import build_gateway
from gateway.errors import ProfileError
from gateway.expression import parse
from gateway.plan.presence import only_presence
from tests.project import write

OPERATION = """
language: 1
operation: customer
args: { id: ID! }
POLICY
steps:
  - { name: account, type: value, value: { id: a } }
  - { name: risk, type: value, value: 1, policy: "STEP" }
"""
LATE = "'policy' reads {!r}, and is decided before anything is called"


def problems(folder: Path, step: str, policy: str = "") -> list[tuple[int, str, str]]:
    text = OPERATION.replace("STEP", step).replace("POLICY", policy)
    files = {"headwater.yaml": "explorer: false\n", "profiles/customer.yaml": text}
    config = write(folder, files)
    try:
        gateway = build_gateway([config], {})
    except ProfileError as error:
        found = error.problems
    else:
        found = gateway.current.problems
    return [(p.span.line, p.message, p.hint or "") for p in found]


@pytest.mark.parametrize("name", ["account", "self", "args", "keys", "response"])
def test_what_is_known_later_cannot_decide(tmp_path: Path, name: str) -> None:
    """Answers, parents and arguments of fields come after it."""
    ((line, message, hint),) = problems(tmp_path, f"{name}.open == true")
    assert (line, message) == (8, LATE.format(name))
    assert "a condition over answers is a 'when'" in hint


def test_a_name_that_is_none_is_told_with_the_next_one(tmp_path: Path) -> None:
    """Of an operation's policy as of a step's."""
    ((line, message, hint),) = problems(tmp_path, "true", "policy: idd == '1'")
    assert (line, message) == (5, "'idd' is no argument here")
    assert hint == "did you mean 'id'?"


def test_arguments_request_and_flags_can_decide(tmp_path: Path) -> None:
    """All that is known when a request comes in."""
    step = "id == '1' && request.tenant == 'a' && flags.on"
    assert problems(tmp_path, step) == []


@pytest.mark.parametrize(
    ("text", "asks"),
    [
        ("account == null", True),
        ("null != account", True),
        ("size(account) == 0 || account == null", True),
        ("account != null && account.status == 'x'", True),
        ("account == other", False),
        ("account == null && account == other", False),
        ("account.exists(one, one.iban == 'x')", False),
        ("account == null || account.exists(one, one.iban == 'x')", False),
        ("'x' in account", False),
        ("account[name] == 'x'", False),
    ],
)
def test_a_condition_asks_whether_something_is_there_or_looks_inside(
    text: str, asks: bool
) -> None:
    """In doubt it looks inside: then what is denied inside denies it."""
    whole = next(one for one in parse(text).references if not one.path)
    assert only_presence(text, whole) is asks
