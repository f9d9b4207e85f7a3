"""A gateway serves what is active in a store; what goes wrong changes nothing."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from gateway.app import Gateway, build_gateway
from gateway.deployment import Deployment
from gateway.errors import ProfileError
from gateway.loading.releasing import OfStore
from gateway.release.archive import packed
from gateway.release.model import Bundle, bundle_of
from gateway.release.releases import Releases
from gateway.release.signing import SharedSecret, signed
from gateway.release.stores.opening import open_store
from gateway.telemetry.events import Event
from gateway.telemetry.releasing import (
    HoldsLost,
    ReleaseNotKept,
    ReleaseRefused,
    ReleaseServes,
    ReleaseStoreFound,
    ReleaseStoreLost,
)
from tests.project import ask, write
from tests.redis_server import RedisServer
from tests.release.kit import ADA, FACTS, bundle, releases

A, B, C = (bundle(n) for n in (1, 2, 3))
NEVER = "1h"


def unfit() -> Bundle:
    """A bundle whose one profile calls a source that no deployment here has."""
    text = (
        "language: 1\noperation: v\n"
        "steps: [{ name: body, source: bureau, endpoint: /v }]\n"
    )
    return bundle_of({**A.files, "profiles/v.yaml": text}, FACTS)


@dataclass
class Fleet:
    """A store, what is activated in it, and gateways that follow it."""

    folder: Path
    url: str
    more: str = ""
    releases: Releases = field(init=False)
    heard: list[Event] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.releases = releases(open_store(self.url))

    def activate(self, one: Bundle) -> None:
        self.releases.publish(one)
        self.releases.activate(one.id, ADA)

    def write(self) -> Path:
        release = f'store: "{self.url}", poll: {NEVER}{self.more}'
        text = f"profiles: {{ state: ./state }}\nrelease: {{ {release} }}\n"
        return write(self.folder, {"headwater.yaml": text})

    def gateway(self) -> Gateway:
        config = self.write()
        self.heard.clear()
        return build_gateway([config], {}, observe=self.heard.append, remember=True)

    def told(self, *kinds: type) -> list[Event]:
        return [event for event in self.heard if isinstance(event, kinds)]

    def close(self) -> None:
        self.releases.store.close()


@pytest.fixture
def fleet(tmp_path: Path, url: str) -> Iterator[Fleet]:
    made = Fleet(tmp_path / "project", url)
    yield made
    made.close()


@pytest.fixture
def on_redis(tmp_path: Path, redis: RedisServer) -> Iterator[Fleet]:
    made = Fleet(tmp_path / "project", redis.url)
    yield made
    made.close()


@pytest.fixture
def on_disk(tmp_path: Path) -> Fleet:
    return Fleet(tmp_path / "project", str(tmp_path / "store"))


async def version(gateway: Gateway) -> Any:
    answer: Any = await ask(gateway, "{ v { n } }")
    assert "errors" not in answer, answer
    return answer["data"]["v"]["n"]


def refusals(fleet: Fleet) -> list[str]:
    return [e.reason for e in fleet.heard if isinstance(e, ReleaseRefused)]


async def test_what_is_active_serves_in_place_of_the_folders(fleet: Fleet) -> None:
    """And what is activated later is taken over; both are told."""
    fleet.activate(A)
    gateway = fleet.gateway()
    assert await version(gateway) == 1
    assert fleet.told(ReleaseServes) == [ReleaseServes(A.id, 1, "stable", "ada", None)]
    assert not await gateway.take_release()
    fleet.activate(B)
    assert await gateway.take_release()
    assert (await version(gateway), gateway.current.number) == (2, 2)
    assert fleet.told(ReleaseServes)[1:] == [
        ReleaseServes(B.id, 2, "stable", "ada", A.id)
    ]
    entry = fleet.releases.active()
    assert entry is not None
    shown = {"bundle": B.id, "number": 2, "since": entry.at, "by": "ada"}
    assert gateway.health()["release"] == {
        "channel": "stable",
        "serves": shown,
        "wanted": shown,
        "refused": None,
        "store": "answers",
    }


DAMAGED = "it is damaged, or no ZIP archive at all"


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (b"garbage", DAMAGED),
        (packed(B)[: len(packed(B)) // 2], DAMAGED),
        (b"", DAMAGED),
        (packed(C), f"it is {C.id[:12]}, and not the one that was asked for"),
    ],
    ids=["garbage", "half", "nothing", "another"],
)
async def test_what_is_no_whole_bundle_changes_nothing(
    fleet: Fleet, raw: bytes, why: str
) -> None:
    """One clear message, however often it is looked at; repaired, it serves."""
    fleet.activate(A)
    gateway = fleet.gateway()
    fleet.activate(B)
    fleet.releases.store.put(B.id, raw)
    for _ in range(3):
        assert not await gateway.take_release()
    assert (await version(gateway), len(refusals(fleet))) == (1, 1)
    assert refusals(fleet)[0].endswith(f"cannot be used: {why}")
    standing: Any = gateway.health()["release"]
    assert standing["refused"] == refusals(fleet)[0]
    assert (standing["serves"]["bundle"], standing["wanted"]["bundle"]) == (A.id, B.id)
    assert fleet.releases.publish(B)
    assert await gateway.take_release()
    repaired: Any = gateway.health()["release"]
    assert (await version(gateway), repaired["refused"]) == (2, None)


async def test_an_object_that_is_not_there_changes_nothing(fleet: Fleet) -> None:
    """It may come later, as in a store that is copied."""
    fleet.activate(A)
    gateway = fleet.gateway()
    other = Fleet(fleet.folder, str(fleet.folder / "other"))
    other.activate(A)
    other.activate(B)
    raw = other.releases.store.entries("active.stable")[1][1]
    fleet.releases.store.append("active.stable", raw, number=2)
    assert not await gateway.take_release()
    (why,) = refusals(fleet)
    assert why.endswith(f"has no release {B.id[:12]}")
    fleet.releases.publish(B)
    assert await gateway.take_release()
    assert await version(gateway) == 2


async def test_a_release_that_does_not_load_is_refused_until_the_deployment_fits(
    on_disk: Fleet,
) -> None:
    """A deployment that gets its source makes it load; what is wrong has its place."""
    on_disk.activate(A)
    gateway = on_disk.gateway()
    on_disk.activate(unfit())
    for _ in range(2):
        assert not await gateway.take_release()
    assert await version(gateway) == 1
    assert len(refusals(on_disk)) == 1
    assert refusals(on_disk)[0].startswith("it does not load: profiles/v.yaml:3:")
    config = on_disk.write()
    text = "sources: { bureau: { url: 'http://127.0.0.1:9' } }\n"
    config.write_text(config.read_text() + text)
    assert await gateway.reload()
    standing: Any = gateway.health()["release"]
    assert (standing["serves"]["number"], standing["refused"]) == (2, None)


async def test_a_change_of_the_deployment_counts_while_a_release_is_refused(
    on_disk: Fleet,
) -> None:
    """What serves is loaded anew under it."""
    on_disk.activate(A)
    gateway = on_disk.gateway()
    on_disk.activate(unfit())
    await gateway.take_release()
    config = on_disk.write()
    config.write_text(config.read_text() + "limits: { depth: 3 }\n")
    assert await gateway.reload()
    assert (gateway.current.limits.depth, await version(gateway)) == (3, 1)
    assert len(refusals(on_disk)) == 1


async def test_a_store_that_flaps_changes_nothing(
    tmp_path: Path, on_redis: Fleet, redis: RedisServer
) -> None:
    """Each loss is told once, each return too, and what was missed is taken then."""
    on_redis.activate(A)
    gateway = on_redis.gateway()
    for number, one in ((2, B), (3, C)):
        redis.kill()
        for _ in range(2):
            assert not await gateway.take_release()
        assert await version(gateway) == number - 1
        assert gateway.health()["release"]["store"] == "lost"  # type: ignore[index, call-overload]
        redis.start()  # it comes back empty: a log that was lost is no activation
        for _ in range(2):
            assert not await gateway.take_release()
        assert await version(gateway) == number - 1
        assert gateway.health()["release"]["store"] == "lost"  # type: ignore[index, call-overload]
        for each in (A, B, C)[: number - 1]:
            on_redis.activate(each)
        on_redis.activate(one)
        assert await gateway.take_release()
        assert await version(gateway) == number
    kinds = [type(e) for e in on_redis.told(ReleaseStoreLost, ReleaseStoreFound)]
    assert kinds == [ReleaseStoreLost, ReleaseStoreLost, ReleaseStoreFound] * 2
    lost = on_redis.told(ReleaseStoreLost)
    reasons = {e.reason.split()[-1] for e in lost}  # type: ignore[attr-defined]
    assert reasons == {"Connection", "activations"}


async def test_a_store_that_hangs_costs_no_request(
    on_redis: Fleet, redis: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is given up after its patience, in a thread; requests go on meanwhile."""
    monkeypatch.setattr("gateway.release.stores.redis.PATIENCE", 0.2)
    on_redis.activate(A)
    gateway = on_redis.gateway()
    redis.freeze()
    try:
        looking = asyncio.create_task(gateway.take_release())
        await asyncio.sleep(0)
        assert await version(gateway) == 1
        assert not looking.done()
        assert not await looking
    finally:
        redis.thaw()
    assert len(on_redis.told(ReleaseStoreLost)) == 1


async def test_a_start_asks_a_store_that_hangs_once(
    on_redis: Fleet, monkeypatch: pytest.MonkeyPatch
) -> None:
    """For the release; what is held is not asked then, and neither once more."""
    monkeypatch.setattr("gateway.release.stores.redis.PATIENCE", 0.2)
    on_redis.activate(A)
    on_redis.gateway()
    with socket.create_server(("127.0.0.1", 0)) as silent:
        on_redis.url = f"redis://127.0.0.1:{silent.getsockname()[1]}/0"
        gateway = on_redis.gateway()
        assert await version(gateway) == 1
        silent.setblocking(False)
        silent.accept()[0].close()
        with pytest.raises(BlockingIOError):
            silent.accept()
    assert len(on_redis.told(ReleaseStoreLost)) == 1
    assert len(on_redis.told(HoldsLost)) == 1


async def test_a_start_without_the_store_serves_the_last_good_one(
    on_redis: Fleet, redis: RedisServer
) -> None:
    """From `profiles.state`; with nothing there it is one clear error."""
    on_redis.activate(A)
    on_redis.activate(B)
    on_redis.gateway()
    redis.kill()
    try:
        gateway = on_redis.gateway()
        assert await version(gateway) == 2
        assert len(on_redis.told(ReleaseStoreLost)) == 1
        (on_redis.folder / "state" / "release" / "last-good.release").write_bytes(b"x")
        with pytest.raises(ProfileError) as caught:
            on_redis.gateway()
    finally:
        redis.start()
    (problem,) = caught.value.problems
    assert (problem.span.line, "cannot be asked" in problem.message) == (2, True)
    assert problem.hint is not None
    assert "profiles.state" in problem.hint


def test_a_channel_without_any_activation_is_one_clear_error(fleet: Fleet) -> None:
    """With what to do."""
    with pytest.raises(ProfileError) as caught:
        fleet.gateway()
    (problem,) = caught.value.problems
    assert problem.message == (
        "there is no release to serve: nothing was ever activated in channel 'stable'"
    )
    assert problem.hint == "headwater release publish, then headwater release activate"


async def test_a_start_with_a_bad_release_goes_back_as_far_as_it_must(
    on_disk: Fleet,
) -> None:
    """The last good one on disk, else an earlier one of the log, else what can."""
    on_disk.activate(A)
    on_disk.activate(unfit())
    assert await version(on_disk.gateway()) == 1
    (on_disk.folder / "state" / "release" / "last-good.release").unlink()
    gateway = on_disk.gateway()
    assert await version(gateway) == 1
    standing: Any = gateway.health()["release"]
    assert (standing["serves"]["number"], standing["wanted"]["number"]) == (1, 2)
    alone = Fleet(on_disk.folder / "alone", str(on_disk.folder / "alone-store"))
    alone.activate(unfit())
    served = alone.gateway()
    assert list(served.current.audience.unavailable) == ["v"]


async def test_unsigned_releases_are_refused_where_signatures_are_required(
    tmp_path: Path,
) -> None:
    """Signed by one of the keys it serves; a bundle kept on disk is held to it too."""
    secret = SharedSecret(b"0123456789abcdef")
    more = ", require_signature: true, keys: { ci: { hmac: 0123456789abcdef } }"
    fleet = Fleet(tmp_path / "project", str(tmp_path / "store"), more)
    fleet.activate(signed(A, "ci", secret))
    gateway = fleet.gateway()
    for one in (B, signed(C, "ci", SharedSecret(b"f" * 16))):
        fleet.activate(one)
        assert not await gateway.take_release()
    assert [why.split(",")[0].partition(" is ")[2] for why in refusals(fleet)] == [
        "not signed",
        "signed as ci",
    ]
    assert await version(gateway) == 1
    assert await version(fleet.gateway()) == 1
    fleet.more = fleet.more.replace("0123456789abcdef", "another-secret-of-ours")
    with pytest.raises(ProfileError, match="require_signature"):
        fleet.gateway()


async def test_a_key_that_is_none_is_told_once_and_changes_nothing(
    on_disk: Fleet,
) -> None:
    """At a start it is an error, with the key's name; while serving, a loss."""
    on_disk.activate(A)
    gateway = on_disk.gateway()
    on_disk.more = ", keys: { ci: { ed25519: nothing } }"
    on_disk.write()
    assert await gateway.reload()
    for _ in range(3):
        assert not await gateway.take_release()
    assert await version(gateway) == 1
    told = "key 'ci': this is no public key of Ed25519 in PEM"
    assert refusals(on_disk) == [told]
    assert on_disk.told(ReleaseStoreLost, ReleaseStoreFound) == []
    with pytest.raises(ProfileError, match=told):
        on_disk.gateway()


async def test_a_disk_that_is_full_is_told_once_and_changes_nothing(
    on_disk: Fleet,
) -> None:
    """The release serves; only the day without a store is lost."""
    on_disk.activate(A)
    on_disk.folder.mkdir()
    (on_disk.folder / "state").write_text("a file where the folder should be")
    gateway = on_disk.gateway()
    on_disk.activate(B)
    assert await gateway.take_release()
    assert await version(gateway) == 2
    assert len(on_disk.told(ReleaseNotKept)) == 1


async def test_an_activation_during_a_load_is_taken_after_it(fleet: Fleet) -> None:
    """The load that is under way ends; requests are answered all the while."""
    fleet.activate(A)
    gateway = fleet.gateway()
    loading, go_on = threading.Event(), threading.Event()

    def dress(generation: Any, _deployment: object) -> Any:
        loading.set()
        go_on.wait(60)
        return generation

    gateway.loader.dress = dress
    fleet.activate(B)
    first = asyncio.create_task(gateway.take_release())
    await asyncio.to_thread(loading.wait, 20)
    fleet.activate(C)
    second = asyncio.create_task(gateway.take_release())
    assert await version(gateway) == 1
    go_on.set()
    assert (await first, await second, await version(gateway)) == (True, True, 3)
    served = [e.bundle for e in fleet.told(ReleaseServes)]  # type: ignore[attr-defined]
    assert served == [A.id, B.id, C.id]


async def test_only_one_looks_and_loads_at_a_time(
    on_disk: Fleet, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither the store's client nor the loader is made for two."""
    on_disk.activate(A)
    gateway = on_disk.gateway()
    locked: list[bool] = []
    look = OfStore.look

    def looked(releases: OfStore, deployment: Deployment) -> bool:
        locked.append(gateway.loading.locked())
        return look(releases, deployment)

    def dress(generation: Any, _deployment: object) -> Any:
        locked.append(gateway.loading.locked())
        return generation

    monkeypatch.setattr(OfStore, "look", looked)
    gateway.loader.dress = dress
    on_disk.activate(B)
    await asyncio.gather(gateway.take_release(), gateway.reload())
    assert (set(locked), await version(gateway)) == ({True}, 2)


async def test_a_gateway_that_serves_hears_of_activations_itself(fleet: Fleet) -> None:
    """By the store's own word: it polls once an hour here."""
    fleet.activate(A)
    gateway = fleet.gateway()
    async with asyncio.timeout(60), gateway.serving():
        for number, one in ((2, B), (1, A), (3, C)):
            await asyncio.to_thread(fleet.activate, one)
            while await version(gateway) != number:  # noqa: ASYNC110
                await asyncio.sleep(0)


async def test_who_does_not_follow_takes_a_release_when_told_to(
    on_disk: Fleet,
) -> None:
    """A gateway that serves asks nobody by itself then; a reload alone does not."""
    on_disk.more = ", follow: false"
    on_disk.activate(A)
    gateway = on_disk.gateway()
    async with gateway.serving():
        on_disk.activate(B)
        assert await gateway.reload()
        assert await version(gateway) == 1
        assert await gateway.take_release()
        assert await version(gateway) == 2


async def test_no_answer_is_lost_or_wrong_while_releases_change(fleet: Fleet) -> None:
    """Every third one is garbage; each answer is of a release that was good then."""
    fleet.activate(A)
    gateway = fleet.gateway()
    answers: list[int] = []

    async def keep_asking() -> None:
        while True:
            answers.append(await version(gateway))
            await asyncio.sleep(0)

    asking = [asyncio.create_task(keep_asking()) for _ in range(4)]
    async with asyncio.timeout(60), gateway.serving():
        for number in range(2, 11):
            one = bundle(number)
            await asyncio.to_thread(fleet.releases.publish, one)
            if number % 3 == 0:
                await asyncio.to_thread(spoiled, fleet, one)
            else:
                await asyncio.to_thread(fleet.activate, one)
                while await version(gateway) != number:  # noqa: ASYNC110
                    await asyncio.sleep(0)
    for task in asking:
        task.cancel()
    ended = await asyncio.gather(*asking, return_exceptions=True)
    assert [type(end) for end in ended] == [asyncio.CancelledError] * 4
    assert set(answers) <= {1, 2, 4, 5, 7, 8, 10}


def spoiled(fleet: Fleet, one: Bundle) -> None:
    """Activate what is whole at that moment and garbage when gateways come for it."""
    store = fleet.releases.store
    fleet.releases.activate(one.id, ADA, lambda _: store.put(one.id, b"garbage"))


async def test_another_store_is_followed_once_the_deployment_names_it(
    on_disk: Fleet,
) -> None:
    """One that has nothing changes nothing."""
    on_disk.activate(A)
    gateway = on_disk.gateway()
    on_disk.url = str(on_disk.folder / "elsewhere")
    on_disk.write()
    assert await gateway.reload()
    assert await version(gateway) == 1
    on_disk.releases = releases(open_store(on_disk.url))
    on_disk.activate(C)
    assert await gateway.take_release()
    assert await version(gateway) == 3


async def test_folders_serve_again_once_no_store_is_named(on_disk: Fleet) -> None:
    """And a release once it is named again."""
    on_disk.activate(A)
    gateway = on_disk.gateway()
    config = on_disk.write()
    with_store = config.read_text()
    write(on_disk.folder, {**B.files, "headwater.yaml": "profiles: ./profiles\n"})
    assert await gateway.reload()
    assert (await version(gateway), gateway.current.release) == (2, None)
    config.write_text(with_store)
    assert await gateway.reload()
    assert await version(gateway) == 1
