"""What went wrong decides the status, whatever its profile calls it."""

from __future__ import annotations

import httpx
import pytest

from tests.doors.rest.test_rest import problem


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/failing?how=404", 502, "UPSTREAM_STATUS"),
        ("/failing?how=429", 502, "UPSTREAM_STATUS"),
        ("/failing?how=503", 502, "UPSTREAM_STATUS"),
        ("/failing?how=text", 502, "UPSTREAM_INVALID"),
        ("/failing?how=hang", 504, "UPSTREAM_TIMEOUT"),
        ("/failing?how=..", 422, "STEP_INPUT"),
        ("/called?how=404", 502, "CARD_SYSTEM"),
        ("/called?how=hang", 504, "CARD_SYSTEM"),
        ("/called?how=..", 422, "CARD_SYSTEM"),
        ("/spoiled?how=", 500, "CARD_SYSTEM"),
        ("/lacking?id=p", 500, "NO_DESK"),
    ],
)
def test_the_status_is_of_the_kind_of_the_failure(
    office: httpx.Client, path: str, status: int, code: str
) -> None:
    """By fault: the caller's, the profile's, a source's, a limit's, or of the time."""
    assert problem(office.get(path))[:2] == (status, code)


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/anyone?id=nobody", 404),
        ("/failing?how=null", 404),
        ("/operations/both?one=nobody&how=null", 404),
        ("/operations/both?one=nobody&how=404", 502),
        ("/operations/both?one=nobody&how=hang", 504),
    ],
)
def test_only_what_is_absent_is_404(
    office: httpx.Client, path: str, status: int
) -> None:
    """Where anything failed, nobody knows whether it is there."""
    assert problem(office.get(path))[0] == status
