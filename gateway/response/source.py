"""Python source under way: its lines, and the names of what they mean.

Everything of a schema and a plan is a named constant; nothing of them is written into
the source but names and keys.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from graphql import GraphQLLeafType, GraphQLSchema

from gateway.conversion import Conversion
from gateway.plan.model import Denied, JoinOf, Masked, PlannedField
from gateway.request.model import Meta, SelectedField
from gateway.response import reads
from gateway.typed import Form
from gateway.values import StepId

_MOST_LINES = 2_000
"""Of one operation's source, about 1,000 fields. Each costs some 20 us to compile and
130 bytes to keep, so that one cold document holds the others back 40 ms at most."""

Pair = tuple[SelectedField, PlannedField]


@dataclass(slots=True)
class Source:
    """What is written so far; ``space`` is what its names mean.

    ``joins`` are the entity steps whose outcomes it reads, by their variable.
    """

    schema: GraphQLSchema
    forms: Mapping[StepId, Form] = field(default_factory=dict)
    lines: list[str] = field(default_factory=list)
    joins: dict[str, str] = field(default_factory=dict)
    space: dict[str, object] = field(default_factory=dict)
    _names: dict[object, str] = field(default_factory=dict)
    _variables: int = 0

    def line(self, depth: int, text: str) -> None:
        """One more.

        Raises:
            reads.UnfitError: there are too many.
        """
        if len(self.lines) >= _MOST_LINES:
            raise reads.UnfitError
        self.lines.append("    " * depth + text)

    def variable(self) -> str:
        """A name for a value of one answer."""
        self._variables += 1
        return f"v{self._variables}"

    def constant(self, value: object) -> str:
        """A name for something of the plan; the same for the same thing."""
        known: object = value if isinstance(value, StepId) else id(value)
        if known not in self._names:
            name = self._names[known] = f"C{len(self._names)}"
            self.space[name] = value
        return self._names[known]

    def outcomes(self, read: JoinOf) -> str:
        """The variable that holds an entity step's outcomes from the beginning on."""
        result = self.constant(read.step)
        self.joins[f"o_{result}"] = f"outcomes(results.get({result}))"
        return f"o_{result}"

    def leaf(self, named: GraphQLLeafType, convert: Conversion | None) -> str:
        """The name of what gives a leaf that does not leave as it came."""
        of = named.name if named.name in reads.ODD else self.constant(named)
        name = f"leaf{'' if convert is None else self.constant(convert)}_{of}"
        if name not in self.space:
            self.space[name] = reads.leaf_of(named, convert)
        return name


def odd(
    named: GraphQLLeafType, convert: Conversion | None, wrappers: str, value: str
) -> str:
    """The test for a leaf that does not leave as it came; empty where none does."""
    usual = reads.ODD.get(named.name) if convert is None else None
    tests = [] if wrappers else ["{v} is not None"]
    return " and ".join([*tests, usual] if usual else tests).format(v=value)


def display(meta: Meta, type_name: str, names: Mapping[str, str]) -> str:
    """A dict of finished values in the order of the selection."""
    entries = [f"{key!r}: {name}" for key, name in names.items()]
    for key, (_, before) in reversed(list(meta.items())):
        entries.insert(before, f"{key!r}: {type_name!r}")
    return "{" + ", ".join(entries) + "}"


def instead(read: Denied | Masked) -> str:
    """What stands for a field that is withheld.

    Raises:
        reads.UnfitError: it is an error, which is the other path's to tell.
    """
    if isinstance(read, Denied) and read.told:
        raise reads.UnfitError
    return repr(read.text if isinstance(read, Masked) else None)
