"""All profiles of an operation, of which each request gets one.

All frozen. Must never hold anything of a request, nor decide for one: see `resolve`.
"""

from __future__ import annotations

from gateway.errors import Problem
from gateway.expression import Expression
from gateway.profile.model.matching import Matching
from gateway.profile.model.operation import Profile
from gateway.record import Model
from gateway.request.model import OperationKind
from gateway.values import SourceSpan


class Candidate(Model, frozen=True):
    """One profile of an operation, and whom it serves.

    ``match`` is None for the one that serves all whom no other does. ``profile`` is
    None where no version of the file can serve; ``problems`` then say why.
    ``ancestors`` are the profiles that it extends, by name.
    """

    name: str
    profile: Profile | None
    match: Matching | None
    span: SourceSpan
    priority: int = 0
    ancestors: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()

    @property
    def rank(self) -> tuple[bool, int, int]:
        """What wins where several match: the highest."""
        return self.match is not None, self.priority, len(self.ancestors)


class Family(Model, frozen=True):
    """All profiles of one operation, the one that wins first."""

    operation: str
    kind: OperationKind
    candidates: tuple[Candidate, ...]


class Hiding(Model, frozen=True):
    """Coordinates that are hidden from those for whom the condition is not true.

    ``condition`` reads `request` and `flags`; one that cannot be evaluated hides.
    """

    condition: Expression
    coordinates: frozenset[str]
    tag: str = ""
    """Under which the coordinates are in the schema."""
