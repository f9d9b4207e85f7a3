"""A project whose system fails as it is told, and one that keeps notes."""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

HEADWATER = """
profiles: ./profiles
schema: ./schema
operations: ./operations
sources:
  default: { url: "URL" }
  parties:
    type: static
    data:
      p: { id: p, __typename: Person, name: Ada, born: 1815 }
      f: { id: f, __typename: Firm, name: Engines, staff: 3 }
api: true
"""
SDL = """
interface Party { id: ID!, name: String! }
type Person implements Party { id: ID!, name: String!, born: Int }
type Firm implements Party { id: ID!, name: String!, staff: Int
  parts(first: Int!): [String!]
}
union Anyone = Person | Firm
type Thing { name: String }
type Note { id: ID!, text: String!, tags: [String!], by: Party }
input NoteInput { text: String!, tags: [String!], mood: Mood = CALM }
enum Mood { CALM LOUD }
input Filter { city: String, near: Near, ids: [ID!] }
input Near { east: Float!, north: Float!, within: Int = 5 }
type Found { city: String, east: Float, within: Int, ids: [ID!] }
"""
_STEP = 'endpoint: "/fail/{how}", role: required, timeout: 1s, returns: Thing'
FAILING = f"""
language: 1
operation: failing
args: {{ how: String! }}
steps:
  - {{ name: thing, {_STEP} }}
returns: Thing
"""
CALLED = f"""
language: 1
operation: called
args: {{ how: String! }}
steps:
  - {{ name: thing, {_STEP}, error: {{ code: CARD_SYSTEM, message: No card. }} }}
returns: Thing
"""
SPOILED = """
language: 1
operation: spoiled
args: { how: String! }
steps:
  - name: thing
    type: value
    role: required
    value: "${ {'name': string(1 / size(how))} }"
    error: { code: CARD_SYSTEM }
returns: Thing
"""
LACKING = """
language: 1
operation: lacking
args: { id: ID! }
steps:
  - { name: party, type: static, source: parties, key: "${ id }", returns: Party }
  - name: thing
    endpoint: /things/{party.desk}
    role: required
    error: { code: NO_DESK }
returns: Thing
"""
ANYONE = """
language: 1
operation: anyone
args: { id: ID! }
null_if: party == null
steps:
  - { name: party, type: static, source: parties, key: "${ id }" }
returns: Anyone
"""
PARTY = ANYONE.replace("anyone", "party").replace("Anyone", "Party")
SEARCH = """
language: 1
operation: search
args: { filter: Filter! }
steps:
  - name: found
    type: value
    value:
      city: "${ filter.?city }"
      east: "${ filter.?near.?east }"
      within: "${ filter.?near.?within }"
      ids: "${ filter.?ids }"
returns: Found
"""
ADD_NOTE = """
language: 1
operation: addNote
kind: mutation
args: { id: ID!, note: NoteInput! }
idempotency: { ttl: 1h }
steps:
  - name: added
    method: POST
    endpoint: /notes/{id}
    body: { text: "${ note.text }", tags: "${ note.?tags }" }
    role: required
returns: Note
"""
NOTED = """
mutation noted($id: ID!, $text: String!) {
  first: addNote(id: $id, note: {text: $text}) { text }
  second: addNote(id: $id, note: {text: "again"}) { text }
}
"""
BOTH = """
query both($one: ID!, $how: String!) {
  anyone(id: $one) { __typename ... on Person { born } ... on Firm { staff } }
  failing(how: $how) { name }
}
"""
SOME = """
query some($id: ID!, $named: Boolean! = true) {
  anyone(id: $id) { ... on Party { id ... @include(if: $named) { name } } }
}
"""


def files(url: str) -> dict[str, str]:
    """The project of an office whose system is at a URL."""
    return {
        "headwater.yaml": HEADWATER.replace("URL", url),
        "schema/office.graphql": SDL,
        "operations/noted.graphql": NOTED,
        "operations/both.graphql": BOTH,
        "operations/some.graphql": SOME,
        **{
            f"profiles/{number}.yaml": text
            for number, text in enumerate(
                (FAILING, CALLED, SPOILED, LACKING, ANYONE, PARTY, SEARCH, ADD_NOTE)
            )
        },
    }


class System:
    """The office's system: it fails as its path says, and remembers notes."""

    def __init__(self) -> None:
        self.notes: list[dict[str, object]] = []

    async def fail(self, request: Request) -> Response:
        how = request.path_params["how"]
        if how == "hang":
            await request.receive()  # the request's end
            await request.receive()  # its client's
        if how == "text":
            return Response("<html>", media_type="text/html")
        if how == "null":
            return JSONResponse(None)
        return JSONResponse({"name": "x"}, int(how))

    async def note(self, request: Request) -> Response:
        note = await request.json()
        self.notes.append(note)
        if note["text"] == "refused":
            return JSONResponse({}, 409)
        number = str(len(self.notes))
        return JSONResponse({"id": number, "by": None, **note})

    def app(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/fail/{how}", self.fail),
                Route("/notes/{id}", self.note, methods=["POST"]),
            ]
        )
