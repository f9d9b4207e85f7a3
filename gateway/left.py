"""Documents that were read for a request which has not asked for them yet.

In charge of each being taken once, and of those whose request went away being few.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from gateway.errors import RequestError
from gateway.generation import Generation
from gateway.prepared import Key, Operation, read_operation

_MOST_LEFT = 16


@dataclass(slots=True)
class Left:
    """What was read elsewhere and nobody has taken yet: the last few."""

    found: dict[Key, Operation | RequestError] = field(default_factory=dict)

    def keep(self, key: Key, found: Operation | RequestError) -> None:
        """Have it for whoever wants to read that next."""
        while len(self.found) >= _MOST_LEFT:
            del self.found[next(iter(self.found))]
        self.found[key] = found

    def taken(self, generation: Generation, key: Key, within: float) -> Operation:
        """What was left there; else it is read now.

        Raises:
            RequestError: the document has none such, or is not valid.
        """
        found = self.found.pop(key, None)
        if isinstance(found, RequestError):
            raise found
        return found or read_operation(generation, key[1], key[2], within)
