"""The keys that `type: file` adds to a step, as written in YAML."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from gateway.strict import Json, StrictModel, Text, wrong


def _some(written: object) -> object:
    if written == {}:
        raise wrong("this picks nothing", hint="name a column: { id: '${ self.id }' }")
    return written


class FileOptions(StrictModel):
    """Keys of `type: file` (or `static`): what is picked from reference data."""

    at: Text | None = Field(
        default=None,
        description="Where in the data: keys joined by dots, `offices.open`. Default: "
        "all of it.",
    )
    key: Json = Field(
        default=None,
        description="The entry of a map: its key, usually `${ cel }`. No such key is "
        "null.",
    )
    where: Annotated[Mapping[str, Json] | None, BeforeValidator(_some)] = Field(
        default=None,
        description="The rows of a list whose columns are all equal, as text, to these "
        "values, usually `${ cel }`; of a list of values any may be.",
    )
    rows: Literal["one", "many"] | None = Field(
        default=None,
        description="Of a list: one: no row is null, several are a failure; many: a "
        "list. Default: by the type of the field the step fills.",
    )
