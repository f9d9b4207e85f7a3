"""The files of an operation and of its variants, as written."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal, TypeAlias

from pydantic import Discriminator, Field, Tag

from gateway.lateness import LatenessKey
from gateway.profile.document.acts import IdempotencyDocument
from gateway.profile.document.keys import (
    DEFAULTS,
    FIELDS,
    LANGUAGE,
    STEPS,
    Fields,
    Language,
    Steps,
)
from gateway.profile.document.step import Name, Owner, StepDefaults, TypeText
from gateway.strict import Cel, Flag, StrictModel, Text, Whole, unwritten
from gateway.units import Duration


def _conflict(written: object) -> str:
    return "<text>" if isinstance(written, str) else "<list>"


OnConflict: TypeAlias = Annotated[
    Annotated[Literal["error", "first"], Tag("<text>")]
    | Annotated[tuple[Name, ...], Tag("<list>")],
    Discriminator(_conflict),
]


class AggregationDocument(StrictModel):
    """How the steps' answers become one."""

    strategy: Literal["merge", "nest", "first", "concat"] = Field(
        default="merge",
        description="merge: a step fills the field of its name, or merges into the "
        "composite; nest: every step under its own name; first: the first that "
        "answers; concat: lists joined in step order.",
    )
    required_steps: tuple[Name, ...] = Field(
        default=(), description="Steps with `role: required`, by name."
    )
    on_conflict: OnConflict = Field(
        default="error",
        description="Where two steps give one field: error, first, or steps in order "
        "of precedence.",
    )
    by: Text | None = Field(
        default=None, description="With concat: rows with an equal key become one."
    )


class Match(StrictModel):
    """Which requests a variant serves."""

    tenant: tuple[Text, ...] = Field(default=(), description="Any of these tenants.")
    flags: Mapping[str, Flag] = Field(
        default_factory=dict, description="Flags with the values they must have."
    )
    client: tuple[Text, ...] = Field(default=(), description="Any of these clients.")
    when: Cel | None = Field(
        default=None, description="CEL over `request` and `flags`; never arguments."
    )


class _OfOperations(StrictModel):
    """What an operation and its variants have in common."""

    language: Language | None = Field(default=None, description=LANGUAGE)
    profile: Text | None = Field(
        default=None, description="The profile's own name. Default: the file's stem."
    )
    description: Text | None = Field(
        default=None, description="What the operation is for; shown in the schema."
    )
    owner: Owner | None = Field(default=None, description="Who is asked about it.")
    returns: TypeText | None = Field(
        default=None,
        description="The GraphQL type: `[Branch!]!`. Default: the operation's name in "
        "PascalCase.",
    )
    args: Mapping[Name, Text] = Field(
        default_factory=dict,
        description='Arguments with their GraphQL types: `channel: String = "web"`. An '
        "error where SDL declares the field.",
    )
    deadline: Duration | None = Field(
        default=None, description="How long the whole operation may take. Default 10s."
    )
    deferral: LatenessKey = Field(
        default=None,
        description="How long an answer waits for optional steps before they are left "
        "for later parts: `{ after: 300ms }`, or `off`. Default: the deployment's "
        "`deferral`.",
    )
    null_if: Cel | None = Field(
        default=None,
        description="CEL over steps: true makes the operation null without an error.",
    )
    policy: Cel | None = Field(
        default=None, description="CEL: who may use the operation."
    )
    include: tuple[Text, ...] = Field(
        default=(), description="Fragments whose steps are merged in by name."
    )
    defaults: StepDefaults = Field(
        default=unwritten(StepDefaults), description=DEFAULTS
    )
    fields: Fields = Field(default_factory=dict, description=FIELDS)
    aggregation: AggregationDocument = Field(
        default=unwritten(AggregationDocument),
        description="How the answers become one.",
    )


class ProfileDocument(_OfOperations):
    """A file that configures an operation: a field of one of the root types."""

    operation: Name = Field(description="The root field: `Query.<operation>`.")
    kind: Literal["query", "mutation", "subscription"] = Field(
        default="query", description="The root type whose field it is."
    )
    match: Match | None = Field(
        default=None, description="The requests that this profile serves."
    )
    priority: Whole | None = Field(
        default=None, description="Which profile serves where two match: the highest."
    )
    idempotency: IdempotencyDocument | None = Field(
        default=None,
        description="How a mutation that is asked again is known again, and done once.",
    )
    slow_consumer: Literal["close", "drop_oldest", "latest"] | None = Field(
        default=None,
        description="Of a subscription, what becomes of a subscriber who takes events "
        "more slowly than they come. Default: `subscriptions.slow_consumer`.",
    )
    steps: Steps = Field(min_length=1, description=STEPS)

    @property
    def paper(self) -> bool:
        """Whether the file is written as in the paper, without ``language``."""
        return self.language is None


class VariantDocument(_OfOperations):
    """A file that changes another profile for some requests."""

    extends: Text = Field(description="The name of the profile it changes.")
    match: Match | None = Field(
        default=None, description="The requests that it serves."
    )
    priority: Whole | None = Field(
        default=None, description="Which variant serves where two match: the highest."
    )
    remove: tuple[Text, ...] = Field(
        default=(),
        description="What the base has and this has not: `fraud` (a step), "
        "`account.on_status` (a key of one).",
    )
    steps: Steps = Field(
        default=(),
        description="Steps by name: those of the base are changed, others are added.",
    )
