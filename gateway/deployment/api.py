"""The key `api` of `headwater.yaml`, as written: where the REST door is."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field

from gateway.deployment.auth import Auth
from gateway.deployment.paths import free_path
from gateway.deployment.words import Discreet
from gateway.strict import Text


class ApiSettings(Discreet):
    """Operations as HTTP resources, for who does not speak GraphQL."""

    path: Annotated[Text, AfterValidator(free_path("/api"))] = Field(
        default="/api", description="Where operations are, each below it by its name."
    )
    auth: Auth | None = Field(
        default=None,
        description="How callers are known there, as `auth` has it for all: a map or "
        "`none`. Nothing of `auth` holds here then. Default: as by `auth`.",
    )
