"""The key `persisted` of `headwater.yaml`, as written: documents known by their ids."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, model_validator

from gateway.deployment.words import Discreet, Switch
from gateway.strict import wrong_key
from gateway.units import Size

DEFAULT_MEMORY = 8_000_000


def _listed(written: object) -> object:
    """One path alone stands for the list that has it."""
    return [written] if isinstance(written, str) else written


class PersistedSettings(Discreet):
    """Documents that requests name by an id, and whether any others are answered."""

    automatic: Switch = Field(
        default=True,
        description="Whether clients may have a document kept under the hash of its "
        "text, and name it from then on (Apollo's automatic persisted queries).",
    )
    memory: Size = Field(
        default=DEFAULT_MEMORY,
        description="How much of those a process keeps at most: `8MB`.",
    )
    manifests: Annotated[
        tuple[Path, ...],
        BeforeValidator(_listed, json_schema_input_type=tuple[Path, ...] | str),
    ] = Field(
        default=(),
        description="Lists of documents by id, as clients' tools write them: a file "
        "or a directory of `*.json`, or several.",
    )
    safelist: Literal["off", "log", "enforce"] = Field(
        default="off",
        description="What becomes of an operation that is in no manifest. off: "
        "nothing; log: it is told; enforce: it is refused.",
    )
    ids_only: Switch = Field(
        default=False,
        description="Whether operations of the manifests have to be named by id, and "
        "their text is refused as that of any other.",
    )

    @model_validator(mode="after")
    def _complete(self) -> PersistedSettings:
        if self.safelist != "off" and not self.manifests:
            raise wrong_key(
                "safelist",
                "there is no manifest, and so nothing that is listed",
                hint="write manifests: [./operations.json]",
            )
        if self.ids_only and self.safelist == "off":
            raise wrong_key(
                "ids_only",
                "nothing is refused as long as there is no safelist",
                hint="write safelist: enforce",
            )
        return self
