"""The keys that `type: graphql` adds to a step, as written in YAML."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, TypeAlias

from pydantic import BeforeValidator, Field, model_validator

from gateway.connectors.graphql.fieldsets import fields_of, merged, plain
from gateway.held import Fields
from gateway.strict import Count, Flag, Json, StrictModel, Text, wrong

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def _name(written: object) -> object:
    if isinstance(written, str) and not _NAME.fullmatch(written):
        raise wrong(f"{written!r} is no GraphQL name", hint="write customer")
    return written


def _keys(written: object) -> object:
    if written == []:
        raise wrong("an entity without keys cannot be asked for", hint="write [id]")
    return written


def _fieldset(written: object) -> object:
    """A field, or one with what is meant of the object that it is."""
    if not isinstance(written, str):
        return written
    try:
        found = fields_of(written)
    except ValueError as error:
        raise wrong(str(error), hint='write id, or "brand { code }"') from None
    if any(name.startswith("...") for name in _names(found)):
        raise wrong(f"{written!r} depends on a type", hint="name plain fields")
    return written


def _names(fields: Fields) -> list[str]:
    return [*fields, *(name for below in fields.values() for name in _names(below))]


FieldName: TypeAlias = Annotated[str, BeforeValidator(_name)]
FieldSet: TypeAlias = Annotated[Text, BeforeValidator(_fieldset)]


class EntityOptions(StrictModel):
    """An entity of a federation subgraph, asked for by the keys of its parents."""

    type: FieldName = Field(description="Its type in the subgraph.")
    key: Annotated[tuple[FieldSet, ...], BeforeValidator(_keys)] = Field(
        description="The fields of its `@key`, read of the parent: `[id]`, "
        '`["brand { code }"]`.',
        json_schema_extra={"minItems": 1},
    )
    requires: tuple[FieldSet, ...] = Field(
        default=(),
        description="Fields of the parent that are sent besides, whoever gives them: "
        '`[weight, "dimensions { size }"]`.',
    )
    max: Count | None = Field(
        default=None, description="Entities in one call at most. Default 100."
    )

    @property
    def keys(self) -> Fields:
        """The fields of the key."""
        return fields_of(" ".join(self.key))

    @property
    def needs(self) -> Fields:
        """All fields of a parent that are sent."""
        if not self.requires:
            return self.keys
        return merged(self.keys, fields_of(" ".join(self.requires)))


def _asked_by(key: str, requires: str) -> dict[str, object]:
    """How parents are asked for by the fields of a key, as a `batch` says it.

    Raises:
        ValueError: one of the texts is no set of fields.
    """
    keys = fields_of(key)
    needs = merged(keys, fields_of(requires)) if requires else keys
    if len(needs) == 1 and plain(needs):
        (name,) = needs
        return {"key": f"${{ self.{name} }}", "by": name}
    parts = ", ".join(f"'{name}': self.{name}" for name in needs)
    return {"key": f"${{ {{{parts}}} }}", "by": {name: name for name in keys}}


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
        if not isinstance(written, dict) or not isinstance(entity, dict):
            return written
        own = written.get("batch")
        if own is not None and not isinstance(own, dict):
            return written
        try:
            made = _asked_by(
                _together(entity.get("key")), _together(entity.get("requires", []))
            )
        except ValueError:
            return written  # told where the key itself is read
        most = {"max": entity["max"]} if "max" in entity else {}
        one = {"cardinality": "one"}  # also where it gives but a field, which is a list
        return {**written, "batch": {**made, **one, **most, **(own or {})}}


def _together(written: object) -> str:
    """Texts of a list as one.

    Raises:
        ValueError: it is no list of texts.
    """
    if not isinstance(written, list) or not all(isinstance(o, str) for o in written):
        raise ValueError(written)
    return " ".join(written)
