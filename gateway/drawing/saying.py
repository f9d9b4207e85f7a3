"""What is said of a step: its state, its times, why it did not run. In words.

In charge of the words. Must never guess a time: what was not measured is called so.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from gateway.drawing.model import Measured, State
from gateway.drawing.shown import StepShown

_CAME: Final[Mapping[str, State]] = {
    "cache": State.CACHED,
    "stale": State.STALE,
    "fallback": State.FALLBACK,
}
_STATES: Final[Mapping[str, State]] = {
    "planned": State.PLANNED,
    "conditional": State.CONDITIONAL,
    "held": State.HELD,
    "failed": State.FAILED,
    "skipped": State.SKIPPED,
}
_WHY: Final[Mapping[str, str]] = {
    "not_selected": "not selected",
    "flag_off": "a flag is off",
    "condition_false": "its condition is false",
    "only_on_failure": "only on failure",
    "denied": "denied by a policy",
    "held": "held back by operators",
    "condition": "its condition is false",
    "answered": "another answered",
    "dependency": "what it needs failed",
    "input": "an input is missing",
    "budget": "no calls left",
}
_IN_SECONDS: Final = 10_000
_WHOLE: Final = 10
"""Milliseconds from which on nobody needs a fraction."""


def why(reason: str) -> str:
    """A reason's code in words; another's code as it stands."""
    return _WHY.get(reason, reason)


def many(count: int, what: str) -> str:
    """A number of things."""
    return f"{count:,} {what}" if count == 1 else f"{count:,} {what}s"


def ms(milliseconds: float) -> str:
    """A time as people say it."""
    if milliseconds >= _IN_SECONDS:
        return f"{round(milliseconds / 1000, 1):g} s"
    whole = milliseconds >= _WHOLE or not milliseconds
    return f"{milliseconds:.0f} ms" if whole else f"{milliseconds:.2g} ms"


def took(measured: Measured | None) -> str:
    """How long it takes, in words; nothing where nothing is known."""
    if measured is None:
        return ""
    if measured.p50 is not None and measured.p95 is not None:
        return f"p50 {ms(measured.p50)}, p95 {ms(measured.p95)}"
    return (
        "" if measured.bound is None else f"not measured, at most {ms(measured.bound)}"
    )


def state_of(step: StepShown) -> State:
    """How a step stands."""
    if step.status == "ok":
        return _CAME.get(step.provenance or "", State.OK)
    return _STATES[step.status]


def says(step: StepShown, measured: Measured | None) -> str:
    """The line of a step's box."""
    if step.ran:
        return _came(step)
    if step.status == "conditional":
        return "if its condition holds"
    if step.status == "held":
        return "held: not called"
    if measured is not None and measured.p50 is None and measured.bound is not None:
        return f"at most {ms(measured.bound)}"
    timeout = "" if step.timeout_ms is None else f"timeout {ms(step.timeout_ms)}"
    return took(measured) or timeout


def _came(step: StepShown) -> str:
    state = state_of(step).value
    time = "" if step.elapsed_ms is None else f" in {ms(step.elapsed_ms)}"
    if step.status == "failed":
        return f"{state}: {step.code or 'no code'}{time}"
    if step.status == "skipped":
        return f"{state}: {why(step.reason or '')}"
    return f"{state}{time}"


def keys_said(step: StepShown) -> str:
    """What a step of objects asked, and the pages of a list; nothing of any other."""
    words = []
    keys = step.keys
    if keys is not None and not isinstance(keys, str):
        words += [
            many(keys.parents, "object"),
            many(keys.unique, "key"),
            many(keys.calls, "call"),
        ]
        hits = keys.hits.shared + keys.hits.cache
        words += [f"{hits:,} known already"] if hits else []
        words += [f"{keys.failed:,} failed"] if keys.failed else []
        words += [f"{keys.skipped:,} skipped"] if keys.skipped else []
    if step.pages is not None:
        cut = " (cut)" if step.pages.cut else ""
        words += [many(step.pages.asked, "page"), many(step.pages.rows, "row") + cut]
    return ", ".join(words)


def facts(step: StepShown, measured: Measured | None) -> Iterator[str]:
    """Everything that is known of a step, for whoever points at it."""
    yield step.id
    yield f"{step.type or 'step'} of {step.source or 'no source'}, {step.role}"
    if step.parents is not None:
        yield f"for each {step.parents}"
    if step.batch is not None:
        yield f"up to {many(step.batch.max, 'key')} a call"
    yield from _outcome(step)
    if took(measured):
        yield took(measured)
    if step.timeout_ms is not None:
        yield f"timeout {ms(step.timeout_ms)}"
    yield from (f"on failure: {rung}" for rung in step.fallback)
    if step.defined_at:
        yield step.defined_at


def _outcome(step: StepShown) -> Iterator[str]:
    yield state_of(step).value + (f": {why(step.reason)}" if step.reason else "")
    if step.code:
        yield f"code {step.code}"
    if step.because_of:
        yield f"because of {step.because_of}"
    if step.provenance:
        yield f"from {step.provenance}" + (f" by {step.by}" if step.by else "")
    if step.attempts is not None:
        yield many(step.attempts, "call")
    if keys_said(step):
        yield keys_said(step)
    if step.elapsed_ms is not None:
        yield f"took {ms(step.elapsed_ms)}"
