"""Compose's collector: its parts fit each other, and those beside it.

No package has a collector to ask, so its file is held against what its parts document.
What it is sent is read by OpenTelemetry's own messages in `tests/watching`.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml

from tests.deploy.test_files import COMPOSE, compose

KEYS = {
    "receivers.otlp": {"protocols"},
    "receivers.otlp.protocols": {"grpc", "http"},
    "receivers.otlp.protocols.grpc": {"endpoint"},
    "receivers.otlp.protocols.http": {"endpoint"},
    "processors.memory_limiter": {"check_interval", "limit_mib"},
    "processors.batch": set[str](),
    "exporters.otlp": {"endpoint", "tls"},
    "exporters.otlp.tls": {"insecure"},
}
"""What we write of each part, as its README names it (collector 0.131)."""
JAEGER_TAKES_OTLP = 4317


def _read(name: str) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((COMPOSE.parent / name).read_text("utf-8"))
    return found


def _ports(endpoint: str) -> tuple[str | None, int | None]:
    at = urlsplit(f"//{endpoint}")
    return at.hostname, at.port


COLLECTOR = _read("collector.yaml")


@pytest.mark.parametrize("path", KEYS)
def test_every_part_has_the_keys_that_it_knows(path: str) -> None:
    """A key that a part does not know ends the collector at its start."""
    found: Any = COLLECTOR
    for name in path.split("."):
        found = found[name]
    assert set(found) == KEYS[path]


def test_what_is_defined_is_used_and_what_is_used_is_defined() -> None:
    """And memory is watched before anything is kept."""
    assert COLLECTOR.keys() == {"receivers", "processors", "exporters", "service"}
    assert COLLECTOR["service"].keys() == {"pipelines"}
    (pipeline,) = COLLECTOR["service"]["pipelines"].values()
    assert COLLECTOR["service"]["pipelines"].keys() == {"traces"}
    for kind in ("receivers", "processors", "exporters"):
        assert set(pipeline[kind]) == COLLECTOR[kind].keys()
    assert pipeline["processors"] == ["memory_limiter", "batch"]


def test_the_gateway_sends_to_it_and_it_sends_to_jaeger() -> None:
    """Each by the name of a service that is there, at the port on which it listens."""
    services, protocols = compose()["services"], COLLECTOR["receivers"]["otlp"]
    sent = urlsplit(_read("headwater.yaml")["telemetry"]["otlp"])
    assert (sent.scheme, sent.hostname in services) == ("http", True)
    taken = _ports(protocols["protocols"]["http"]["endpoint"])
    assert taken == ("0.0.0.0", sent.port)  # noqa: S104 - inside of its container
    to = _ports(COLLECTOR["exporters"]["otlp"]["endpoint"])
    assert to == ("jaeger", JAEGER_TAKES_OTLP)
    assert "jaeger" in services
