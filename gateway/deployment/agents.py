"""The key `agents` of `headwater.yaml`, as written: what agents get by MCP."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from gateway.deployment.auth import Auth
from gateway.deployment.paths import free_path
from gateway.deployment.words import Discreet, Switch
from gateway.strict import Text, wrong
from gateway.units import Size

DEFAULT_RESULT = 100_000
"""Bytes of a result: some 25,000 tokens of a model."""
_WORDS: dict[object, object] = {True: {}, False: None, "true": {}, "false": None}


def _host(written: str) -> str:
    if "/" in written or " " in written:
        raise wrong("this is no name of a host", hint="write gateway.internal")
    return written.lower()


def _origin(written: str) -> str:
    if not written.startswith(("http://", "https://")) or written.count("/") != 2:  # noqa: PLR2004
        raise wrong("this is no origin", hint="write https://agents.internal")
    return written.lower()


def switched(written: object) -> object:
    """``true`` stands for a map with nothing in it, ``false`` for no key at all."""
    known = isinstance(written, bool | str) and written in _WORDS
    return _WORDS[written] if known else written


class AgentsSettings(Discreet):
    """What agents are offered by the Model Context Protocol, and where."""

    path: Annotated[Text, AfterValidator(free_path("/mcp"))] = Field(
        default="/mcp", description="Where the MCP server is, over HTTP."
    )
    auth: Auth | None = Field(
        default=None,
        description="How agents are known, as `auth` has it for all: a map or `none`. "
        "Nothing of `auth` holds here then. Default: as by `auth`.",
    )
    operations: Literal["all", "saved"] = Field(
        default="all",
        description="Which operations are tools. all: saved operations and those of "
        "profiles; saved: only what was written down for them, and nothing of the "
        "schema besides.",
    )
    mutations: Switch = Field(
        default=False, description="Whether agents may change anything."
    )
    query: Switch = Field(
        default=False,
        description="Whether there is a tool that runs any GraphQL they write.",
    )
    result: Size = Field(
        default=DEFAULT_RESULT,
        description="Size of a tool's result at most: `100KB`. A greater one is an "
        "error that says what to leave out.",
    )
    hosts: tuple[Annotated[Text, AfterValidator(_host)], ...] = Field(
        default=(),
        description="Names under which the gateway may be reached, besides loopback's; "
        "`*` for any.",
    )
    origins: tuple[Annotated[Text, AfterValidator(_origin)], ...] = Field(
        default=(),
        description="Web pages that may ask, as `https://agents.internal`, besides "
        "those of the own machine.",
    )
