"""Recorded requests under a candidate: what would change, with no network."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from gateway.request.model import Asking
from tests.cli.conftest import Invoke, Upstream
from tests.recording.kit import ADA, Recorded, asking

HERE = Path("headwater.yaml")
CUSTOMER = Path("profiles/customer.yaml")
ENTITY = Path("profiles/Customer.yaml")
CITY = '"/cities/{self.town}"'
SELECT = "select: \"{'name': 'X'}\""


@pytest.fixture
def recorded(here: Path, upstream: Upstream) -> Recorded:
    """Three requests that were recorded; the sources are not asked again."""
    made = Recorded(here, upstream)
    other = Asking('{ customer(id: "7") { since age } }')
    made.asked(asking(), asking(), other)
    made.upstream.answers.clear()
    made.upstream.asked.clear()
    return made


def change(file: Path, old: str, new: str) -> None:
    text = file.read_text("utf-8")
    assert old in text
    file.write_text(text.replace(old, new), "utf-8")


def replay(invoke: Invoke, *more: str) -> tuple[int, Any]:
    result = invoke("test", "--recordings", "tapes", "--json", *more)
    assert result.stdout, result.stderr
    return result.exit_code, json.loads(result.stdout)


def test_the_same_configuration_changes_nothing(
    recorded: Recorded, invoke: Invoke
) -> None:
    """Not one field, though values are pseudonyms; nobody is asked."""
    result = invoke("test", "--recordings", "tapes")
    said = "3 recordings, every answer is the same\n"
    assert (result.exit_code, result.stdout) == (0, said), result.stderr
    assert recorded.upstream.asked == []


def test_a_step_that_is_gone_takes_its_fields_along(
    recorded: Recorded, invoke: Invoke
) -> None:
    """Its calls are saved."""
    text = ENTITY.read_text("utf-8")
    ENTITY.write_text(text[: text.index("steps:")], "utf-8")
    status, made = replay(invoke)
    assert (status, made["changed"]) == (1, 2)
    found = [(one["path"], one["how"], one["count"]) for one in made["changes"]]
    assert found == [("customer.city", "value", 2)]
    assert made["calls"] == {
        "Customer.city": {"recorded": 2, "made": 0, "otherwise": 0, "new": 0}
    }


def test_a_step_that_is_new_makes_calls_that_nobody_recorded(
    recorded: Recorded, invoke: Invoke
) -> None:
    """They are told as new, and nothing is made up for them or for what reads them."""
    change(
        CUSTOMER, "steps:", 'steps:\n  - { name: gate, source: bank, endpoint: "/g" }'
    )
    change(CUSTOMER, "/people/{id}", "/people/{id}/{gate.code}")
    status, made = replay(invoke)
    assert (status, made["changed"]) == (1, 3)
    assert made["calls"] == {
        "Customer.city": {"recorded": 2, "made": 0, "otherwise": 0, "new": 0},
        "customer.customer": {"recorded": 3, "made": 0, "otherwise": 0, "new": 0},
        "customer.gate": {"recorded": 0, "made": 3, "otherwise": 0, "new": 3},
    }


def test_another_endpoint_is_answered_by_its_step(
    recorded: Recorded, invoke: Invoke
) -> None:
    """Told as asking otherwise; the answers are what they were."""
    change(CUSTOMER, "/people/{id}", "/v2/people/{id}")
    status, made = replay(invoke)
    assert (status, made["changes"]) == (0, [])
    assert made["calls"] == {
        "customer.customer": {"recorded": 3, "made": 3, "otherwise": 3, "new": 0}
    }


def test_a_step_under_another_name_is_known_by_what_it_asks(
    recorded: Recorded, invoke: Invoke
) -> None:
    """A call is what it asks for."""
    change(CUSTOMER, "name: customer", "name: person")
    status, made = replay(invoke)
    assert (status, made["changes"]) == (0, [])
    counts = {step: (c["recorded"], c["made"]) for step, c in made["calls"].items()}
    assert counts == {"customer.customer": (3, 0), "customer.person": (0, 3)}


def test_another_select_changes_values(recorded: Recorded, invoke: Invoke) -> None:
    """By path, with what was and what would be, and where the recording is."""
    change(
        ENTITY,
        '"/cities/{self.town}"',
        "\"/cities/{self.town}\", select: \"{'name': 'X'}\"",
    )
    status, made = replay(invoke)
    assert status == 1
    (one,) = made["changes"]
    assert (one["operation"], one["path"], one["how"], one["count"]) == (
        "customer",
        "customer.city.name",
        "value",
        2,
    )
    first = one["examples"][0]
    assert (first["before"], first["after"]) == ("London", "X")
    assert first["recording"].endswith(".jsonl:1:1")
    status, made = replay(invoke, "--allow", "customer.city")
    assert (status, made["changed"], made["changes"][0]["allowed"]) == (0, 0, True)


def test_a_mask_that_is_new_is_seen(recorded: Recorded, invoke: Invoke) -> None:
    """What was a value is a mask: told as text, Markdown and JUnit."""
    with HERE.open("a") as config:
        config.write("policies: { pii: { when: 'false' } }\n")
    result = invoke("test", "--recordings", "tapes", "--junit", "replay.xml")
    assert result.exit_code == 1
    assert (
        "CHANGED  customer: customer.fullName (another value, 2 times)" in result.stdout
    )
    assert '-> "***"' in result.stdout
    assert "3 recordings, 3 would be answered otherwise" in result.stdout
    assert 'failures="' in Path("replay.xml").read_text("utf-8")
    told = invoke("test", "--recordings", "tapes", "--markdown")
    assert "| **changed** | customer | `customer.age` |" in told.stdout
    for text in (result.stdout, told.stdout):
        assert str(ADA["fullName"]) not in text


def test_a_step_that_waits_less_than_it_took_fails(
    recorded: Recorded, invoke: Invoke
) -> None:
    """A reply comes after as long as it took."""
    (file,) = Path("tapes").iterdir()
    lines = [json.loads(line) for line in file.read_text("utf-8").splitlines()]
    for line in lines:
        line["calls"][0]["seconds"] = 0.4
    file.write_text("".join(json.dumps(line) + "\n" for line in lines), "utf-8")
    assert replay(invoke)[0] == 0
    change(CUSTOMER, "name: customer,", "name: customer, timeout: 100ms,")
    status, made = replay(invoke)
    assert (status, made["changed"]) == (1, 3)
    errors = [one for one in made["changes"] if one["how"] == "error"]
    assert [one["examples"][0]["after"] for one in errors] == ["UPSTREAM_TIMEOUT"]


def test_a_release_of_the_store_is_a_candidate(
    recorded: Recorded, invoke: Invoke
) -> None:
    """By the beginning of its id, or by the word for what serves."""
    HERE.write_text(f"{HERE.read_text('utf-8')}release: {{ store: ./store }}\n")
    before, after = CUSTOMER.read_text("utf-8"), "deadline: 9s\n"
    CUSTOMER.write_text(f"{before}{after}", "utf-8")
    made = invoke("release", "publish", "--json")
    release = json.loads(made.stdout)["id"]
    assert invoke("release", "activate", release[:8]).exit_code == 0
    CUSTOMER.write_text("nonsense", "utf-8")
    for named in (release[:8], "active"):
        status, told = replay(invoke, "--bundle", named)
        assert (status, told["recordings"]) == (0, 3)
    unknown = invoke("test", "--recordings", "tapes", "--bundle", "ffffffff")
    assert unknown.exit_code == 2
    assert "no releases begin with 'ffffffff'" in unknown.stderr
    assert recorded.upstream.asked == []


def test_a_bundle_is_a_candidate(recorded: Recorded, invoke: Invoke) -> None:
    """Under the deployment that is here."""
    change(
        ENTITY,
        '"/cities/{self.town}"',
        "\"/cities/{self.town}\", select: \"{'name': 'X'}\"",
    )
    made = invoke("release", "bundle", "--out", "new.zip")
    assert made.exit_code == 0, made.stderr
    change(ENTITY, "'X'", "'Y'")
    status, told = replay(invoke, "--bundle", "new.zip")
    assert (status, told["changes"][0]["examples"][0]["after"]) == (1, "X")


def test_what_is_no_recording_is_told_and_left_out(
    recorded: Recorded, invoke: Invoke
) -> None:
    """Half a line, another version, nonsense: by file and line."""
    (file,) = Path("tapes").iterdir()
    first, second, third = file.read_bytes().splitlines(keepends=True)
    odd = [b"[]\n", b'{"version": 2}\n', b'{"version": 1}\n', b"\xff\n"]
    odd.append(b"[" * 100_000 + b"\n")
    odd.append(first.replace(b'"attempts":1', b'"attempts":1e999'))
    nobodys = second.replace(b'"upstream"', b'"nowhere"')
    file.write_bytes(first + b"".join(odd) + nobodys + third[:200])
    status, made = replay(invoke)
    assert (status, made["recordings"]) == (0, 1)
    assert [one["line"] for one in made["problems"]] == [2, 3, 4, 5, 6, 7, 8, 9]


def test_where_nothing_can_be_replayed_the_command_was_misused(
    recorded: Recorded, invoke: Invoke
) -> None:
    """No folder, none in it that can be read, or a candidate that does not load."""
    Path("empty").mkdir()
    for folder in ("nowhere", "empty"):
        result = invoke("test", "--recordings", folder)
        assert result.exit_code == 2
        assert f"there are no recordings in {folder}" in result.stderr
    assert invoke("test", "--bundle", "x.zip").exit_code == 2
    CUSTOMER.write_text("operation: [", "utf-8")
    result = invoke("test", "--recordings", "tapes")
    assert result.exit_code == 2
    assert "the candidate does not load" in result.stderr


def test_recordings_become_profile_tests_that_pass(
    recorded: Recorded, invoke: Invoke
) -> None:
    """One for each document that called the same steps; a second time none is new."""
    result = invoke("record", "--from", "tapes", "--to", "profiles")
    file = Path("profiles/customer.recorded.test.yaml")
    assert result.exit_code == 0, result.stderr
    assert f"wrote 2 cases to {file}, of 3 recordings" in result.stdout
    assert str(ADA["fullName"]) not in file.read_text("utf-8")
    tested = invoke("test")
    assert (tested.exit_code, tested.stdout.splitlines()[-1]) == (
        0,
        "2 passed, 0 failed",
    ), tested.stdout
    again = invoke("record", "--from", "tapes", "--to", str(file))
    assert "wrote 0 cases" in again.stdout
    wrong = invoke("record", "--from", "tapes", "--operation", "x", "--to", "profiles")
    assert "there are no recordings of x in tapes" in wrong.stderr
    assert invoke("record", "--to", "profiles").exit_code == 2


def test_a_hidden_enum_stays_one(recorded: Recorded, invoke: Invoke) -> None:
    """Recorded as another word of it, which the schema reads again."""
    recorded.upstream.answers["/people/7"] = ADA
    recorded.asked(Asking('{ customer(id: "7") { rank } }'))
    rank = recorded.lines()[-1]["answer"]["data"]["customer"]["rank"]
    assert rank in ("LOW", "MIDDLE")
    assert replay(invoke)[0] == 0
