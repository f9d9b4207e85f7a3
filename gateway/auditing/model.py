"""What is recorded of requests, and where. Frozen."""

from __future__ import annotations

from dataclasses import dataclass, field

from gateway.auditing.journal import Journal
from gateway.expression import Expression
from gateway.telemetry.releasing import Mark


@dataclass(frozen=True, slots=True)
class Auditing:
    """A deployment's ``audit``.

    ``subject`` reads the ``args`` of a root field, and the request: whose record it
    is. With ``refuses`` nobody is given what could not be recorded.
    """

    journal: Journal = field(repr=False)
    subject: Expression | None = None
    refuses: bool = True
    mark: Mark | None = None
    """By which configuration its requests are answered."""
