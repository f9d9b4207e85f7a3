"""What is masked before anything that a source said is written down."""

from __future__ import annotations

import pytest

from gateway.connectors.settings import CannedAnswer
from gateway.mocking.redaction import Redaction, without
from gateway.mocking.tape import Taken, Tape, redacted
from gateway.values import JsonValue

SECRET = "hunter2"


def kept(answer: CannedAnswer, call: dict[str, JsonValue] | None = None) -> Taken:
    taken = Taken("customer.account", "core", "k", call or {}, answer)
    return redacted(taken, Redaction())


@pytest.mark.parametrize(
    "name",
    [
        "password",
        "userPassword",
        "PASSWORD",
        "passphrase",
        "clientSecret",
        "secretKey",
        "client_secret",
        "client-secret",
        "accessToken",
        "refreshToken",
        "id_token",
        "x.api.key",
        "apiKey",
        "apikey",
        "APIKey",
        "X-API-Key",
        "privateKey",
        "Authorization",
        "Set-Cookie",
        "cookies",
        "sessionToken",
        "cardPin",
        "PIN",
        "cvv",
        "credentials",
    ],
)
def test_a_secret_is_masked_however_its_name_is_written(name: str) -> None:
    """In any case, with any sign between words, and however deep."""
    body: JsonValue = {"rows": [{"more": {name: SECRET, "name": "Ada"}}]}
    taken = kept(CannedAnswer(body))
    masked = {"rows": [{"more": {name: "***", "name": "Ada"}}]}
    assert taken.answer.body == masked


@pytest.mark.parametrize(
    "name",
    [
        "nextPageToken",
        "next_token",
        "page_token",
        "continuationToken",
        "shopping",
        "mapping",
        "authorName",
        "author",
        "tokens_used",
        "pinned",
        "key",
        "keys",
        "cookieBanner",
    ],
)
def test_what_is_no_secret_stays(name: str) -> None:
    """Marks of pages among it: without them no page follows another."""
    assert kept(CannedAnswer({name: "x"})).answer.body == {name: "x"}


def test_a_secret_in_an_address_is_masked() -> None:
    """In whatever text of a body or a header the address stands."""
    there = f"https://ada:{SECRET}@core.internal/next?page=2&access_token={SECRET}"
    shown = "https://***@core.internal/next?page=2&access_token=***"
    headers = {"link": f'<{there}>; rel="next"', "location": there, "etag": '"7"'}
    taken = kept(CannedAnswer({"next": there, "said": f"see {there}"}, 200, headers))
    assert taken.answer.body == {"next": shown, "said": f"see {shown}"}
    link = f'<{shown}>; rel="next"'
    assert taken.answer.headers == {"link": link, "location": shown, "etag": '"7"'}


def test_the_headers_that_mean_something_are_known_in_any_case() -> None:
    """No other is written."""
    headers = {"ETag": '"7"', "Set-Cookie": SECRET, "X-Trace": SECRET}
    assert kept(CannedAnswer(None, 200, headers)).answer.headers == {"etag": '"7"'}


def test_a_call_is_kept_without_its_host() -> None:
    """Its query by the same names, bodies and statements too."""
    call: dict[str, JsonValue] = {
        "url": f"https://ada:{SECRET}@core.internal/a?apiKey={SECRET}&q=1",
        "body": {"userPassword": SECRET},
    }
    taken = kept(CannedAnswer(None), call)
    assert taken.call == {"url": "/a?apiKey=***&q=1", "body": {"userPassword": "***"}}


def test_a_masked_text_is_known_by_another_name() -> None:
    """As under an alias, in the answer that a recorded test expects."""
    tape = Tape()
    body: JsonValue = {"accessToken": SECRET, "all": [{"secrets": [SECRET + "2"]}]}
    answer = CannedAnswer(body)
    tape.begin()(Taken("customer.account", "core", "k", {}, answer))
    data = {"t": SECRET, "u": [SECRET + "2", "Ada"]}
    assert without(data, tape.hidden) == {"t": "***", "u": ["***", "Ada"]}
    assert SECRET not in repr(tape)
