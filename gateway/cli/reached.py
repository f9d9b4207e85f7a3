"""How a listener may be reached: under which names, and by pages of which origins.

In charge of the defaults that depend on where it listens. Must never open a socket.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.cli.descriptors import bearable
from gateway.schema.bounds import Bounds
from gateway.schema.hosts import Hosts, hosts_of
from gateway.schema.origins import Origins
from gateway.schema.serving import ServerSettings

if TYPE_CHECKING:
    from gateway.deployment import Deployment


def server_settings(
    deployment: Deployment, host: str, *, dev: bool = False
) -> ServerSettings:
    """How requests are taken on an address, by the deployment."""
    from gateway.loading.limiting import proxies_of

    agents, limits, server = deployment.agents, deployment.limits, deployment.server
    bounds = Bounds(
        head=limits.head,
        headers=limits.headers,
        receive=server.timeouts.request,
        idle=server.timeouts.idle,
        send=server.timeouts.send,
        connections=bearable(server.connections),
        per_client=server.connections_per_client,
        proxies=proxies_of(deployment),
    )
    named = (*server.hosts, *(agents.hosts if agents else ()))
    return ServerSettings(
        body_limit=limits.body,
        bounds=bounds,
        requests=limits.requests,
        hosts=hosts_on(host, named),
        origins=_origins(deployment, dev=dev),
        elsewhere=frozenset({agents.path} if agents else ()),
        proven_pages=server.pages == "proven",
    )


def hosts_on(host: str, named: tuple[str, ...]) -> Hosts:
    """The names under which an address is reached, where these are listed."""
    from gateway.deployment.find import is_loopback

    return hosts_of(named, loopback=is_loopback(host))


def _origins(deployment: Deployment, *, dev: bool) -> Origins:
    cors = deployment.cors
    if cors is None:
        return Origins(loopback=dev)
    return Origins(
        named=frozenset(cors.origins),
        any="*" in cors.origins,
        loopback=dev,
        credentials=cors.credentials,
        max_age=int(cors.max_age),
    )
