"""What loads and will surprise: keys of `headwater.yaml` that do not go well together.

In charge of warnings alone. Must never keep a deployment from loading.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gateway.deployment.layers import Layers
from gateway.errors import Problems

_WEBHOOK = "webhook"


def advise(data: Mapping[str, Any], layers: Layers, problems: Problems) -> None:
    """Warn of webhooks where several processes share the port."""
    server, sources = data.get("server"), data.get("sources")
    workers = server.get("workers", 1) if isinstance(server, Mapping) else 1
    if workers == 1 or not isinstance(sources, Mapping):
        return
    for name, source in sources.items():
        if isinstance(source, Mapping) and source.get("type") == _WEBHOOK:
            problems.warn(
                layers.span(("sources", name), key=True),
                f"deliveries to {name!r} are heard in one of the server's 'workers', "
                f"and by nobody who subscribed at another",
                hint="serve by one process, or have deliveries published to a Redis "
                "and listen to that",
            )
