"""The keys `profiles`, `server` and `defaults` of `headwater.yaml`, as written."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from gateway.deployment.cors import HostNames
from gateway.deployment.words import Discreet, Number, NumberOrAuto, Switch
from gateway.strict import Text, unwritten
from gateway.units import Duration, Size

DEFAULT_TIMEOUT = 5.0
"""Seconds an attempt may take where nothing says otherwise."""


class ProfilesSettings(Discreet):
    """Where profiles are, and what happens when one breaks."""

    path: Path = Field(description="The directory of profiles and entity files.")
    watch: Switch = Field(default=True, description="Whether changes are taken over.")
    on_invalid: Literal["last_good", "fail"] = Field(
        default="last_good",
        description="last_good: a broken profile serves its last good version; fail: "
        "readiness turns red.",
    )
    state: Path | None = Field(
        default=None,
        description="Directory that remembers the last good versions over restarts.",
    )


class TimeoutSettings(Discreet):
    """How long a connection may take for what it has begun."""

    request: Duration = Field(
        default=15.0, description="To send one request whole, its body included."
    )
    idle: Duration = Field(
        default=75.0,
        description="Between two requests. A load balancer in front should give up "
        "sooner.",
    )
    send: Duration = Field(
        default=60.0,
        description="To take 64 KB of what is sent, or all of it where it is less.",
    )


class ServerSettings(Discreet):
    """Where the gateway listens, and how many it bears."""

    host: Text = Field(default="127.0.0.1", description="Address to listen on.")
    port: Annotated[Number, Field(ge=0, le=65535)] = Field(
        default=4000, description="Port to listen on; 0 takes a free one."
    )
    hosts: HostNames = Field(
        default=(),
        description="Names under which it may be reached: `api.example.com`, "
        "`*.example.com`, `*`. Default: any, but on loopback only that machine's. "
        "Addresses always may.",
    )
    workers: NumberOrAuto = Field(
        default=1,
        description="Processes that serve the port; auto: one for each CPU.",
    )
    connections: Annotated[Number, Field(ge=1)] = Field(
        default=10_000,
        description="Connections of a process at a time; further ones are told 503.",
    )
    connections_per_client: Annotated[Number, Field(ge=1)] = Field(
        default=1_000,
        description="Those of one address (IPv6: of its /64) to a process. Proxies "
        "named in `limits.proxies` or `auth` are not counted.",
    )
    memory: Size | None = Field(
        default=None,
        description="Memory of a process (`1GB`) beyond which another takes its place. "
        "On Linux.",
    )
    timeouts: TimeoutSettings = Field(
        default=unwritten(TimeoutSettings),
        description="After how long slow and silent connections are closed.",
    )
    drain: Duration = Field(
        default=0.0,
        description="Told to end, how long it still takes requests while "
        "`/health?ready` is red, so that balancers turn away first: `5s`.",
    )
    pages: Literal["open", "proven"] = Field(
        default="open",
        description="Who may read `/metrics`, `/health` and `/-/versions`. proven: "
        "those whom `auth` lets in; whether it lives and is ready is told to all.",
    )


class DefaultSettings(Discreet):
    """What holds where a source, profile or step says nothing."""

    timeout: Duration = Field(
        default=DEFAULT_TIMEOUT, description="How long one attempt may take: `1s`."
    )
