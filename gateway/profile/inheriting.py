"""Whose policies a step is under because of what it reads; for people to see.

In charge of telling it before anybody asks. Must never decide about a request:
`plan.denying` does, of the plan, by the same reads.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from gateway.profile.model import Composite, Entity, FromStep, Profile, Step
from gateway.record import Model
from gateway.values import SourceSpan


class Inherited(Model, frozen=True):
    """``step`` is for those who may see ``origin``, whose policy stands at ``span``.

    ``lifted``: it says `declassify`, so that its answer is for others, too.
    """

    step: str
    origin: str
    span: SourceSpan
    lifted: bool


def inherited(profile: Profile, entities: Mapping[str, Entity]) -> list[Inherited]:
    """What each step of a profile inherits, by its own and the entity files' steps."""
    within = _Within(profile, entities)
    return [
        Inherited(name, origin, span, step.declassify)
        for name, step in within.steps.items()
        for origin, span in sorted(within.origins(name, frozenset()).items())
    ]


class _Within:
    """The steps that one operation can run, each by a name of its own."""

    def __init__(self, profile: Profile, entities: Mapping[str, Entity]) -> None:
        self.profile = profile
        self.steps: dict[str, Step] = dict(profile.steps)
        self.of: dict[str, str] = {}
        self.fills: dict[tuple[str, str], str] = {}
        own = profile.entities
        for entity in (
            *(e for n, e in entities.items() if n not in own),
            *own.values(),
        ):
            for name, step in entity.steps.items():
                # An entity's step may be named as one of the operation is.
                key = f"{entity.type}.{name}" if name in self.steps else name
                self.steps[key], self.of[key] = step, entity.type
                for filled in step.fields:
                    self.fills.setdefault((entity.type, filled), key)

    def origins(self, name: str, seen: frozenset[str]) -> dict[str, SourceSpan]:
        """The steps with a policy below a step, and where their policies stand."""
        found: dict[str, SourceSpan] = {}
        for read in self._reads(name):
            if read in seen or read == name:
                continue
            below = self.steps[read]
            if below.policy is not None:
                found[read] = below.policy.span
            if not below.declassify:
                found |= self.origins(read, seen | {name})
        return found

    def _reads(self, name: str) -> Iterator[str]:
        step, type_ = self.steps[name], self.of.get(name)
        for read in (*step.reads.steps, *sorted(step.after - step.reads.steps.keys())):
            beside = f"{type_}.{read}"
            if beside in self.steps or read in self.steps:
                yield beside if beside in self.steps else read
        for own in step.reads.own if type_ else ():
            filling = self.fills.get((type_ or "", own)) or self._root(type_, own)
            if filling is not None:
                yield filling

    def _root(self, type_: str | None, name: str) -> str | None:
        """The operation's own step that gives a field of its value."""
        if type_ != self.profile.returns or not isinstance(
            self.profile.root, Composite
        ):
            return None
        given = self.profile.root.fields.get(name)
        return given.step if isinstance(given, FromStep) else None
