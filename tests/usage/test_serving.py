"""A gateway that serves counts what is asked of it; what only looks does not."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from gateway.app import Gateway, build_gateway
from gateway.request.adapter import adapt
from gateway.request.model import Asking
from gateway.usage.reading import read_usage
from tests.project import write

FILES = {
    "headwater.yaml": "usage: { to: ./usage }\n"
    "profiles: { path: ./profiles, watch: false }\n",
    "schema/a.graphql": "type Query { v: V }\ntype V { a: Int b: Int }\n",
    "profiles/v.yaml": (
        "language: 1\noperation: v\n"
        "steps: [{ name: body, type: value, value: { a: 1, b: 2 } }]\n"
    ),
}
HEADERS = {
    "apollographql-client-name": "web",
    "apollographql-client-version": "7",
    "x-tenant": "acme",
}


def made(folder: Path, files: Mapping[str, str] = FILES) -> Gateway:
    return build_gateway([write(folder, files)], {}, observe=lambda _event: None)


async def ask(gateway: Gateway, text: str, **headers: str) -> Any:
    now = gateway.current
    request = adapt(
        HEADERS | headers,
        now.admission,
        request_id="r",
        clock=gateway.pipeline.clock,
    )
    answer = await gateway.pipeline.answer(now, Asking(text), request)
    return answer.as_json()


def counted(folder: Path) -> list[tuple[str, str, int, list[str]]]:
    return [
        (r.user.client, r.user.version, r.count, sorted(r.uses))
        for r in read_usage([folder / "usage"]).rows
    ]


async def test_requests_are_counted_and_what_is_refused_is_not(tmp_path: Path) -> None:
    """With the client's version; the end of serving writes what is left."""
    gateway = made(tmp_path)
    async with gateway.serving():
        for _ in range(2):
            assert await ask(gateway, "{ v { a } }") == {"data": {"v": {"a": 1}}}
        assert "errors" in await ask(gateway, "{ v { nothing } }")
    assert counted(tmp_path) == [("web", "7", 2, ["Query.v", "V.a"])]
    assert gateway.pipeline.preparing.counting is None


async def test_without_the_key_nothing_is_counted(tmp_path: Path) -> None:
    """Not even which version a client has is looked at."""
    text = FILES["headwater.yaml"].replace("usage: { to: ./usage }\n", "")
    gateway = made(tmp_path, {**FILES, "headwater.yaml": text})
    async with gateway.serving():
        assert gateway.pipeline.preparing.counting is None
        await ask(gateway, "{ v { a } }")
    assert not (tmp_path / "usage").exists()
    assert gateway.current.admission.headers == frozenset()


async def test_a_reload_turns_counting_on_and_off(tmp_path: Path) -> None:
    """What was counted before is kept."""
    gateway = made(tmp_path)
    without = FILES["headwater.yaml"].replace("usage: { to: ./usage }\n", "")
    async with gateway.serving():
        await ask(gateway, "{ v { a } }")
        write(tmp_path, {"headwater.yaml": without})
        assert await gateway.reload()
        await ask(gateway, "{ v { a } }")
        assert counted(tmp_path) == [("web", "7", 1, ["Query.v", "V.a"])]
        write(tmp_path, FILES)
        assert await gateway.reload()
        await ask(gateway, "{ v { b } }")
    assert sorted(counted(tmp_path)) == [
        ("web", "7", 1, ["Query.v", "V.a"]),
        ("web", "7", 1, ["Query.v", "V.b"]),
    ]


async def test_a_process_that_only_looks_counts_nothing(tmp_path: Path) -> None:
    """`headwater run`, `plan` and tests are nobody's use."""
    gateway = made(tmp_path)
    await ask(gateway, "{ v { a } }")
    assert not (tmp_path / "usage").exists()
