"""A step of objects while its calls are under way.

In charge of hearing of their ends, and of telling once that all are over. What a call
says is for those who ask: `joining` and `batching`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

from gateway.execution.attempt import Tally
from gateway.execution.calls.sharing import Flight
from gateway.execution.model import Join, Ok, Provenance, StepResult
from gateway.plan.model import PlannedStep

if TYPE_CHECKING:
    from gateway.execution.at_work import AtWork


@dataclass(slots=True, eq=False)
class Awaiting(ABC):
    """One entity step at work; ``over`` is told once of what it came to."""

    planned: PlannedStep
    work: AtWork
    tally: Tally
    over: Callable[[StepResult], None] | None
    flying: dict[int, tuple[Flight[Any], Callable[[Flight[Any]], None]]] = field(
        default_factory=dict
    )

    @abstractmethod
    def begin(self) -> None:
        """Ask for all parents. Who has begun it has it `tell`, too."""

    @property
    def join(self) -> Join:
        join = self.tally.join
        assert join is not None, "it has begun"  # noqa: S101
        return join

    @property
    def is_busy(self) -> bool:
        """Whether calls have not all begun."""
        return False

    def tell(self) -> None:
        """Say that it is over, if it is."""
        if not self.flying and not self.is_busy:
            self.end(Ok(self.join, Provenance.UPSTREAM))

    def end(self, result: StepResult) -> None:
        """It has come to this."""
        over = self.over
        self.leave()
        if over is not None:
            over(result)

    def leave(self) -> None:
        """Nobody wants to know any more."""
        self.over = None
        if self.flying:
            flying = list(self.flying.values())
            self.flying.clear()
            for flight, heard in flying:
                flight.leave(heard)

    def wait(self, asked: object, flight: Flight[Any]) -> Callable[[], None]:
        """Let `came` be told what a flight comes to; what begins to listen."""
        heard = partial(self._heard, asked)
        self.flying[id(asked)] = flight, heard
        return partial(flight.join, self.work.deadlines[self.planned.root], heard)

    @abstractmethod
    def came(self, asked: Any, value: Any) -> None:
        """What a call came to."""

    def _heard(self, asked: object, flight: Flight[Any]) -> None:
        if self.flying.pop(id(asked), None) is None:
            return  # a neighbour that heard before broke their root, and it was left
        error = flight.error
        try:
            if error is None:
                self.came(asked, flight.value)
        except Exception as bug:  # noqa: BLE001 - a bug of ours must not hang a request
            error = bug
        if error is None:
            self.tell()
        else:
            self.end(self.work.crashed(self.planned, error))
