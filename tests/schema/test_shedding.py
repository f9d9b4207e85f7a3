"""One number of requests under way, for every way in."""

from __future__ import annotations

import json

import httpx
import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import BaseRoute, Mount, Route
from websockets.exceptions import InvalidStatus

from gateway.schema.server import application
from gateway.schema.serving import ServerSettings
from tests.schema.test_protocols_websocket import GOOD, ask, greeted, opened, told
from tests.serving import Bank, running

PROBLEM = {
    "type": "urn:headwater:problem:OVERLOADED",
    "title": "Service Unavailable",
    "status": 503,
    "code": "OVERLOADED",
    "detail": "The process has as many requests under way; 'limits.requests' allows 1.",
}


def doors(bank: Bank) -> list[BaseRoute]:
    """Two doors that say how many requests are under way while they answer."""

    async def counted(_: Request) -> PlainTextResponse:
        return PlainTextResponse(str(bank.pipeline.crowding.now))

    both = ["GET", "POST"]
    below = Mount("/below", routes=[Route("/one", counted, methods=both)])
    return [Route("/door", counted, methods=both), below]


@pytest.mark.parametrize("path", ["/door", "/below/one"])
def test_a_door_counts_among_the_requests_and_is_shut_beyond_them(path: str) -> None:
    """What is posted counts whatever it accepts; a stream lasts, and does not."""
    bank = Bank()
    app = application(bank, ServerSettings(requests=1), doors=doors(bank))
    events = {"accept": "text/event-stream"}
    with running(app) as port, httpx.Client(base_url=f"http://127.0.0.1:{port}") as it:
        said = [
            it.get(path),
            it.post(path, headers=events),
            it.get(path, headers=events),
        ]
        assert [one.text for one in said] == ["1", "1", "0"]
        bank.pipeline.crowding.now = 1
        for refused in (it.get(path), it.post(path), it.get(path, headers=events)):
            assert (refused.status_code, refused.json()) == (503, PROBLEM)
            assert refused.headers["retry-after"] == "1"
            assert refused.headers["content-type"] == "application/problem+json"
            assert refused.headers["x-request-id"]
        assert it.get("/health?live").status_code == 200
        bank.pipeline.crowding.now = 0
        assert it.get(path).text == "1"
    assert bank.pipeline.crowding.now == 0


def test_a_handshake_beyond_the_bound_is_told_as_http_is() -> None:
    """And works when there is room."""
    bank = Bank()
    with running(application(bank, ServerSettings(requests=1))) as port:
        bank.pipeline.crowding.now = 1
        with pytest.raises(InvalidStatus) as raised, opened(port):
            pass
        answer = raised.value.response
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
        assert (
            json.loads(answer.body)["errors"][0]["extensions"]["code"] == "OVERLOADED"
        )
        bank.pipeline.crowding.now = 0
        with greeted(port) as found:
            ask(found, GOOD)
            assert told(found)["payload"]["data"] == {
                "customer": {"id": "7", "name": "Ada"}
            }


def test_an_operation_of_an_open_socket_counts_and_is_refused_beyond_the_bound() -> (
    None
):
    """The socket stays open; what it asks later is answered."""
    bank = Bank()
    with running(application(bank, ServerSettings(requests=1))) as port:
        with greeted(port) as found:
            bank.pipeline.crowding.now = 1
            ask(found, GOOD)
            refused = told(found)
            assert (refused["type"], refused["id"]) == ("error", "1")
            assert refused["payload"][0]["extensions"]["code"] == "OVERLOADED"
            bank.pipeline.crowding.now = 0
            ask(found, GOOD, "2")
            assert [told(found)["type"] for _ in range(2)] == ["next", "complete"]
        assert bank.pipeline.crowding.now == 0
