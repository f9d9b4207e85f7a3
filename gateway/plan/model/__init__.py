"""The plan: what will run, where each field is read, in which part it is told."""

from gateway.plan.model.parts import (
    Groups,
    Late,
)
from gateway.plan.model.plan import (
    Hop,
    LeftOut,
    Parents,
    Plan,
    PlannedField,
    PlannedRoot,
    PlannedStep,
)
from gateway.plan.model.reads import (
    AnswerOf,
    Composed,
    ConcatOf,
    Denied,
    Evaluate,
    FirstOf,
    Given,
    JoinOf,
    KeyOf,
    Kind,
    Masked,
    Read,
    Scope,
    Typed,
    Unavailable,
)

__all__ = [
    "AnswerOf",
    "Composed",
    "ConcatOf",
    "Denied",
    "Evaluate",
    "FirstOf",
    "Given",
    "Groups",
    "Hop",
    "JoinOf",
    "KeyOf",
    "Kind",
    "Late",
    "LeftOut",
    "Masked",
    "Parents",
    "Plan",
    "PlannedField",
    "PlannedRoot",
    "PlannedStep",
    "Read",
    "Scope",
    "Typed",
    "Unavailable",
]
