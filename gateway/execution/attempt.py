"""One step for one parent: condition → inputs → call → what the reply comes to.

`prepare` and `concluded` decide and never wait; what is in between waits in `sending`
and decides nothing (httpcore's split). Failures are values from here on.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from types import MappingProxyType

from gateway.connectors.base import InputUse, Reply
from gateway.conversion import Sending
from gateway.errors import Code
from gateway.execution.calls.sayings import with_words
from gateway.execution.calls.sharing import Flight, Landed
from gateway.execution.model import (
    Failed,
    Failure,
    Join,
    Ok,
    Provenance,
    Skipped,
    SkipReason,
    StepResult,
)
from gateway.execution.reading import evaluated
from gateway.execution.tries import Try
from gateway.expression import ABSENT
from gateway.profile.model import Input, Step
from gateway.record import Record, Struct, field
from gateway.values import canonical

UNUSABLE_SEGMENTS = frozenset({"", ".", ".."})
"""Texts that would change the path in which they stand."""


class Prepared(Record, frozen=True):
    """A call that can be made: a value for every input.

    ``scope`` is what expressions about the reply read besides it. ``others`` are the
    inputs of the call that further attempts make, where that is another one and can be
    made.
    """

    inputs: Mapping[str, object]
    scope: Mapping[str, object] = MappingProxyType({})
    others: Mapping[str, object] | None = None

    @property
    def key(self) -> Hashable:
        """Equal for equal calls of one step."""
        asked = self.inputs if self.others is None else [self.inputs, self.others]
        return canonical(asked)


class Sent(Record, frozen=True):
    """What a call came to, where from, and after how many attempts."""

    reply: Reply | Failed | Skipped
    provenance: Provenance
    attempts: int = 1


class Tally(Struct):
    """What is known of a step under way, for when it is cut short.

    When it started, the calls it sent, and the flight it waits for last with the scope
    that its reply is read in; of an entity step what its parents came to so far.
    ``tries`` are the attempts that are recorded; those of one of its calls are noted
    with the ``whole`` step's.
    """

    started: float
    sent: int = 0
    flight: Flight[Landed] | None = None
    scope: Mapping[str, object] = field(default_factory=dict)
    join: Join | None = None
    tries: list[Try] | None = None
    whole: Tally | None = None


def prepare(step: Step, scope: Mapping[str, object]) -> Prepared | StepResult:
    """Decide from what is known whether the step calls, and with which values."""
    unwanted = unless_wanted(step, scope) if step.when is not None else None
    if unwanted is not None:
        return unwanted
    inputs = inputs_of(step, scope)
    if not isinstance(inputs, dict):
        return inputs
    others = other_inputs(step, scope) if step.retry is not None else None
    return Prepared(inputs, scope, others)


def unless_wanted(step: Step, scope: Mapping[str, object]) -> StepResult | None:
    """What the step comes to where its ``when`` is not true; None where it is."""
    if step.when is None:
        return None
    truth = evaluated(step.when.whole, scope)
    if isinstance(truth, Failed):
        return truth
    return None if truth is True else _condition(step, truth)


def inputs_of(
    step: Step, scope: Mapping[str, object]
) -> dict[str, object] | StepResult:
    """A value for every slot; what the step comes to where one cannot be used."""
    return _values(step.inputs, _spelled(step.sending, scope))


def other_inputs(step: Step, scope: Mapping[str, object]) -> dict[str, object] | None:
    """A value for every slot of the call that further attempts make instead.

    None where there is none, or where it could not be made.
    """
    if step.retry is None or step.retry.instead is None:
        return None
    instead = step.retry.instead
    inputs = _values(instead.inputs, _spelled(instead.sending, scope))
    return inputs if isinstance(inputs, dict) else None


def _spelled(
    sending: Sending | None, scope: Mapping[str, object]
) -> Mapping[str, object]:
    """What is sent has arguments in the source's spelling, where it has one."""
    return scope if sending is None else sending.spelled(scope)


def _values(
    slots: Mapping[str, Input], scope: Mapping[str, object]
) -> dict[str, object] | StepResult:
    inputs: dict[str, object] = {}
    for name, wanted in slots.items():
        value = scope.get(wanted.name) if wanted.name is not None else None
        if value.__class__ is str and value not in UNUSABLE_SEGMENTS:
            inputs[name] = value  # most inputs are text, as it stands
            continue
        value = _input(wanted, scope)
        if isinstance(value, Ok | Failed | Skipped):
            return value
        inputs[name] = value
    return inputs


def _condition(step: Step, truth: object) -> StepResult:
    if truth is False:
        return Skipped(SkipReason.CONDITION, stands_in=step.on_skip)
    message = f"'when' of step '{step.name}' is neither true nor false."
    return Failed(Failure(Code.EXPRESSION_ERROR, message))


def _input(wanted: Input, scope: Mapping[str, object]) -> object | StepResult:
    value = evaluated(wanted.value, scope)
    if isinstance(value, Failed):
        return value
    if value is ABSENT:
        value = None
    if value is None and "self" in wanted.value.roots:
        return Ok(None, Provenance.STATIC)  # a parent without the key has no child
    if wanted.use is InputUse.SEGMENT and (
        value is None or str(value) in UNUSABLE_SEGMENTS
    ):
        return Skipped(SkipReason.INPUT)
    return value


def concluded(step: Step, sent: Sent, scope: Mapping[str, object]) -> StepResult:
    """What a call means for the step: its failure, or what the reply says."""
    reply = sent.reply
    if isinstance(reply, Failed | Skipped):
        return reply
    if step.select is None and step.success_if is None and not step.on_status:
        return Ok(reply.body, sent.provenance)
    return _conclude(step, sent, reply, scope)


def _conclude(
    step: Step, sent: Sent, reply: Reply, scope: Mapping[str, object]
) -> StepResult:
    """What a reply means: a status that is an answer, a rejection, or its body."""
    if reply.status in step.on_status:
        return Ok(step.on_status[reply.status], sent.provenance)
    if step.success_if is None and step.select is None:
        return Ok(reply.body, sent.provenance)
    seen = {
        **scope,
        "response": {
            "status": reply.status,
            "headers": reply.headers,
            "body": reply.body,
        },
    }
    if step.success_if is not None:
        truth = evaluated(step.success_if, seen)
        if isinstance(truth, Failed):
            return truth
        if truth is not True:
            message = "The source's answer was not a success."
            failure = Failure(Code.UPSTREAM_REJECTED, message, sent.attempts)
            return Failed(with_words(failure, step.says, seen))
    if step.select is None:
        return Ok(reply.body, sent.provenance)
    value = evaluated(step.select, seen)
    return value if isinstance(value, Failed) else Ok(value, sent.provenance)
