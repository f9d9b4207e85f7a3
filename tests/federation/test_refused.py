"""What files say that no subgraph can keep: told at its place, nothing is served."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.app import build_gateway
from gateway.errors import ProfileError
from gateway.execution.upstream import Upstreams
from gateway.loading.loader import Loader
from tests.federation.bank import write

_CARD = 'type Card @key(fields: "no") { no: ID! score: Int @external '
_OFF = 'sources: { default: { url: "http://bank.invalid" } }\n'


def refused(folder: Path) -> list[str]:
    """The errors of a load that gives nothing, as those of a check."""
    with pytest.raises(ProfileError) as caught:
        build_gateway([folder / "headwater.yaml"], {})
    loader = Loader(
        [folder / "headwater.yaml"], {}, lambda _: (Upstreams({}), lambda: None)
    )
    loaded, checked = (
        [str(p).replace(f"{folder}/", "") for p in each if p.severity.value == "error"]
        for each in (caught.value.problems, loader.check())
    )
    assert checked == loaded
    return [text.partition(" — ")[0] for text in loaded]


@pytest.mark.parametrize(
    ("sdl", "said"),
    [
        pytest.param(
            _CARD + 'limit: Int @requires(fields: "score") }',
            "1:90: Card.limit has @requires, and no step of 'entity: Card' gives it",
            id="nobody reads what is required",
        ),
        pytest.param(
            'type Card { a: Int @external b: Int @requires(fields: "a") }',
            "1:55: Card has @requires and no key, so no router can ask for it",
            id="required without a key",
        ),
        pytest.param(
            "type Card @interfaceObject { no: ID! }",
            "1:11: Card has @interfaceObject and no key, so no router can ask for it",
            id="an interface object without a key",
        ),
        pytest.param(
            'interface M @key(fields: "id") { id: ID! } '
            "type B implements M { id: ID! }",
            "1:26: M has the key 'id', and B, which is one, has not",
            id="a key of an interface that its type lacks",
        ),
        pytest.param(
            'extend type Account { x: Int @override(from: "bank") }',
            "1:46: @override of Account.x is from 'bank', which is this subgraph",
            id="taken over from itself",
        ),
        pytest.param(
            'extend type Account { x: Int @override(from: "") }',
            "1:46: @override of Account.x names no subgraph",
            id="taken over from nobody",
        ),
        pytest.param(
            'extend type Account { x: Int @override(from: "a", label: "1%") }',
            "1:30: '1%' is no label of @override",
            id="a label that composition refuses",
        ),
        pytest.param(
            "extend type Account { x: Int @external }",
            "1:30: Account.x is @external, and nothing uses it",
            id="external for nothing",
        ),
        pytest.param(
            'extend type Account { x: Int @requires(fields: "name") }',
            "1:48: @requires of Account.x names name, which is not @external",
            id="required, and given here",
        ),
        pytest.param(
            'extend type Account { x: Int @requires(fields: "nam") }',
            "1:48: @requires: Account has no field 'nam'",
            id="a field that is not there",
        ),
        pytest.param(
            'extend type Account { x: Branch @provides(fields: "town") }',
            "1:51: @provides: Branch has no field 'town'",
            id="provided and not there",
        ),
        pytest.param(
            'type Z @key(fields: "ids") { ids: [ID!]! }',
            "1:21: @key: Z.ids is a [ID!]!, and keys are leaves of single objects",
            id="a key that is a list",
        ),
        pytest.param(
            'type Z @key(fields: "id") { id(a: Int): ID! }',
            "1:21: @key: Z.id has arguments",
            id="a key with arguments",
        ),
        pytest.param(
            'type Z @key(fields: "a: id") { id: ID! }',
            "1:21: @key: fields have no aliases here",
            id="a key with an alias",
        ),
        pytest.param(
            "type Z @key(fields: 1) { id: ID! }",
            "1:21: @key: Argument 'fields' has invalid value: "
            "String cannot represent a non string value: 1",
            id="a key that is no text",
        ),
        pytest.param(
            'extend schema @link(url: "https://specs.apollo.dev/federation/v2.99")',
            "1:15: 'https://specs.apollo.dev/federation/v2.99' is no version that is "
            "spoken here: v2.0 to v2.9",
            id="a version of tomorrow",
        ),
        pytest.param(
            'extend schema @link(url: "https://specs.apollo.dev/federation/v2.3", '
            'import: [{ name: "@key", as: "@k" }])',
            "1:79: federation's directives have no other names here",
            id="directives by other names",
        ),
        pytest.param(
            'type M { id: ID! @connect(source: "a") }',
            "1:18: Unknown directive '@connect'",
            id="connectors",
        ),
    ],
)
def test_sdl_that_promises_routers_what_nobody_keeps_does_not_load(
    tmp_path: Path, sdl: str, said: str
) -> None:
    """One error at file, line and column, in a load and in a check alike."""
    write(tmp_path)
    (tmp_path / "headwater.yaml").write_text(f"federation: {{ name: bank }}\n{_OFF}")
    (tmp_path / "schema" / "x.graphql").write_text(sdl)

    assert refused(tmp_path) == [f"schema/x.graphql:{said}"]


@pytest.mark.parametrize(
    ("own", "word", "arguments"),
    [
        ("", "authenticated", ""),
        ("", "requiresScopes", '(scopes: [["read"]])'),
        ("", "policy", '(policies: [["owner"]])'),
        ("directive @authenticated on FIELD_DEFINITION\n", "authenticated", ""),
    ],
)
def test_protection_that_nobody_enforces_does_not_load(
    tmp_path: Path, own: str, word: str, arguments: str
) -> None:
    """Where there is no router the directive would look like a lock, and be none."""
    write(tmp_path)
    (tmp_path / "headwater.yaml").write_text(_OFF)
    sdl = f"{own}extend type Account {{ pin: String @{word}{arguments} }}"
    (tmp_path / "schema" / "x.graphql").write_text(sdl)
    line = 1 + own.count("\n")

    said = "protects nothing here: only a federation router enforces it"
    assert refused(tmp_path) == [f"schema/x.graphql:{line}:35: @{word} {said}"]


@pytest.mark.parametrize(
    ("entity", "said"),
    [
        pytest.param(
            "lookup: [{ name: x, provides: [score, limit], endpoint: '/x/{self.no}' }]",
            "3:10: Card.score is @external: another subgraph gives it, "
            "and so does this",
            id="given twice",
        ),
        pytest.param(
            "fields: { Card.limit: self.rank, Card.place: self.rank }",
            "3:23: Card.limit needs 'self.rank', which is @external: a router sends it "
            "only where a field says that it needs it",
            id="read without being required",
        ),
        pytest.param(
            "fields: { Card.limit: self.at.depth, Card.place: self.rank }",
            "3:23: of Card.at a router sends row, and not 'depth'",
            id="read beside what is required",
        ),
    ],
)
def test_a_file_that_reads_what_is_not_sent_is_left_out(
    tmp_path: Path, entity: str, said: str
) -> None:
    """It is told at the step; the other operations are served, as ever."""
    write(tmp_path)
    (tmp_path / "schema" / "x.graphql").write_text(
        _CARD
        + "rank: Int @external at: Place @external "
        + 'limit: Int @requires(fields: "score at { row }") '
        + 'place: Int @requires(fields: "rank") }\n'
        + "type Place @shareable { row: Int depth: Int }"
    )
    file = tmp_path / "profiles" / "card.entity.yaml"
    file.write_text(f"language: 1\nentity: Card\n{entity}\n")
    made = build_gateway([tmp_path / "headwater.yaml"], {}).current

    told = [str(p).partition(" — ")[0] for p in made.problems]
    assert told == [f"{file}:{said}"]
    assert "account" in made.audience.profiles
    assert "type Card @key" not in (made.subgraph or "")
