"""What feeds a subscription: the one step that is listened to, and what it may say.

In charge of where a step of type ``stream`` may stand. Must never decide what is
listened to; the step's own type does.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from gateway.errors import Problems
from gateway.profile.model import Entity, Step
from gateway.profile.steps import StepText
from gateway.record import replace
from gateway.request.model import OperationKind
from gateway.values import SourceSpan

STREAM: Final = "stream"
"""The type of a step that is not asked but listened to."""
_MEANINGLESS = ("retry", "fallback", "cache", "hedge", "batch", "escalate", "on_skip")
"""What is about asking: nothing asks a stream."""


def feeding(
    kind: OperationKind,
    steps: Mapping[str, Step],
    texts: Mapping[str, StepText],
    place: SourceSpan,
    problems: Problems,
) -> dict[str, Step]:
    """The steps, of which a subscription's stream always runs. Adds problems."""
    streams = [step for step in steps.values() if step.type == STREAM]
    if kind is not OperationKind.SUBSCRIPTION:
        for step in streams:
            problems.add(
                step.span,
                f"step {step.name!r} is listened to, and a {kind.value} only asks",
                hint="write 'kind: subscription', or ask a source",
            )
        return dict(steps)
    if not streams:
        message = "a subscription is fed by a step of type 'stream', and there is none"
        hint = "add - { name: ..., type: stream, source: ..., channel: ... }"
        problems.add(place, message, hint=hint)
    for step in streams[1:]:
        problems.add(
            step.span,
            f"{streams[0].name!r} feeds the subscription already",
            hint="make a subscription of each",
        )
    for step in streams[:1]:
        _check(step, texts[step.name], problems)
    always = {step.name: replace(step, always=True) for step in streams}
    return {**steps, **always}


def _check(step: Step, text: StepText, problems: Problems) -> None:
    """Nothing has run when listening begins, and nothing is asked."""
    others = sorted({*step.reads.steps, *step.after})
    if others:
        problems.add(
            step.span,
            f"step {step.name!r} feeds the subscription, so it cannot wait for "
            f"{others[0]!r}",
            hint="it reads arguments, 'request' and 'flags'",
        )
    for key in _MEANINGLESS:
        if key in text.document.model_fields_set:
            problems.add(
                text.written.span((key,), key=True),
                f"{key!r} is about a call, and step {step.name!r} is listened to",
                hint="remove it",
            )


def check_inner(entities: Iterable[Entity], problems: Problems) -> None:
    """A step of objects runs for each of them, and asks."""
    for entity in entities:
        for step in (*entity.steps.values(), *entity.lookups.values()):
            if step.type == STREAM:
                problems.add(
                    step.span,
                    f"step {step.name!r} is listened to, so it cannot run for each "
                    f"{entity.type}",
                    hint="only the root of a subscription has a step of type 'stream'",
                )
