"""AWS signatures: the published test suite's, and what is signed of our requests."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import botocore.auth
import pytest

from gateway.connectors.credentials.settings import SigV4Settings
from gateway.connectors.credentials.sigv4 import SigV4
from gateway.connectors.rest_request import Request
from gateway.errors import ErrorClass, UpstreamError

KEYS = ("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")
BASE = "https://example.amazonaws.com"


@pytest.fixture(autouse=True)
def _at_the_time_of_the_suite(monkeypatch: pytest.MonkeyPatch) -> None:
    at = datetime(2015, 8, 30, 12, 36, tzinfo=UTC)
    monkeypatch.setattr(botocore.auth, "get_current_datetime", lambda *_, **__: at)


def signed(request: Request, *, token: str | None = None) -> dict[str, str]:
    made = SigV4(SigV4Settings("us-east-1", "service", *KEYS, token), BASE)
    proof = made.now(request)
    assert proof is not None
    return dict(proof)


@pytest.mark.parametrize(
    ("request_", "signature"),
    [
        (
            Request("GET", "/", {}),
            "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31",
        ),
        (
            Request("GET", "/?Param2=value2&Param1=value1", {}),
            "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500",
        ),
        (
            Request("POST", "/", {}),
            "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b",
        ),
    ],
    ids=["get-vanilla", "get-vanilla-query-order-key-case", "post-vanilla"],
)
def test_a_request_is_signed_as_the_published_suite_says(
    request_: Request, signature: str
) -> None:
    """Scope, signed headers and signature."""
    assert signed(request_) == {
        "x-amz-date": "20150830T123600Z",
        "authorization": (
            "AWS4-HMAC-SHA256 "
            "Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, "
            f"SignedHeaders=host;x-amz-date, Signature={signature}"
        ),
    }


def test_a_query_is_signed_as_aws_writes_it() -> None:
    """However the author wrote it, as long as it means the same."""
    plain, encoded = (
        signed(Request("GET", f"/a?at={text}", {})) for text in ("10:30", "10%3A30")
    )
    assert plain == encoded


def test_bytes_of_a_query_that_are_no_text_are_signed_as_they_are_sent() -> None:
    """They are not replaced by a character that means something else."""
    one, other = (signed(Request("GET", f"/?q={q}", {})) for q in ("%FF", "%EF%BF%BD"))
    assert one["authorization"] != other["authorization"]


def test_a_steps_own_aws_headers_are_signed() -> None:
    """Which rpc is called, who may read: AWS refuses what is not in the signature."""
    headers = {"x-amz-target": "AWSStepFunctions.StartSyncExecution", "accept": "*/*"}
    proof = signed(Request("POST", "/", headers, b"{}"))
    assert "SignedHeaders=host;x-amz-date;x-amz-target," in proof["authorization"]


def test_body_type_and_session_are_signed_and_nothing_a_proxy_changes() -> None:
    """A header that changes on the way would spoil the signature."""
    headers = {"content-type": "application/json", "accept": "*/*", "x-trace": "1"}
    one, other = (
        signed(Request("POST", "/", headers, body), token="st")
        for body in (b"{}", b"[]")
    )
    assert one["authorization"] != other["authorization"]
    assert (
        "SignedHeaders=content-type;host;x-amz-date;x-amz-security-token"
        in (one["authorization"])
    )
    assert one["x-amz-security-token"] == "st"
    assert set(one) == {"authorization", "x-amz-date", "x-amz-security-token"}


async def test_keys_are_found_in_the_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Once, in a thread; from then on nothing is waited for."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", KEYS[0])
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", KEYS[1])
    made = SigV4(SigV4Settings("us-east-1", "service"), BASE)
    request = Request("GET", "/", {})
    assert made.now(request) is None
    first, second = await asyncio.gather(made.proof(request), made.proof(request))
    assert first == second == made.now(request) == signed(request)
    await made.close()


async def test_without_keys_the_source_cannot_be_reached(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It is said that there are none, and where they were looked for."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nowhere")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nowhere")
    made = SigV4(SigV4Settings("us-east-1", "service"), BASE)
    with pytest.raises(UpstreamError) as caught:
        await made.proof(Request("GET", "/", {}))
    assert caught.value.kind is ErrorClass.CONNECT
    assert caught.value.detail == "no credentials in the environment, nor of a role"
