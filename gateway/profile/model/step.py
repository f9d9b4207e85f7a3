"""One step as compiled, ready to be planned and run. All frozen.

After loading nothing here is "maybe there": defaults are applied, references resolved,
expressions compiled. Must never hold text that still has to be parsed.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Protocol

from gateway.alarm import Alarm, Owner
from gateway.canned import CannedReply
from gateway.conversion import Conversions, Sending
from gateway.expression import Expression, Template
from gateway.hold import Hold
from gateway.profile.model.policies import (
    CacheRule,
    Guard,
    Hedge,
    Input,
    Invalidation,
    Pages,
    Retry,
    Rung,
    Saying,
    Sharing,
    SourceSays,
)
from gateway.record import Model, field
from gateway.values import JsonValue, SourceSpan


class Role(Enum):
    """What a step's failure means for its root field; not the same as nullability."""

    REQUIRED = "required"
    OPTIONAL = "optional"


class Names(Enum):
    """How a source spells the fields that the schema names in camelCase."""

    VERBATIM = "verbatim"
    SNAKE = "snake"


class Condition(Model, frozen=True):
    """A step's ``when``.

    ``early`` are the conjuncts that read only arguments, flags and the request; they
    are decided before planning. ``whole`` is decided when the step is ready.
    """

    whole: Expression
    early: tuple[Expression, ...]

    @property
    def late(self) -> bool:
        return len(self.early) < len(self.whole.conjuncts)


class Fixed(Model, frozen=True):
    """A value given in the profile, told apart from "not given"."""

    value: JsonValue


class TypeBy(Model, frozen=True):
    """How an abstract value tells its type: a key's value to a type, ``*`` else."""

    field: str
    types: Mapping[str, str]


class Batch(Model, frozen=True):
    """How an entity step asks for many parents in one call.

    ``key`` is what a parent is asked for by; ``by`` the key of a row that says whose
    it is (a map for composite keys: the row's key to the key's part; None where the
    reply is a map by key). At most ``most`` keys a call; with ``strict`` a key without
    a row is an error. ``join`` makes one text of the keys in an address.
    ``wait_all``: all lists of a request are waited for. ``window`` is how many seconds
    keys of other requests are waited for.
    """

    key: Template
    by: str | Mapping[str, str] | None
    most: int
    many: bool
    strict: bool = False
    join: str | None = None
    wait_all: bool = False
    window: float | None = None


class Reads(Model, frozen=True):
    """What a step's expressions read besides constants, resolved at load.

    ``steps`` maps a step's name to whether it must be there (False: every reading is
    by ``.?``). ``own`` are the fields of ``self``.
    """

    steps: Mapping[str, bool] = field(default_factory=dict)
    own: frozenset[str] = frozenset()
    field_arguments: bool = False


class Selecting(Protocol):
    """What makes a step's value of a reply: an expression, or code of our own."""

    @property
    def roots(self) -> frozenset[str]: ...

    def __call__(self, scope: Mapping[str, object], /) -> object: ...


class Step(Model, frozen=True):
    """One configured call, ready to be planned.

    ``target`` belongs to the connector. ``after`` orders without data. ``timeout`` is
    in seconds and bounds one attempt; ``timed`` says that somebody wrote it.
    ``endpoint`` names what is called, the same for all steps that call it. ``fills``
    is set on steps that run once for each parent object; ``fields`` are then the
    fields of the parent's type it gives, each with the key to read (None: the whole
    answer is the field's value). ``fallback`` are the rungs to try in turn when it
    fails. ``share`` and ``cache`` say who is given a reply that another asked for.
    ``origin`` is the operation or entity type whose step it is. ``skips_late``: it is
    not called where its usual time is more than what is left of the deadline.
    ``conversions`` are its source's; ``sending`` says which arguments it is sent in
    its own spelling, None where none; ``says`` what its failed replies say.
    ``mock`` are the replies that stand in for it where nothing is called.
    """

    name: str
    type: str
    source: str | None
    target: object
    inputs: Mapping[str, Input]
    reads: Reads
    span: SourceSpan
    timeout: float
    role: Role = Role.OPTIONAL
    always: bool = False
    after: frozenset[str] = frozenset()
    when: Condition | None = None
    select: Selecting | None = None
    success_if: Expression | None = None
    on_status: Mapping[int, JsonValue] = field(default_factory=dict)
    on_skip: Fixed | None = None
    names: Names = Names.VERBATIM
    type_by: TypeBy | None = None
    fills: str | None = None
    fields: Mapping[str, str | None] = field(default_factory=dict)
    batch: Batch | None = None
    retry: Retry | None = None
    endpoint: str = ""
    timed: bool = True
    fallback: tuple[Rung, ...] = ()
    error: Saying | None = None
    escalate: Alarm | None = None
    share: Sharing = Sharing.REQUEST
    cache: CacheRule | None = None
    origin: str = ""
    hedge: Hedge | None = None
    skips_late: bool = False
    pages: Pages | None = None
    conversions: Conversions = field(default_factory=dict)
    sending: Sending | None = None
    says: SourceSays | None = None
    mock: tuple[CannedReply, ...] = ()
    writes: bool = False
    """Whether its call may change something."""
    invalidates: Invalidation | None = None
    policy: Guard | None = None
    """Who may see what it answers; what reads it is for the same callers alone."""
    returns: str = ""
    """The type of its answer, where ``returns`` says it."""
    declassify: bool = False
    """Whether its answer is for others, too, than may see what it reads."""
    owner: Owner | None = None
    """Who is asked about it: its own, its file's, or its source's."""
    cost: float | None = None
    """What each call of it counts for the limit of cost; None: as any other."""
    held: Hold | None = None
    """Why it is not called for now, whatever it is asked; what is kept serves."""
