"""A project of one operation whose texts are full of markup, served on a real port."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from gateway.app import build_gateway
from gateway.cli.listening import asgi
from gateway.telemetry.events import unobserved
from tests.serving import running

MARKUP = "<img src=x onerror=alert(1)>"
SDL = f"""
type Query {{ customer(id: ID!): Customer }}
"A customer. {MARKUP}"
type Customer {{ id: ID! name: String rating: Int }}
"""
PROFILE = f"""
language: 1
operation: customer
steps:
  - name: body       # {MARKUP}
    type: value
    value: {{ id: "${{ id }}", name: "{MARKUP}" }}
  - name: rating
    type: value
    role: optional
    value: {{ rating: "${{ size(body.name) }}" }}
"""
DEPLOYMENT = """
profiles: ./profiles
schema: ./schema
auth: { trust_headers: true }
sources: { default: { url: "http://upstream.invalid" } }
"""


@contextmanager
def served(
    folder: Path, *, dev: bool = True, files: Mapping[str, str] | None = None
) -> Iterator[str]:
    """The address of its page, with other ``files`` by their names."""
    own = files or {}
    for place, file, text in (
        ("profiles", "customer.yaml", PROFILE),
        ("schema", "customer.graphql", SDL),
        (".", "headwater.yaml", DEPLOYMENT),
    ):
        (folder / place).mkdir(exist_ok=True)
        (folder / place / file).write_text(own.get(file, text))
    config = folder / "headwater.yaml"
    gateway = build_gateway([config], os.environ, observe=unobserved, dev=dev)
    with running(asgi(gateway), lifespan="on") as port:
        yield f"http://127.0.0.1:{port}/"
