"""The subgraph without a router: its SDL, its keys, and many representations."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from textwrap import dedent

import pytest
from typer.testing import CliRunner

from gateway.app import build_gateway
from gateway.cli.main import app
from gateway.profile.identity import read_fields
from gateway.request.model import Asking, RequestContext
from tests.federation.bank import Bank, listening, write

MANY = 5_000
_TIME = datetime(2026, 1, 1, tzinfo=UTC)


def test_the_command_prints_what_a_router_composes(tmp_path: Path) -> None:
    """The SDL has the link, the keys and kept directives, and no `_entities`."""
    write(tmp_path)
    config = str(tmp_path / "headwater.yaml")
    ran = CliRunner().invoke(app, ["schema", "--federation", "-c", config])

    assert ran.exit_code == 0, ran.output
    assert ran.stdout == dedent(
        """\
        extend schema
          @link(url: "https://specs.apollo.dev/federation/v2.3", import: ["@key", "@shareable", "@tag"])

        "Known here by name; its cards are another subgraph's."
        type Account @key(fields: "id") {
          id: ID!
          name: String! @tag(name: "pii")
          balance: Money!
          branch: Branch
        }

        type Money @shareable {
          amount: Decimal!
          currency: String!
        }

        type Branch {
          city: String!
        }

        scalar Decimal

        type Query {
          account(id: ID!): Account
        }
        """  # noqa: E501 - as it is printed
    )


def test_without_the_setting_nothing_of_it_is_there(tmp_path: Path) -> None:
    """The schema is clean, and the command says what to write."""
    write(tmp_path)
    config = tmp_path / "headwater.yaml"
    config.write_text(config.read_text().replace("federation: true", ""))
    schema = CliRunner().invoke(app, ["schema", "-c", str(config)])
    asked = CliRunner().invoke(app, ["schema", "--federation", "-c", str(config)])

    assert [w for w in ("_entities", "_service", "@tag") if w in schema.stdout] == []
    assert asked.exit_code != 0
    assert "write 'federation: true' in headwater.yaml" in asked.stderr


@pytest.mark.parametrize(
    ("key", "said"),
    [
        ("[iban]", "Account has no field 'iban'"),
        ("[balance]", "Account.balance is an object"),
        ('["balance { amount"]', "'balance { amount' lacks a closing brace"),
        ('["id }"]', "'id }' has a brace too many"),
        ("[id, id]", "'id id' names 'id' twice"),
        ('["id { x }"]', "Account.id is a ID!, it has no fields"),
        ('["balance { sum }"]', "Money has no field 'sum'"),
    ],
)
def test_a_key_is_held_against_the_schema(tmp_path: Path, key: str, said: str) -> None:
    """What is no key is told at its place."""
    write(tmp_path)
    file = tmp_path / "profiles" / "account.entity.yaml"
    file.write_text(file.read_text().replace("key: [id]", f"key: {key}"))
    problems = build_gateway([tmp_path / "headwater.yaml"], {}).current.problems
    found = [p for p in problems if p.severity.value == "error"]

    assert [(p.message, p.span.line) for p in found] == [(said, 3)]


def test_a_key_is_read_as_graphql_selects_it() -> None:
    """Names, and what is taken of the objects among them."""
    assert read_fields("branch { id bank { code } } number") == {
        "branch": {"id": {}, "bank": {"code": {}}},
        "number": {},
    }


def test_lookups_that_wait_for_each_other_are_refused(tmp_path: Path) -> None:
    """A lookup's fields are waited for, unless the router gave them."""
    write(tmp_path)
    file = tmp_path / "profiles" / "account.entity.yaml"
    circle = """
          - { name: one, fills: Account.name, endpoint: "/{self.balance.amount}" }
          - { name: two, fills: Account.balance, endpoint: "/{self.name}" }
    """
    text = file.read_text()
    file.write_text(text[: text.index("  - name: byId")] + dedent(circle))
    gateway = build_gateway([tmp_path / "headwater.yaml"], {})

    assert "these steps wait for each other: one > two > one" in [
        p.message for p in gateway.current.problems
    ]


def test_keys_stand_in_sdl_as_well(tmp_path: Path) -> None:
    """What no file is about has the key that SDL writes; both places say it once."""
    write(tmp_path)
    file = tmp_path / "schema" / "bank.graphql"
    text = file.read_text().replace("type Branch", 'type Branch @key(fields: "city")')
    file.write_text(text.replace("type Account {", 'type Account @key(fields: "id") {'))
    made = build_gateway([tmp_path / "headwater.yaml"], {}).current

    assert made.problems == ()
    assert made.subgraph is not None
    assert 'type Branch @key(fields: "city") {' in made.subgraph
    assert made.subgraph.count('@key(fields: "id")') == 1


async def test_five_thousand_objects_are_a_hundred_calls(tmp_path: Path) -> None:
    """Chunks of 50, within the source's bulkhead; every object in its place."""
    write(tmp_path)
    bank = Bank()
    async with listening(bank) as upstream:
        gateway = build_gateway([tmp_path / "headwater.yaml"], {"BANK": upstream})
        async with gateway.serving():
            named = [{"__typename": "Account", "id": f"a{n}"} for n in range(MANY)]
            asking = Asking(
                "query ($of: [_Any!]!)"
                " { _entities(representations: $of) { ... on Account { name } } }",
                variables={"of": named},
            )
            clock = gateway.pipeline.clock
            request = RequestContext("test", clock.now(), _TIME)
            answer = await gateway.pipeline.answer(gateway.current, asking, request)

    assert answer.errors == ()
    assert answer.data == {
        "_entities": [{"name": f"Owner of a{n}"} for n in range(MANY)]
    }
    assert bank.calls == ["/accounts/search"] * (MANY // 50)
    assert bank.most <= 64


def test_links_to_other_specifications_are_kept(tmp_path: Path) -> None:
    """Federation's own link is written anew; what every subgraph has is shared."""
    write(tmp_path)
    file = tmp_path / "schema" / "bank.graphql"
    file.write_text(
        file.read_text()
        + "\nextend schema"
        + ' @link(url: "https://specs.apollo.dev/federation/v2.0", import: ["@tag"])'
        + ' @link(url: "https://specs.example/cards/v1.0")'
        + "\ntype PageInfo { hasNextPage: Boolean! }\n"
    )
    made = build_gateway([tmp_path / "headwater.yaml"], {}).current
    assert made.subgraph is not None
    head, _, rest = made.subgraph.partition("\n\n")

    assert head == dedent(
        """\
        extend schema
          @link(url: "https://specs.apollo.dev/federation/v2.3", import: ["@key", "@shareable", "@tag"])
          @link(url: "https://specs.example/cards/v1.0")"""  # noqa: E501 - as printed
    )
    assert "type PageInfo @shareable {" in rest


def test_a_subgraph_may_have_no_operation_of_its_own(tmp_path: Path) -> None:
    """Types that others refer to are enough; nothing stands in for `Query`."""
    write(tmp_path)
    (tmp_path / "profiles" / "account.yaml").unlink()
    made = build_gateway([tmp_path / "headwater.yaml"], {}).current

    assert made.subgraph is not None
    assert made.problems == ()
    assert "Query" not in made.subgraph
    assert sorted(made.audience.profiles) == ["_entities", "_service"]


def test_a_key_that_promises_too_much_is_not_resolvable(tmp_path: Path) -> None:
    """The fields that nothing gives are told at load, and the SDL says so."""
    write(tmp_path)
    file = tmp_path / "profiles" / "account.entity.yaml"
    file.write_text(file.read_text().replace("[name, balance]", "[name]"))
    made = build_gateway([tmp_path / "headwater.yaml"], {}).current

    (told,) = (p for p in made.problems if "resolvable" in p.message)
    assert (told.message, told.span.line, told.severity.value) == (
        (
            "nothing gives 'balance' to an object Account of which only 'id' is known, "
            "so its @key is 'resolvable: false'"
        ),
        3,
        "warning",
    )
    assert made.subgraph is not None
    assert 'type Account @key(fields: "id", resolvable: false) {' in made.subgraph
    assert "_entities" not in made.audience.profiles
