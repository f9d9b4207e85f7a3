"""The process's own secrets, out of what it says."""

from __future__ import annotations

import pytest

from gateway.confided import Confided
from gateway.errors import ErrorClass, UpstreamError


@pytest.mark.parametrize(
    ("said", "left"),
    [
        ("no 'p w/\"1' here", "no '***' here"),
        ("?t=p%20w%2F%221&u=1", "?t=***&u=1"),
        (r'{"t":"p w/\"1"}', '{"t":"***"}'),
        ('k_p w/"1_k', "k_***_k"),
        ('up w/"12', 'up w/"12'),
    ],
)
def test_a_secret_is_taken_out_as_it_is_written_where_it_stands_alone(
    said: str, left: str
) -> None:
    """Plainly, in URLs and in JSON; not in the midst of a longer word."""
    known = Confided()
    known.learn(['p w/"1', "abc"])
    assert known.without(said) == left
    assert known.without("abc") == "abc"


def test_the_oldest_secrets_are_forgotten_and_what_is_learnt_again_is_not() -> None:
    """However many tokens are fetched, so many are known."""
    known = Confided()
    known.learn(f"secret{number}" for number in range(1_000))
    known.learn(["secret1", "another"])
    assert known.without("secret1 another secret0") == "*** *** secret0"
    assert repr(known) == "<Confided 1000>"


def test_a_failure_tells_no_secret_whoever_says_its_detail_and_when(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """There is one place in which details are kept."""
    known = Confided()
    known.learn(["hush-hush"])
    monkeypatch.setattr("gateway.errors.CONFIDED", known)
    error = UpstreamError("No.", kind=ErrorClass.STATUS, detail="by hush-hush")
    assert error.detail == "by ***"
    error.detail = "again hush-hush"
    assert error.detail == "again ***"
