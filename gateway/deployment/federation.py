"""Whether a deployment is a subgraph, and which one: ``federation``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, TypeAlias

from pydantic import BeforeValidator, Field

from gateway.deployment.words import Discreet
from gateway.strict import Count, Text, wrong

_SWITCH: dict[bool | str | None, dict[str, str] | None] = {
    True: {},
    "true": {},
    False: None,
    "false": None,
    None: None,
}


class FederationSettings(Discreet):
    """A federation v2 subgraph of a router."""

    name: Text | None = Field(
        default=None,
        description="What routers call this subgraph: `@override` from it is refused.",
    )
    max: Count = Field(
        default=5_000, description="Objects that one `_entities` may name."
    )


def _subgraph(written: object) -> object:
    """``true`` is a subgraph of which nothing is said."""
    if isinstance(written, Mapping | FederationSettings):
        return written
    if isinstance(written, bool | str | None) and written in _SWITCH:
        return _SWITCH[written]
    raise wrong("true, false or a map is wanted", hint="write true, or { name: bank }")


Federation: TypeAlias = Annotated[
    FederationSettings | None,
    BeforeValidator(_subgraph, json_schema_input_type=FederationSettings | bool),
]
"""None: it is no subgraph."""
