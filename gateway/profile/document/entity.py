"""The file of a type: its keys, and the steps that hold wherever it appears."""

from __future__ import annotations

from typing import Annotated, Literal, Self, TypeAlias

from pydantic import BeforeValidator, Field, WithJsonSchema, model_validator

from gateway.profile.document.keys import (
    DEFAULTS,
    FIELDS,
    LANGUAGE,
    Fields,
    Language,
    Steps,
)
from gateway.profile.document.step import Name, Owner, StepDefaults
from gateway.strict import StrictModel, Text, unwritten, wrong


def _key(written: object) -> object:
    """``[id]`` and ``[[id], [iban]]`` both as a list of keys."""
    if isinstance(written, str):
        raise wrong("a list is wanted", hint=f"write [{written}]")
    if isinstance(written, list) and all(isinstance(each, str) for each in written):
        return [written]
    return written


Keys: TypeAlias = Annotated[
    tuple[Annotated[tuple[Text, ...], Field(min_length=1)], ...],
    BeforeValidator(_key),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "array", "items": {"type": "string"}},
                {
                    "type": "array",
                    "items": {"type": "array", "items": {"type": "string"}},
                },
            ]
        }
    ),
]


class EntityDocument(StrictModel):
    """A file of steps that hold wherever a type appears."""

    language: Language | None = Field(default=None, description=LANGUAGE)
    entity: Name = Field(description="The GraphQL type.")
    key: Keys = Field(
        default=(),
        description="The fields that identify an object: `[id]`; several keys: "
        '`[[id], [iban]]`; of an object below: `["branch { id }"]`.',
    )
    description: Text | None = Field(default=None, description="What the type is.")
    owner: Owner | None = Field(default=None, description="Who is asked about it.")
    defaults: StepDefaults = Field(
        default=unwritten(StepDefaults), description=DEFAULTS
    )
    fields: Fields = Field(default_factory=dict, description=FIELDS)
    on_conflict: Literal["error", "nearest"] = Field(
        default="error",
        description="Where two steps give one field: error, or nearest: the one that "
        "takes fewest calls, none where the object's source has the field itself.",
    )
    steps: Steps = Field(
        default=(), description="A step fills the field of its name, or `provides`."
    )
    lookup: Steps = Field(
        default=(),
        description="Steps that give the other fields of an object of which only the "
        "`key` is known: they run where a router asks, and nowhere else.",
    )

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not (self.steps or self.fields or self.key or self.lookup):
            raise wrong(
                "an entity file without steps, fields and key says nothing",
                hint="add a step, or remove the file",
            )
        return self
