"""Headers: what a client sends, what an upstream sends, and what of it travels."""

from __future__ import annotations

import pytest

from gateway.connectors.transport.inflaters import accept_encoding
from gateway.testing import hostile
from gateway.testing.hostile import Misbehaviour
from tests.hostile.stand import Stand, partial, whole

GOOD = {"score": 7}
OURS = {
    "content-type",
    "content-length",
    "cache-control",
    "x-content-type-options",
    "x-request-id",
}


async def test_no_cookie_of_an_upstream_is_sent_with_the_next_call(
    stand: Stand,
) -> None:
    """Callers share connections, never sessions; and the client gets none either."""
    stand.upstream.script("/risk/42", hostile.sets_cookie(GOOD))
    for _ in range(3):
        response = await stand.post()
        assert response.json()["data"] == whole(GOOD)["data"]
        assert "set-cookie" not in response.headers
    assert [one for one in stand.upstream.requests if "cookie" in one.headers] == []
    assert len(stand.upstream.requests) == 9


async def test_only_listed_headers_of_a_client_reach_an_upstream(
    stand: Stand,
) -> None:
    """`forward_headers` names one; credentials and all the rest stay here."""
    stand.upstream.script("/risk/42", hostile.answers(GOOD))
    await stand.post(
        headers={
            "x-tenant": "acme",
            "authorization": "Bearer secret",
            "cookie": "session=alice",
            "x-internal": "secret",
            "proxy-authorization": "Basic secret",
            "x-forwarded-for": "10.0.0.1",
            "user-agent": "secret/1.0",
        }
    )
    (asked,) = stand.upstream.asked("/risk/42")
    assert asked.headers == {
        "host": stand.upstream.url.removeprefix("http://"),
        "accept": "application/json",
        "accept-encoding": accept_encoding(),
        "user-agent": "headwater",
        "x-tenant": "acme",
    }


@pytest.mark.parametrize(
    "behaviour",
    [
        pytest.param(hostile.sends_strange_headers(GOOD), id="strange"),
        pytest.param(hostile.sends_many_headers(GOOD, 1_000), id="a thousand"),
        pytest.param(hostile.sets_cookie(GOOD), id="a cookie"),
    ],
)
async def test_no_header_of_an_upstream_reaches_the_client(
    stand: Stand, behaviour: Misbehaviour
) -> None:
    """An answer's headers are the gateway's own, all of them."""
    stand.upstream.script("/risk/42", behaviour)
    response = await stand.post()
    assert response.json() == whole(GOOD)
    assert set(response.headers) == OURS
    assert response.headers["x-request-id"] != "theirs"
    assert "secret" not in response.text


async def test_a_huge_header_costs_its_own_field(stand: Stand) -> None:
    """No more of a head is read than any honest head has."""
    stand.upstream.script("/risk/42", hostile.sends_huge_header(GOOD))
    assert await stand.ask() == partial(
        "UPSTREAM_UNREACHABLE", "The connection broke before the answer."
    )


async def test_nothing_an_upstream_says_of_itself_reaches_the_client(
    stand: Stand,
) -> None:
    """Neither its address nor its words stand in an error."""
    said = hostile.refuses(500, body=b"secret stack trace at secret.internal")
    stand.upstream.script("/risk/42", said)
    text = (await stand.post()).text
    assert "secret" not in text
    assert stand.upstream.url.removeprefix("http://") not in text
