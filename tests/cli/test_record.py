"""What real sources answer, kept for mocks and for tests of profiles."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from orjson import loads

from gateway.app import build_gateway
from gateway.mocking.dressing import Mocking
from gateway.mocking.tape import read_tape
from gateway.telemetry.events import unobserved
from tests.cli.conftest import Invoke, Upstream, write
from tests.project import ask

QUERY = '{ customer(id: "7") { city person } }'
PERSON = {"name": "Ada", "city": "london", "password": "hunter2", "shoe": 38}


@pytest.fixture
def bank(customers: Upstream) -> Upstream:
    """Customers with something that is nobody's business."""
    customers.answers["/people/7"] = {"person": PERSON}
    customers.answers["/people/8"] = {"person": {"name": "Bob"}}
    return customers


def test_a_mocked_gateway_repeats_what_was_recorded(
    bank: Upstream, invoke: Invoke, here: Path
) -> None:
    """Redacted, and without a call; a second recording adds to the first."""
    result = invoke("record", QUERY, "--to", "tape", "--redact", "shoe")
    told = "wrote tape/customer.city.json\nwrote tape/customer.person.json\n"
    assert (result.exit_code, result.stdout) == (0, told), result.stderr
    other = invoke("record", '{ customer(id: "8") { person } }', "--to", "tape")
    assert other.exit_code == 0, other.stderr
    texts = "".join(path.read_text("utf-8") for path in Path("tape").iterdir())
    assert [
        word for word in ("hunter2", "hush", "38", "127.0.0.1") if word in texts
    ] == []
    asked = list(bank.asked)
    mocking = Mocking(read_tape(Path("tape")))
    config = [here / "headwater.yaml"]
    gateway = build_gateway(config, {}, observe=unobserved, mocking=mocking)
    clean = {**PERSON, "password": "***", "shoe": "***"}
    assert asyncio.run(ask(gateway, QUERY)) == {
        "data": {"customer": {"city": {"name": "London"}, "person": clean}}
    }
    second = asyncio.run(ask(gateway, '{ customer(id: "8") { person } }'))
    assert second == {"data": {"customer": {"person": {"name": "Bob"}}}}
    assert bank.asked == asked


def test_a_recorded_test_passes_as_it_stands(bank: Upstream, invoke: Invoke) -> None:
    """A case for each query, added to those that the file has; failures included."""
    file = "profiles/customer.test.yaml"
    for query in (QUERY, '{ customer(id: "9") { person } }'):
        result = invoke("record", query, "--to", file)
        assert result.exit_code == 0, result.stderr
    asked = list(bank.asked)
    passed = invoke("test", file)
    assert passed.stdout.splitlines()[-1] == "2 passed, 0 failed", passed.stdout
    assert bank.asked == asked
    assert "status: 404" in Path(file).read_text("utf-8").replace(
        '"status":', "status: "
    )


def test_a_metered_source_is_not_asked_again_for_what_was_recorded(
    bank: Upstream, invoke: Invoke, here: Path
) -> None:
    """Its calls are billed; what the folder does not have is asked for."""
    text = (here / "headwater.yaml").read_text("utf-8")
    config = text.replace("  people:\n", "  people:\n    metered: true\n")
    (here / "headwater.yaml").write_text(config, "utf-8")
    for query in (QUERY, QUERY, '{ customer(id: "8") { person } }'):
        result = invoke("record", query, "--to", "tape")
        assert result.exit_code == 0, result.stderr
    assert bank.asked == [
        "/people/7",
        "/cities/london",
        "/cities/london",
        "/people/8",
    ]


@pytest.mark.parametrize(
    ("arguments", "status", "told"),
    [
        ((QUERY, "--to", "headwater.yaml"), 2, "headwater.yaml is no folder"),
        (("{ __typename }", "--to", "tape"), 1, "no source was called"),
        ((QUERY, "--to", "other.test.yaml"), 2, "has cases of another operation"),
    ],
)
def test_what_cannot_be_kept_is_told(
    bank: Upstream,
    invoke: Invoke,
    here: Path,
    arguments: tuple[str, ...],
    status: int,
    told: str,
) -> None:
    """One line, and nothing is overwritten."""
    write(here / "other.test.yaml", "operation: other\ncases: []\n")
    before = (here / "headwater.yaml").read_text("utf-8")
    result = invoke("record", *arguments)
    assert (result.exit_code, told in result.stderr) == (status, True), result.stderr
    assert (here / "headwater.yaml").read_text("utf-8") == before
    assert bank.url


def test_a_folder_that_holds_something_else_is_told(
    bank: Upstream, invoke: Invoke, here: Path
) -> None:
    """With its place and what to do."""
    write(here / "tape/customer.person.json", "[]")
    result = invoke("record", QUERY, "--to", "tape")
    assert result.exit_code == 1
    assert "this is no recording of a step" in result.stderr + result.stdout
    assert bank.asked == []


def test_recorded_replies_are_for_mocks(project: Path, invoke: Invoke) -> None:
    """Without --mock they would be ignored."""
    result = invoke("serve", "--recorded", str(project))
    assert (result.exit_code, "--recorded is for mocks" in result.stderr) == (2, True)


def test_the_tape_says_what_was_asked_in_words(bank: Upstream, invoke: Invoke) -> None:
    """For whoever reads a recording before sharing it."""
    result = invoke("record", QUERY, "--to", "tape")
    assert result.exit_code == 0, result.stderr
    tape = loads(Path("tape/customer.city.json").read_bytes())
    (entry,) = tape["replies"]
    assert (tape["step"], tape["source"]) == ("customer.city", "cities")
    assert entry["call"]["method"] == "GET"
    assert (entry["status"], entry["body"]) == (200, {"name": "London"})
    assert bank.asked == ["/people/7", "/cities/london"]


CASES = """\
# Customers as they are.
operation: customer
cases:
  - name: written by hand
    query: '{ customer(id: "7") { person } }'
    replies: { person: { body: { person: { name: Eve } } } }
    expect: { data: { customer: { person: { name: Eve } } } }   # stays
  - name: of the real ones
    query: 'query($id: ID!) { customer(id: $id) { city person } }'
    variables: { id: "7" }
    expect:
      data: { customer: { city: { name: London }, person: { name: Ada, city: london }}}

  - expect: { calls: { person: 2 } }
    name: all keys in another order
    earlier: [{ query: '{ customer(id: "9") { city person } }' }]
    query: '{ customer(id: "8") { person } }'
"""
FILE = "profiles/customer.test.yaml"


def test_cases_without_replies_get_those_of_the_real_sources(
    customers: Upstream, invoke: Invoke
) -> None:
    """At their place; no other line is touched, and a second time nobody is asked."""
    written = CASES.partition("\n  - expect")[0]
    Path(FILE).write_text(written, "utf-8")
    result = invoke("test", FILE, "--record")
    assert result.exit_code == 0, result.stdout
    assert result.stdout.splitlines()[0] == (
        f"recorded the replies of 1 case in {FILE}; look at them before you share it"
    )
    assert result.stdout.splitlines()[-1] == "2 passed, 0 failed"
    assert customers.asked == ["/people/7", "/cities/london"]
    head, mark, rest = written.partition("    expect:\n")
    headers = '"headers":{"content-type":"application/json"}'
    assert Path(FILE).read_text("utf-8") == (
        f"{head}    replies:\n"
        f'      person: {{{headers},"body":{{"person":'
        '{"name":"Ada","city":"london"}}}\n'
        f'      city: {{{headers},"body":{{"name":"London"}}}}\n'
        f"{mark}{rest}"
    )
    assert invoke("test", FILE, "--record").stdout.splitlines()[-1] == (
        "2 passed, 0 failed"
    )
    assert len(customers.asked) == 2


def test_a_case_without_room_for_replies_is_told_before_anybody_is_asked(
    customers: Upstream, invoke: Invoke
) -> None:
    """Nothing is written then."""
    Path(FILE).write_text(CASES, "utf-8")
    result = invoke("test", FILE, "--record")
    assert (result.exit_code, result.stderr) == (
        1,
        (
            f"error: {FILE}:14:5: there is no room for replies before 'expect' — "
            "write 'expect' on a line of its own, below another key\n"
        ),
    )
    assert Path(FILE).read_text("utf-8") == CASES
    assert customers.asked == []


def test_requests_before_a_case_are_recorded_with_it(
    customers: Upstream, invoke: Invoke
) -> None:
    """A failure too; different replies of a step are a list."""
    customers.answers["/people/8"] = {"person": {"name": "Bob", "password": "hunter2"}}
    case = """\
operation: customer
cases:
  - name: two of them
    earlier: [{ query: '{ customer(id: "9") { person } }' }]
    query: '{ customer(id: "8") { person } }'
    expect: { calls: { person: 2 } }
"""
    Path(FILE).write_text(case, "utf-8")
    result = invoke("test", FILE, "--record")
    assert result.stdout.splitlines()[-1] == "1 passed, 0 failed", result.stdout
    text = Path(FILE).read_text("utf-8")
    assert '      person: [{"status":404,' in text
    assert "hunter2" not in text
