"""A rule, and what it is held against. All frozen."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import TypeAlias

from gateway.errors import Severity
from gateway.expression import Expression, Template
from gateway.record import Model
from gateway.values import SourceSpan


class Over(StrEnum):
    """What a rule is about: it is held against each of them."""

    PROFILE = "profile"
    STEP = "step"
    FIELD = "field"
    SOURCE = "source"


Known: TypeAlias = Mapping[Over, Mapping[str, frozenset[str]]]
"""The words that a rule may read, by what it is over, and what each of them has."""


class Rule(Model, frozen=True):
    """``check`` must be true wherever ``when`` is.

    ``exempt`` are patterns of names (``customer360.*``) that it is not held against.
    ``span`` is where the rule itself stands.
    """

    name: str
    over: Over
    check: Expression
    severity: Severity
    span: SourceSpan
    when: Expression | None = None
    message: Template | None = None
    hint: str | None = None
    exempt: tuple[str, ...] = ()


class Subject(Model, frozen=True):
    """One thing that rules are held against.

    ``name`` is what people call it: ``customer360.fraud``. ``facts`` are what
    expressions read. ``place`` gives where a key of it is written, or itself where
    nobody wrote that key.
    """

    over: Over
    name: str
    facts: Mapping[str, object]
    place: Callable[[str], SourceSpan]
