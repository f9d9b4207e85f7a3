"""Which profile serves a request, why no other does, and where its keys are from.

In charge of the account of a choice, for those who may know steps. Must never decide
one: `resolve` does.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence

from gateway.expression import EvaluationError, Expression
from gateway.profile.inheriting import Inherited, inherited
from gateway.profile.model import Audience, Candidate, Family, Matching, Profile, Step
from gateway.profile.resolve import Resolver
from gateway.profile.source import Document
from gateway.profile.telling import Line, lines_of, origins_of
from gateway.record import Model, field
from gateway.request.model import RequestContext
from gateway.values import JsonValue

Trees = Mapping[tuple[str, str], Document]
"""What profiles were compiled from, by operation and profile name."""


class Condition(Model, frozen=True):
    """One part of a `match`: as written, the request's own value, whether it holds."""

    key: str
    wanted: JsonValue
    found: JsonValue
    holds: bool


class Verdict(Model, frozen=True):
    """What became of one profile of the operation. ``why`` says so in words."""

    name: str
    at: str
    priority: int
    chosen: bool
    why: str
    conditions: tuple[Condition, ...] = ()

    def as_json(self) -> dict[str, JsonValue]:
        conditions = [
            {"key": c.key, "wanted": c.wanted, "found": c.found, "holds": c.holds}
            for c in self.conditions
        ]
        return {
            "profile": self.name,
            "at": self.at,
            "priority": self.priority,
            "chosen": self.chosen,
            "why": self.why,
            "match": conditions,
        }


class Explanation(Model, frozen=True):
    """The account of one operation for one request.

    ``profile`` is None where none serves it. ``hidden`` are the coordinates that the
    caller does not see.
    """

    operation: str
    profile: Profile | None
    verdicts: tuple[Verdict, ...]
    hidden: tuple[str, ...]
    inherited: tuple[Inherited, ...] = ()
    lines: tuple[Line, ...] = ()
    origins: Mapping[str, str] = field(default_factory=dict)

    def as_json(self) -> dict[str, JsonValue]:
        """The same for tools."""
        profile = self.profile
        return {
            "operation": self.operation,
            "profile": named(profile) if profile else None,
            "owner": profile.owner if profile else None,
            "candidates": [verdict.as_json() for verdict in self.verdicts],
            "hidden": list(self.hidden),
            "inherited": [
                {
                    "step": one.step,
                    "from": one.origin,
                    "policy": str(one.span),
                    "declassified": one.lifted,
                }
                for one in self.inherited
            ],
            "merged": "\n".join(line.text for line in self.lines),
            "origins": dict(self.origins),
            "steps": {n: known_by(s) for n, s in profile.steps.items()}
            if profile
            else {},
        }


def named(profile: Profile) -> dict[str, JsonValue]:
    """An effective profile as plans and accounts name it."""
    return {
        "name": profile.name,
        "file": profile.span.file,
        "digest": profile.digest,
    }


def known_by(step: Step) -> dict[str, JsonValue]:
    """What the key of a step's call is made of: who is given whose reply."""
    scope = step.cache.scope.value if step.cache else "tenant"
    parts = ["source", "the call as rendered"]
    if scope != "public":
        parts.append("tenant")
    if scope == "caller":
        parts.append("caller")
    return {
        "source": step.source,
        "shared": step.share.value,
        "key": parts,
        "cached": step.cache is not None,
        "held": step.held.shown() if step.held else None,
    }


def explain(
    operation: str,
    request: RequestContext,
    audience: Audience,
    resolver: Resolver | None,
    trees: Trees,
) -> Explanation | None:
    """The account of an operation; None where there is none such for anybody.

    The audience's entities are those of types that the operation leads to.
    """
    profile = audience.profiles.get(operation)
    family = _family(operation, resolver)
    if profile is None and family is None and operation not in audience.unavailable:
        return None
    verdicts = tuple(_verdicts(family, request)) if family else ()
    tree = trees.get((operation, profile.name)) if profile else None
    lines = tuple(lines_of(tree)) if tree else ()
    origins = dict(origins_of(tree)) if tree else {}
    hidden = tuple(sorted(audience.hidden))
    of = tuple(inherited(profile, audience.entities)) if profile else ()
    return Explanation(operation, profile, verdicts, hidden, of, lines, origins)


def _family(operation: str, resolver: Resolver | None) -> Family | None:
    families = resolver.families if resolver else ()
    return next((one for one in families if one.operation == operation), None)


def _verdicts(family: Family, request: RequestContext) -> Iterator[Verdict]:
    """Every profile of the operation, the one that wins first in their order."""
    winner: str | None = None
    for one in family.candidates:
        conditions = tuple(_conditions(one.match, request)) if one.match else ()
        held = all(condition.holds for condition in conditions)
        chosen = winner is None and held
        if chosen:
            winner = one.name
        yield Verdict(
            one.name,
            str(one.span),
            one.priority,
            chosen,
            _why(one, conditions, winner, chosen=chosen),
            conditions,
        )


def _why(
    one: Candidate,
    conditions: Sequence[Condition],
    winner: str | None,
    *,
    chosen: bool,
) -> str:
    if chosen and one.profile is None:
        return "it matches, and no version of its file can serve"
    if chosen and one.match is None:
        return "no other profile matches"
    if chosen:
        return "it matches"
    failed = [c for c in conditions if not c.holds]
    if failed:
        return "; ".join(
            f"{c.key} is {_said(c.found)}, not {_said(c.wanted)}" for c in failed
        )
    if one.match is None:
        return f"{winner} matches"
    return f"{winner} matches too, and goes before it"


def _said(value: JsonValue) -> str:
    if isinstance(value, list):
        return " or ".join(map(str, value))
    return str(value) if isinstance(value, str) else json.dumps(value)


def _conditions(match: Matching, request: RequestContext) -> Iterator[Condition]:
    if match.tenants:
        yield _among("tenant", match.tenants, request.tenant)
    if match.clients:
        yield _among("client", match.clients, request.client)
    for name, wanted in match.flags.items():
        found = request.flags.get(name)
        yield Condition(f"flags.{name}", wanted, found, holds=found is wanted)
    if match.when is not None:
        found, holds = _truth(match.when, request)
        yield Condition(
            f"when: {match.when.text}", wanted=True, found=found, holds=holds
        )


def _among(key: str, names: frozenset[str], found: str | None) -> Condition:
    return Condition(key, sorted(names), found, holds=found in names)


def _truth(when: Expression, request: RequestContext) -> tuple[JsonValue, bool]:
    try:
        found = when(request.surroundings)
    except EvaluationError as error:
        return f"an error ({error.message})", False
    return found is True, found is True
