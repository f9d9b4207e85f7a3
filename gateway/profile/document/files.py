"""The files under `profiles/`, as written: which kinds there are, and what says so."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

from pydantic import Field

from gateway.profile.document.entity import EntityDocument
from gateway.profile.document.keys import (
    DEFAULTS,
    FIELDS,
    LANGUAGE,
    STEPS,
    Fields,
    Language,
    Steps,
)
from gateway.profile.document.operations import ProfileDocument, VariantDocument
from gateway.profile.document.step import Owner, StepDefaults
from gateway.strict import StrictModel, Text, unwritten


class FragmentDocument(StrictModel):
    """A file of steps that operations include by name."""

    language: Language | None = Field(default=None, description=LANGUAGE)
    fragment: Text = Field(description="The name that `include` uses.")
    description: Text | None = Field(default=None, description="What it is for.")
    owner: Owner | None = Field(default=None, description="Who is asked about it.")
    defaults: StepDefaults = Field(
        default=unwritten(StepDefaults), description=DEFAULTS
    )
    fields: Fields = Field(default_factory=dict, description=FIELDS)
    steps: Steps = Field(default=(), description=STEPS)


FileDocument: TypeAlias = (
    ProfileDocument | VariantDocument | EntityDocument | FragmentDocument
)
KINDS: Mapping[str, type[FileDocument]] = {
    "operation": ProfileDocument,
    "entity": EntityDocument,
    "fragment": FragmentDocument,
    "extends": VariantDocument,
}
"""The key that says what a file is, and what it then is."""
STEP_LISTS = ("steps", "lookup")
"""The keys of a file that hold steps."""
