"""A search engine's paging over real sockets: recorded replies, cursors in bodies."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import orjson

from gateway.app import build_gateway
from gateway.clock import SystemClock
from gateway.request.model import Asking, RequestContext
from gateway.testing import HostileUpstream
from gateway.testing.hostile import Exchange, reply

PROJECT = Path(__file__).parents[1] / "scenarios" / "rest_search"
HITS = [
    {
        "_index": "orders",
        "_id": f"{n}",
        "_score": None,
        "_source": {"id": f"{n}", "total": n + 0.5},
        "sort": [1_700_000_000_000 - n // 2, f"{n}"],
    }
    for n in range(5)
]
ASKED = """query($first: Int) { newest(customer: "7", first: $first) { id } }"""


async def search(exchange: Exchange) -> None:
    """What Elasticsearch 8 and OpenSearch 2 answer, as far as they agree."""
    asked = orjson.loads(exchange.asked.body)
    after = asked.get("search_after")
    start = next((i for i, h in enumerate(HITS, 1) if h["sort"] == after), 0)
    found = HITS[start : start + asked["size"]]
    shards = {"total": 1, "successful": 1, "skipped": 0, "failed": 0}
    total = {"value": len(HITS), "relation": "eq"}
    hits = {"total": total, "max_score": None, "hits": found}
    body = {"took": 3, "timed_out": False, "_shards": shards, "hits": hits}
    media = "application/vnd.elasticsearch+json;compatible-with=8"
    await exchange.send(
        reply(json.dumps(body).encode(), headers={"content-type": media})
    )


async def test_a_search_is_read_page_by_page(tmp_path: Path) -> None:
    """`search_after` is the last hit's `sort`, exactly as it came."""
    async with HostileUpstream(search) as upstream:
        config = tmp_path / "headwater.yaml"
        config.write_text(
            f"profiles: {PROJECT / 'profiles'}\nschema: {PROJECT / 'schema'}\n"
            f"sources: {{ default: {{ url: '{upstream.url}' }} }}\n"
        )
        gateway = build_gateway([config], {})
        clock = SystemClock()
        async with gateway.serving():
            request = RequestContext("r", clock.now(), datetime.now(UTC))
            asking = Asking(ASKED, None, {"first": 5})
            answer = await gateway.pipeline.answer(gateway.current, asking, request)
    assert answer.data == {"newest": [{"id": f"{n}"} for n in range(5)]}
    bodies = [orjson.loads(asked.body) for asked in upstream.requests]
    assert [body.get("search_after") for body in bodies] == [
        None,
        [1_700_000_000_000, "1"],
        [1_699_999_999_999, "3"],
    ]
    assert [asked.target for asked in upstream.requests] == ["/orders/_search"] * 3
