"""How a value is read out of the results, once they are there. All frozen.

`execution.reading` says what each of these means. Must never hold a result.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

from gateway.expression import Expression
from gateway.profile.model import Concatenation, TypeBy
from gateway.record import Model, field
from gateway.values import JsonValue, Path, StepId


class AnswerOf(Model, frozen=True):
    """Read a step's answer, or a key of it."""

    step: StepId
    key: str | None = None


class KeyOf(Model, frozen=True):
    """Read a key of the parent's own object."""

    key: str


class JoinOf(Model, frozen=True):
    """Read what an entity step came to for this parent, or a key of it."""

    step: StepId
    key: str | None = None


class Given(Model, frozen=True):
    """Read a key that some parents bring; of others, what gives it instead."""

    key: str
    otherwise: JoinOf


class Denied(Model, frozen=True):
    """A policy denies the value, of a ``step`` or a field: null, an error if ``told``.

    ``because`` is for those who may see details.
    """

    because: str
    step: StepId | None = None
    told: bool = True


class FirstOf(Model, frozen=True):
    """Read the first of the steps that answered with something."""

    steps: tuple[StepId, ...]


class ConcatOf(Model, frozen=True):
    """Read the steps' lists as one; ``without`` those that a policy denies."""

    steps: tuple[StepId, ...]
    rule: Concatenation
    without: tuple[Denied, ...] = ()


class Kind(Model, frozen=True):
    """What tells which of its types an object of an interface has: a row of a step."""

    row: JoinOf
    type_by: TypeBy | None
    types: frozenset[str]


class Typed(Model, frozen=True):
    """Read objects, some only named as of an interface; ``kinds`` say what they are."""

    named: AnswerOf
    kinds: Mapping[str, Kind]


class Composed(Model, frozen=True):
    """The value is an object that has no body of its own: its fields know."""


class Masked(Model, frozen=True):
    """A policy denies the value: a text of ours stands for it."""

    text: str


class Unavailable(Model, frozen=True):
    """Nothing gives the value; reading it is an error.

    The operation has no version that can serve; or, with ``field``, it is one of
    several that share a type, and does not give that field.
    """

    operation: str
    field: str | None = None


class Scope(Model, frozen=True):
    """What an expression's names stand for in a plan.

    ``root`` is the response path of the operation whose arguments are in scope.
    ``steps`` binds names to step instances; those in ``needed`` must have answered.
    ``own`` says how the fields of ``self`` are read; None where there is no ``self``.
    ``arguments`` is the path of the field whose arguments are ``args``, or the
    field's defaults where no such field is selected. ``selected`` are the arguments
    of fields below a step that are asked for with it, by variable: the field's path
    and the argument.
    """

    root: Path
    steps: Mapping[str, StepId] = field(default_factory=dict)
    needed: frozenset[str] = frozenset()
    own: Mapping[str, Read] | None = None
    arguments: Path | Mapping[str, JsonValue] | None = None
    selected: Mapping[str, tuple[Path, str]] = field(default_factory=dict)


class Evaluate(Model, frozen=True):
    """Read by evaluating an expression."""

    expression: Expression
    scope: Scope


Read: TypeAlias = (
    AnswerOf
    | KeyOf
    | JoinOf
    | Given
    | FirstOf
    | ConcatOf
    | Typed
    | Composed
    | Evaluate
    | Denied
    | Masked
    | Unavailable
)
