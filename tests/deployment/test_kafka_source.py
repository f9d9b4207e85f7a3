"""A Kafka as written: its brokers, and who the gateway is."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from gateway.connectors.settings import KafkaSettings
from gateway.deployment.sources.kafka import KafkaSource
from gateway.loading.settings import settings_of

PASSWORD = "hunter2"


def test_brokers_are_listed_each_with_its_port() -> None:
    """Kafka's own port where none is written, IPv6 in brackets; no secret is shown."""
    url = "kafka://a.internal,b:9093,[::1],[::2]:1/"
    source = KafkaSource.model_validate(
        {"url": url, "user": "ear", "password": PASSWORD, "tls": {}}
    )
    settings = settings_of(source)
    assert isinstance(settings, KafkaSettings)
    assert settings.hosts == ("a.internal:9092", "b:9093", "[::1]:9092", "[::2]:1")
    assert (settings.user, settings.password, settings.secure) == (
        "ear",
        PASSWORD,
        True,
    )
    assert PASSWORD not in repr(source) + repr(settings)


def test_the_scheme_says_the_kind() -> None:
    """As for all kinds; without certificates nothing is encrypted."""
    source = KafkaSource.model_validate({"url": "kafka://bus"})
    assert settings_of(source) == KafkaSettings(("bus:9092",))


@pytest.mark.parametrize(
    "written",
    [
        {"url": "http://bus"},
        {"url": "kafka://"},
        {"url": "kafka://a,"},
        {"url": "kafka://a,,b"},
        {"url": "kafka://a:0"},
        {"url": "kafka://a:70000"},
        {"url": "kafka://a/topic"},
        {"url": f"kafka://ear:{PASSWORD}@a"},
        {"url": "kafka://a", "user": "ear"},
        {"url": "kafka://a", "password": PASSWORD},
        {"url": "kafka://a", "group": "g"},
    ],
)
def test_what_cannot_be_is_refused(written: dict[str, str]) -> None:
    """When it loads; what was written is not told back by our own words."""
    with pytest.raises(ValidationError) as refused:
        KafkaSource.model_validate(written)
    assert all(PASSWORD not in each["msg"] for each in refused.value.errors())
