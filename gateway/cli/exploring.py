"""The explorer of a gateway: its page, and what its panels ask.

In charge of joining them. Must never decide who may see what.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starlette.routing import Route

    from gateway.app import Gateway
    from gateway.schema.serving import ServerSettings
    from gateway.workbench.bench import Bench


def bench_of(gateway: Gateway) -> Bench:
    """What answers for edited texts; nothing runs before it is asked."""
    from gateway.workbench.bench import Bench

    loader = gateway.loader
    return Bench(loader.config, loader.environ, loader.dev)


def explorer_routes(
    gateway: Gateway, settings: ServerSettings, bench: Bench, *, shown: bool
) -> list[Route]:
    """The paths of a page that everybody is shown, or those who prove who they are."""
    from gateway.explorer.bench_routes import bench_routes
    from gateway.explorer.live_routes import live_routes
    from gateway.explorer.plan_routes import plan_routes
    from gateway.explorer.routes import routes
    from gateway.explorer.seeing import seeing_routes
    from gateway.schema.guarding import proven
    from gateway.standing import Stage

    pages = routes(settings.path)
    return [
        *(pages if shown else proven(pages, gateway)),
        *plan_routes(gateway, settings.body_limit),
        *seeing_routes(gateway, bench),
        *live_routes(gateway, ends=lambda: gateway.stage is Stage.DRAINING),
        *bench_routes(gateway, bench, lambda: gateway.loader.deployment),
    ]
