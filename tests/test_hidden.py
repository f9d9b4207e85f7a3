"""Documents of callers who do not see the whole schema, read once more."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from gateway.errors import Code, RequestError
from gateway.hidden import read_as_seen
from gateway.policy.limits import Excess, LimitError
from gateway.request.model import Asking


@pytest.mark.parametrize(
    ("limit", "code"),
    [("planning", "GRAPHQL_VALIDATION_FAILED"), ("depth", "MAX_DEPTH_LIMIT")],
)
def test_what_would_take_long_to_say_once_more_is_said_in_short(
    monkeypatch: pytest.MonkeyPatch, limit: str, code: str
) -> None:
    """It is read on the loop: a document that is slow to read would be so each time."""
    times = []

    def reads(_seen: object, _text: str, _name: object, within: float) -> None:
        times.append(within)
        codes = {"planning": Code.PLANNING_TIME_LIMIT, "depth": Code.MAX_DEPTH_LIMIT}
        raise LimitError(Excess(limit, codes[limit], "is too much", 2, 1, "It"))

    monkeypatch.setattr("gateway.hidden.read_operation", reads)
    generation: Any = SimpleNamespace(seen_by=lambda _: None)
    nobody: Any = None
    with pytest.raises(RequestError) as refused:
        read_as_seen(generation, nobody, Asking("{ a }", None, {}), named=False)
    assert (refused.value.code, times) == (code, [0.01])
