"""Keys that one call asks for, and what its reply means for each of them. Pure.

In charge of hearing of the call where nobody has to wait for anything else. Must never
decide which keys are asked.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from gateway.errors import InternalError
from gateway.execution.attempt import Prepared, Sent, concluded
from gateway.execution.calls.asked import KeyText, Outcomes
from gateway.execution.calls.sending import sent
from gateway.execution.calls.sharing import Flight, Landed
from gateway.execution.model import Ok, StepResult
from gateway.execution.objects.rows import (
    Rows,
    founds,
    founds_by_text,
    rows_by_key,
)
from gateway.profile.model import Batch, Step
from gateway.record import Struct


class Lot(Struct, eq=False):
    """Some keys of a step, with the call for them. ``flight`` comes to their outcomes.

    ``shared``: the call is another's.
    """

    step: Step
    keys: Iterable[KeyText]
    ready: Prepared
    flight: Flight[Outcomes]
    shared: bool = False

    def heard(self, call: Flight[Landed]) -> None:
        """The call is over."""
        error = call.error
        try:
            outcomes = None if call.value is None else self.outcomes(call.value)
        except Exception as bug:  # noqa: BLE001 - whoever waits tells of our own bugs
            error, outcomes = bug, None
        if outcomes is None:
            self.flight.crash(error or InternalError("a call came to nothing"))
        else:
            self.flight.land(outcomes)

    def outcomes(self, landed: Landed) -> Outcomes:
        """What the call came to, for each key."""
        return self.told(sent(landed, shared=self.shared))

    def told(self, came: Sent) -> Outcomes:
        """The same of what was said in place of a call."""
        return told(self.step, self.keys, came, self.ready.scope)


def told(
    step: Step,
    keys: Iterable[KeyText],
    came: Sent,
    scope: Mapping[str, object] = MappingProxyType({}),
) -> Outcomes:
    """What a batch's call came to, for each of its keys."""
    batch = step.batch
    assert batch is not None, "only batches ask for keys"  # noqa: S101
    result = concluded(step, came, scope)
    usual = founds_by_text(keys, result, batch)
    if usual is not None:
        return usual
    return outcomes_of(keys, result, rows_of(result, batch), batch)


def rows_of(result: StepResult, batch: Batch) -> Rows | StepResult:
    """The rows of each key that a result has; what it is where it has none."""
    return rows_by_key(result.value, batch) if isinstance(result, Ok) else result


def outcomes_of(
    keys: Iterable[KeyText], result: StepResult, rows: Rows | StepResult, batch: Batch
) -> Outcomes:
    """Each key's own: its rows, or the failure that is all keys'."""
    if isinstance(rows, Mapping) and isinstance(result, Ok):
        return founds(keys, rows, batch, result.provenance)
    return all_alike(keys, rows)  # type: ignore[arg-type]


def all_alike(keys: Iterable[KeyText], result: StepResult) -> Outcomes:
    """One outcome for all keys."""
    return dict.fromkeys(keys, result)


def by_flight(
    flying: Mapping[KeyText, Flight[Outcomes]],
) -> list[tuple[Flight[Outcomes], list[KeyText]]]:
    """The flights of some keys, each with its keys."""
    alone = set(map(id, flying.values()))
    if len(alone) == 1:  # as of most batches
        return [(next(iter(flying.values())), list(flying))]
    found: dict[int, tuple[Flight[Outcomes], list[KeyText]]] = {}
    for text, flight in flying.items():
        found.setdefault(id(flight), (flight, []))[1].append(text)
    return list(found.values())
