"""Which requests a profile serves, as compiled. Frozen; holds nothing of a request."""

from __future__ import annotations

from collections.abc import Mapping

from gateway.expression import Expression
from gateway.expression.regions import meet
from gateway.record import Model, field


class Matching(Model, frozen=True):
    """The requests that a profile serves: those for which all of it holds.

    Empty ``tenants`` and ``clients`` are any.
    """

    tenants: frozenset[str] = frozenset()
    clients: frozenset[str] = frozenset()
    flags: Mapping[str, bool] = field(default_factory=dict)
    when: Expression | None = None

    def meets(self, other: Matching) -> bool:
        """Whether there may be a request for which both hold."""
        if _apart(self.tenants, other.tenants) or _apart(self.clients, other.clients):
            return False
        both = self.flags.keys() & other.flags.keys()
        if any(self.flags[name] is not other.flags[name] for name in both):
            return False
        if self.when is None or other.when is None:
            return True
        ours, theirs = self.when.region.boxes, other.when.region.boxes
        return any(meet(a, b) is not None for a in ours for b in theirs)


def _apart(one: frozenset[str], other: frozenset[str]) -> bool:
    return bool(one and other) and one.isdisjoint(other)
