"""Reference data, as written: a file, or the data itself."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import Field, model_validator

from gateway.deployment.sources.every import AnySource
from gateway.strict import wrong_key

_FORMATS: Mapping[str, Literal["json", "ndjson", "yaml", "csv"]] = {
    ".json": "json",
    ".ndjson": "ndjson",
    ".jsonl": "ndjson",
    ".yaml": "yaml",
    ".yml": "yaml",
    ".csv": "csv",
    ".tsv": "csv",
}


class FileSource(AnySource):
    """Reference data in a file, read again when it changes."""

    type: Literal["file"] = Field(description="Kind of source.")
    path: Path = Field(description="The file: JSON, NDJSON, YAML or CSV.")
    format: Literal["json", "ndjson", "yaml", "csv"] | None = Field(
        default=None, description="What it holds. Default: by the end of its name."
    )
    columns: Mapping[str, Literal["text", "int", "float", "boolean"]] = Field(
        default_factory=dict,
        description="Types of a CSV file's columns; all others are text.",
    )

    @model_validator(mode="after")
    def _known_format(self) -> Self:
        if self.format is None and self.path.suffix.lower() not in _FORMATS:
            why = f"what a file {self.path.name!r} holds is not to be seen"
            raise wrong_key("path", why, hint="write format: json")
        return self

    @property
    def holds(self) -> Literal["json", "ndjson", "yaml", "csv"]:
        """The format, written or by the file's name."""
        return self.format or _FORMATS[self.path.suffix.lower()]

    @property
    def reads(self) -> tuple[Path, ...]:
        """Its file."""
        return (self.path,)


class StaticSource(AnySource):
    """Reference data that stands in the deployment file itself."""

    type: Literal["static"] = Field(description="Kind of source.")
    data: Any = Field(description="The data: a list of rows, or a map.")
