"""What one subgraph takes from another by `@override` is asked of nobody else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from gateway.app import build_gateway
from gateway.connectors.graphql.overriding import takes_of, without_taken
from gateway.connectors.graphql.upstream import upstream_of
from tests.composition.project import PRODUCT, files, gateway
from tests.composition.street import Street
from tests.project import ask, write


async def test_a_field_is_read_of_who_took_it(street: Street, tmp_path: Path) -> None:
    """Also where the object stands in the subgraph that had it before."""
    async with gateway(tmp_path, street) as shop:
        answer = await ask(shop, "{ products(first: 1) { name stale } }")
    assert answer["data"] == {"products": [{"name": "Product 1", "stale": False}]}
    assert street.calls == {"products": 1, "inventory": 1}
    assert "stale" not in street["products"].documents[0]


def test_a_step_that_still_gives_it_is_refused(street: Street, tmp_path: Path) -> None:
    """At its place, with who has the field now."""
    late = PRODUCT.replace("[sku, brand, name,", "[sku, brand, stale, name,")
    config = write(tmp_path, files(street, {"profiles/entities/product.yaml": late}))
    problems = build_gateway((config,), environ={}).current.problems
    (told,) = (one for one in problems if "overrides" in one.message)
    assert told.span.file.endswith("product.yaml")
    assert told.message == (
        "step 'catalog' gives Product.stale, which 'inventory' overrides in 'products'"
    )
    assert told.hint == "take it out of 'provides', and into a step of 'inventory'"


OLD = 'type A @key(fields: "id") { id: ID!, a(x: Int = 1): [Int!]!  b: Int @shareable }'
NEW = """
extend type A @key(fields: "id") {
  id: ID!
  a: Int @override(from: "my-old")
  b: Int @federation__override(from: "my-old", label: "percent(5)")
  c: Int @override(from: "nobody")
  d: Int @override
}
"""


def test_only_what_is_taken_whole_is_marked() -> None:
    """A label moves a share of requests: both still have the field."""
    texts = {"my_old": OLD, "new": NEW}
    assert without_taken("my_old", texts) == (
        'type A @key(fields: "id") { id: ID!, '
        'a(x: Int = 1): [Int!]! @external(reason: "[overridden] by new")  '
        "b: Int @shareable }"
    )
    assert without_taken("new", texts) == NEW
    held: Any = upstream_of("type Query { a: A } " + without_taken("my_old", texts))
    assert held.held.fields["A"] == {"id", "b"}
    assert held.held.lost == {("A", "a"): "new"}


def test_what_is_no_sdl_takes_nothing() -> None:
    """Its own problem is told where it is read."""
    assert takes_of("type {") == ()
    assert without_taken("a", {"a": OLD, "b": "type {"}) == OLD


def test_nobody_takes_from_himself() -> None:
    """Composition refuses that; here it would leave nobody with the field."""
    own = 'type A { a: Int @override(from: "a") }'
    assert without_taken("a", {"a": own}) == own
