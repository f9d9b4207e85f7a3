"""The key `operations` of `headwater.yaml`, as written: where saved operations are."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field

from gateway.deployment.words import Discreet


def folder_or_map(written: object) -> object:
    """A path alone stands for the map that has it."""
    return {"path": written} if isinstance(written, str) else written


class OperationsSettings(Discreet):
    """GraphQL operations that people wrote down, for doors that speak no GraphQL."""

    path: Path = Field(
        description="The directory of saved operations, `*.graphql`, one each."
    )
