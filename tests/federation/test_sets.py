"""Sets of fields as the page's limits say: what may stand in which directive."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from gateway.app import build_gateway
from gateway.errors import ProfileError
from tests.federation.bank import write
from tests.project import ask

REQUIRING = """
extend type Account {
  price: Float @external
  where: Spot @external
  good: Boolean @requires(fields: "price where { ... on Shop { no } }")
}
interface Spot { city: String }
type Shop implements Spot @shareable { city: String, no: Int }
"""
GOOD = """
fields: { Account.good: "self.price > 1.0 && self.where.no == 7" }
"""


async def test_fragments_of_what_is_required_are_read(
    tmp_path: Path,
) -> None:
    """A router sends the fields of the type that the object has."""
    write(tmp_path)
    (tmp_path / "schema/more.graphql").write_text(REQUIRING)
    with (tmp_path / "profiles/account.entity.yaml").open("a") as file:
        file.write(GOOD)
    gateway = build_gateway((tmp_path / "headwater.yaml",), environ={})
    assert [p for p in gateway.current.problems if p.severity.value == "error"] == []
    shop = {"__typename": "Shop", "no": 7}
    one = {"__typename": "Account", "id": "a", "price": 2, "where": shop}
    other = {**one, "where": {"__typename": "Shop", "no": "7"}}
    query = "query ($of: [_Any!]!) { _entities(representations: $of) "
    async with gateway.serving():
        answer: Any = await ask(
            gateway, query + "{ ... on Account { good } } }", {"of": [one, other]}
        )
    assert answer["data"] == {"_entities": [{"good": True}, None]}
    (error,) = answer["errors"]
    assert error["message"] == (
        "What is required of 'Account' does not fit: 'where.no' is no Int."
    )


def test_arguments_are_allowed_in_no_set(tmp_path: Path) -> None:
    """Which of its values was meant, a representation does not say."""
    write(tmp_path)
    sdl = """extend type Account {
      price(of: String): Float @external
      good: Boolean @requires(fields: "price(of: 1)")
    }"""
    (tmp_path / "schema/more.graphql").write_text(sdl)
    with pytest.raises(ProfileError) as refused:
        build_gateway((tmp_path / "headwater.yaml",), environ={})
    assert "more.graphql:3:" in str(refused.value)
    assert "Account.price has arguments" in str(refused.value)


def test_fragments_are_not_allowed_in_keys(tmp_path: Path) -> None:
    """A key is plain fields: who names an object knows what it is."""
    write(tmp_path)
    sdl = 'extend type Branch @key(fields: "... on Branch { city }")'
    (tmp_path / "schema/more.graphql").write_text(sdl)
    with pytest.raises(ProfileError) as refused:
        build_gateway((tmp_path / "headwater.yaml",), environ={})
    assert "more.graphql:1:" in str(refused.value)


def test_fragments_of_what_is_provided_are_read(tmp_path: Path) -> None:
    """What one type of an interface has where it is provided is no field of ours."""
    write(tmp_path)
    (tmp_path / "schema/more.graphql").write_text(
        """extend type Account { spot: Spot @provides(fields: "... on Shop { no }") }
        interface Spot { city: String }
        type Shop implements Spot @key(fields: "city", resolvable: false) {
          city: String
          no: Int @external
        }
        """
    )
    gateway = build_gateway((tmp_path / "headwater.yaml",), environ={})
    assert [p for p in gateway.current.problems if p.severity.value == "error"] == []
    assert 'spot: Spot @provides(fields: "... on Shop { no }")' in (
        gateway.current.subgraph or ""
    )
