"""Replies that are complete and wrong: lengths, statuses, redirects."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from gateway.testing import HostileUpstream, hostile
from gateway.testing.hostile import Misbehaviour
from tests.hostile.stand import HURRIED, PATIENT, Stand, partial, standing, whole
from tests.identity.issuing import good

GOOD = {"score": 7}
EVIL = hostile.reply({"score": 666, "id": "666", "name": "Eve"})
BROKEN = partial("UPSTREAM_UNREACHABLE", "The connection broke before the answer.")
NO_JSON = partial("UPSTREAM_INVALID", "The source's answer is not valid JSON.")
LATE = partial("UPSTREAM_TIMEOUT", "No answer within 200 ms.", "hurried")


# -- lengths that lie ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("behaviour", "expected"),
    [
        pytest.param(hostile.claims_length(GOOD, 5), NO_JSON, id="too short"),
        pytest.param(hostile.claims_length(GOOD, -5), BROKEN, id="negative"),
        pytest.param(hostile.claims_length(GOOD, "ten"), BROKEN, id="no number"),
        pytest.param(hostile.sends_two_lengths(GOOD, 5), BROKEN, id="two lengths"),
        pytest.param(hostile.sends_broken_chunks(b"-1"), BROKEN, id="broken chunk"),
    ],
)
async def test_a_lying_length_costs_its_own_field(
    stand: Stand, behaviour: Misbehaviour, expected: object
) -> None:
    """What cannot be framed is no answer, and what is left over is thrown away."""
    stand.upstream.script("/risk/42", behaviour)
    for _ in range(3):
        assert await stand.ask() == expected


@pytest.mark.parametrize(
    "behaviour",
    [
        pytest.param(hostile.claims_length(GOOD, 4_000_000), id="length too long"),
        pytest.param(hostile.sends_broken_chunks(b"f" * 15), id="endless chunk"),
    ],
)
async def test_a_length_that_never_comes_ends_with_the_timeout(
    stand: Stand, behaviour: Misbehaviour
) -> None:
    """Nobody waits for what was promised longer than for anything else."""
    stand.upstream.script("/risk/42", behaviour)
    assert await stand.ask(HURRIED) == LATE


@pytest.mark.parametrize(
    "behaviour",
    [
        pytest.param(hostile.adds_surplus(GOOD, EVIL), id="a reply behind the reply"),
        pytest.param(hostile.adds_surplus(GOOD, b"x" * 100_000), id="many bytes"),
        pytest.param(hostile.adds_surplus(GOOD, b"\r\n"), id="an empty line"),
    ],
)
async def test_bytes_behind_a_reply_belong_to_nobody(
    stand: Stand, behaviour: Misbehaviour
) -> None:
    """The next calls over that source get their own replies."""
    stand.upstream.script("/risk/42", behaviour)
    for _ in range(10):
        assert await stand.ask() == whole(GOOD)


@pytest.mark.parametrize("length", [0, 3, 500])
async def test_chunks_beside_a_length_smuggle_nothing(
    stand: Stand, length: int
) -> None:
    """The chunks count or the reply is refused; nothing leaks into others."""
    stand.upstream.script("/risk/42", hostile.sends_length_and_chunks(GOOD, length))
    for _ in range(5):
        assert await stand.ask() in (whole(GOOD), BROKEN)


# -- statuses --------------------------------------------------------------------------


@pytest.mark.parametrize("status", [304, 400, 401, 404, 418, 429, 500, 503, 599])
async def test_an_error_status_costs_its_own_field(stand: Stand, status: int) -> None:
    """With its number, and nothing of what the upstream said beside."""
    stand.upstream.script("/risk/42", hostile.refuses(status))
    message = f"The source answered with status {status}."
    assert await stand.ask() == partial("UPSTREAM_STATUS", message)


HOUR = datetime.now(UTC) + timedelta(hours=1)


@pytest.mark.parametrize(
    ("status", "retry_after", "calls"),
    [
        pytest.param(429, 0, 2, id="429 at once"),
        pytest.param(429, 3600, 1, id="429 in an hour"),
        pytest.param(429, HOUR, 1, id="429 from a date on"),
        pytest.param(429, HOUR - timedelta(days=1), 2, id="429 from a past date on"),
        pytest.param(503, 3600, 1, id="503 in an hour"),
        pytest.param(503, None, 2, id="503 without a word"),
        pytest.param(429, "soon", 2, id="429 with nonsense"),
        pytest.param(429, "9" * 5000, 1, id="429 in aeons"),
    ],
)
async def test_retry_after_is_honoured(
    stand: Stand, status: int, retry_after: float | datetime | str | None, calls: int
) -> None:
    """A second attempt that the deadline has no room for is not waited for."""
    stand.upstream.script(
        "/risk/42",
        hostile.refuses(status, retry_after=retry_after),
        hostile.answers(GOOD),
    )
    failed = partial(
        "UPSTREAM_STATUS", f"The source answered with status {status}.", "patient"
    )
    expected = whole(GOOD, "patient") if calls == 2 else failed
    assert await stand.ask(PATIENT) == expected
    assert len(stand.upstream.asked("/risk/42")) == calls


@pytest.mark.parametrize("status", [204, 205])
async def test_a_status_without_a_body_is_null_whatever_follows(
    stand: Stand, status: int
) -> None:
    """Its body is no reply to anybody."""
    stand.upstream.script("/risk/42", hostile.sends_body_with(status, GOOD))
    for _ in range(5):
        assert await stand.ask() == whole(None)


@pytest.mark.parametrize(
    "behaviour",
    [
        pytest.param(hostile.speaks_http_1_0(GOOD), id="HTTP/1.0"),
        pytest.param(hostile.continues(GOOD), id="100 before the reply"),
        pytest.param(hostile.continues(GOOD, 50), id="100 many times"),
        pytest.param(hostile.answers(GOOD, 299), id="a status nobody knows"),
    ],
)
async def test_an_odd_reply_that_is_one_is_read(
    stand: Stand, behaviour: Misbehaviour
) -> None:
    """What HTTP allows is understood."""
    stand.upstream.script("/risk/42", behaviour)
    for _ in range(3):
        assert await stand.ask() == whole(GOOD)


# -- redirects -------------------------------------------------------------------------


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_to_another_host_is_not_followed(
    stand: Stand, status: int
) -> None:
    """Neither the call nor its headers ever reach a host that is not configured."""
    async with HostileUpstream(hostile.answers(GOOD)) as elsewhere:
        redirect = hostile.redirects(f"{elsewhere.url}/risk/42", status)
        stand.upstream.script("/risk/42", redirect)
        message = f"The source answered with status {status}."
        assert await stand.ask() == partial("UPSTREAM_STATUS", message)
        assert (elsewhere.requests, elsewhere.connections) == ([], 0)


@pytest.mark.parametrize("to", ["/other", "/risk/42", "//127.0.0.1:1/", "\x00"])
async def test_a_redirect_within_the_host_is_not_followed_either(
    stand: Stand, to: str
) -> None:
    """A path of the upstream's choosing is none that a profile allowed."""
    stand.upstream.script("/risk/42", hostile.redirects(to))
    answer = await stand.ask()
    assert answer["data"] == whole(None)["data"]
    assert [one.path for one in stand.upstream.requests].count("/risk/42") == 1
    assert stand.upstream.asked("/other") == []


PROVING = """
profiles: {{ path: ./profiles, watch: false }}
schema: ./schema
sources:
  default:
    url: "{url}"
    auth:
      oauth2: {{ token_url: "{url}/token", client_id: hw, client_secret: s3cret }}
auth:
  jwt: [{{ issuer: "https://idp.test", jwks: "{url}/jwks", audience: headwater }}]
  anonymous: true
"""


async def test_keys_tokens_and_secrets_follow_no_redirect(tmp_path: Path) -> None:
    """Whom an issuer or a token server sends us to hears nothing of us."""
    async with (
        HostileUpstream(hostile.answers(GOOD)) as elsewhere,
        standing(tmp_path, deployment=PROVING) as stand,
    ):
        for path, status in (("/jwks", 302), ("/token", 307)):
            away = hostile.redirects(elsewhere.url + path, status)
            stand.upstream.script(path, away)
        answer = await stand.ask()
        assert answer["data"] == {"customer": None}
        assert {one["extensions"]["code"] for one in answer["errors"]} == {
            "UPSTREAM_UNREACHABLE"
        }
        token = {"authorization": f"Bearer {good()}"}
        assert (await stand.post(headers=token)).status_code == 401
        assert (elsewhere.requests, elsewhere.connections) == ([], 0)
        asked = {one.path for one in stand.upstream.requests}
        assert asked == {"/jwks", "/token"}
