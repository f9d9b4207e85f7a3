"""One case for each line of the page's table of directives.

A case is named as its line. ``has`` are texts of files that are made, ``lacks`` what
must not stand there, ``told`` what the summary says of which place, ``refused`` why
nothing is made.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

LINK = '@link(url: "https://specs.apollo.dev/link/v1.0")'
JOIN = '@link(url: "https://specs.apollo.dev/join/v0.5", for: EXECUTION)'
GRAPHS = """
enum join__Graph {
  A @join__graph(name: "a", url: "http://a.invalid/graphql")
  B @join__graph(name: "b", url: "http://b.invalid/graphql")
}
"""
API, A, B = "schema/supergraph.graphql", "subgraphs/a.gql", "subgraphs/b.gql"
THING = "profiles/Thing.entity.yaml"


@dataclass(frozen=True, slots=True)
class Case:
    """A supergraph, and what becomes of it."""

    body: str
    has: Mapping[str, str] = field(default_factory=dict)
    lacks: Mapping[str, str] = field(default_factory=dict)
    told: Mapping[str, str] = field(default_factory=dict)
    refused: str = ""
    head: str = f"schema {LINK} {JOIN} {{ query: Query }}"
    guarded: bool = True
    join: str = "join"

    @property
    def text(self) -> str:
        """The whole supergraph."""
        whole = f"{self.head}\n{GRAPHS}\n{self.body}\n"
        return whole.replace("join__", f"{self.join}__")


def linked(*features: str) -> str:
    """The schema with features besides."""
    return f"schema {LINK} {JOIN} {' '.join(features)} {{ query: Query }}"


def feature(name: str, more: str = "") -> str:
    """A link to a specification."""
    return f'@link(url: "https://specs.apollo.dev/{name}"{more})'


def asked(fields: str, more: str = "") -> str:
    """A root that B gives a thing by, a thing that A has by its id, and more."""
    return f"""
type Query @join__type(graph: A) @join__type(graph: B) {{
  thing: Thing @join__field(graph: B)
}}
type Thing @join__type(graph: A, key: "id") @join__type(graph: B, key: "id") {{
  id: ID!
  {fields}
}}
{more}
"""


def by(step: str, provides: str, entity: str, source: str = "") -> str:
    """An entity step as it is written."""
    return (
        f"  - name: {step}\n    type: graphql\n    source: {source or step}\n"
        f"    provides: [{provides}]\n    entity: {entity}\n"
    )


PLAIN = "a: Int @join__field(graph: A)"
OWNED = """
type Query { thing: Thing @join__field(graph: B) }
type Thing
  @join__owner(graph: A)
  @join__type(graph: A, key: "id") @join__type(graph: B, key: "id")
{ id: ID! @join__field(graph: A)  a: Int  b: Int @join__field(graph: B) }
"""
CORE = '@core(feature: "https://specs.apollo.dev'
OBJECTS = """
type Query @join__type(graph: A) @join__type(graph: B) {
  thing: Thing @join__field(graph: B)
  media: Media @join__field(graph: A)
}
interface Media
  @join__type(graph: A, key: "id", isInterfaceObject: true)
  @join__type(graph: B, key: "id")
{ id: ID!  a: Int @join__field(graph: A) }
type Thing implements Media
  @join__implements(graph: B, interface: "Media") @join__type(graph: B, key: "id")
{ id: ID!  a: Int @join__field }
"""
GUARDED = " ".join(feature(f"{n}/v0.1", ", for: SECURITY") for n in (
    "authenticated", "requiresScopes", "policy"
))  # fmt: skip
SECRETS = asked(
    PLAIN
    + """
  b: Int @authenticated @join__field(graph: B)
  c: Int @requiresScopes(scopes: [["x"]]) @join__field(graph: B)
  d: Secret @join__field(graph: B)
""",
    'type Secret @policy(policies: [["p"]]) @join__type(graph: B) { e: Int }',
)
BODY = "type Query @join__type(graph: A) { ok: Int }"
