"""A NATS as written: one server, one way to say who the gateway is."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from gateway.deployment.sources.nats import NatsSource

PASSWORD = "hunter2"


@pytest.mark.parametrize(
    "written",
    [
        {"url": "nats://bus:4222"},
        {"url": f"nats://ear:{PASSWORD}@bus"},
        {"url": "tls://bus:4222", "token": PASSWORD},
        {"url": "nats://bus", "user": "ear", "password": PASSWORD},
    ],
)
def test_each_way_loads_and_shows_no_secret(written: dict[str, str]) -> None:
    """By the URL, by keys, or not at all."""
    assert PASSWORD not in repr(NatsSource.model_validate(written))


@pytest.mark.parametrize(
    "written",
    [
        {"url": "http://bus"},
        {"url": "nats://"},
        {"url": "nats://bus:0"},
        {"url": "nats://bus/path"},
        {"url": "nats://bus", "user": "ear"},
        {"url": "nats://bus", "password": PASSWORD},
        {"url": f"nats://ear:{PASSWORD}@bus", "token": PASSWORD},
        {"url": "nats://bus", "user": "e", "password": PASSWORD, "token": PASSWORD},
    ],
)
def test_what_cannot_be_is_refused(written: dict[str, str]) -> None:
    """When it loads."""
    with pytest.raises(ValidationError):
        NatsSource.model_validate(written)
