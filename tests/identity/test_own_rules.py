"""Doors that have a rule of their own: nothing of another's holds there."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from gateway.cli.listening import Wishes, built
from gateway.errors import ProfileError
from gateway.identity.keys import hash_of
from gateway.record import replace
from tests.identity.conftest import JWT, PROFILE, Asked, asking
from tests.identity.test_doors import bearer
from tests.project import write

KEYS = {name: f"hw_a-key-that-everybody-may-read-{name}" for name in ("main", "door")}
HASHES = {name: hash_of(key) for name, key in KEYS.items()}
MAIN = f"auth: {{ keys: {{ main: {{ hash: '{HASHES['main']}' }} }} }}"
OWN = f"{{ keys: {{ door: {{ hash: '{HASHES['door']}', tenant: acme }} }} }}"
LISTED = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}
SPOKEN = {"accept": "application/json, text/event-stream"}
EVERYWHERE = "0.0.0.0"  # noqa: S104 - only told so


def statuses(one: Asked, **sent: str) -> tuple[int, int, int]:
    """Of GraphQL, of REST, and of agents, for these headers."""
    headers = {name.replace("_", "-"): text for name, text in sent.items()}
    ask, client = {"query": "{ me { told } }"}, one.client
    told: list[httpx.Response] = [
        client.post("/graphql", json=ask, headers=headers),
        client.get("/api/me", headers=headers),
        client.post("/mcp", json=LISTED, headers={**SPOKEN, **headers}),
    ]
    graphql, rest, agents = (one.status_code for one in told)
    return graphql, rest, agents


def opened(folder: Path, written: str) -> Path:
    return write(folder, {"headwater.yaml": written, "profiles/me.yaml": PROFILE})


def test_each_door_believes_its_own_credentials_alone(tmp_path: Path) -> None:
    """Those of all hold where a door says nothing, and nowhere else."""
    written = f"{MAIN}\nagents: {{ auth: {OWN} }}\napi: true\n"
    with asking(tmp_path, "", {"headwater.yaml": written}) as one:
        assert statuses(one) == (401, 401, 401)
        assert statuses(one, x_api_key=KEYS["main"]) == (200, 200, 401)
        assert statuses(one, x_api_key=KEYS["door"]) == (401, 401, 200)
        sent = {"x-api-key": KEYS["door"]}
        path = "/-/cache/invalidate"
        assert one.client.post(path, json={"tags": []}, headers=sent).status_code == 401


def test_a_door_may_be_open_beside_one_that_is_not(tmp_path: Path) -> None:
    """By `none` alone; whom GraphQL knows is nobody there. And the other way round."""
    written = f"{MAIN}\nagents: {{ auth: none }}\napi: {{ auth: {OWN} }}\n"
    with asking(tmp_path / "a", "", {"headwater.yaml": written}) as one:
        assert statuses(one) == (401, 401, 200)
        assert statuses(one, x_api_key=KEYS["door"]) == (401, 200, 200)
        told = one.client.get("/api/me", headers={"x-api-key": KEYS["door"]})
        assert told.json()["told"] == {"subject": "door", "tenant": "acme", "roles": []}
        assert "x-api-key" in told.headers["vary"]
    written = f"auth: none\nagents: {{ auth: {{ jwt: [{JWT}] }} }}\napi: true\n"
    with asking(tmp_path / "b", "", {"headwater.yaml": written}) as one:
        assert statuses(one) == (200, 200, 401)
        assert statuses(one, **bearer()) == (200, 200, 200)
        assert 'callers_refused_total{reason="missing"} 1' in one.client.get(
            "/metrics"
        ).text.replace("headwater_", "")


def test_headers_are_trusted_at_the_door_that_says_so(tmp_path: Path) -> None:
    """Not at others."""
    written = "auth: none\nagents: true\napi: { auth: { trust_headers: true } }\n"
    with asking(tmp_path, "", {"headwater.yaml": written}) as one:
        told = one.client.get("/api/me", headers={"x-tenant": "acme"})
        assert told.json()["told"]["tenant"] == "acme"
        assert one.who(x_tenant="acme") == ("nobody", None, [])


@pytest.mark.parametrize("door", ["agents", "api"])
async def test_a_door_that_headers_could_open_is_not_loaded_where_others_reach_it(
    tmp_path: Path, door: str
) -> None:
    """At no load; and `none` for one door is no word for all."""
    config = opened(tmp_path, f"{MAIN}\n{door}: {{ auth: {OWN} }}\n")
    gateway = built(Wishes(config=(str(config),), host=EVERYWHERE), lambda _: None)
    for written in (
        f"{MAIN}\n{door}: {{ auth: {{ trust_headers: true }} }}\n",
        f"{door}: {{ auth: none }}\n",
        f"{MAIN}\n{door}: {{ auth: {{ keys: ./gone.yaml }} }}\n",
        f"{MAIN}\n{door}: {{ auth: {{ }} }}\n",
    ):
        config.write_text(written, "utf-8")
        assert not await gateway.reload(), written
        assert "headwater.yaml:" in gateway.rejected[0]
        assert gateway.current.admission_at(door).prover is not None
    assert f"'{door}.auth.trust_headers' on" not in gateway.rejected[0]


async def test_a_door_that_is_gone_from_the_file_lets_nobody_in(tmp_path: Path) -> None:
    """What listens there goes on; it does not fall back to a rule of others."""
    unwatched = "profiles: { path: ./profiles, watch: false }\nauth: none\napi: true\n"
    written = f"{unwatched}agents: {{ auth: {OWN} }}\n"
    with asking(tmp_path, "", {"headwater.yaml": written}) as one:
        key = KEYS["door"]
        assert statuses(one, x_api_key=key) == (200, 200, 200)
        (tmp_path / "headwater.yaml").write_text(unwatched, "utf-8")
        assert await one.gateway.reload()
        assert statuses(one, x_api_key=key) == (200, 200, 404)
        assert statuses(one) == (200, 200, 404)


def test_what_is_wrong_with_a_doors_files_has_its_place(tmp_path: Path) -> None:
    """The key of the door, by file and line, as for `auth` itself."""
    config = opened(tmp_path, "auth: none\napi:\n  auth:\n    keys: ./gone.yaml\n")
    with pytest.raises(ProfileError) as refused:
        built(Wishes(config=(str(config),)), lambda _: None)
    assert "headwater.yaml:4:11: gone.yaml cannot be read" in str(refused.value)
    wishes = Wishes(config=(str(config),))
    write(tmp_path, {"keys/door.yaml": "door: { hash: 'sha256:" + "0" * 64 + "' }\n"})
    config.write_text(
        "auth: none\napi: { auth: { keys: ./keys/door.yaml } }\n", "utf-8"
    )
    made = built(replace(wishes), lambda _: None)
    assert made.current.admission.prover is None
    assert made.current.doors["api"].prover is not None
    assert tmp_path / "keys/door.yaml" in made.loader.deployment.watched  # type: ignore[union-attr]


def test_the_explorer_is_for_whom_the_file_says(tmp_path: Path) -> None:
    """Its page and its files; nobody's where it is off."""
    page, key = "explorer/files/0/app/main.js", {"x-api-key": KEYS["main"]}
    for said, here in (
        ("true", (200, 200)),
        ("false", (404, 404)),
        ("proven", (401, 200)),
    ):
        folder = tmp_path / said
        with asking(folder, "", {"headwater.yaml": f"{MAIN}\nexplorer: {said}"}) as one:
            told = one.client.get("/"), one.client.get("/", headers=key)
            assert tuple(reply.status_code for reply in told) == here
            assert one.client.get(page).status_code == (
                401 if said == "proven" else 404
            )
