"""The keys that `type: graphql` adds to a step, as written in YAML."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, TypeAlias

from pydantic import BeforeValidator, Field, model_validator

from gateway.strict import Count, Flag, Json, StrictModel, Text, wrong

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def _is_name(written: object) -> bool:
    return isinstance(written, str) and bool(_NAME.fullmatch(written))


def _name(written: object) -> object:
    if isinstance(written, str) and not _NAME.fullmatch(written):
        raise wrong(f"{written!r} is no GraphQL name", hint="write customer")
    return written


def _keys(written: object) -> object:
    if written == []:
        raise wrong("an entity without keys cannot be asked for", hint="write [id]")
    return written


FieldName: TypeAlias = Annotated[str, BeforeValidator(_name)]


class EntityOptions(StrictModel):
    """An entity of a federation subgraph, asked for by the keys of its parents."""

    type: FieldName = Field(description="Its type in the subgraph.")
    key: Annotated[tuple[FieldName, ...], BeforeValidator(_keys)] = Field(
        description="The fields of its `@key`, read of the parent: `[id]`.",
        json_schema_extra={"minItems": 1},
    )
    max: Count | None = Field(
        default=None, description="Entities in one call at most. Default 100."
    )


def _asked_by(key: tuple[object, ...]) -> dict[str, object]:
    """How parents are asked for by the fields of a key, as a `batch` says it."""
    if len(key) == 1:
        return {"key": f"${{ self.{key[0]} }}", "by": key[0]}
    parts = ", ".join(f"'{name}': self.{name}" for name in key)
    return {"key": f"${{ {{{parts}}} }}", "by": {str(n): str(n) for n in key}}


class GraphqlOptions(StrictModel):
    """Keys of `type: graphql`: one query or mutation of a GraphQL API.

    A step has a `document`, a `field` or an `entity`.
    """

    document: Text | None = Field(
        default=None,
        description="The GraphQL document, asked for as it is. Of one field of the "
        "root the answer is its value, of several it is `data`.",
    )
    variables: Mapping[str, Json] = Field(
        default_factory=dict,
        description="Values of the document's variables; they may hold `${ cel }`. "
        "Default: the argument of a variable's name.",
    )
    field: FieldName | None = Field(
        default=None,
        description="A field of the upstream's root, asked for what the client "
        "selected of it.",
    )
    arguments: Mapping[FieldName, Json] = Field(
        default_factory=dict,
        description="Arguments of the `field`; values may hold `${ cel }`. Null ones "
        "are not sent.",
    )
    types: Mapping[FieldName, Text] = Field(
        default_factory=dict,
        description="GraphQL types of arguments that are no plain text or number "
        "(`{ status: Status! }`), where the source has no `schema`.",
    )
    also: Text | None = Field(
        default=None,
        description="A selection that is asked for whatever the client selected: "
        "`id owner { id }`.",
    )
    mutation: Flag = Field(
        default=False, description="The `field` is one of the upstream's Mutation."
    )
    entity: EntityOptions | None = Field(
        default=None,
        description="An entity of a federation subgraph, asked for in batches.",
    )
    idempotent: Flag | None = Field(
        default=None,
        description="Whether asking twice is the same as asking once. Default: "
        "queries are, mutations are not.",
    )

    @model_validator(mode="before")
    @classmethod
    def _asks_in_batches(cls, written: object) -> object:
        """The parents of an entity are asked for together; its `batch` may say more."""
        entity = written.get("entity") if isinstance(written, dict) else None
        key = entity.get("key") if isinstance(entity, dict) else None
        names = isinstance(key, list) and key and all(map(_is_name, key))
        if not isinstance(written, dict) or not names or not isinstance(key, list):
            return written
        own = written.get("batch")
        if own is not None and not isinstance(own, dict):
            return written
        most = {"max": entity["max"]} if entity and "max" in entity else {}
        asked = {**_asked_by(tuple(key)), **most, **(own or {})}
        return {**written, "batch": asked}
