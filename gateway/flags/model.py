"""A flag as it is defined in a file: its default, and who gets another value.

All frozen, and pure. The words are OpenFeature's: a flag is resolved for an evaluation
context to a value, with a reason.
"""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from typing import NamedTuple, TypeAlias

from gateway.expression import EvaluationError, Expression
from gateway.record import Model
from gateway.values import JsonValue

FlagValue: TypeAlias = JsonValue
"""True or false, a text, a number, or a map."""
_FINE = 10_000
"""Shares of callers are told apart by hundredths of a percent."""


class FlagRule(Model, frozen=True):
    """Who gets ``value``: those for whom ``when`` is true, a ``share`` of them.

    The share (0 to 1) is by what ``by`` is for a caller, so that the same caller always
    is on the same side; one for whom that is null is on the other.
    """

    value: FlagValue
    when: Expression | None = None
    share: float | None = None
    by: Expression | None = None


class FlagDefinition(Model, frozen=True):
    """A flag: the first rule that holds says its value, else it is ``default``."""

    default: FlagValue
    rules: tuple[FlagRule, ...] = ()


class Resolved(NamedTuple):
    """``reason`` is OpenFeature's: STATIC, TARGETING_MATCH, SPLIT or DEFAULT."""

    value: FlagValue
    reason: str


def resolve(key: str, flag: FlagDefinition, scope: Mapping[str, object]) -> Resolved:
    """The flag's value for one request.

    Raises:
        EvaluationError: a condition reads what is not there.
    """
    if not flag.rules:
        return Resolved(flag.default, "STATIC")
    for rule in flag.rules:
        if rule.when is not None and rule.when(scope) is not True:
            continue
        if rule.share is None:
            return Resolved(rule.value, "TARGETING_MATCH")
        if _is_among(key, rule, rule.share, scope):
            return Resolved(rule.value, "SPLIT")
    return Resolved(flag.default, "DEFAULT")


def _is_among(
    key: str, rule: FlagRule, share: float, scope: Mapping[str, object]
) -> bool:
    known_by = rule.by(scope) if rule.by is not None else None
    if known_by is None:
        return False
    # By the flag's name too, or the same callers would be first with everything.
    hashed = sha256(f"{key}\0{known_by}".encode()).digest()
    return int.from_bytes(hashed[:8], "big") % _FINE < round(share * _FINE)


__all__ = [
    "EvaluationError",
    "FlagDefinition",
    "FlagRule",
    "FlagValue",
    "Resolved",
    "resolve",
]
