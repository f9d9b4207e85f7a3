"""The chain of steps that decides how long an operation can take. Load time only.

In charge of finding it over everything that a client can select, with what stands in
for a step after that step has failed. Must never judge a time, nor see a request.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from gateway.plan.chain import START, Chain, Link, longest
from gateway.plan.graph import in_order
from gateway.profile.model import (
    ByKey,
    Composite,
    Concatenation,
    FirstAnswer,
    FromStep,
    OneStep,
    Profile,
    Provision,
    Step,
)

Counting = Callable[[Step, "str | None"], Link]
"""A step as a link; with the step that has failed before, where it stands in."""


@dataclass(slots=True)
class Roots:
    """The chains to the steps that run once for the operation.

    ``awake`` are the steps that some selection runs without any failure, each after
    those it needs; the others are needed only by what stands in for a step.
    """

    profile: Profile
    count: Counting
    awake: Mapping[str, None] = field(init=False)
    _known: dict[tuple[str, Chain, str | None], Chain] = field(default_factory=dict)

    def __post_init__(self) -> None:
        found = _awake(self.profile)
        before = {n: [*self._before(s)] for n, s in self.profile.steps.items()}
        self.awake = {name: None for name in in_order(before) if name in found}
        for name in self.awake:  # in this order no chain is long when it is asked for
            self.settled(name)

    def value(self) -> Chain:
        """Until the operation's own value is there; objects of it need no more."""
        match self.profile.root:
            case Composite():
                return START
            case OneStep(step) | ByKey(step):
                return self.settled(step)
            case FirstAnswer(steps) | Concatenation(steps=steps):
                return longest(map(self.settled, steps))

    def given(self, provision: Provision) -> Chain:
        """Until a field of the composite is there."""
        if isinstance(provision, FromStep):
            return self.settled(provision.step)
        return longest(map(self.settled, provision.reads.steps))

    def settled(
        self, name: str, begun: Chain = START, instead: str | None = None
    ) -> Chain:
        """Until the step has its result, its own or that of what stands in for it.

        It is asked for when `begun` is done; what runs in any case began before.
        """
        key = (name, begun, instead)
        if key not in self._known:
            self._known[key] = self._settled(name, begun, instead)
        return self._known[key]

    def _settled(self, name: str, begun: Chain, instead: str | None) -> Chain:
        if begun.has(name):  # it ran, and is not asked twice
            return begun
        step = self.profile.steps[name]
        before = (
            self.settled(other, START if other in self.awake else begun)
            for other in self._before(step)
        )
        done = longest((begun, *before)).then(self.count(step, instead))
        for rung in step.fallback:
            if isinstance(rung, str):
                done = self.settled(rung, done, name)
        return done

    def _before(self, step: Step) -> Iterator[str]:
        yield from step.reads.steps
        yield from sorted(step.after)
        root = self.profile.root
        if isinstance(root, FirstAnswer) and step.name in root.steps:
            yield from root.steps[: root.steps.index(step.name)]


def _awake(profile: Profile) -> set[str]:
    ahead = list(_wanted(profile))
    found: set[str] = set()
    while ahead:
        name = ahead.pop()
        if name in profile.steps and name not in found:
            found.add(name)
            step = profile.steps[name]
            ahead += (*step.reads.steps, *step.after)
    return found


def _wanted(profile: Profile) -> Iterator[str]:
    """What is run for its own sake: it gives something, or is waited for."""
    yield from (step.name for step in profile.steps.values() if step.always)
    if profile.null_if:
        yield from profile.null_if.reads.steps
    match profile.root:
        case OneStep(name) | ByKey(name):
            yield name
        case FirstAnswer(names) | Concatenation(steps=names):
            yield from names
        case Composite(fields):
            for given in fields.values():
                if isinstance(given, FromStep):
                    yield given.step
                else:
                    yield from given.reads.steps
    for entity in profile.entities.values():
        for step in entity.steps.values():
            yield from (*step.reads.steps, *step.after)
