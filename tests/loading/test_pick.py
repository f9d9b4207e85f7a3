"""Several URLs of one source: each call goes to the place that the request picks."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gateway.app import Gateway, build_gateway
from gateway.clock import Deadline
from gateway.connectors.base import PICK, Call
from gateway.connectors.picked import PickedSource
from gateway.connectors.rest_request import RestTarget
from gateway.connectors.settings import PlacesSettings, RestSettings
from gateway.deployment import load_deployment
from gateway.errors import ErrorClass, Problems, UpstreamError
from gateway.request.model import Asking, Caller, RequestContext
from gateway.telemetry.events import unobserved
from gateway.testing import HostileUpstream, hostile
from gateway.testing.contract import SourceContract, Subject, call_of
from tests.project import write

PROFILE = """
language: 1
operation: account
args: { id: ID! }
steps:
  - { name: holder, source: core, endpoint: "/accounts/{id}" }
"""
QUERY = '{ account(id: "7") { holder } }'


class TestPicked(SourceContract):
    """Two places, of which one is asked."""

    @pytest.fixture
    async def subject(self) -> AsyncIterator[Subject]:
        async with HostileUpstream() as eu, HostileUpstream() as us:
            for place, name in ((eu, "eu"), (us, "us")):
                place.script("/where", hostile.answers({"at": name}))
                place.script("/slow", hostile.hangs())
            urls = PlacesSettings(
                {"eu": RestSettings(eu.url), "us": RestSettings(us.url)}
            )
            yield Subject(
                open=lambda: PickedSource(urls),
                call=_at("us", "/where"),
                body={"at": "us"},
                other=_at("eu", "/where"),
                refused=(_at("mars", "/where"), _at("eu", "/no")),
                slow=_at("us", "/slow"),
            )


def _at(place: str, path: str) -> Call[RestTarget]:
    return call_of(RestTarget("GET", (path,)), {PICK.name: place})


@pytest.fixture
async def places() -> AsyncIterator[tuple[HostileUpstream, HostileUpstream]]:
    async with HostileUpstream() as eu, HostileUpstream() as us:
        eu.script("/accounts/7", hostile.answers("Ada of Europe"))
        us.script("/accounts/7", hostile.answers("Ada of America"))
        yield eu, us


async def _ask(gateway: Gateway, **claims: object) -> object:
    clock = gateway.pipeline.clock
    request = RequestContext(request_id="r", started=clock.now(), time=clock.wall())
    request = request._replace(caller=Caller(None, claims), explain=True)
    asking = Asking(QUERY, None, {})
    answer = await gateway.pipeline.answer(gateway.current, asking, request)
    body = answer.as_json()
    codes = [e["extensions"]["code"] for e in body.get("errors", ())]  # type: ignore[union-attr,call-overload,index]
    return body["data"]["account"]["holder"], codes  # type: ignore[index,call-overload]


async def test_a_call_goes_where_the_request_says_and_nowhere_else(
    places: tuple[HostileUpstream, HostileUpstream], tmp_path: Path
) -> None:
    """Who lives in no known place is asked about nowhere: the step is not run."""
    eu, us = places
    config = write(
        tmp_path,
        {
            "headwater.yaml": f"""
sources:
  core: {{ url: {{ eu: "{eu.url}", us: "{us.url}" }}, pick: request.claims.residency }}
""",
            "profiles/account.yaml": PROFILE,
        },
    )
    gateway = build_gateway([config], {}, observe=unobserved)
    try:
        assert await _ask(gateway, residency="eu") == ("Ada of Europe", [])
        assert (len(eu.requests), len(us.requests)) == (1, 0)
        assert await _ask(gateway, residency="us") == ("Ada of America", [])
        for claims in (
            {"residency": "mars"},
            {"residency": 7},
            {"residency": None},
            {},
        ):
            assert await _ask(gateway, **claims) == (None, ["STEP_INPUT"])
        assert (len(eu.requests), len(us.requests)) == (1, 1)
    finally:
        gateway.current.lease.retire()
        await gateway.pool.closed()


async def test_a_call_without_a_place_is_rejected() -> None:
    """Such as an alarm, which is sent for nobody."""
    source = PickedSource(PlacesSettings({"eu": RestSettings("http://127.0.0.1:9")}))
    call = Call("s", RestTarget("GET", ("/",)), {}, Deadline(float("inf")))
    with pytest.raises(UpstreamError) as caught:
        source.render(call)
    assert caught.value.kind is ErrorClass.REJECTED
    await source.close()


@pytest.mark.parametrize(
    ("keys", "told"),
    [
        (
            "url: { eu: http://a, us: http://b }",
            (
                "1:25: nothing says which of these URLs a call goes to — "
                "add pick: request.claims.residency"
            ),
        ),
        (
            "url: http://a, pick: request.tenant",
            (
                "1:35: 'pick' picks one of several URLs, and there is one — "
                "write url: { eu: https://..., us: https://... }"
            ),
        ),
        (
            "url: { eu: http://a }, pick: args.region",
            (
                "1:49: 'args' cannot be read where a place is picked — "
                "it may read 'request' only"
            ),
        ),
        (
            "url: { eu: http://a }, pick: 'request.'",
            "1:4",
        ),
        (
            "url: { eu: ftp://a }, pick: request.tenant",
            "1:31: this is no http URL — write https://accounts.internal",
        ),
    ],
)
def test_what_cannot_be_picked_is_told_at_load(
    tmp_path: Path, keys: str, told: str
) -> None:
    """With its place and the fix."""
    config = write(tmp_path, {"headwater.yaml": f"sources: {{ core: {{ {keys} }} }}"})
    problems = Problems()
    assert load_deployment([config], {}, problems) is None
    (found,) = problems.errors
    assert str(found).removeprefix(f"{config}:").startswith(told)
