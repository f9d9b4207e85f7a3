"""A thousand objects of all sorts in one `_entities`, against what they should be."""

from __future__ import annotations

import json
import random
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest

from gateway.app import Gateway, build_gateway
from gateway.schema.exchange import Receive, Scope, Send
from tests.federation.bank import listening
from tests.project import ask, write

FILES = {
    "headwater.yaml": "federation: true\nsources: { default: { url: '${BANK}' } }\n"
    "limits: { errors: 2000 }\n",
    "schema/bank.graphql": """
type Account @key(fields: "id") @key(fields: "iban") {
  id: ID!
  iban: String
  name: String
  note(of: String = "x"): String
  branch: Branch
}
type Branch @key(fields: "bank { code } number") {
  bank: Bank!
  number: Int!
  city: String
}
type Bank { code: ID! }
""",
    "profiles/account.yaml": """
language: 1
entity: Account
steps:
  - name: branch
    endpoint: /branches
    batch: { key: "${ self.id }", query: { id: "${ keys }" }, by: id, max: 5000 }
    provides: [branch]
lookup:
  - name: byIban
    provides: [id]
    endpoint: /ibans
    batch: { key: "${ self.iban }", query: { iban: "${ keys }" }, by: iban, max: 5000 }
  - name: byId
    provides: [iban, name, note]
    endpoint: /accounts
    batch: { key: "${ self.id }", query: { id: "${ keys }" }, by: id, max: 5000 }
""",
    "profiles/branch.yaml": """
language: 1
entity: Branch
steps:
  - name: city
    provides: [city]
    endpoint: /cities
    batch:
      key: "${ {'code': self.bank.code, 'number': self.number} }"
      query: { at: "${ keys.map(k, k.code + '-' + string(k.number)) }" }
      by: { code: code, number: number }
      max: 5000
""",
}


@dataclass
class Bank:
    """Knows accounts a0 to a99 and every branch. ``calls``: what it was asked for.

    ``twice`` are keys that one call had more than once.
    """

    calls: list[tuple[str, int]] = field(default_factory=list)
    twice: list[str] = field(default_factory=list)

    async def __call__(self, scope: Scope, _receive: Receive, send: Send) -> None:
        path = scope["path"]
        asked = parse_qs(scope["query_string"].decode())
        ((_, keys),) = asked.items()
        self.calls.append((path, len(keys)))
        self.twice += [key for key in set(keys) if keys.count(key) > 1]
        rows = [row for key in reversed(keys) for row in _rows(path, key)]
        head = [(b"content-type", b"application/json")]
        await send({"type": "http.response.start", "status": 200, "headers": head})
        await send({"type": "http.response.body", "body": json.dumps(rows).encode()})


def _rows(path: str, key: str) -> list[dict[str, Any]]:
    number = key.rpartition("-")[2].lstrip("aCH")
    if path == "/cities":
        code = key.partition("-")[0]
        return [{"code": code, "number": int(number), "city": f"City {key}"}]
    if not number.isdigit() or int(number) >= 100:
        return []
    if path == "/ibans":
        return [{"iban": key, "id": f"a{number}"}]
    if path == "/branches":
        where = {"bank": {"code": "z"}, "number": int(number)}
        return [{"id": key, "branch": where}]
    return [{"id": key, "iban": f"CH{number}", "name": f"Owner {number}"}]


QUERY = """
query Mixed($of: [_Any!]!, $deep: Boolean!) {
  things: _entities(representations: $of) {
    kind: __typename
    ...Known
    ... on Branch { number where: city }
  }
}
fragment Known on Account {
  key: id
  iban
  name
  again: name
  branch @include(if: $deep) { city number bank { code } }
}
"""


def _account(number: int, id_: str | None = None, **other: Any) -> Any:
    known = number < 100
    name = f"Owner {number}" if known else None
    where = {
        "city": f"City z-{number}",
        "number": number,
        "bank": {"code": "z"},
    }
    return {
        "kind": "Account",
        "key": id_ or f"a{number}",
        "iban": f"CH{number}" if known else None,
        "name": name,
        "again": name,
        "branch": where if known else None,
        **other,
    }


def _right(rng: random.Random) -> tuple[Any, Any]:
    """A representation that will do, and what comes of it; None where it is nowhere."""
    n = rng.randrange(150)
    by_iban = {"__typename": "Account", "iban": f"CH{n}"}
    place = {"bank": {"code": "xyz"[n % 3]}, "number": n}
    found = {"kind": "Branch", "number": n, "where": f"City {'xyz'[n % 3]}-{n}"}
    return rng.choice(
        [
            ({"__typename": "Account", "id": f"a{n}"}, _account(n)),
            ({"id": f"a{n}", "name": "Mallory", "__typename": "Account"}, _account(n)),
            ({"__typename": "Account", "id": f"a{n}", "iban": None}, _account(n)),
            ({**by_iban, "id": None}, _account(n) if n < 100 else None),
            (by_iban, _account(n) if n < 100 else None),
            (
                {"__typename": "Account", "id": f"a{n}", "iban": "CH-own"},
                _account(n, iban="CH-own"),
            ),
            ({"__typename": "Account", "id": n % 100}, _account(n % 100, str(n % 100))),
            ({"__typename": "Branch", **place}, found),
            ({"__typename": "Branch", **place, "city": {"a": [1]}, "__x": 1}, found),
        ]
    )


WRONG = (
    {"__typename": "Nobody", "id": "a1"},
    {"__typename": "Bank", "code": "x"},
    {"__typename": "_Entity", "id": "a1"},
    {"__typename": "Query"},
    {"__typename": "String", "id": "a1"},
    {"__typename": "", "id": "a1"},
    {"__typename": None, "id": "a1"},
    {"__typename": ["Account"], "id": "a1"},
    {"__typename": "Account"},
    {"__typename": "Account", "id": None, "iban": None},
    {"__typename": "Account", "id": {"$ne": "a1"}},
    {"__typename": "Account", "id": ["a1"]},
    {"__typename": "Account", "id": 1.5},
    {"__typename": "Account", "id": True},
    {"__typename": "Account", "id": "a1", "iban": 7},
    {"__typename": "Branch", "number": 7},
    {"__typename": "Branch", "bank": {"code": "x"}, "number": "7"},
    {"__typename": "Branch", "bank": {"code": "x"}, "number": 2**31},
    {"__typename": "Branch", "bank": {}, "number": 7},
    {"__typename": "Branch", "bank": None, "number": 7},
    {"__typename": "Branch", "bank": [{"code": "x"}], "number": 7},
    {"id": "a1"},
    {},
    [],
    [{"__typename": "Account", "id": "a1"}],
    "Account",
    7,
    False,
)
"""What names nothing, each in its own way."""


@pytest.fixture
def bank() -> Bank:
    return Bank()


@pytest.fixture
async def gateway(tmp_path: Path, bank: Bank) -> AsyncIterator[Gateway]:
    async with listening(bank) as url:
        made = build_gateway((write(tmp_path, FILES),), environ={"BANK": url})
        assert made.current.problems == ()
        async with made.serving():
            yield made


@pytest.mark.parametrize("seed", range(3))
async def test_a_thousand_objects_of_all_sorts_come_in_their_order(
    gateway: Gateway, bank: Bank, seed: int
) -> None:
    """Each by itself: what one of them is costs and changes no other."""
    rng = random.Random(seed)  # noqa: S311 - a choice of cases
    asked, expected, wrong, nowhere = [], [], [], []
    for place in range(1000):
        if rng.random() < 0.3:
            one, came = rng.choice(WRONG), None
            wrong.append(place)
        else:
            one, came = _right(rng)
            nowhere += [place] if came is None else []
        asked.append(one)
        expected.append(came)
    answer: Any = await ask(gateway, QUERY, {"of": asked, "deep": True})
    assert answer["data"]["things"] == expected
    told = {(tuple(one["path"]), one["extensions"]["code"]) for one in answer["errors"]}
    assert told == {
        *((("things", place), "BAD_USER_INPUT") for place in wrong),
        *((("things", place, "key"), "INVALID_VALUE") for place in nowhere),
    }
    paths = [path for path, _ in bank.calls]
    assert sorted(paths) == ["/accounts", "/branches", "/cities", "/cities", "/ibans"]
    assert bank.twice == []


async def test_types_alone_cost_nothing(gateway: Gateway, bank: Bank) -> None:
    """Whether an object is there is nobody's question."""
    query = "query ($of: [_Any!]!) { _entities(representations: $of) { __typename } }"
    named = [{"__typename": "Account", "id": str(n)} for n in range(500)] * 2
    answer = await ask(gateway, query, {"of": named})
    assert answer["data"] == {"_entities": [{"__typename": "Account"}] * 1000}
    assert bank.calls == []


async def test_too_many_objects_are_refused_as_a_whole(
    bank: Bank, tmp_path: Path
) -> None:
    """Before anybody is asked for one of them, and with the bound in the message."""
    config = FILES["headwater.yaml"].replace("federation: true", "federation: {max: 3}")
    async with listening(bank) as url:
        files = {**FILES, "headwater.yaml": config}
        gateway = build_gateway((write(tmp_path, files),), environ={"BANK": url})
        async with gateway.serving():
            named = [{"__typename": "Account", "id": f"a{n}"} for n in range(4)]
            few = await ask(gateway, QUERY, {"of": named[:3], "deep": False})
            assert few["data"]["things"][2]["name"] == "Owner 2"  # type: ignore[index, call-overload]
            bank.calls.clear()
            many = await ask(gateway, QUERY, {"of": named, "deep": False})
    assert bank.calls == []
    assert many["data"] is None
    (error,) = many["errors"]  # type: ignore[misc]
    assert (error["path"], error["extensions"]["code"]) == (
        ["things"],
        "BAD_USER_INPUT",
    )  # type: ignore[index, call-overload]
    assert error["message"] == (  # type: ignore[index, call-overload]
        "There are 4 representations, and 3 at most may be in one request: "
        "send the others in further ones."
    )
