"""Why a step waits for another, in the words of the profile."""

from __future__ import annotations

from pathlib import Path

from gateway.app import build_gateway
from gateway.plan.edges import edges_of
from gateway.request.model import Asking, RequestContext
from tests.project import write

PROFILE = """\
language: 1
operation: person
steps:
  - name: account
    type: mock
    role: required
    returns: Account
    replies: { body: { id: 1, town: t } }
  - { name: first, type: value, value: "${ account.town }" }
  - name: second
    type: value
    when: "account.?name.orValue('') == ''"
    value: "${ [first, account.id] }"
  - { name: third, type: value, value: "3", depends_on: [account] }
"""
ENTITY = """\
language: 1
entity: Account
steps:
  - { name: branch, type: mock, replies: { body: "${ self.town }" } }
"""
SDL = """\
type Query { person(id: ID!): Person }
type Person { account: Account, first: String, second: [String], third: Int }
type Account { id: ID, branch: String }
"""


def test_an_edge_says_what_is_read(tmp_path: Path) -> None:
    """The path as written; a condition's with its key; order without data as such."""
    files = {
        "headwater.yaml": "profiles: ./profiles\nschema: ./schema\n",
        "schema/a.graphql": SDL,
        "profiles/person.yaml": PROFILE,
        "profiles/account.yaml": ENTITY,
    }
    gateway = build_gateway([write(tmp_path, files)], {}, observe=lambda _: None)
    assert gateway.current.problems == ()
    clock = gateway.pipeline.clock
    request = RequestContext("t", clock.now(), clock.wall(), explain=True)
    asking = Asking("{ person(id: 1) { account { id branch } first second third } }")
    plan = gateway.pipeline.prepare(gateway.current, asking, request).plan
    found = {
        str(step.id): {str(id_): words for id_, words in edges_of(step).items()}
        for step in plan.steps
    }
    account = "person.account"
    assert found == {
        account: {},
        "person.first": {account: ("account.town",)},
        "person.second": {
            "person.first": ("first",),
            account: ("account.id", "when account.?name"),
        },
        "person.third": {account: ("depends_on",)},
        "person.account.branch": {account: ("for each Account",)},
    }
