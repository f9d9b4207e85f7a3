"""What loads and will surprise: keys of `headwater.yaml` that do not go well together.

In charge of warnings alone. Must never keep a deployment from loading.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from gateway.deployment.doors import AUTHS
from gateway.deployment.layers import Layers
from gateway.errors import Problems
from gateway.unfit import Trail

_WEBHOOK = "webhook"
_LOCAL = re.compile(r"http://(localhost|127\.\d+\.\d+\.\d+|\[::1\])(:|/|$)")


def advise(data: Mapping[str, Any], layers: Layers, problems: Problems) -> None:
    """Warn of all that is known to surprise."""
    _of_webhooks(data, layers, problems)
    _of_keys(data, layers, problems)


def _of_keys(data: Mapping[str, Any], layers: Layers, problems: Problems) -> None:
    """Keys that anybody on the way could replace by his own."""
    for at in AUTHS:
        auth: Any = data
        for key in at:
            auth = auth.get(key) if isinstance(auth, Mapping) else None
        _of_issuers(auth, at, layers, problems)


def _of_issuers(auth: Any, at: Trail, layers: Layers, problems: Problems) -> None:
    issuers = auth.get("jwt") if isinstance(auth, Mapping) else None
    for number, one in enumerate(issuers if isinstance(issuers, list) else ()):
        key = "jwks" if isinstance(one, Mapping) and one.get("jwks") else "issuer"
        url = one.get(key) if isinstance(one, Mapping) else None
        if not isinstance(url, str) or not url.startswith("http://"):
            continue
        if not _LOCAL.match(url):
            problems.warn(
                layers.span((*at, "jwt", number, key)),
                "these keys come without TLS: whoever is on the way can make tokens",
                hint="write https://",
            )


def _of_webhooks(data: Mapping[str, Any], layers: Layers, problems: Problems) -> None:
    """Deliveries, where several processes share the port."""
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
