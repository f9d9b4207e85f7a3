"""Profiles as compiled: what the planner and the engine read. All frozen.

After loading nothing here is "maybe there": defaults are applied, references are
resolved, expressions are compiled, and every field of the composite has one owner.
Must never hold text that still has to be parsed, or anything of a request.
"""

from gateway.profile.model.identity import Key, KeyFields
from gateway.profile.model.marks import (
    UNMARKED,
    FieldSet,
    Marks,
    TypeMarks,
)
from gateway.profile.model.matching import Matching
from gateway.profile.model.operation import (
    Audience,
    ByKey,
    Composite,
    Computed,
    Concatenation,
    Entity,
    FirstAnswer,
    FromStep,
    OneStep,
    Profile,
    Provision,
    Root,
)
from gateway.profile.model.policies import (
    CacheRule,
    CacheScope,
    Guard,
    Hedge,
    Idempotency,
    Input,
    Instead,
    Invalidation,
    Pages,
    Retry,
    Rung,
    Saying,
    Sharing,
    SourceSays,
    Stale,
)
from gateway.profile.model.protection import (
    UNPROTECTED,
    Deny,
    Protection,
    TagRule,
    strictest,
)
from gateway.profile.model.step import (
    Batch,
    Condition,
    Fixed,
    Names,
    Reads,
    Role,
    Selecting,
    Step,
    TypeBy,
)
from gateway.profile.model.variants import Candidate, Family, Hiding

__all__ = [
    "UNMARKED",
    "UNPROTECTED",
    "Audience",
    "Batch",
    "ByKey",
    "CacheRule",
    "CacheScope",
    "Candidate",
    "Composite",
    "Computed",
    "Concatenation",
    "Condition",
    "Deny",
    "Entity",
    "Family",
    "FieldSet",
    "FirstAnswer",
    "Fixed",
    "FromStep",
    "Guard",
    "Hedge",
    "Hiding",
    "Idempotency",
    "Input",
    "Instead",
    "Invalidation",
    "Key",
    "KeyFields",
    "Marks",
    "Matching",
    "Names",
    "OneStep",
    "Pages",
    "Profile",
    "Protection",
    "Provision",
    "Reads",
    "Retry",
    "Role",
    "Root",
    "Rung",
    "Saying",
    "Selecting",
    "Sharing",
    "SourceSays",
    "Stale",
    "Step",
    "TagRule",
    "TypeBy",
    "TypeMarks",
    "strictest",
]
