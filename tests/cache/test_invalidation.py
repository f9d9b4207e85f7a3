"""`POST /-/cache/invalidate` and its command: who may, what it takes, what it says."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner

from gateway.cache.base import CacheUnavailable, NoCache, operation_tag, step_tag
from gateway.cli.main import app as command
from gateway.expression import parse
from gateway.record import replace
from gateway.request.adapter import AdapterSettings, Plans
from gateway.schema.exchange import App
from gateway.schema.server import application
from gateway.schema.serving import ServerSettings
from gateway.telemetry.events import Crashed
from tests.serving import Bank, running

JSON = {"content-type": "application/json"}
NOBODY = (
    "This caller may not invalidate the cache. The deployment's "
    "'cache.invalidate.when' says who may."
)


@dataclass(slots=True)
class Told(NoCache):
    """A store that remembers what it was told to forget."""

    taken: list[tuple[list[str], list[str]]] = field(default_factory=list)
    failure: Exception | None = None

    async def invalidate(self, *, tags: Any = (), keys: Any = ()) -> int:
        self.taken.append((list(tags), list(keys)))
        if self.failure is not None:
            raise self.failure
        return 7


@dataclass(slots=True)
class House:
    """A gateway whose steps are named as their operations, and its store."""

    bank: Bank
    store: Told

    def allow(self, who: Plans | str) -> None:
        allowed = parse(who) if isinstance(who, str) else who
        admission = AdapterSettings(trust_headers=True, invalidation=allowed)
        self.bank.current = replace(self.bank.current, admission=admission)

    @property
    def app(self) -> App:
        return application(self.bank, ServerSettings())

    async def ask(
        self, body: bytes | str, method: str = "POST", **headers: str
    ) -> tuple[int, Any]:
        transport = httpx.ASGITransport(self.app)
        sent = JSON | {name.replace("_", "-"): v for name, v in headers.items()}
        async with httpx.AsyncClient(transport=transport) as client:
            answer = await client.request(
                method, "http://h/-/cache/invalidate", content=body, headers=sent
            )
        assert answer.headers["cache-control"] == "no-store"
        return answer.status_code, answer.json()


@pytest.fixture
def house() -> House:
    bank, store = Bank(), Told()
    profiles = {
        name: replace(
            profile,
            steps={n: replace(s, origin=name) for n, s in profile.steps.items()},
        )
        for name, profile in bank.current.audience.profiles.items()
    }
    audience = replace(bank.current.audience, profiles=profiles)
    bank.current = replace(bank.current, cache=store, audience=audience)
    made = House(bank, store)
    made.allow(Plans.EVERYONE)
    return made


@pytest.mark.parametrize(
    ("body", "tags", "keys"),
    [
        ('{"operation": "customer"}', [operation_tag("customer")], []),
        (
            '{"operation": "customer", "step": "customer"}',
            [step_tag("customer", "customer")],
            [],
        ),
        ('{"tags": ["a", "b"], "keys": ["k"]}', ["a", "b"], ["k"]),
        (
            '{"operation": "echo", "step": null, "tags": ["a"]}',
            [operation_tag("echo"), "a"],
            [],
        ),
    ],
)
async def test_what_the_body_names_goes(
    house: House, body: str, tags: list[str], keys: list[str]
) -> None:
    """In one call to the store, whose number is the answer."""
    assert await house.ask(body) == (200, {"invalidated": 7})
    assert house.store.taken == [(tags, keys)]


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("", "The body is not valid JSON"),
        ("{", "The body is not valid JSON"),
        ("[]", "The body is not a JSON object."),
        ("{}", "The body names nothing to invalidate. Name an operation,"),
        ('{"tags": []}', "The body names nothing to invalidate."),
        ('{"tag": ["a"]}', "There is no member 'tag'. Did you mean 'tags'?<end>"),
        ('{"tags": "a"}', "'tags' is not a list of texts. Write \"tags\""),
        ('{"keys": [1]}', "'keys' is not a list of texts."),
        ('{"tags": [""]}', "'tags' is not a list of texts."),
        ('{"operation": 1}', "'operation' is not a text that says something."),
        ('{"step": "a"}', "A step is one of an operation's. Name the 'operation' too"),
        (
            '{"operation": "custommer"}',
            "There is no operation or entity type 'custommer'. Did you mean",
        ),
        (
            '{"operation": "customer", "step": "x"}',
            "'customer' has no step 'x'.",
        ),
        (
            '{"tags": [' + ",".join(['"a"'] * 1_001) + "]}",
            "There are more than 1000 tags and keys.",
        ),
    ],
)
async def test_a_body_that_is_none_is_refused_in_words(
    house: House, body: str, message: str
) -> None:
    """And nothing is taken away."""
    status, told = await house.ask(body)
    assert status == 400
    assert f"{told['errors'][0]['message']}<end>".startswith(message)
    assert house.store.taken == []


@pytest.mark.parametrize("who", [Plans.NOBODY, "'ops' in request.claims.roles"])
async def test_who_is_not_allowed_is_refused(house: House, who: Plans | str) -> None:
    """A condition that cannot be told is a no; the body is not even read."""
    house.allow(who)
    assert await house.ask("{") == (403, {"errors": [{"message": NOBODY}]})
    assert house.store.taken == []


async def test_who_meets_the_condition_may(house: House) -> None:
    """It reads the request as the condition of plans does."""
    house.allow("'ops' in request.claims.roles")
    body = '{"tags": ["a"]}'
    assert await house.ask(body, x_claims='{"roles": ["ops"]}') == (
        200,
        {"invalidated": 7},
    )


async def test_only_json_by_post_is_taken(house: House) -> None:
    """What a page of another origin can send unasked is refused."""
    for content_type in ("text/plain", "application/x-www-form-urlencoded"):
        status, _ = await house.ask('{"tags": ["a"]}', content_type=content_type)
        assert status == 415
    assert (await house.ask('{"tags": ["a"]}', content_encoding="gzip"))[0] == 415
    assert (await house.ask("", method="GET"))[0] == 405
    assert (await house.ask('{"tags": ["' + "a" * 1_000_000 + '"]}'))[0] == 413
    assert house.store.taken == []


async def test_a_store_that_is_away_is_told(house: House) -> None:
    """Saying nothing would leave somebody with old data."""
    house.store.failure = CacheUnavailable("The shared cache cannot be reached.")
    message = "The shared cache cannot be reached. Try again."
    assert await house.ask('{"tags": ["a"]}') == (
        503,
        {"errors": [{"message": message}]},
    )


async def test_a_bug_of_ours_is_a_code_and_an_event(house: House) -> None:
    """As everywhere."""
    house.store.failure = ZeroDivisionError("secret")
    status, told = await house.ask('{"tags": ["a"]}')
    assert (status, told) == (500, {"errors": [{"message": "Internal error."}]})
    assert [type(event) for event in house.bank.events] == [Crashed]


@pytest.fixture
def url(house: House) -> Iterator[str]:
    with running(house.app) as port:
        yield f"http://127.0.0.1:{port}"


def test_the_command_asks_and_says_what_went(house: House, url: str) -> None:
    """Each option is a member of the body."""
    options = ["--operation", "customer", "--step", "customer", "--tag", "a"]
    more = ["--tag", "b", "--key", "k", "--url", url]
    result = CliRunner().invoke(command, ["cache", "invalidate", *options, *more])
    assert (result.exit_code, result.output) == (0, "7 replies went.\n")
    assert house.store.taken == [([step_tag("customer", "customer"), "a", "b"], ["k"])]


def test_the_command_sends_who_asks(house: House, url: str) -> None:
    """Where the deployment lets only some."""
    house.allow("request.claims.role == 'ops'")
    asked = ["cache", "invalidate", "--tag", "a", "--url", url]
    refused = CliRunner().invoke(command, asked)
    assert (refused.exit_code, refused.output) == (1, f"error: {NOBODY}\n")
    claims = ["--header", 'x-claims={"role": "ops"}']
    assert CliRunner().invoke(command, [*asked, *claims]).exit_code == 0


@pytest.mark.parametrize(
    ("options", "status", "message"),
    [
        ([], 2, "nothing is named"),
        (["--step", "a"], 2, "--step is one of an operation's"),
        (["--tag", "a", "--header", "b"], 2, "'b' is not a header"),
        (["--tag", "a", "--url", "http://127.0.0.1:1"], 1, "cannot be reached"),
        (["--tag", "a", "--url", "nowhere"], 1, "cannot be reached"),
    ],
)
def test_the_command_says_in_a_line_what_is_wrong(
    options: list[str], status: int, message: str
) -> None:
    """With the status that commands have for it."""
    result = CliRunner().invoke(command, ["cache", "invalidate", *options])
    assert result.exit_code == status
    assert message in result.output
    assert len(result.output.splitlines()) == 1


def test_something_else_that_listens_there_is_named_so() -> None:
    """It is no gateway, and the command does not pretend."""

    async def other(scope: Any, receive: Any, send: Any) -> None:
        await asyncio.sleep(0)
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"hello"})

    with running(other) as port:
        asked = ["--tag", "a", "--url", f"http://127.0.0.1:{port}"]
        result = CliRunner().invoke(command, ["cache", "invalidate", *asked])
    assert result.exit_code == 1
    assert "what listens there is no gateway: it answered 200" in result.output
