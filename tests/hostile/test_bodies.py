"""Bodies that are too much, or not what they say: bounded, refused, one field."""

from __future__ import annotations

import gc
import tracemalloc
from collections.abc import Callable

import pytest

from gateway.testing import hostile
from gateway.testing.hostile import Misbehaviour
from gateway.values import JsonValue
from tests.hostile.stand import QUERY, Stand, partial, whole

GOOD = {"score": 7}
MEGABYTE = 1_000_000
TOO_LARGE = partial(
    "UPSTREAM_INVALID", "The source's answer is larger than 5000000 bytes."
)
NO_JSON = partial("UPSTREAM_INVALID", "The source's answer is not valid JSON.")
UNFIT = "The source's value does not fit here."


@pytest.mark.parametrize(
    "behaviour",
    [
        pytest.param(lambda: hostile.floods(50 * MEGABYTE), id="50 MB by length"),
        pytest.param(lambda: hostile.floods_chunks(50 * MEGABYTE), id="50 MB chunked"),
        pytest.param(lambda: hostile.bombs(1_000 * MEGABYTE), id="gzip to 1 GB"),
        pytest.param(lambda: hostile.bombs_in_members(1_000 * MEGABYTE), id="members"),
        pytest.param(hostile.bombs_deflated, id="deflate to 100 MB"),
    ],
)
async def test_a_body_beyond_the_limit_is_never_held(
    stand: Stand, behaviour: Callable[[], Misbehaviour]
) -> None:
    """Counted while it unfolds: the limit is 5 MB, and memory stays near it."""
    stand.upstream.script("/risk/42", behaviour())
    await stand.ask()
    gc.collect()
    tracemalloc.start()
    try:
        assert await stand.ask() == TOO_LARGE
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 30 * MEGABYTE


async def test_a_bomb_within_gzip_is_not_even_begun(stand: Stand) -> None:
    """Nobody asked for two encodings."""
    stand.upstream.script("/risk/42", hostile.bombs_nested(100 * MEGABYTE))
    assert await stand.ask() == partial(
        "UPSTREAM_INVALID", "The source's answer has an encoding that nobody asked for."
    )


@pytest.mark.parametrize(
    ("behaviour", "message"),
    [
        pytest.param(
            hostile.breaks_gzip(),
            "The source's answer cannot be inflated.",
            id="no gzip",
        ),
        pytest.param(
            hostile.truncates_gzip(GOOD),
            "The source's answer ends in the middle of its encoding.",
            id="half a gzip",
        ),
        pytest.param(
            hostile.encodes_unasked(GOOD),
            "The source's answer has an encoding that nobody asked for.",
            id="brotli",
        ),
    ],
)
async def test_a_broken_encoding_costs_its_own_field(
    stand: Stand, behaviour: Misbehaviour, message: str
) -> None:
    """Said as what it is."""
    stand.upstream.script("/risk/42", behaviour)
    assert await stand.ask() == partial("UPSTREAM_INVALID", message)


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"<html>502 Bad Gateway</html>", id="html"),
        pytest.param(b'{"score": 7', id="half an object"),
        pytest.param(b'{"score": NaN}', id="NaN"),
        pytest.param(b'{"score": -Infinity}', id="Infinity"),
        pytest.param(b'{"score": 1e999}', id="beyond floats"),
        pytest.param(b'{"score": 7, "x": "\\ud800"}', id="lone surrogate"),
        pytest.param(b'{"score": 7, "x": "\xff"}', id="not UTF-8"),
        pytest.param(b'{"score": 7} {"score": 8}', id="two documents"),
        pytest.param(hostile.nests(100_000), id="100,000 deep"),
        pytest.param(hostile.nests(100_000, closed=False), id="100,000 deep and open"),
    ],
)
async def test_what_is_no_json_costs_its_own_field(stand: Stand, body: bytes) -> None:
    """Strict JSON or nothing."""
    stand.upstream.script("/risk/42", hostile.answers(body))
    assert await stand.ask() == NO_JSON


@pytest.mark.parametrize(
    "body",
    [[], [1], "text", 7, True, [[{"score": 7}]]],
    ids=repr,
)
async def test_a_body_of_another_type_costs_its_own_field(
    stand: Stand, body: JsonValue
) -> None:
    """JSON that is no object where an object should be."""
    stand.upstream.script("/risk/42", hostile.answers(body))
    assert await stand.ask() == partial("INVALID_VALUE", UNFIT)


@pytest.mark.parametrize(
    "score",
    ["seven", 7.5, 2**31, 10**400, {}, [7], {"__proto__": 7}],
    ids=lambda score: repr(score)[:12],
)
async def test_a_field_of_another_type_costs_itself(
    stand: Stand, score: JsonValue
) -> None:
    """The object around it is answered."""
    stand.upstream.script("/risk/42", hostile.answers({"score": score}))
    answer = await stand.ask()
    assert answer in (
        {
            **whole({"score": None}),
            "errors": [
                {
                    "message": UNFIT,
                    "path": ["customer", "risk", "score"],
                    "extensions": {"code": "INVALID_VALUE"},
                }
            ],
        },
        NO_JSON,
    )


async def test_a_body_too_deep_to_be_written_costs_its_own_field(
    stand: Stand,
) -> None:
    """What can be read and not be answered is one value, not a failed request."""
    deep = b'{"note": ' + hostile.nests(1_000) + b"}"
    stand.upstream.script("/risk/42", hostile.answers(deep))
    assert await stand.ask(QUERY.replace("score", "note")) == {
        **whole({"note": None}),
        "errors": [
            {
                "message": UNFIT,
                "path": ["customer", "risk", "note"],
                "extensions": {"code": "INVALID_VALUE"},
            }
        ],
    }


async def test_hostile_keys_are_only_data(stand: Stand) -> None:
    """Names that mean something elsewhere mean nothing here."""
    note: JsonValue = {
        "__class__": 1,
        "__typename": "Query",
        "errors": [],
        "data": None,
        "": 0,
    }
    body: JsonValue = {"note": note, "__typename": "Account", "errors": [1]}
    stand.upstream.script("/risk/42", hostile.answers(body))
    query = QUERY.replace("score", "note __typename")
    assert await stand.ask(query) == whole({"note": note, "__typename": "Risk"})
