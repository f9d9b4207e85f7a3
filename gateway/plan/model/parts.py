"""A plan's steps by the payloads of an answer that comes in parts. All frozen."""

from __future__ import annotations

from collections.abc import Mapping

from gateway.plan.model.plan import Plan
from gateway.record import Model
from gateway.values import Path, StepId


class Groups(Model, frozen=True):
    """Which payload of an answer in parts each step of a plan belongs to.

    ``first`` are the steps that the first payload needs, ``later`` the further ones of
    each part, by its number. ``breaking``: required ones that break their root field,
    as it is delivered with them. ``firm``: by root field, what must have settled before
    the field can be judged. ``needs`` are the steps that each `PlannedField` reads, by
    its identity.
    """

    plan: Plan
    first: frozenset[StepId]
    later: Mapping[int, frozenset[StepId]]
    breaking: frozenset[StepId]
    firm: Mapping[str, frozenset[StepId]]
    needs: Mapping[int, frozenset[StepId]]
    reads: Mapping[int, frozenset[StepId]]
    """The steps whose answers the fields of each part read, by its number."""
    must: frozenset[StepId] = frozenset()
    """Of ``first`` those that nobody may leave for later: what is required, what reads
    a field that cannot be null and has nothing nullable above it."""


class Late(Model, frozen=True):
    """A field that comes later, whole. ``steps`` are those that it waits for.

    ``nodes`` are where the document selects it, opaque here.
    """

    path: Path
    steps: frozenset[StepId]
    nodes: tuple[object, ...]
