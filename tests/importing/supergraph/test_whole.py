"""`headwater import supergraph`: a composed shop of four subgraphs, and its project.

`shop.graphql` is what `@apollo/composition` makes of the subgraphs in
`tests/composition/shop.py`.
"""

from __future__ import annotations

from pathlib import Path

from gateway.app import build_gateway
from gateway.errors import Severity
from tests.importing.conftest import Import, problems, texts

SHOP = Path(__file__).parent / "shop.graphql"


def test_a_supergraph_becomes_a_project_that_loads(tmp_path: Path, run: Import) -> None:
    """A source a subgraph, an entity file a shared type, an operation a root field."""
    ran = run("supergraph", SHOP, "--into", tmp_path)
    assert ran.exit_code == 0, ran.output
    assert {each.severity for each in problems(tmp_path)} == {Severity.WARNING}
    made = texts(tmp_path)
    assert [name for name in made if "/" not in name or "subgraphs" in name] == [
        "headwater.yaml",
        "subgraphs/accounts.gql",
        "subgraphs/inventory.gql",
        "subgraphs/products.gql",
        "subgraphs/reviews.gql",
    ]
    assert made["profiles/User.entity.yaml"] == (
        "language: 1\n"
        "entity: User\n"
        "on_conflict: nearest\n"
        "steps:\n"
        "  - name: accounts_by_id\n"
        "    type: graphql\n"
        "    source: accounts\n"
        "    provides: [email, name, age, address, friends]\n"
        "    entity: { type: User, key: [id] }\n"
        "  - name: accounts_by_email\n"
        "    type: graphql\n"
        "    source: accounts\n"
        "    provides: [id, name, age, address, friends]\n"
        "    entity: { type: User, key: [email] }\n"
        "  - name: reviews\n"
        "    type: graphql\n"
        "    source: reviews\n"
        "    provides: [reviews]\n"
        "    entity: { type: User, key: [id] }\n"
    )
    assert made["profiles/restock.yaml"] == (
        "language: 1\n"
        "operation: restock\n"
        "kind: mutation\n"
        "steps:\n"
        "  - name: restock\n"
        "    type: graphql\n"
        "    source: products\n"
        "    field: restock\n"
        "    mutation: true\n"
        '    arguments: { upc: "${ upc }", by: "${ by }" }\n'
        "    types: { upc: ID!, by: Int! }\n"
    )


def test_a_subgraph_is_where_one_says(tmp_path: Path, run: Import) -> None:
    """By --url, by the file, or by a variable that has to be set."""
    text = SHOP.read_text("utf-8").replace("http://reviews.invalid/graphql", "")
    (tmp_path / "super.graphql").write_text(text, "utf-8")
    ran = run(
        "supergraph",
        tmp_path / "super.graphql",
        "--url",
        "accounts=http://127.0.0.1:4001/graphql",
        "--into",
        tmp_path,
    )
    assert ran.exit_code == 0, ran.output
    assert "REVIEWS_URL" in ran.output
    lines = (tmp_path / "headwater.yaml").read_text("utf-8").splitlines()
    assert [line.strip() for line in lines if "url:" in line] == [
        "url: http://127.0.0.1:4001/graphql",
        "url: http://inventory.invalid/graphql",
        "url: http://products.invalid/graphql",
        'url: "${REVIEWS_URL}"',
    ]
    (wrong,) = problems(tmp_path)
    assert "REVIEWS_URL" in wrong.message


async def test_an_entity_is_one_where_it_gives_but_a_list(
    tmp_path: Path, run: Import
) -> None:
    """`User.reviews` is a list of one object, not one of many objects of that key."""
    assert run("supergraph", SHOP, "--into", tmp_path).exit_code == 0
    gateway = build_gateway((tmp_path / "headwater.yaml",), environ={})
    async with gateway.serving():
        step = gateway.current.audience.entities["User"].steps["reviews"]
    assert step.batch is not None
    assert not step.batch.many
