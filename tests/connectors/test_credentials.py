"""A source is shown who calls: by constant proof, by tokens, by the caller's token."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from gateway.clock import Deadline
from gateway.connectors.base import Call, Reply
from gateway.connectors.credentials.settings import (
    AuthSettings,
    BasicSettings,
    BearerSettings,
    ExchangeSettings,
    OAuth2Settings,
)
from gateway.connectors.hearing import NeverArrivedError
from gateway.connectors.rest import RestSource
from gateway.connectors.rest_request import RestTarget
from gateway.connectors.settings import RestSettings
from gateway.errors import ErrorClass, UpstreamError
from tests.connectors.grants import Answer, Came, Server, accepting, granting, serving

pytestmark = pytest.mark.usefixtures("transport")
SECRET = "very-secret"
GET = RestTarget("GET", ("/a",))
POST = RestTarget("POST", ("/a",), body={"n": 1})


def client(idp: Server | str, **more: object) -> OAuth2Settings:
    url = idp if isinstance(idp, str) else f"{idp.url}/token?tenant=1"
    return OAuth2Settings(url, "hw", SECRET, **more)  # type: ignore[arg-type]


@asynccontextmanager
async def source(api: Server, auth: AuthSettings) -> AsyncIterator[RestSource]:
    made = RestSource(RestSettings(api.url, auth=auth))
    try:
        yield made
    finally:
        await made.close()


def call(target: RestTarget = GET, caller: str | None = None) -> Call[RestTarget]:
    until = Deadline(asyncio.get_running_loop().time() + 20)
    headers = {} if caller is None else {"authorization": f"Bearer {caller}"}
    return Call("step", target, {}, until, headers)


class Heard:
    """What is heard of a call on the short way."""

    def __init__(self) -> None:
        self.end: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()

    def came(self, reply: Reply) -> None:
        self.end.set_result(reply)

    def failed(self, error: Exception) -> None:
        self.end.set_exception(error)


async def begun(made: RestSource, asked: Call[RestTarget]) -> Reply | None:
    """The reply by the short way; None where it is not open."""
    heard = Heard()
    return None if made.begin(asked, heard) is None else await heard.end


@pytest.mark.parametrize(
    ("auth", "shown"),
    [
        (BearerSettings("abc"), "Bearer abc"),
        (BasicSettings("me", "p:w"), "Basic bWU6cDp3"),
    ],
)
async def test_constant_proof_goes_with_every_call(
    auth: AuthSettings, shown: str, transport: str
) -> None:
    """By both ways; it is in no key and nobody is shown it."""
    async with serving(lambda _: Answer(200, {})) as api, source(api, auth) as made:
        await made.call(call())
        reply = await begun(made, call(POST))
        assert (reply is None) == (transport == "httpx")
        assert set(api.shown()) == {shown}
        told = f"{made.render(call())}{made.describe(call())}{auth!r}"
        assert shown not in told
        assert "abc" not in told
        assert "p:w" not in told


async def test_a_step_s_own_authorization_does_not_replace_that_of_the_source() -> None:
    """What a profile writes is never shown in place of what the deployment says."""
    target = RestTarget("GET", ("/a",), headers={"authorization": "Bearer mine"})
    auth = BearerSettings("abc")
    async with serving(lambda _: Answer(200, {})) as api, source(api, auth) as made:
        await made.call(call(target))
        assert api.shown() == ["Bearer abc"]


async def test_a_thousand_calls_at_once_take_one_token() -> None:
    """And the calls after them none; the form says what RFC 6749 asks for."""
    async with serving(granting()) as idp, serving(accepting("t1")) as api:
        auth = client(idp, scopes=("read", "write"), audience="core")
        async with source(api, auth) as made:
            await asyncio.gather(*(made.call(call()) for _ in range(1_000)))
            await made.call(call(POST))
            assert len(api.came) == 1_001
            (fetch,) = idp.came
            assert (fetch.method, fetch.path) == ("POST", "/token?tenant=1")
            assert fetch.shown == "Basic aHc6dmVyeS1zZWNyZXQ="
            assert fetch.form == {
                "grant_type": "client_credentials",
                "scope": "read write",
                "audience": "core",
            }


async def test_id_and_secret_may_stand_in_the_form() -> None:
    """For servers that do not read the header."""
    async with (
        serving(granting()) as idp,
        serving(accepting("t1")) as api,
        source(api, client(idp, client_auth="body")) as made,
    ):
        await made.call(call())
        (fetch,) = idp.came
        assert fetch.shown is None
        assert fetch.form["client_id"] == "hw"
        assert fetch.form["client_secret"] == SECRET


async def test_the_short_way_is_open_as_soon_as_there_is_a_token(
    transport: str,
) -> None:
    """A call that has to fetch one first takes the long way, and nothing was sent."""
    async with (
        serving(granting()) as idp,
        serving(accepting("t1")) as api,
        source(api, client(idp)) as made,
    ):
        assert await begun(made, call()) is None
        assert api.came == []
        await made.call(call())
        if transport == "lean":
            reply = await begun(made, call())
            assert reply is not None
            assert reply.body == {"shown": "Bearer t1"}
        assert len(idp.came) == 1


@pytest.mark.parametrize("target", [GET, POST])
async def test_a_refused_token_is_fetched_once_more_and_the_call_repeated(
    target: RestTarget,
) -> None:
    """401 says that nothing was done, so a POST is repeated too."""
    async with (
        serving(granting()) as idp,
        serving(accepting("t1")) as api,
        source(api, client(idp)) as made,
    ):
        await made.call(call())
        api.answer = accepting("t2")
        reply = await made.call(call(target))
        assert reply.body == {"shown": "Bearer t2"}
        assert api.shown() == ["Bearer t1", "Bearer t1", "Bearer t2"]
        assert len(idp.came) == 2


async def test_a_token_revoked_under_many_calls_is_fetched_once() -> None:
    """Whoever is refused with the old one takes the new one that another fetched."""
    async with (
        serving(granting()) as idp,
        serving(accepting("t1")) as api,
        source(api, client(idp)) as made,
    ):
        await made.call(call())
        api.answer = accepting("t2")
        await asyncio.gather(*(made.call(call()) for _ in range(50)))
        assert len(idp.came) == 2
        assert api.shown().count("Bearer t2") == 50


async def test_the_short_way_goes_the_long_one_after_a_refusal(transport: str) -> None:
    """As for a call that never arrived: it is made anew, with a new token."""
    async with (
        serving(granting()) as idp,
        serving(accepting("t1")) as api,
        source(api, client(idp)) as made,
    ):
        await made.call(call())
        api.answer = accepting("t2")
        if transport == "httpx":
            assert await begun(made, call(POST)) is None
        else:
            with pytest.raises(NeverArrivedError):
                await begun(made, call(POST))
        reply = await made.call(call(POST))
        assert reply.body == {"shown": "Bearer t2"}
        assert len(idp.came) == 2


async def test_a_source_that_refuses_every_token_is_no_loop() -> None:
    """One repeat, then its 401 stands; no call has another token fetched soon."""
    async with (
        serving(granting()) as idp,
        serving(accepting()) as api,
        source(api, client(idp)) as made,
    ):
        for _ in range(20):
            with pytest.raises(UpstreamError) as caught:
                await made.call(call())
            assert (caught.value.kind, caught.value.status) == (
                ErrorClass.STATUS,
                401,
            )
        assert len(idp.came) == 2
        assert len(api.came) == 21


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (Answer(401, {"error": "invalid_client"}), "401 invalid_client"),
        (Answer(400, {"error": f"x {SECRET}"}), "400"),
        (Answer(503, b"down"), "503"),
        (Answer(302, b"", (("location", "http://elsewhere/"),)), "302"),
        (Answer(200, b"<html>"), "an answer without a token"),
        (Answer(200, {"access_token": "a\r\nb"}), "an answer without a token"),
        (
            Answer(200, {"access_token": "a", "token_type": "mac"}),
            "a token that is no bearer token",
        ),
    ],
)
async def test_a_server_that_gives_no_token_is_a_source_that_cannot_be_reached(
    answer: Answer, why: str
) -> None:
    """Host and reason are in the detail, no secret is; the server has its rest."""
    async with (
        serving(lambda _: answer) as idp,
        serving(accepting("t1")) as api,
        source(api, client(idp)) as made,
    ):
        errors = []
        for _ in range(30):
            with pytest.raises(UpstreamError) as caught:
                await made.call(call())
            errors.append(caught.value)
        assert {each.kind for each in errors} == {ErrorClass.CONNECT}
        assert {each.detail for each in errors} == {f"token endpoint 127.0.0.1: {why}"}
        assert not any("127.0.0.1" in each.message for each in errors)
        assert SECRET not in repr([vars(each) for each in errors])
        assert len(idp.came) == 1
        assert api.came == []


async def test_a_server_that_is_gone_is_told_with_its_host() -> None:
    """Not as if the source itself had gone."""
    async with (
        serving(accepting("t1")) as api,
        source(api, client("http://127.0.0.1:1/token")) as made,
    ):
        with pytest.raises(UpstreamError) as caught:
            await made.call(call())
        assert caught.value.kind is ErrorClass.CONNECT
        assert "token endpoint 127.0.0.1: Connection" in str(caught.value.detail)


async def test_who_gives_up_does_not_end_the_fetch_of_the_others() -> None:
    """The first waiter's cancel costs the others nothing, and no second fetch."""
    asked, opened = asyncio.Event(), asyncio.Event()
    given = granting()

    def slowly(came: Came) -> Answer:
        asked.set()
        return given(came)._replace(after=opened)

    async with (
        serving(slowly) as idp,
        serving(accepting("t1")) as api,
        source(api, client(idp)) as made,
    ):
        first, second = (asyncio.create_task(made.call(call())) for _ in "ab")
        await asked.wait()
        first.cancel()
        opened.set()
        assert (await second).body == {"shown": "Bearer t1"}
        assert first.cancelled()
        assert len(idp.came) == 1


async def test_a_caller_s_token_is_exchanged_for_his_own() -> None:
    """Each caller has one, fetched once; keys tell callers apart and hold no token."""
    good = ("for-ann-1", "for-bob-2")
    async with (
        serving(granting()) as idp,
        serving(accepting(*good)) as api,
        source(api, ExchangeSettings(client(idp))) as made,
    ):
        for who in ("ann", "bob", "ann", "bob"):
            await made.call(call(caller=who))
        assert api.shown() == [f"Bearer {token}" for token in (*good, *good)]
        assert [each.form for each in idp.came] == [
            {
                "grant_type": "urn:ietf:params:oauth:grant-type:token-exchange",
                "subject_token": who,
                "subject_token_type": ("urn:ietf:params:oauth:token-type:access_token"),
                "requested_token_type": (
                    "urn:ietf:params:oauth:token-type:access_token"
                ),
            }
            for who in ("ann", "bob")
        ]
        keys = [made.render(call(caller=who)).key for who in ("ann", "bob", "ann")]
        assert keys[0] == keys[2] != keys[1]
        assert "ann" not in repr(made.render(call(caller="ann")))
        assert "ann" not in str(made.describe(call(caller="ann")))


@pytest.mark.parametrize("shown", [{}, {"authorization": "Basic bWU="}])
async def test_without_a_caller_s_token_nothing_is_asked(
    shown: dict[str, str],
) -> None:
    """Neither the source nor the server of tokens."""
    async with (
        serving(granting()) as idp,
        serving(accepting()) as api,
        source(api, ExchangeSettings(client(idp))) as made,
    ):
        with pytest.raises(UpstreamError) as caught:
            await made.call(call()._replace(headers=shown))
        assert caught.value.kind is ErrorClass.REJECTED
        assert (api.came, idp.came) == ([], [])


async def test_one_caller_s_bad_token_costs_no_other_caller_his() -> None:
    """A refusal is the caller's own, and he has his rest; others are served."""
    given = granting()

    def answer(came: Came) -> Answer:
        if came.form["subject_token"] == "bad":
            return Answer(400, {"error": "invalid_request"})
        return given(came)

    async with (
        serving(answer) as idp,
        serving(accepting("for-ann-1")) as api,
        source(api, ExchangeSettings(client(idp))) as made,
    ):
        for _ in range(5):
            with pytest.raises(UpstreamError):
                await made.call(call(caller="bad"))
        assert (await made.call(call(caller="ann"))).status == 200
        assert len(idp.came) == 2


async def test_tokens_of_so_many_callers_are_remembered() -> None:
    """Those who came longest ago go first."""
    async with (
        serving(granting()) as idp,
        serving(lambda _: Answer(200, {})) as api,
        source(api, ExchangeSettings(client(idp), callers=2)) as made,
    ):
        for who in ("a", "b", "c", "b", "c", "a"):
            await made.call(call(caller=who))
        fetched = [each.form["subject_token"] for each in idp.came]
        assert fetched == ["a", "b", "c", "a"]


async def test_trying_a_source_gets_a_token_and_asks_for_nothing() -> None:
    """Only a `health` path is asked for, with the proof."""
    async with (
        serving(granting()) as idp,
        serving(accepting("t1")) as api,
        source(api, client(idp)) as made,
    ):
        said = (await made.probe({})).said
        assert said == "TCP, token"
        assert (len(idp.came), api.came) == (1, [])
        settings = RestSettings(api.url, auth=client(idp), health="/up")
        other = RestSource(settings)
        with pytest.raises(UpstreamError) as caught:
            await other.probe({})
        assert caught.value.detail == "/up answered 401"
        await other.close()
