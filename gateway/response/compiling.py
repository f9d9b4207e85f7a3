"""When an operation is compiled: at its second answer, or at once for a long one.

Compiling costs what some eight objects cost on the reference path. A document that is
sent once, with a short answer, never pays for it; one that comes again pays once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from graphql import GraphQLSchema

from gateway.execution.model import Join, Ok, ResultStore
from gateway.plan.model import Plan
from gateway.request.model import Selection
from gateway.response.projection import Projection, compile_projection
from gateway.typed import NO_FORMS, Form
from gateway.values import StepId

_MANY = 8
"""Rows from which the reference path takes longer than compiling does, for any number
of fields: both grow with them (`tests/benchmarks/answering.py`)."""


@dataclass(slots=True)
class Compiling:
    """One operation under one plan, compiled when that is worth it.

    ``answers`` counts those before; afterwards the code is there, or cannot be.
    """

    schema: GraphQLSchema
    selection: Selection
    plan: Plan
    answers: int = 0
    _made: Projection | None = field(init=False, default=None)
    _tried: bool = field(init=False, default=False)

    def code(self, store: ResultStore) -> Projection | None:
        """What answers from these results; None: the reference path does."""
        if not self._tried:
            self.answers += 1
            if self.answers == 1 and not _is_long(store):
                return None
            self.compile_now()
        return self._made

    @property
    def forms(self) -> Mapping[StepId, Form]:
        """Steps whose rows the code takes in a form of their own; none without code."""
        return NO_FORMS if self._made is None else self._made.forms

    @property
    def is_compiled(self) -> bool:
        """Whether there is code."""
        return self._made is not None

    def compile_now(self) -> None:
        """It is worth it."""
        self._tried = True
        self._made = compile_projection(self.schema, self.selection, self.plan)


def _is_long(store: ResultStore) -> bool:
    """Whether there are many rows in what came, as far as one look tells."""
    return any(_rows(result) >= _MANY for result in store.results.values())


def _rows(result: object) -> int:
    value = result.value if isinstance(result, Ok) else None
    if isinstance(value, Join):
        return len(value.outcomes)
    if isinstance(value, Mapping):
        return max(map(_length, value.values()), default=0)
    return _length(value)


def _length(value: object) -> int:
    return len(value) if isinstance(value, list | tuple) else 0
