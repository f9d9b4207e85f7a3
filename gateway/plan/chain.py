"""Steps one after another, and the seconds that they take at most.

In charge of what one step adds: every attempt takes its whole timeout, every pause
is as long as it gets. Must never decide which steps follow each other.
"""

from __future__ import annotations

from collections.abc import Iterable

from gateway.profile.model import Step
from gateway.record import Model


class Link(Model, frozen=True):
    """A step of a chain; all times are in seconds, and at most.

    ``pauses`` are those between its attempts, all together. ``timed`` says that
    somebody wrote the timeout. ``instead`` is the step that has failed before it.
    """

    name: str
    timeout: float
    attempts: int
    pauses: float
    timed: bool
    instead: str | None = None

    @property
    def seconds(self) -> float:
        return self.attempts * self.timeout + self.pauses


class Chain(Model, frozen=True):
    """Steps of which each starts when the one before is done."""

    links: tuple[Link, ...] = ()
    seconds: float = 0.0

    def then(self, link: Link) -> Chain:
        return Chain((*self.links, link), self.seconds + link.seconds)

    def has(self, name: str) -> bool:
        return any(link.name == name for link in self.links)

    @property
    def attempts(self) -> int:
        return sum(link.attempts for link in self.links)


START = Chain()


def link_of(step: Step, instead: str | None = None) -> Link:
    """A step with all the attempts that it may make."""
    retry = step.retry
    attempts = retry.attempts if retry else 1
    pauses = sum(retry.longest_pause(n) for n in range(1, attempts)) if retry else 0.0
    name = f"{step.fills}.{step.name}" if step.fills else step.name
    return Link(name, step.timeout, attempts, pauses, step.timed, instead)


def longest(chains: Iterable[Chain]) -> Chain:
    """The longest; of equally long ones the first."""
    return max(chains, key=lambda chain: chain.seconds, default=START)
