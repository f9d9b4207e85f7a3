"""The key `api` of `headwater.yaml`, as written: where the REST door is."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator, Field

from gateway.deployment.words import Discreet
from gateway.strict import Text, wrong

_PATH = re.compile(r"(/[A-Za-z0-9._~-]+)+")
_TAKEN = frozenset({"/graphql", "/health", "/healthcheck", "/readiness", "/metrics"})


def _path(written: str) -> str:
    if _PATH.fullmatch(written) is None or written.startswith("/-/"):
        raise wrong("this is no path of a URL", hint="write /api")
    if written in _TAKEN:
        raise wrong(f"the gateway itself answers at {written}", hint="write /api")
    return written


class ApiSettings(Discreet):
    """Operations as HTTP resources, for who does not speak GraphQL."""

    path: Annotated[Text, AfterValidator(_path)] = Field(
        default="/api", description="Where operations are, each below it by its name."
    )
