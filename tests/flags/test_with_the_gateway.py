"""Whole gateways: flags of a file, and of any provider that OpenFeature knows."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import orjson
import pytest

from gateway.app import Gateway, build_gateway
from gateway.errors import ProfileError
from gateway.request.adapter import adapt
from gateway.request.model import Asking
from gateway.telemetry.events import Event, FlagDefaulted, ReloadRejected
from gateway.values import JsonValue
from tests.flags.toggles import Toggles
from tests.project import write

PROFILE = """
language: 1
operation: screen
steps:
  - { name: greeting, type: value, value: "${ flags.greeting }" }
  - { name: again, type: value, value: "${ flags.greeting + '!' }" }
  - { name: fraud, type: value, value: on, when: "flags.fraud_v2", on_skip: off }
"""
DEPLOYMENT = """
auth: { trust_headers: true }
flags: { provider: file, path: ./flags.json }
sources: {}
"""
FLAGS = {
    "fraud_v2": {
        "default": False,
        "rules": [{"when": "request.tenant == 'acme'", "value": True}],
    },
    "greeting": "hello",
    "not_read": 1,
}
OTHER = """
flags:
  provider: tests.flags.toggles:Toggles
  options: {{ values: {values} }}
  defaults: {defaults}
"""
ALL = "{ screen { greeting again fraud } }"


def project(folder: Path, flags: object = FLAGS, deployment: str = DEPLOYMENT) -> Path:
    return write(
        folder,
        {
            "headwater.yaml": deployment,
            "profiles/screen.yaml": PROFILE,
            "flags.json": orjson.dumps(flags).decode(),
        },
    )


@asynccontextmanager
async def gateway(config: Path, events: list[Event]) -> AsyncIterator[Gateway]:
    made = build_gateway([config], {}, observe=events.append, dev=True)
    try:
        yield made
    finally:
        made.current.lease.retire()


async def ask(
    one: Gateway, query: str = ALL, plan: str = "include", **headers: str
) -> tuple[JsonValue, Mapping[str, JsonValue]]:
    """The answer's data, and the flags that the plan says were read."""
    wishes = {"headwater-plan": plan, **headers}
    request = adapt(
        wishes, one.current.admission, request_id="r", clock=one.pipeline.clock
    )
    answer = await one.pipeline.answer(one.current, Asking(query), request)
    body = orjson.loads(orjson.dumps(answer.as_json(), default=str))
    assert "errors" not in body
    return body["data"], body["extensions"]["plan"].get("flags", {})


async def test_a_request_has_the_flags_of_who_asks(tmp_path: Path) -> None:
    """A step that a flag rules out is planned away; the plan shows what was read."""
    async with gateway(project(tmp_path), []) as one:
        assert await ask(one, **{"x-tenant": "acme"}) == (
            {"screen": {"greeting": "hello", "again": "hello!", "fraud": "on"}},
            {"greeting": "hello", "fraud_v2": True},
        )
        assert await ask(one, "{ screen { fraud } }") == (
            {"screen": {"fraud": "off"}},
            {"fraud_v2": False},
        )
        assert await ask(one, plan="dry-run") == (None, {"fraud_v2": False})


async def test_a_changed_file_counts_after_the_reload(tmp_path: Path) -> None:
    """One that is broken changes nothing, and is told with its place."""
    events: list[Event] = []
    config = project(tmp_path)
    async with gateway(config, events) as one:
        deployment = one.loader.deployment
        assert deployment is not None
        assert tmp_path / "flags.json" in deployment.watched
        project(tmp_path, {**FLAGS, "greeting": "moin"})
        assert await one.reload()
        assert (await ask(one, "{ screen { greeting } }"))[0] == {
            "screen": {"greeting": "moin"}
        }
        (tmp_path / "flags.json").write_text('{ "greeting": null }')
        assert not await one.reload()
        rejected = [event for event in events if isinstance(event, ReloadRejected)]
        assert [str(problem) for problem in rejected[-1].problems] == [
            (
                f"{tmp_path}/flags.json:1:15: a flag is never null — write true or "
                "false, a number, a text or a map"
            )
        ]
        assert (await ask(one, "{ screen { greeting } }"))[0] == {
            "screen": {"greeting": "moin"}
        }


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (
            {"greeting": "hello", "fraud_v3": True},
            (
                "profiles/screen.yaml:7:50: there is no flag 'fraud_v2' — did you mean "
                "'fraud_v3'?"
            ),
        ),
        (None, "flags.json:1:1: the file is not a map of keys — "),
    ],
)
def test_what_is_read_must_be_there(tmp_path: Path, flags: object, said: str) -> None:
    """A flag that nobody names is an error when the profile is loaded."""
    made = build_gateway  # an operation without a version serves nothing
    try:
        problems = made([project(tmp_path, flags)], {}, observe=_deaf).current.problems
    except ProfileError as error:
        problems = error.problems
    assert [str(p).removeprefix(f"{tmp_path}/")[: len(said)] for p in problems] == [
        said
    ]


def _deaf(_event: Event) -> None:
    """Nobody listens."""


def other(values: object, defaults: object) -> str:
    return "auth: { trust_headers: true }" + OTHER.format(
        values=orjson.dumps(values).decode(), defaults=orjson.dumps(defaults).decode()
    )


async def test_any_provider_of_openfeature_serves(tmp_path: Path) -> None:
    """Asked once a request for each flag that is read, by the type of its default.

    It is kept over reloads that do not concern it, and shut down after its last one.
    """
    defaults = {"greeting": "hello", "fraud_v2": False, "not_read": 1.5}
    first = other({"greeting": "servus", "fraud_v2": True}, defaults)
    config = project(tmp_path, deployment=first)
    Toggles.made.clear()
    async with gateway(config, []) as one:
        answer, read = await ask(one, **{"x-tenant": "acme"})
        assert answer == {
            "screen": {"greeting": "servus", "again": "servus!", "fraud": "on"}
        }
        assert read == {"greeting": "servus", "fraud_v2": True}
        (provider,) = Toggles.made
        assert sorted(provider.asked) == [
            ("boolean", "fraud_v2", "acme"),
            ("string", "greeting", "acme"),
        ]
        (tmp_path / "profiles/screen.yaml").write_text(f"{PROFILE}\n# changed\n")
        assert await one.reload()
        assert Toggles.made == [provider]
        config.write_text(other({"greeting": "moin"}, defaults))
        assert await one.reload()
        assert [made.life for made in Toggles.made] == [
            ["initialized", "shut down"],
            ["initialized"],
        ]
        assert (await ask(one, "{ screen { greeting fraud } }"))[0] == {
            "screen": {"greeting": "moin", "fraud": "off"}
        }


async def test_where_a_provider_fails_the_default_holds(tmp_path: Path) -> None:
    """It is told once a minute for each flag, whatever the provider does."""
    events: list[Event] = []
    config = project(tmp_path, deployment=other({}, {"unknown": "a", "raises": "b"}))
    (tmp_path / "profiles/screen.yaml").write_text(
        PROFILE.replace("flags.greeting + '!'", "flags.raises")
        .replace("flags.greeting", "flags.unknown")
        .replace("flags.fraud_v2", "'on' == 'on'")
    )
    async with gateway(config, events) as one:
        for _ in range(3):
            assert (await ask(one, "{ screen { greeting again } }"))[0] == {
                "screen": {"greeting": "a", "again": "b"}
            }
    told = [event for event in events if isinstance(event, FlagDefaulted)]
    assert sorted((event.flag, event.reason) for event in told) == [
        ("raises", "RuntimeError: gone"),
        ("unknown", "FlagNotFoundError: not here"),
    ]


@pytest.mark.parametrize(
    ("deployment", "said"),
    [
        (
            other({"refuses": 1}, {}),
            (
                "headwater.yaml:3:13: the provider 'tests.flags.toggles:Toggles' "
                "cannot be made: it raises ValueError — see its documentation for what "
                "'options' it takes"
            ),
        ),
        (
            "flags: { provider: fil, defaults: { a: true } }",
            (
                "headwater.yaml:1:20: there is no provider of flags 'fil' — did you "
                "mean 'file'?"
            ),
        ),
        (
            "flags: { provider: 'nowhere.at_all:Provider' }",
            (
                "headwater.yaml:1:20: 'nowhere.at_all:Provider' cannot be imported: No "
                "module named 'nowhere' — install the package that has it, or write "
                "provider: file"
            ),
        ),
        (
            "flags: { provider: file }",
            "headwater.yaml:1:8: a file of flags is wanted — add path: ./flags.json",
        ),
        (
            "flags: { path: ./other.json }",
            "headwater.yaml:1:16: other.json cannot be read: No such file or directory",
        ),
    ],
)
def test_a_provider_that_cannot_be_is_told(
    tmp_path: Path, deployment: str, said: str
) -> None:
    """With the place in the deployment file, and nothing of what it was made with."""
    config = project(tmp_path, deployment=deployment)
    (tmp_path / "profiles/screen.yaml").unlink()
    with pytest.raises(ProfileError) as caught:
        build_gateway([config], {}, observe=_deaf)
    problems = [str(p).replace(f"{tmp_path}/", "") for p in caught.value.problems]
    assert problems == [said]


def test_a_match_asks_for_flags_that_are_true_or_false(tmp_path: Path) -> None:
    """It would never hold; whoever wrote it is told where, and how a text is asked."""
    config = project(tmp_path, FLAGS)
    variant = tmp_path / "profiles" / "acme.yaml"
    variant.write_text(
        "language: 1\nextends: screen\nmatch: { flags: { greeting: true } }\n"
    )
    problems = build_gateway([config], {}, observe=_deaf).current.problems
    assert [str(p).removeprefix(f"{tmp_path}/") for p in problems] == [
        (
            "profiles/acme.yaml:3:19: flag 'greeting' is never true or false: by "
            "default it is 'hello' — compare it in 'when': flags.greeting == 'hello'"
        )
    ]
    variant.write_text(
        "language: 1\nextends: screen\nmatch: { flags: { fraud_v2: true } }\n"
    )
    assert not build_gateway([config], {}, observe=_deaf).current.problems
