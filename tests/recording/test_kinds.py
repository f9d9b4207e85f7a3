"""What else is recorded and replayed: mutations, batches, flags, what never came."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from gateway.request.model import Asking
from tests.cli.conftest import Invoke, Upstream
from tests.project import write
from tests.recording.kit import Recorded

SDL = """
type Query { team(id: ID!): Team }
type Mutation { rename(id: ID!, name: String!): Team }
type Team { id: ID!, members: [Member!]! }
type Member { id: ID!, desk: Desk }
type Desk { id: ID!, place: String }
"""
TEAM = """
language: 1
operation: team
steps:
  - { name: team, source: bank, endpoint: "/teams/{id}" }
"""
RENAME = """
language: 1
operation: rename
kind: mutation
steps:
  - name: team
    source: bank
    method: POST
    endpoint: /teams/{id}
    body: { name: "${name}", api_key: hush-hush-hush }
"""
MEMBER = """
language: 1
entity: Member
steps:
  - name: desk
    source: bank
    endpoint: /desks
    batch: { key: "${self.desk_id}", query: { ids: "${keys}" }, by: id, join: "," }
    timeout: 5s
"""
QUERY = '{ team(id: "1") { members { id desk { place } } } }'


@pytest.fixture
def recorded(here: Path, upstream: Upstream) -> Recorded:
    """A team whose members' desks are one call."""
    made = Recorded(here, upstream)
    for path in ("profiles/customer.yaml", "profiles/Customer.yaml"):
        (here / path).unlink()
    write(
        here,
        {
            "schema/schema.graphql": SDL,
            "profiles/team.yaml": TEAM,
            "profiles/rename.yaml": RENAME,
            "profiles/Member.yaml": MEMBER,
        },
    )
    members = [{"id": str(n), "desk_id": f"d{n}"} for n in (1, 2)]
    upstream.answers |= {
        "/teams/1": {"id": "1", "members": members},
        "/desks": [{"id": "d1", "place": "Oslo"}, {"id": "d2", "place": "Bergen"}],
    }
    return made


def replay(invoke: Invoke) -> tuple[int, Any]:
    result = invoke("test", "--recordings", "tapes", "--json")
    assert result.stdout, result.stderr
    return result.exit_code, json.loads(result.stdout)


def test_a_batch_is_one_call_of_all_its_keys(
    recorded: Recorded, invoke: Invoke
) -> None:
    """As it was rendered; what a cache had of its rows is asked for anew."""
    with Path("profiles/Member.yaml").open("a") as member:
        member.write("    cache: { ttl: 1h, scope: public }\n")
    recorded.asked(Asking(QUERY), Asking(QUERY))
    assert [len(line["calls"]) for line in recorded.lines()] == [2, 2]
    desks = recorded.lines()[1]["calls"][1]
    assert desks["step"] == "Member.desk"
    assert desks["call"] == {"method": "GET", "url": "/desks?ids=d1%2Cd2"}
    assert replay(invoke) == (0, {**replay(invoke)[1], "changes": [], "calls": {}})


def test_a_mutation_is_recorded_and_replayed_against_its_replies(
    recorded: Recorded, invoke: Invoke
) -> None:
    """Its body is redacted, and nobody is asked again."""
    asked = Asking('mutation { rename(id: "1", name: "Blue") { members { id } } }')
    recorded.asked(asked)
    (line,) = recorded.lines()
    assert line["kind"] == "mutation"
    body = line["calls"][0]["call"]["body"]
    assert body["name"] == "Blue"
    assert "hush" not in recorded.text()
    recorded.upstream.asked.clear()
    status, made = replay(invoke)
    assert (status, made["changes"], recorded.upstream.asked) == (0, [], [])


def test_what_had_not_come_never_comes(recorded: Recorded, invoke: Invoke) -> None:
    """A call without an outcome ends by its step's own time, in no time of ours."""
    recorded.asked(Asking(QUERY))
    (file,) = Path("tapes").iterdir()
    line = json.loads(file.read_text("utf-8"))
    for name in ("reply", "attempts", "provenance"):
        del line["calls"][1][name]
    line["calls"][1]["seconds"] = None
    file.write_text(json.dumps(line) + "\n", "utf-8")
    status, made = replay(invoke)
    assert (status, made["crashes"]) == (1, [])
    errors = [one for one in made["changes"] if one["how"] == "error"]
    assert [one["examples"][0]["after"] for one in errors] == ["DEADLINE_EXCEEDED"]


def test_flags_have_the_values_that_were_read(
    recorded: Recorded, invoke: Invoke
) -> None:
    """Whatever the file of flags says by now."""
    flags = "flags: { path: ./flags.yaml }\n"
    with Path("headwater.yaml").open("a") as config:
        config.write(flags)
    Path("flags.yaml").write_text("pilot: true\n", "utf-8")
    team = Path("profiles/team.yaml")
    team.write_text(
        TEAM.replace('"/teams/{id}" }', '"/teams/{id}", when: flags.pilot }'), "utf-8"
    )
    recorded.asked(Asking(QUERY))
    (line,) = recorded.lines()
    assert line["flags"] == {"pilot": True}
    Path("flags.yaml").write_text("pilot: false\n", "utf-8")
    assert replay(invoke)[0] == 0
