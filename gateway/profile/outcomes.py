"""What of a request decides what its caller is offered: names, flags, truths.

In charge of evaluating that once a request, and of nothing else of it. Must never
choose among profiles.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypeAlias

from gateway.expression import EvaluationError, Expression
from gateway.profile.model import Family, Hiding, Matching
from gateway.record import Model
from gateway.request.model import RequestContext

Outcome: TypeAlias = tuple[object, ...]
"""Tenant and client as far as some profile names them, then flags, then truths."""


class Asks(Model, frozen=True):
    """Everything that some profile or hiding wants to know of a request."""

    tenants: frozenset[str]
    clients: frozenset[str]
    flags: tuple[str, ...]
    conditions: tuple[Expression, ...]

    def outcome(self, request: RequestContext) -> Outcome:
        """What of the request matters here, and nothing else of it."""
        tenant, client = request.tenant, request.client
        found: list[object] = [
            tenant if tenant in self.tenants else None,
            client if client in self.clients else None,
        ]
        if self.flags:
            flags = request.flags
            for name in self.flags:
                value = flags.get(name)
                found.append(value if value is True or value is False else None)
        if self.conditions:
            scope = request.surroundings
            found += [is_true(one, scope) for one in self.conditions]
        return tuple(found)

    def supposed(self, outcome: Outcome, when: str | None) -> Outcome:
        """The same request, for which the condition of this text is true."""
        before = outcome[: 2 + len(self.flags)]
        truths = outcome[2 + len(self.flags) :]
        both = zip(self.conditions, truths, strict=True)
        return (*before, *(truth or one.text == when for one, truth in both))

    def holds(self, match: Matching | None, outcome: Outcome) -> bool:
        """Whether all of a `match` holds. One without any is for nobody else."""
        if match is None:
            return False
        if match.tenants and outcome[0] not in match.tenants:
            return False
        if match.clients and outcome[1] not in match.clients:
            return False
        known: Mapping[str, object] = dict(zip(self.flags, outcome[2:], strict=False))
        if any(known[name] is not value for name, value in match.flags.items()):
            return False
        return match.when is None or self.is_true(match.when, outcome)

    def is_true(self, condition: Expression, outcome: Outcome) -> bool:
        if not outcome:
            return False
        truths = outcome[2 + len(self.flags) :]
        return truths[self.conditions.index(condition)] is True


def is_true(condition: Expression, scope: Mapping[str, object]) -> bool:
    """Whether a condition holds; one that cannot be evaluated does not."""
    try:
        return condition(scope) is True
    except EvaluationError:
        return False


def asks_of(families: Iterable[Family], hidings: Iterable[Hiding]) -> Asks:
    matches = [one.match for f in families for one in f.candidates if one.match]
    whens = [match.when for match in matches if match.when is not None]
    return Asks(
        frozenset(name for match in matches for name in match.tenants),
        frozenset(name for match in matches for name in match.clients),
        tuple(sorted({name for match in matches for name in match.flags})),
        tuple(dict.fromkeys((*whens, *(one.condition for one in hidings)))),
    )
