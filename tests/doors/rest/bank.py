"""A small project with the REST door, whose only system out of reach is the risk's."""

from __future__ import annotations

HEADWATER = """
profiles: ./profiles
schema: ./schema
operations: ./operations
sources:
  customers: { type: static, data: { "7": { id: "7", name: Ada, city: Bern } } }
  branches: { type: file, path: ./branches.json }
  risks: { url: "http://127.0.0.1:9" }
api: true
"""
SDL = """
"Somebody who banks here."
type Customer { id: ID!, name: String!, city: String }
type Branch { id: ID!, city: String!, desks: Int!, kind: Kind! }
type Risk { score: Float! }
type Holder { customer: Customer, risk: Risk }
enum Kind { MAIN SMALL }
"""
CUSTOMER = """
language: 1
operation: customer
description: One customer.
args: { id: ID! }
null_if: customer == null
steps:
  - { name: customer, type: static, source: customers, key: "${ id }" }
returns: Customer
"""
BRANCHES = """
language: 1
operation: branches
args: { city: String = "Bern", kind: Kind, desks: Int, open: Boolean, ids: "[ID!]" }
steps:
  - { name: branches, type: file, source: branches, where: { city: "${ city }" } }
returns: "[Branch!]"
"""
HOLDER = """
language: 1
operation: holder
args: { id: ID! }
steps:
  - { name: customer, type: static, source: customers, key: "${ id }" }
  - { name: risk, source: risks, endpoint: "/risks/{id}", returns: Risk }
returns: Holder
"""
SCORED = """
language: 1
operation: scored
args: { id: ID! }
steps:
  - { name: risk, source: risks, endpoint: "/risks/{id}", role: required }
returns: Risk
"""
SAVED = """
"The name on the card."
query card($id: ID!, $with_city: Boolean! = false) {
  customer(id: $id) { name city @include(if: $with_city) }
}
"""
ROWS = """[
  { "id": 1, "city": "Bern", "desks": 4, "kind": "MAIN" },
  { "id": 2, "city": "Bern", "desks": 1, "kind": "SMALL" },
  { "id": 3, "city": "Basel", "desks": 9, "kind": "MAIN" }
]"""
FILES = {
    "headwater.yaml": HEADWATER,
    "schema/bank.graphql": SDL,
    "profiles/customer.yaml": CUSTOMER,
    "profiles/branches.yaml": BRANCHES,
    "profiles/holder.yaml": HOLDER,
    "profiles/scored.yaml": SCORED,
    "operations/card.graphql": SAVED,
    "branches.json": ROWS,
}
