"""What Prometheus reads, and that it is all that is documented."""

from __future__ import annotations

import httpx
from prometheus_client.parser import text_string_to_metric_families

from gateway.telemetry.metrics import COUNTERS, GAUGES, HISTOGRAMS
from tests.serving import Bank


async def _read(client: httpx.AsyncClient) -> dict[str, dict[tuple[str, ...], float]]:
    response = await client.get("/metrics")
    assert response.status_code == 200
    assert response.headers["content-type"].startswith("text/plain; version=0.0.4")
    return {
        family.name: {
            tuple(sample.labels.values()): sample.value for sample in family.samples
        }
        for family in text_string_to_metric_families(response.text)
    }


async def test_every_metric_is_there_from_the_beginning(
    client: httpx.AsyncClient,
) -> None:
    """An alert on one that appears with its first trouble would come too late."""
    assert (
        await _read(client)
    ).keys() == COUNTERS.keys() | GAUGES.keys() | HISTOGRAMS.keys()


async def test_answers_are_counted_by_how_they_were_made(
    client: httpx.AsyncClient,
) -> None:
    """The second equal request is answered by the operation's own code."""
    for _ in range(3):
        await client.post("/graphql", json={"query": '{ customer(id: "1") { name } }'})
    found = await _read(client)
    assert sum(found["headwater_answers"].values()) == 3
    assert found["headwater_answers"][("compiled",)] == 2
    assert found["headwater_operations_kept"] == {("in_use",): 1.0, ("new",): 0.0}


async def test_sources_are_measured_by_name(
    client: httpx.AsyncClient, bank: Bank
) -> None:
    """How many calls they get at a time, and how many wait."""
    found = await _read(client)
    names = {(name,) for name in bank.current.upstreams}
    for metric in ("running", "waiting", "allowed"):
        assert found[f"headwater_calls_{metric}"].keys() == names
