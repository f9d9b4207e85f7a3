"""The key `flags` of `headwater.yaml`, as written."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Self

from pydantic import Field, model_validator

from gateway.deployment.words import Discreet
from gateway.strict import Json, Text, wrong

FILE = "file"


class FlagSettings(Discreet):
    """Where feature flags come from; see `gateway.flags` for what is in the file."""

    provider: Text = Field(
        default=FILE,
        description="`file`; the name of a provider that an installed package adds; or "
        "an OpenFeature provider as `module:Class`.",
    )
    path: Path | None = Field(
        default=None, description="With `file`: the file of flags, JSON or YAML."
    )
    options: Mapping[str, Json] = Field(
        default_factory=dict,
        description="With any other provider: what it is made with, by parameter.",
    )
    defaults: Mapping[str, Json] = Field(
        default_factory=dict,
        description="With any other provider: every flag that is read, with its value "
        "where the provider has none. It says the flag's type too.",
    )

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if self.provider == FILE:
            if self.path is None:
                raise wrong("a file of flags is wanted", hint="add path: ./flags.json")
            if self.options or self.defaults:
                raise wrong(
                    "'options' and 'defaults' are for other providers",
                    hint="remove them; the file says what its flags are by default",
                )
        elif self.path is not None:
            raise wrong(
                "'path' is for provider: file",
                hint="write what the provider needs under 'options'",
            )
        return self
