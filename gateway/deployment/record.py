"""The key `record` of `headwater.yaml`, as written: requests kept to be replayed."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field

from gateway.deployment.words import Discreet, OfRequest
from gateway.strict import Text
from gateway.units import Duration, Percent, Size


class RecordSettings(Discreet):
    """Which requests are recorded, and what of them is nobody's business."""

    to: Path = Field(description="The folder that recordings are written to.")
    sample: Percent = Field(
        default=0.01, description="The share of requests that are recorded: `1%`."
    )
    when: OfRequest | None = Field(
        default=None,
        description="CEL over `request` and `flags`: which requests may be. Only true "
        "ones are.",
    )
    max: Size = Field(
        default=100_000_000,
        description="How large the folder may get; the oldest go first: `100MB`.",
    )
    keep: Duration = Field(
        default=604_800.0, description="How long they are kept: `7d`."
    )
    tags: tuple[Text, ...] = Field(
        default=("pii",),
        description="SDL tags whose fields are hidden, besides those that have a "
        "policy.",
    )
    redact: tuple[Text, ...] = Field(
        default=(),
        description="Further names, and paths of names such as `customer.iban`, whose "
        "values are hidden: as sources spell them, or the schema.",
    )
    headers: tuple[Text, ...] = Field(
        default=(),
        description="Headers of requests that are written, of those that the gateway "
        "sees; none where none is named.",
    )
    claims: tuple[Text, ...] = Field(
        default=(),
        description="Claims that are written besides roles, scopes, groups and the "
        "tenant.",
    )
