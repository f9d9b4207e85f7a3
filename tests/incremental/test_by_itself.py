"""Optional steps that take too long are told later, though nobody wrote `@defer`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from gateway.schema.negotiation import Parts
from gateway.testing import answers, fails, hangs
from gateway.testing.source import Behaviour
from tests.incremental import kit
from tests.incremental.kit import BODIES
from tests.incremental.timed import Came, asked

QUERY = '{ customer(id: "7") { profile { name } risk { score } } }'
AFTER = "deferral: { after: 300ms }"
PROFILE = {"profile": {"name": "Ada"}}
RISK = {"risk": {"score": 7}}


def _script(**seconds: float) -> Mapping[str, Behaviour]:
    """Every step answers at once, but for those that take so long."""
    return {
        step: answers(body, after=seconds.get(step, 0.0))
        for step, body in BODIES.items()
    }


def _ask(folder: Path, query: str = QUERY, **seconds: float) -> Came:
    return asked(folder, kit.files(keys=AFTER), _script(**seconds), query)


def test_what_takes_too_long_comes_later(tmp_path: Path) -> None:
    """The first payload leaves when the time is up, and says what is missing."""
    came = _ask(tmp_path, risk=0.5)
    assert came.told == [
        (
            0.3,
            {
                "data": {"customer": PROFILE},
                "pending": [{"id": "0", "path": ["customer"]}],
                "extensions": {
                    "completeness": {
                        "customer": {
                            "status": "deferred",
                            "deferred": [{"path": ["customer", "risk"]}],
                        }
                    }
                },
                "hasNext": True,
            },
        ),
        (
            0.5,
            {
                "incremental": [{"id": "0", "data": RISK}],
                "completed": [{"id": "0"}],
                "hasNext": False,
            },
        ),
    ]
    assert came.calls == {"profile": 1, "risk": 1}


def test_the_earlier_format_says_where_it_belongs(tmp_path: Path) -> None:
    """By path; there is no label, since nobody wrote one."""
    written = kit.files(keys=AFTER)
    came = asked(tmp_path, written, _script(risk=0.5), QUERY, Parts.EARLIER)
    (_, first), (_, patch) = came.told
    assert first["data"] == {"customer": PROFILE}
    assert patch == {
        "incremental": [{"data": RISK, "path": ["customer"]}],
        "hasNext": False,
    }


def test_what_is_there_in_time_is_one_answer(tmp_path: Path) -> None:
    """It leaves when it is complete, and does not wait for the time to be up."""
    came = _ask(tmp_path, risk=0.2)
    assert came.told == [
        (0.2, {"data": {"customer": {**PROFILE, **RISK}}, "hasNext": False})
    ]


def test_a_required_step_is_waited_for(tmp_path: Path) -> None:
    """However long it takes; what is not there then comes later."""
    written = kit.files(role="required", keys=AFTER)
    script = _script(risk=0.5, profile=0.7)
    came = asked(tmp_path, written, script, QUERY)
    assert [(at, one.get("data")) for at, one in came.told] == [
        (0.5, {"customer": RISK}),
        (0.7, None),
    ]


def test_a_required_step_that_fails_leaves_nothing_to_tell(tmp_path: Path) -> None:
    """The operation is null, as without parts, and the others are cancelled."""
    written = kit.files(role="required", keys=AFTER)
    script = {**_script(), "risk": fails(after=0.5), "profile": hangs()}
    came = asked(tmp_path, written, script, QUERY)
    assert [(at, one["data"]) for at, one in came.told] == [(0.5, {"customer": None})]
    assert came.cancelled == ("profile",)


def test_a_first_payload_has_something_in_it(tmp_path: Path) -> None:
    """With nothing to show yet, it waits for the first step that has."""
    came = _ask(tmp_path, profile=0.9, risk=0.5)
    assert [(at, one.get("data")) for at, one in came.told] == [
        (0.5, {"customer": RISK}),
        (0.9, None),
    ]


def test_what_is_below_a_late_field_comes_when_it_is_there(tmp_path: Path) -> None:
    """A late object is told before what takes still longer below it."""
    query = '{ customer(id: "7") { profile { name branch { city } } risk { score } } }'
    came = _ask(tmp_path, query, profile=0.4, branch=0.4)
    assert [(at, one.get("data"), one.get("incremental")) for at, one in came.told] == [
        (0.3, {"customer": RISK}, None),
        (0.4, None, [{"id": "0", "data": PROFILE}]),
        (0.8, None, [{"id": "1", "data": {"branch": {"city": "Berlin"}}}]),
    ]


def test_every_object_of_a_list_gets_its_own_part(tmp_path: Path) -> None:
    """The paths have the items' numbers."""
    query = '{ customer(id: "7") { orders { id shop { name } } } }'
    came = _ask(tmp_path, query, shop=0.5)
    (_, first), (_, patches) = came.told
    assert [one["path"] for one in first["pending"]] == [
        ["customer", "orders", number] for number in range(3)
    ]
    assert [one["data"] for one in patches["incremental"]] == [
        {"shop": {"name": "Corner"}}
    ] * 3


def test_an_error_is_told_with_the_part(tmp_path: Path) -> None:
    """And the account of the whole answer comes last."""
    script = {**_script(), "risk": fails(status=503, after=0.5)}
    came = asked(tmp_path, kit.files(keys=AFTER), script, QUERY)
    (_, _), (_, patch), (_, last) = came.told
    (told,) = patch["incremental"]
    assert told["data"] == {"risk": None}
    assert told["errors"][0]["path"] == ["customer", "risk"]
    assert last["extensions"]["completeness"]["customer"]["status"] == "partial"


def test_the_deadline_ends_what_is_late(tmp_path: Path) -> None:
    """As it ends every step; the first payload keeps what it said."""
    written = kit.files(keys=f"{AFTER}\ndeadline: 1s")
    script = {**_script(), "risk": hangs()}
    came = asked(tmp_path, written, script, QUERY)
    assert [at for at, _ in came.told] == [0.3, 1.0, 1.0]
    (told,) = came.told[1][1]["incremental"]
    assert told["errors"][0]["extensions"] == {"code": "DEADLINE_EXCEEDED"}


def test_a_document_with_defer_may_leave_more_for_later(tmp_path: Path) -> None:
    """What was asked to come later is, and so is what takes too long."""
    query = """{ customer(id: "7") {
      profile { name } risk { score } ... @defer(label: "list") { orders { id } }
    } }"""
    came = _ask(tmp_path, query, risk=0.5, orders=0.4)
    assert [at for at, _ in came.told] == [0.3, 0.4, 0.5]
    labels = [one.get("label") for one in came.told[0][1]["pending"]]
    assert sorted(labels, key=str) == [None, "list"]


NON_NULL = """
type Query { customer(id: ID!): Customer, firm: Firm!, ping: Ping }
type Ping { value: String }
type Customer { home: Home, risk: Risk }
type Home { street: Street!, city: String }
type Street { name: String! }
type Firm { profile: Profile! }
type Profile { name: String! }
type Risk { score: Int! }
"""


def _non_null(**files: str) -> dict[str, str]:
    return {
        "schema/bank.graphql": NON_NULL,
        "profiles/customer.yaml": """
language: 1
operation: customer
steps:
  - { name: home, endpoint: "/homes/{id}" }
  - { name: risk, endpoint: "/risks/{id}" }
""",
        "profiles/home.yaml": """
language: 1
entity: Home
steps:
  - { name: street, endpoint: "/streets/{self.id}" }
""",
        "profiles/firm.yaml": """
language: 1
operation: firm
steps:
  - { name: profile, endpoint: "/firm" }
""",
        "profiles/ping.yaml": """
language: 1
operation: ping
steps:
  - { name: value, endpoint: "/ping" }
""",
        "headwater.yaml": f"""
sources:
  default: {{ url: "http://upstream.invalid" }}
{AFTER}
""",
        **files,
    }


def _answering(**after: float) -> dict[str, Behaviour]:
    bodies: dict[str, Any] = {
        "home": {"id": "h", "city": "Berlin"},
        "street": {"name": "Unter den Linden"},
        "risk": {"score": 7},
        "profile": {"name": "Ada"},
        "value": "pong",
    }
    return {
        step: answers(body, after=after.get(step, 0.0)) for step, body in bodies.items()
    }


def test_a_field_that_cannot_be_null_takes_its_parent_along(tmp_path: Path) -> None:
    """Types stay true: no object is told without what it always has."""
    query = '{ customer(id: "7") { home { city street { name } } risk { score } } }'
    came = asked(tmp_path, _non_null(), _answering(street=0.5), query)
    (_, first), (at, patch) = came.told
    assert first["data"] == {"customer": RISK}
    home = {"city": "Berlin", "street": {"name": "Unter den Linden"}}
    assert (at, patch["incremental"]) == (0.5, [{"id": "0", "data": {"home": home}}])


def test_what_can_be_null_nowhere_is_waited_for(tmp_path: Path) -> None:
    """There is no answer of that type without it."""
    query = '{ firm { profile { name } } customer(id: "7") { risk { score } } }'
    came = asked(tmp_path, _non_null(), _answering(profile=0.5, risk=0.9), query)
    assert came.told[0][0] == 0.5
    assert came.told[0][1]["data"] == {
        "firm": {"profile": {"name": "Ada"}},
        "customer": {},
    }


def test_a_field_of_the_root_can_come_later(tmp_path: Path) -> None:
    """Where another one is there."""
    files = _non_null(
        **{
            "profiles/customer.yaml": """
language: 1
operation: customer
steps:
  - { name: body, endpoint: "/customers/{id}" }
""",
            "profiles/home.yaml": "",
        }
    )
    del files["profiles/home.yaml"]
    script = {**_answering(), "body": answers({"risk": {"score": 7}}, after=0.5)}
    query = '{ customer(id: "7") { risk { score } } ping { value } }'
    came = asked(tmp_path, files, script, query)
    (_, first), (at, patch) = came.told
    assert first["data"] == {"ping": {"value": "pong"}}
    assert (at, patch["incremental"]) == (
        0.5,
        [{"id": "0", "data": {"customer": RISK}}],
    )


@pytest.mark.parametrize(
    ("keys", "at"),
    [("deferral: off", 0.5), ("deferral: { after: 100ms }", 0.1), ("", 0.3)],
)
def test_an_operation_says_it_in_place_of_the_deployment(
    tmp_path: Path, keys: str, at: float
) -> None:
    """Another time, or that it is always waited for; nothing, and it is the same."""
    written = kit.files(keys=keys, deployment=AFTER)
    query = '{ customer(id: "7") { profile { name } risk { score } } ping { value } }'
    came = asked(tmp_path, written, _script(risk=0.5), query)
    assert came.told[0][0] == at
