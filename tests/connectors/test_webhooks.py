"""Signatures of deliveries, as several senders make them, and the source's bounds."""

from __future__ import annotations

import hmac
from base64 import b64encode

import pytest

from gateway.connectors.settings import WebhookSettings
from gateway.connectors.streams.target import Named, StreamTarget
from gateway.connectors.webhooks import source as sources
from gateway.connectors.webhooks.source import WebhookSource
from gateway.connectors.webhooks.verifying import (
    NO_SIGNATURE,
    NO_TIME,
    OLD,
    WRONG,
    Delivery,
    HmacSettings,
    TokenSettings,
    objection,
)
from gateway.errors import ErrorClass, RequestError, UpstreamError
from gateway.record import replace
from gateway.testing.contract.subject import call_of, within
from tests.connectors.streams.contract import some

KEY, BODY, NOW = b"s3cret", b'{"a": 1}', 1_700_000_000
HMAC = HmacSettings("x-signature", KEY)
TIMED = replace(HMAC, signed="{timestamp}.{body}", time_header="x-time")


def signed(text: bytes, algorithm: str = "sha256") -> bytes:
    return hmac.new(KEY, text, algorithm).digest()


def said(how: HmacSettings, signature: str | None, **headers: str) -> str | None:
    given = {n.replace("_", "-"): v for n, v in headers.items()}
    if signature is not None:
        given["x-signature"] = signature
    return objection(how, Delivery(given, BODY, "d1"), NOW)


@pytest.mark.parametrize(
    ("how", "signature"),
    [
        (HMAC, signed(BODY).hex()),
        (HMAC, signed(BODY).hex().upper()),
        (replace(HMAC, algorithm="sha512"), signed(BODY, "sha512").hex()),
        (replace(HMAC, format="base64"), b64encode(signed(BODY)).decode()),
        (replace(HMAC, format="prefixed"), f"sha256={signed(BODY).hex()}"),
        (
            replace(HMAC, format="prefixed", signed="v0:{delivery}:{body}"),
            f"v0={signed(b'v0:d1:' + BODY).hex()}",
        ),
    ],
)
def test_a_signature_is_made_again_and_compared(
    how: HmacSettings, signature: str
) -> None:
    """In each way that it may be written; the slightest change is told."""
    assert said(how, signature) is None
    assert said(how, signature[:-1]) == WRONG
    assert said(how, "") == WRONG
    assert said(how, None) == NO_SIGNATURE
    assert said(replace(how, secret=b"another"), signature) == WRONG


def test_what_was_signed_long_ago_is_not_believed() -> None:
    """The time is part of what is signed, and looked at after the signature."""
    for time, why in (
        (str(NOW), None),
        (str(NOW - 300), None),
        (str(NOW - 301), OLD),
        (str(NOW + 301), OLD),
        ("yesterday", NO_TIME),
        ("", NO_TIME),
    ):
        right = signed(time.encode() + b"." + BODY).hex()
        assert said(TIMED, right, x_time=time) == why
        assert said(TIMED, right, x_time="1") == WRONG


def test_a_secret_is_in_no_repr() -> None:
    """Settings are shown in tracebacks."""
    settings = (HMAC, TokenSettings("x-token", KEY), WebhookSettings(HMAC))
    assert "s3cret" not in repr(settings)


async def test_only_so_many_deliveries_are_known_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The oldest is forgotten first; nothing grows for ever."""
    monkeypatch.setattr(sources, "_REMEMBERED", 2)
    source = WebhookSource(WebhookSettings(None, delivery="x-id"))
    target = StreamTarget(Named("channel", None))
    async with source.listen(within(call_of(target)), None) as events:
        for number in ("1", "2", "1", "3", "2", "1"):
            source.take({"x-id": number}, BODY, NOW)
        found = [event.headers["x-id"] for event in await some(events, 4)]
    await source.close()
    assert found == ["1", "2", "3", "2"]


async def test_nothing_is_kept_to_go_on_with() -> None:
    """And nothing is answered."""
    source = WebhookSource(WebhookSettings(None))
    target = StreamTarget(Named("channel", None))
    with pytest.raises(UpstreamError) as refused:
        async with source.listen(within(call_of(target)), "1"):
            pass
    assert refused.value.kind is ErrorClass.REJECTED
    with pytest.raises(UpstreamError) as refused:
        await source.call(call_of(target))
    assert refused.value.kind is ErrorClass.REJECTED
    await source.close()


def test_a_form_has_a_thousand_fields_at_most() -> None:
    """More is no delivery."""
    source = WebhookSource(WebhookSettings(None))
    form = {"content-type": "application/x-www-form-urlencoded"}
    with pytest.raises(RequestError) as refused:
        source.take(form, b"&".join([b"a=1"] * 1_001), NOW)
    assert refused.value.status == 400
