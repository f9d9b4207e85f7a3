"""The cases of the table: `directive`, as the page has it, and what is made of it."""

from __future__ import annotations

from tests.importing.supergraph.lines import (
    API,
    BODY,
    CORE,
    GUARDED,
    OBJECTS,
    OWNED,
    PLAIN,
    SECRETS,
    THING,
    A,
    B,
    Case,
    asked,
    by,
    feature,
    linked,
)

ID = "{ type: Thing, key: [id] }"
CASES = {
    "`@link` to join v0.2 to v0.5": Case(
        asked(PLAIN),
        has={THING: by("a", "a", ID)},
        head=linked().replace("join/v0.5", "join/v0.2"),
    ),
    "`@core` with join v0.1, `@join__owner`": Case(
        OWNED,
        has={THING: by("a", "a", ID) + by("b", "b", ID)},
        head=f'schema {CORE}/core/v0.1") {CORE}/join/v0.1") {{ query: Query }}',
    ),
    "`@link(as:)`, `@link(import:)`": Case(
        asked(PLAIN + "\n  b: Int @hide @join__field(graph: B)"),
        has={THING: by("a", "a", ID)},
        lacks={API: "b: Int"},
        join="j",
        head="schema "
        + feature("join/v0.5", ', as: "j"')
        + feature(
            "inaccessible/v0.2", ', import: [{ name: "@inaccessible", as: "@hide" }]'
        )
        + "{ query: Query }",
    ),
    "`@link` to what is not listed here": Case(
        BODY,
        refused="it needs other for execution, not known here",
        head=linked(feature("other/v1.0", ", for: EXECUTION")),
    ),
    "`@join__graph`": Case(
        BODY, has={A: "ok: Int", "headwater.yaml": "url: http://a.invalid/graphql"}
    ),
    "`@join__type(graph:)`": Case(
        asked(
            "o: Only @join__field(graph: B)",
            "type Only @join__type(graph: B) { x: Int }",
        ),
        has={B: "type Only"},
        lacks={A: "type Only"},
    ),
    "`@join__type(key:)`": Case(
        asked(
            PLAIN + "\n  m: M! @join__field(graph: A) @join__field(graph: B)",
            "type M @join__type(graph: A) @join__type(graph: B) { c: ID! }",
        ).replace(
            'graph: A, key: "id")',
            'graph: A, key: "id") @join__type(graph: A, key: "id m { c }")',
        ),
        has={
            THING: by("a_by_id", "a, m", ID, "a")
            + by("a_by_id_m", "a", '{ type: Thing, key: [id, "m { c }"] }', "a"),
            A: 'type Thing @key(fields: "id") @key(fields: "id m { c }") {',
        },
    ),
    "`@join__type(extension:)`": Case(
        asked(PLAIN).replace('key: "id")', 'key: "id", extension: true)'),
        has={THING: by("a", "a", ID)},
    ),
    "`@join__type(resolvable: false)`": Case(
        asked(PLAIN + "\n  b: Int @join__field(graph: B)").replace(
            'graph: B, key: "id")', 'graph: B, key: "id", resolvable: false)'
        ),
        has={THING: by("a", "a", ID), B: '@key(fields: "id", resolvable: false)'},
        lacks={THING: "source: b"},
    ),
    "`@join__type(isInterfaceObject:)`": Case(
        OBJECTS,
        has={
            THING: by("a", "a", "{ type: Media, key: [id] }"),
            A: 'type Media @key(fields: "id") {',
        },
        told={
            "Query.media": "in a it is an interface object",
            "Media": "in a it is an",
        },
    ),
    "`@join__field(graph:)`": Case(
        asked(PLAIN + "\n  b: Int @join__field(graph: B)"),
        has={
            THING: by("a", "a", ID) + by("b", "b", ID),
            "profiles/thing.yaml": "source: b",
        },
        lacks={A: "b: Int", B: "a: Int"},
    ),
    "`@join__field(requires:)`": Case(
        asked(
            PLAIN
            + '\n  b: Int @join__field(graph: B, requires: "a")'
            + '\n  c: Int @join__field(graph: B, requires: "a(x: 1)")'
            + '\n  d: Int @join__field(graph: B, requires: "t { y }")'
            + "\n  t: T @join__field(graph: A)",
            "type T @join__type(graph: A) @join__type(graph: B) {"
            " x: Int @join__field(graph: A)  y: Int @join__field(graph: B) }",
        ),
        has={
            THING: by("b_b", "b", "{ type: Thing, key: [id], requires: [a] }", "b"),
            B: 'b: Int @requires(fields: "a")',
        },
        lacks={API: "c: Int"},
        told={
            "Thing.c": "in b it @requires what is not read here: 'a' has arguments",
            "Thing.d": "it @requires t { y }, which no one graph gives",
        },
    ),
    "`@join__field(provides:)`": Case(
        asked(PLAIN).replace("(graph: B)\n}", '(graph: B, provides: "a")\n}'),
        has={B: 'thing: Thing @provides(fields: "a")'},
    ),
    "`@join__field(external:)`": Case(
        asked("a: Int @join__field(graph: A) @join__field(graph: B, external: true)"),
        has={THING: by("a", "a", ID), B: "a: Int @external"},
        lacks={THING: "source: b"},
    ),
    "`@join__field(override:)`, `usedOverridden:`": Case(
        asked(
            'a: Int @join__field(graph: A, override: "b")'
            " @join__field(graph: B, usedOverridden: true)"
        ),
        has={THING: by("a", "a", ID), B: "a: Int @external"},
        lacks={THING: "source: b"},
    ),
    "`@join__field(overrideLabel:)`": Case(
        asked(
            'a: Int @join__field(graph: A, override: "b", overrideLabel: "percent(5)")'
            " @join__field(graph: B)"
        ),
        has={THING: by("b", "a", ID)},
        lacks={THING: "source: a"},
        told={"Thing.a": "it stays where it was"},
    ),
    "`@join__field(type:)`": Case(
        asked('a: Int @join__field(graph: A, type: "Int!") @join__field(graph: B)'),
        has={A: "a: Int!", B: "a: Int\n", API: "a: Int\n"},
    ),
    "`@join__field(contextArguments:)`": Case(
        asked(
            PLAIN + "\n  c: Int @join__field(graph: A, contextArguments:"
            ' [{ context: "a__x", name: "n", type: "Int", selection: "{ id }" }])'
        ),
        has={THING: by("a", "a", ID)},
        lacks={API: "c: Int"},
        told={"Thing.c": "in a an argument of it comes from @context"},
    ),
    "`@join__implements`": Case(
        asked(PLAIN, "interface I @join__type(graph: A) { id: ID! }").replace(
            "type Thing",
            'type Thing implements I @join__implements(graph: A, interface: "I")',
        ),
        has={API: "type Thing implements I {", A: "type Thing implements I @key"},
        lacks={B: "implements"},
    ),
    "`@join__unionMember`": Case(
        asked(
            "u: U @join__field(graph: A)",
            "union U @join__type(graph: A) @join__type(graph: B)"
            ' @join__unionMember(graph: A, member: "Thing")'
            ' @join__unionMember(graph: B, member: "Other") = Thing | Other\n'
            "type Other @join__type(graph: B) { x: Int }",
        ),
        has={
            API: "union U = Thing | Other",
            A: "union U = Thing\n",
            B: "union U = Other",
        },
    ),
    "`@join__enumValue`": Case(
        asked(
            "e: E @join__field(graph: A)",
            "enum E @join__type(graph: A) @join__type(graph: B)"
            " { X @join__enumValue(graph: A)  Y @join__enumValue(graph: B) }",
        ),
        has={
            API: "enum E {\n  X\n  Y\n}",
            A: "enum E {\n  X\n}",
            B: "enum E {\n  Y\n}",
        },
    ),
    "`@join__directive`": Case(
        asked(PLAIN + ' @join__directive(graphs: [A], name: "mine", args: { x: 1 })'),
        has={THING: by("a", "a", ID)},
        lacks={API: "mine"},
        told={"Thing.a": "@mine is of its subgraph, and has no meaning here"},
    ),
    "connectors (`@join__directive`, `@link` to connect)": Case(
        asked(PLAIN + ' @join__directive(graphs: [A], name: "connect", args: {})'),
        refused="Thing.a has a connector (@connect): its graph is no GraphQL API",
    ),
    "`@inaccessible`": Case(
        asked(
            PLAIN
            + "\n  b: Int @inaccessible @join__field(graph: B)"
            + '\n  c: Int @join__field(graph: A, requires: "b")'
        ),
        has={B: "b: Int"},
        lacks={API: "b: Int"},
        told={"Thing.c": "it needs Thing.b, which is not offered"},
        head=linked(feature("inaccessible/v0.2", ", for: SECURITY")),
    ),
    "`@tag`": Case(
        asked(PLAIN + ' @tag(name: "x")'),
        has={THING: by("a", "a", ID)},
        lacks={API: "tag"},
        head=linked(feature("tag/v0.3")),
    ),
    "`@authenticated`, `@requiresScopes`, `@policy`": Case(
        SECRETS,
        has={THING: by("a", "a", ID)},
        lacks={API: "Secret"},
        told={
            "Thing.b": "@authenticated protects it",
            "Thing.c": "@requiresScopes protects it",
            "Thing.d": "@policy protects it, and nobody would check that here",
            "Secret.e": "@policy protects it",
        },
        head=linked(GUARDED),
    ),
    "the same with `--without-policies`": Case(
        SECRETS,
        has={API: "type Secret {", THING: by("b", "b, c, d", ID)},
        told={
            "Thing.b": "@authenticated protects it no more: see who may ask here",
            "Thing.c": "@requiresScopes protects it no more",
            "Thing.d": "@policy protects it no more",
            "Secret.e": "@policy protects it no more",
        },
        head=linked(GUARDED),
        guarded=False,
    ),
    "`@cost`, `@listSize`, `@cacheTag`, other features": Case(
        asked(PLAIN + " @cost(weight: 5)"),
        has={THING: by("a", "a", ID)},
        lacks={API: "cost"},
        told={"@cost": "it has no meaning here", "@mine": "it has no meaning here"},
        head=linked(feature("cost/v0.1"), feature("mine/v1.0")),
    ),
    "`@deprecated`, `@specifiedBy`, `@oneOf`": Case(
        asked(
            'a: S @join__field(graph: A) @deprecated(reason: "old")',
            'scalar S @specifiedBy(url: "https://s.invalid") @join__type(graph: A)',
        ),
        has={
            API: 'scalar S @specifiedBy(url: "https://s.invalid")',
            THING: by("a", "a", ID),
        },
    ),
    "fields of `Subscription`": Case(
        asked(
            PLAIN,
            "type Subscription @join__type(graph: A) { moved: Int }",
        ),
        lacks={API: "moved"},
        told={"moved": "subscriptions are not asked for"},
    ),
}
