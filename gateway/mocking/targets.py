"""What stands in for a call: a script, recorded replies, or values made by type."""

from __future__ import annotations

from collections.abc import Mapping

from gateway.connectors.settings import CannedAnswer
from gateway.mocking.values import Extra
from gateway.mocking.wants import Wanted
from gateway.record import Model
from gateway.shape import Shapes


class MadeTarget(Model, frozen=True):
    """Values by type. ``name`` tells the step from all others."""

    name: str
    wanted: Wanted
    shapes: Shapes
    extra: Extra


class RecordedTarget(Model, frozen=True):
    """Replies as they were recorded, by the values that the call was made with."""

    name: str
    replies: Mapping[str, CannedAnswer]
    accepts: frozenset[int] = frozenset()
    unwrap: str | None = None


class ScriptTarget(Model, frozen=True):
    """The replies of a step's `mock` in turn, of which the last one stays."""

    name: str
    script: tuple[CannedAnswer, ...]
    accepts: frozenset[int] = frozenset()
    unwrap: str | None = None
