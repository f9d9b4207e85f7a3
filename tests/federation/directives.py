"""Each directive of the page's table: SDL as written, and as `_service` has it."""

from __future__ import annotations

from typing import NamedTuple


class Line(NamedTuple):
    """One directive. ``file`` is an entity file, ``other`` another subgraph's SDL."""

    name: str
    sdl: str
    served: str
    version: int = 3
    file: str = ""
    other: str = ""


_OTHER = 'extend type Card @key(fields: "no") { no: ID! limit: Int name: String }'
_CARD = "language: 1\nentity: Card\n"
_NO = 'lookup: [{ name: card, provides: [limit], endpoint: "/x/{self.no}" }]\n'
_GIVEN = f"{_CARD}{_NO}"
_IT = "language: 1\nentity: It\n"
_IT += "lookup: [{ name: at, fills: It.at, endpoint: '/{self.id}' }]\n"

LINES = (
    Line(
        "key",
        'type Card @key(fields: "no") @key(fields: "at { row }") '
        "{ no: ID! at: Place limit: Int } type Place @shareable { row: ID! }",
        'type Card @key(fields: "no", resolvable: false) '
        '@key(fields: "at { row }", resolvable: false) {',
    ),
    Line(
        "external",
        'type Card @key(fields: "no") { no: ID! limit: Int @external '
        'high: Boolean @requires(fields: "limit") }',
        "limit: Int @external",
        file=f"{_CARD}fields: {{ Card.high: self.limit > 5 }}\n",
        other=_OTHER,
    ),
    Line(
        "requires",
        'type Card @key(fields: "no") { no: ID! limit: Int @external '
        'high: Boolean @requires(fields: "limit") }',
        'high: Boolean @requires(fields: "limit")',
        file=f"{_CARD}fields: {{ Card.high: self.limit > 5 }}\n",
        other=_OTHER,
    ),
    Line(
        "provides",
        'type Card @key(fields: "no", resolvable: false) { no: ID! name: String '
        '@external } extend type Account { card: Card @provides(fields: "name") }',
        'card: Card @provides(fields: "name")',
        other=_OTHER.replace("name: String", "name: String @shareable"),
    ),
    Line("shareable", "type Card @shareable { no: ID! }", "type Card @shareable {"),
    Line(
        "override",
        'type Card @key(fields: "no") '
        '{ no: ID! limit: Int @override(from: "old", label: "percent(5)") }',
        'limit: Int @override(from: "old", label: "percent(5)")',
        version=7,
        file=_GIVEN,
    ),
    Line(
        "inaccessible",
        "type Card { no: ID! pin: Int @inaccessible }",
        "pin: Int @inaccessible",
    ),
    Line("tag", 'type Card @tag(name: "x") { no: ID! }', 'type Card @tag(name: "x") {'),
    Line(
        "extends",
        'type Card @extends @key(fields: "no") { no: ID! limit: Int }',
        'type Card @key(fields: "no") @extends {',
        file=_GIVEN,
    ),
    Line(
        "interfaceObject",
        'type Card @interfaceObject @key(fields: "no") { no: ID! limit: Int }',
        'type Card @key(fields: "no") @interfaceObject {',
        file=_GIVEN,
        other='interface Card @key(fields: "no") { no: ID! } '
        'type Debit implements Card @key(fields: "no") { no: ID! }',
    ),
    Line(
        "composeDirective",
        'extend schema @link(url: "https://specs.example/own/v1.0", import: ["@own"])'
        ' @composeDirective(name: "@own") directive @own on OBJECT '
        "type Card @own { no: ID! }",
        '@composeDirective(name: "@own")',
    ),
    Line(
        "authenticated",
        "type Card { no: ID! @authenticated }",
        "no: ID! @authenticated",
        version=5,
    ),
    Line(
        "requiresScopes",
        'type Card { no: ID! @requiresScopes(scopes: [["read"]]) }',
        'no: ID! @requiresScopes(scopes: [["read"]])',
        version=5,
    ),
    Line(
        "policy",
        'type Card { no: ID! @policy(policies: [["owner"]]) }',
        'no: ID! @policy(policies: [["owner"]])',
        version=6,
    ),
    Line(
        "context",
        'type Card @context(name: "c") { no: ID! it: It } type It @key(fields: "id") '
        '{ id: ID! at(no: ID @fromContext(field: "$c { no }")): Int }',
        'type Card @context(name: "c") {',
        version=8,
        file=_IT,
    ),
    Line(
        "fromContext",
        'type Card @context(name: "c") { no: ID! it: It } type It @key(fields: "id") '
        '{ id: ID! at(no: ID @fromContext(field: "$c { no }")): Int }',
        'at(no: ID @fromContext(field: "$c { no }")): Int',
        version=8,
        file=_IT,
    ),
    Line(
        "cost",
        "type Card { no: ID! @cost(weight: 5) }",
        "no: ID! @cost(weight: 5)",
        version=9,
    ),
    Line(
        "listSize",
        "type Card { all: [ID] @listSize(assumedSize: 5) }",
        "all: [ID] @listSize(assumedSize: 5)",
        version=9,
    ),
    Line(
        "link",
        'extend schema @link(url: "https://specs.apollo.dev/federation/v2.4", '
        'import: ["@key", "@requires"]) type Card { no: ID! }',
        '@link(url: "https://specs.apollo.dev/federation/v2.4", import: ["@key", '
        '"@shareable", "@tag"])',
        version=4,
    ),
)
