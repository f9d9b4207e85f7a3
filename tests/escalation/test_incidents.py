"""When an incident begins and is over, by a time that is handed in."""

from __future__ import annotations

import pytest

from gateway.escalation.incidents import Incidents
from gateway.escalation.message import Message, State
from gateway.hold import Hold
from gateway.record import replace
from gateway.telemetry.events import StepWatched
from gateway.units import Rate
from tests.escalation.moments import ALARM, BAD, FRAUD, WELL, at, watching


def told(
    incidents: Incidents, *heard: tuple[float, StepWatched]
) -> list[tuple[float, str, State, int]]:
    """When which incident was told of, in which state, and how many it hurt."""
    return [
        (when, message.incident, message.state, message.hurt)
        for when, event in heard
        for message in incidents.heard(event, at(when))
    ]


def opened(incidents: Incidents) -> Message:
    """An incident that opens at noon and two seconds."""
    messages = [m for s in (0, 1, 2) for m in incidents.heard(BAD, at(s))]
    (message,) = messages
    return message


def test_the_last_of_so_many_failures_opens_one_incident() -> None:
    """Further failures only count."""
    incidents = watching()
    came = told(incidents, *((second, BAD) for second in range(100)))
    assert came == [(2, "i1", State.OPEN, 3)]
    assert incidents.open[FRAUD].hurt == 100


@pytest.mark.parametrize(("third", "opens"), [(59.9, True), (60.0, False)])
def test_failures_count_within_the_window_only(third: float, opens: bool) -> None:
    """What was a whole window ago is no part of it."""
    came = told(watching(), (0, BAD), (30, BAD), (third, BAD))
    assert bool(came) is opens


def test_answers_between_failures_do_not_hide_them() -> None:
    """Three of six requests are hurt; that is what the window counts."""
    came = told(watching(), *((s, (WELL, BAD)[s % 2]) for s in range(6)))
    assert came == [(5, "i1", State.OPEN, 3)]


def test_an_open_incident_says_what_failed_since_when_and_whom_to_ask() -> None:
    """Since the first failure of the window, not since the last one."""
    assert opened(watching()).as_json() == {
        "incident": "i1",
        "state": "open",
        "operation": "customer",
        "step": "fraud",
        "source": "core",
        "failure": {
            "code": "UPSTREAM_STATUS",
            "status": 503,
            "message": "The source answered with status 503.",
        },
        "owner": {
            "team": "servicing",
            "runbook": "https://wiki.invalid/customer",
            "contact": None,
        },
        "since": "2026-01-01T12:00:00.000Z",
        "until": None,
        "hurt": 3,
        "reason": None,
        "held": None,
        "process": "host:1",
    }


def test_an_answer_ends_no_incident_before_a_whole_window_is_quiet() -> None:
    """Answered at 10, quiet since 2: over at 62, whether or not anybody asks then."""
    incidents = watching()
    opened(incidents)
    assert incidents.due is None
    assert told(incidents, (10, WELL), (20, WELL)) == []
    assert incidents.due == at(62).now
    assert incidents.passed(at(61.9)) == ()
    (message,) = incidents.passed(at(62))
    assert (message.state, message.hurt, str(message.reason)) == (
        State.RESOLVED,
        3,
        "answered",
    )
    assert message.as_json()["until"] == "2026-01-01T12:00:10.000Z"
    assert (incidents.open, incidents.due) == ({}, None)


def test_silence_is_no_answer() -> None:
    """Nobody asks for the step for an hour: nobody knows whether it works."""
    incidents = watching()
    opened(incidents)
    assert incidents.passed(at(3_600)) == ()
    assert told(incidents, (3_601, WELL)) == [(3_601, "i1", State.RESOLVED, 3)]


def test_an_answer_before_the_last_failure_is_none() -> None:
    """Answered at 10, failed at 20, and nobody asked again."""
    incidents = watching()
    opened(incidents)
    assert told(incidents, (10, WELL), (20, BAD)) == []
    assert incidents.due is None
    assert incidents.passed(at(3_600)) == ()


def test_another_alarm_begins_to_count_anew() -> None:
    """Two failures on the way to three are none on the way to two in a second."""
    incidents = watching()
    told(incidents, (0, BAD), (0, BAD))
    incidents.watch({FRAUD: replace(ALARM, after=Rate(2, 1.0))}, at(0.1))
    assert told(incidents, (0.2, BAD)) == []
    assert told(incidents, (0.3, BAD)) == [(0.3, "i1", State.OPEN, 2)]


def test_a_step_that_flaps_has_one_incident() -> None:
    """A failure every 50 s and answers between: never a whole window quiet."""
    incidents = watching()
    opened(incidents)
    flapping = [(2 + s, BAD if s % 50 == 0 else WELL) for s in range(10, 1_001, 10)]
    assert told(incidents, *flapping) == []
    assert incidents.open[FRAUD].hurt == 3 + 20


def test_the_next_incident_is_another() -> None:
    """What ended the last one does not count for it."""
    incidents = watching()
    opened(incidents)
    came = told(incidents, (62, WELL), (63, BAD), (64, BAD), (65, BAD))
    assert came == [(62, "i1", State.RESOLVED, 3), (65, "i2", State.OPEN, 3)]


def test_a_failure_after_the_quiet_window_is_of_the_next_incident() -> None:
    """Also where nobody looked in between."""
    incidents = watching()
    opened(incidents)
    came = told(incidents, (10, WELL), (70, BAD))
    assert came == [(70, "i1", State.RESOLVED, 3)]
    assert incidents.open == {}


def test_alarms_do_not_mix() -> None:
    """Each step has its own window and its own incident."""
    other = replace(ALARM, step="risk")
    incidents = watching(ALARM, other)
    bad = replace(BAD, step="customer.risk")
    came = told(incidents, (0, BAD), (1, bad), (2, BAD), (3, bad), (4, bad))
    assert came == [(4, "i1", State.OPEN, 3)]
    assert list(incidents.open) == ["customer.risk"]


def test_an_incident_outlives_a_reload() -> None:
    """The same step with the same alarm goes on where it was."""
    incidents = watching()
    told(incidents, (0, BAD), (1, BAD))
    assert incidents.watch({FRAUD: ALARM}, at(2)) == ()
    assert told(incidents, (3, BAD)) == [(3, "i1", State.OPEN, 3)]
    changed = replace(ALARM, after=Rate(9, 10.0))
    assert incidents.watch({FRAUD: changed}, at(4)) == ()
    assert told(incidents, (13, WELL)) == [(13, "i1", State.RESOLVED, 3)]


def test_a_removed_alarm_ends_its_incident() -> None:
    """Whoever was told that it is open is told that nobody watches it any more."""
    incidents = watching()
    opened(incidents)
    (message,) = incidents.watch({}, at(30))
    assert (message.incident, message.state, str(message.reason)) == (
        "i1",
        State.RESOLVED,
        "removed",
    )
    assert message.alarm == ALARM
    assert told(incidents, *((40 + n, BAD) for n in range(9))) == []


def test_the_end_of_the_process_calls_off_what_is_open() -> None:
    """An incident that nobody can end would stay for ever."""
    incidents = watching()
    assert incidents.stopped(at(0)) == ()
    opened(incidents)
    (message,) = incidents.stopped(at(30))
    assert (message.state, str(message.reason)) == (State.RESOLVED, "stopped")
    assert incidents.open == {}


def test_a_step_of_a_type_is_named_by_its_type() -> None:
    """In place of the operation."""
    alarm = replace(ALARM, kind="entity", of="Account", owner=None)
    incidents = watching(alarm)
    bad = replace(BAD, step="Account.fraud")
    (message,) = [m for s in (0, 1, 2) for m in incidents.heard(bad, at(s))]
    said = message.as_json()
    assert ("operation" in said, said["entity"], said["owner"]) == (
        False,
        "Account",
        None,
    )


def test_a_hold_ends_the_incident_and_says_whose_it_is() -> None:
    """Nobody is hurt any more; after it the step has to fail so often again."""
    incidents = watching()
    opened(incidents)
    hold = Hold("customer.fraud", "s", "u", "ada", "laptop", "INC-77")
    (message,) = incidents.watch({FRAUD: ALARM}, at(9), {FRAUD: hold})
    assert (message.state, str(message.reason)) == (State.RESOLVED, "held")
    said = {"hold": "customer.fraud", "until": "u", "by": "ada", "reason": "INC-77"}
    assert message.as_json()["held"] == said
    assert incidents.watch({FRAUD: ALARM}, at(10), {FRAUD: hold}) == ()
    assert incidents.open == {}
    assert opened(incidents).held is None
