"""Where the planner stands while it walks a selection, and whose body it reads."""

from __future__ import annotations

import re

from gateway.conversion import Conversions
from gateway.expression import Expression, Reference
from gateway.held import Fields, Held, Holding
from gateway.plan.model import (
    AnswerOf,
    ConcatOf,
    Evaluate,
    FirstOf,
    Given,
    Hop,
    JoinOf,
    Parents,
    Read,
    Scope,
    Typed,
)
from gateway.profile.model import Names, Step, TypeBy
from gateway.record import Model, field, replace
from gateway.values import Path, StepId
from gateway.wanted import Selecting

_STEP = r"""\s*(?:\.\s*\??\s*[A-Za-z_]\w*|\[\??\s*(?:[0-9]+|"[^"]*"|'[^']*')\s*\])"""
_PATH = re.compile(rf"\s*[A-Za-z_]\w*(?:{_STEP})*\s*")


class Owner(Model, frozen=True):
    """Whose body the raw keys below a field belong to, and how it spells them."""

    names: Names = Names.VERBATIM
    type_by: TypeBy | None = None
    conversions: Conversions = field(default_factory=dict)
    selects: bool = False
    """Whether it is asked for no more than is read of it."""
    source: str | None = None
    held: Held | None = None
    """What objects in its answers have, where its source's schema is known."""
    besides: Fields = field(default_factory=dict)
    """What the objects at this place have besides."""

    @classmethod
    def of(cls, step: Step) -> Owner:
        selects, target = is_selecting(step), step.target
        made = cls(step.names, step.type_by, step.conversions, selects, step.source)
        if selects and isinstance(target, Holding):
            return replace(made, held=target.held, besides=target.besides)
        return made

    def within(self, type_name: str, name: str) -> Owner:
        """The same body, read below a field of an object of a type."""
        if self.held is None or not (self.held.provided or self.besides):
            return self
        more = self.held.provided.get((type_name, name), {})
        below = self.besides.get(name, {})
        return replace(self, besides={**below, **more})

    def key(self, name: str) -> str:
        return snake(name) if self.names is Names.SNAKE else name


class Place(Model, frozen=True):
    """A response path, the way there from the root, and whose body is read there.

    ``type`` is the concrete type of the object that fields are read of; empty at the
    root, where there is no object yet. ``on`` is that type where the object could have
    another one, too.
    """

    path: Path
    route: tuple[Hop, ...]
    owner: Owner
    type: str = ""
    on: str | None = None


def parents_at(here: Place) -> Parents | None:
    """The objects that a step at a place runs for; None where it is the root's."""
    return Parents(here.route, here.type, here.on) if here.type else None


def is_selecting(step: Step) -> bool:
    """Whether a step asks for no more of its answer than a plan reads."""
    return isinstance(step.target, Selecting) and step.target.selects


def steps_of(read: Read) -> frozenset[StepId]:
    """The steps that have to settle before a read can be made."""
    match read:
        case AnswerOf(step) | JoinOf(step):
            return frozenset({step})
        case Given(_, otherwise):
            return steps_of(otherwise)
        case FirstOf(steps) | ConcatOf(steps):
            return frozenset(steps)
        case Evaluate(scope=scope):
            return steps_of_scope(scope)
        case Typed(named, kinds):
            return frozenset({named.step, *(one.row.step for one in kinds.values())})
        case _:
            return frozenset()


def steps_of_scope(scope: Scope) -> frozenset[StepId]:
    """The steps that have to settle before a scope can be filled."""
    own = (steps_of(read) for read in (scope.own or {}).values())
    return frozenset(scope.steps.values()).union(*own)


def read_plainly(expression: Expression) -> Reference | None:
    """What an expression reads where it does nothing else; None where it computes."""
    if len(expression.references) == 1 and _PATH.fullmatch(expression.text):
        return expression.references[0]
    return None


def snake(name: str) -> str:
    """``partyId`` as a source with snake_case names spells it: ``party_id``."""
    return "".join(
        f"_{c.lower()}" if c.isupper() and i else c.lower() for i, c in enumerate(name)
    )
