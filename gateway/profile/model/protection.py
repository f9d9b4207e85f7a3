"""Fields that not everybody may read, by SDL tags and `policies`, as compiled.

All frozen; interfaces and unions are resolved to the objects that they can be. Must
never hold anything of a request.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from enum import IntEnum
from typing import TYPE_CHECKING

from gateway.profile.model.policies import Guard
from gateway.record import Model, field
from gateway.values import Coordinate, SourceSpan

if TYPE_CHECKING:  # it has profiles, which have this
    from gateway.profile.model.variants import Hiding


class Deny(IntEnum):
    """What those see who may not read a field; the strictest first."""

    HIDE = 0
    ERROR = 1
    NULL = 2
    MASK = 3


class TagRule(Model, frozen=True):
    """One entry of ``policies``; a mask leaves the last ``keep`` characters."""

    tag: str
    guard: Guard
    deny: Deny = Deny.MASK
    keep: int = 0


class Protection(Model, frozen=True):
    """The rules of each field under a tag, and the fields whose reading is recorded.

    ``hidings`` are those of which some callers know nothing. ``digest`` stands for all
    of it.
    """

    fields: Mapping[Coordinate, tuple[TagRule, ...]] = field(default_factory=dict)
    audited: frozenset[Coordinate] = frozenset()
    hidings: tuple[Hiding, ...] = ()
    digest: str = ""

    def denied(self, closed: Collection[SourceSpan]) -> Mapping[Coordinate, TagRule]:
        """The rule that holds for each field one of whose policies is ``closed``."""
        found = {}
        for at, rules in self.fields.items() if closed else ():
            rule = strictest(one for one in rules if one.guard.span in closed)
            if rule is not None:
                found[at] = rule
        return found


def strictest(rules: Iterable[TagRule | None]) -> TagRule | None:
    """The rule that shows least; None where there is none."""
    holding = [rule for rule in rules if rule is not None]
    return min(holding, key=lambda rule: (rule.deny, rule.keep), default=None)


UNPROTECTED = Protection()
