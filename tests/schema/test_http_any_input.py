"""Whatever comes in is understood or refused: there is no third way."""

from __future__ import annotations

from collections.abc import Callable

import orjson
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.errors import RequestError
from gateway.request.model import Asking
from gateway.schema.asking import read_body, read_url
from gateway.schema.frames import frame_fault
from gateway.schema.negotiation import Form, choose_form, is_json

json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)
requests = st.fixed_dictionaries(
    {}, optional=dict.fromkeys(("query", "variables", "operationName"), json)
)


def understood_or_refused(read: Callable[[bytes], Asking], sent: bytes) -> bool:
    """Whether a request goes one of its two ways."""
    try:
        asking = read(sent)
    except RequestError as refused:
        return 400 <= refused.status < 500 and bool(refused.message)
    return bool(asking.document) and isinstance(asking.variables, dict)


@given(st.binary())
def test_any_bytes_are_a_request_or_none(sent: bytes) -> None:
    """As a body and as a URL."""
    assert understood_or_refused(read_body, sent)
    assert understood_or_refused(read_url, sent)


@given(requests | json)
@settings(max_examples=300)
def test_any_json_is_a_request_or_none(sent: object) -> None:
    """Whatever types its members have."""
    encoded = orjson.dumps(_portable(sent))
    assert understood_or_refused(read_body, encoded)


@given(st.text(st.characters(max_codepoint=255)))
def test_any_header_chooses_or_does_not(text: str) -> None:
    """As `Accept` and as `Content-Type`."""
    assert choose_form(text) in {*Form, None}
    assert is_json(text) in {True, False}


@given(json)
def test_any_frame_is_one_or_has_a_fault(sent: object) -> None:
    """A frame that passes has what Strawberry trusts it to have."""
    if frame_fault(sent) is None:
        assert isinstance(sent, dict)
        assert isinstance(sent["type"], str)


def _portable(value: object) -> object:
    """The value with integers that JSON's readers agree on."""
    if isinstance(value, dict):
        return {_text(key): _portable(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_portable(item) for item in value]
    if isinstance(value, int):
        return value % 2**53
    return _text(value) if isinstance(value, str) else value


def _text(value: str) -> str:
    return value.encode(errors="replace").decode()
