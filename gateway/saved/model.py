"""What a saved operation is, as read: plain values, without graphql-core.

In charge of what doors need to offer one: its name, what it takes, what it says of
itself. Must never hold a node of a document.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from gateway.errors import Problem
from gateway.record import Model
from gateway.request.model import OperationKind
from gateway.values import JsonValue, digest


class Variable(Model, frozen=True):
    """A variable of an operation.

    ``type`` is GraphQL's spelling: ``[ID!]!``. ``required``: it has no default and
    null will not do. ``default`` is None where there is none, and where it is null.
    ``description`` is its own, else that of the argument which it is given to.
    """

    name: str
    type: str
    required: bool
    default: JsonValue = None
    description: str | None = None


@dataclass(frozen=True, slots=True)
class SavedOperation:
    """One named operation, valid for the schema of the generation that has it.

    ``document`` has exactly this operation, and every fragment that it needs: it can
    be asked as it stands. ``digest`` is the document's; ``used`` are the coordinates of
    the schema that it names: who does not see them all has no such operation.
    """

    name: str
    kind: OperationKind
    document: str
    description: str | None
    variables: tuple[Variable, ...]
    digest: str
    file: str
    used: frozenset[str] = field(default=frozenset(), repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Saved:
    """What the files of one load came to.

    ``good`` are the texts to keep for the day their file breaks; ``stale`` are the
    operations that serve an older text than their file has; ``missing`` those that
    no text serves, with why; ``outdone`` those whose text was good and still is the
    same: something else, the schema, broke them.
    """

    operations: Mapping[str, SavedOperation] = field(default_factory=dict)
    good: Mapping[str, str] = field(default_factory=dict)
    stale: tuple[str, ...] = ()
    missing: Mapping[str, tuple[Problem, ...]] = field(default_factory=dict)
    outdone: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()

    @property
    def digest(self) -> str:
        """The content's, of what is served and of what is not."""
        return digest(
            *(one.digest for one in self.operations.values()), *sorted(self.missing)
        )
