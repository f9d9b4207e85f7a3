"""Profiles as compiled: what the planner and the engine read. All frozen.

After loading nothing here is "maybe there": defaults are applied, references are
resolved, expressions are compiled, and every field of the composite has one owner.
Must never hold text that still has to be parsed, or anything of a request.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import TypeAlias

from gateway.alarm import Alarm
from gateway.connectors.base import InputUse, PageRules
from gateway.conversion import Conversions, Sending
from gateway.errors import Problem
from gateway.expression import Decision, Expression, Template
from gateway.request.model import OperationKind
from gateway.shape import FieldShape, TypeShape
from gateway.values import Coordinate, JsonValue, SourceSpan

_FIRST_PAUSE = 0.05
_LONGEST_PAUSE = 1.0


class Role(Enum):
    """What a step's failure means for its root field; not the same as nullability."""

    REQUIRED = "required"
    OPTIONAL = "optional"


class Sharing(Enum):
    """Whose equal calls of a step become one."""

    NONE = "none"
    REQUEST = "request"
    ALL = "all"


class CacheScope(Enum):
    """Who may be given an answer that was asked for by another."""

    PUBLIC = "public"
    TENANT = "tenant"
    CALLER = "caller"


class Names(Enum):
    """How a source spells the fields that the schema names in camelCase."""

    VERBATIM = "verbatim"
    SNAKE = "snake"


@dataclass(frozen=True, slots=True)
class Condition:
    """A step's ``when``.

    ``early`` are the conjuncts that read only arguments, flags and the request; they
    are decided before planning. ``whole`` is decided when the step is ready.
    """

    whole: Expression
    early: tuple[Expression, ...]

    @property
    def late(self) -> bool:
        return len(self.early) < len(self.whole.conjuncts)


@dataclass(frozen=True, slots=True)
class Input:
    """What fills one slot of a target."""

    value: Expression | Template | Decision
    use: InputUse


@dataclass(frozen=True, slots=True)
class Fixed:
    """A value given in the profile, told apart from "not given"."""

    value: JsonValue


@dataclass(frozen=True, slots=True)
class TypeBy:
    """How an abstract value tells its type: a key's value to a type, ``*`` else."""

    field: str
    types: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Batch:
    """How an entity step asks for many parents in one call.

    ``key`` is what a parent is asked for by; ``by`` the key of a row that says whose
    it is (a map for composite keys: the row's key to the key's part; None where the
    reply is a map by key). At most ``most`` keys a call; with ``strict`` a key without
    a row is an error. ``join`` makes one text of the keys in a query parameter.
    """

    key: Template
    by: str | Mapping[str, str] | None
    most: int
    many: bool
    strict: bool = False
    join: str | None = None


@dataclass(frozen=True, slots=True)
class Pages:
    """How a list that comes in pages is read.

    ``next`` and ``total`` read a page's reply. ``connection``: the answer is a Relay
    connection, a page of pages; else it is the rows.
    """

    rules: PageRules
    next: Expression | None = None
    total: Expression | None = None
    connection: bool = False


@dataclass(frozen=True, slots=True)
class Retry:
    """When a failed call is made again.

    ``attempts`` counts the first. ``classes`` are as written: ``timeout``, ``5xx``,
    ``429``. ``condition`` is over ``response`` and also asks for another attempt.
    ``instead`` is what further attempts ask in place of the step's own call.
    """

    attempts: int
    classes: frozenset[str]
    condition: Expression | None = None
    instead: Instead | None = None

    @staticmethod
    def longest_pause(made: int) -> float:
        """Seconds that are waited at most after so many attempts, by our own choice."""
        return min(_LONGEST_PAUSE, _FIRST_PAUSE * 2.0 ** min(made - 1, 10))


@dataclass(frozen=True, slots=True)
class Instead:
    """A call that further attempts make in place of the step's own.

    Fields mean what they do in a `Step`.
    """

    source: str
    target: object
    inputs: Mapping[str, Input]
    endpoint: str
    sending: Sending | None = None


@dataclass(frozen=True, slots=True)
class Hedge:
    """When a second, equal call is made beside one that has not answered.

    ``after`` is in seconds. None: after the time that ``percent`` of a hundred of the
    endpoint's last answers did not exceed.
    """

    after: float | None = None
    percent: float = 0.0


@dataclass(frozen=True, slots=True)
class CacheRule:
    """How long an answer may be used again, and for whom. Times are in seconds.

    From the age ``refresh`` on it is renewed while it is still given. ``negative`` is
    how long an answer that there is nothing is fresh. Expired, it serves a `stale`
    rung for ``keep`` more. ``tags`` are names to invalidate it by, made of the
    arguments and the request.
    """

    ttl: float
    refresh: float | None = None
    negative: float | None = None
    keep: float = 0.0
    scope: CacheScope = CacheScope.TENANT
    tags: tuple[Template, ...] = ()


@dataclass(frozen=True, slots=True)
class Stale:
    """A rung: an expired answer that is at most so many seconds old."""

    age: float


Rung: TypeAlias = "str | Template | Stale"
"""What a step falls back to: another step, a value, or its own expired answer."""


@dataclass(frozen=True, slots=True)
class Saying:
    """What the client is told when the step fails, in place of the usual words.

    The templates read arguments, request, flags and ``response.status``.
    """

    message: Template | None = None
    code: str | None = None
    extensions: Template | None = None


@dataclass(frozen=True, slots=True)
class SourceSays:
    """Where a source's failed replies say what is wrong, over ``response``."""

    message: Expression | None = None
    code: Expression | None = None


@dataclass(frozen=True, slots=True)
class Reads:
    """What a step's expressions read besides constants, resolved at load.

    ``steps`` maps a step's name to whether it must be there (False: every reading is
    by ``.?``). ``own`` are the fields of ``self``.
    """

    steps: Mapping[str, bool] = field(default_factory=dict)
    own: frozenset[str] = frozenset()
    field_arguments: bool = False


@dataclass(frozen=True, slots=True)
class Step:
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
    select: Expression | None = None
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


@dataclass(frozen=True, slots=True)
class FromStep:
    """A field of the composite that a step gives: the answer, or a key of it."""

    step: str
    key: str | None = None


@dataclass(frozen=True, slots=True)
class Computed:
    """A field whose value is an expression over steps, or over ``self``."""

    expression: Expression
    reads: Reads
    span: SourceSpan


Provision: TypeAlias = FromStep | Computed


@dataclass(frozen=True, slots=True)
class OneStep:
    """The operation's value is one step's answer, whatever it is."""

    step: str


@dataclass(frozen=True, slots=True)
class Composite:
    """The operation's value is an object whose fields come from several steps."""

    fields: Mapping[str, Provision]


@dataclass(frozen=True, slots=True)
class FirstAnswer:
    """The first step, in order, that answers with something."""

    steps: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Concatenation:
    """The steps' lists one after another; rows with an equal `by` become one."""

    steps: tuple[str, ...]
    by: str | None = None


Root: TypeAlias = OneStep | Composite | FirstAnswer | Concatenation


@dataclass(frozen=True, slots=True)
class Entity:
    """Steps and computed fields that hold wherever a type appears."""

    type: str
    steps: Mapping[str, Step]
    computed: Mapping[str, Computed]
    digest: str
    span: SourceSpan

    def step_filling(self, field_name: str) -> Step | None:
        return next((s for s in self.steps.values() if field_name in s.fields), None)


@dataclass(frozen=True, slots=True)
class Profile:
    """One operation as configured.

    ``deadline`` is in seconds; ``deadline_span`` is where it stands, None where nobody
    wrote one.

    ``declares`` are the types and ``field`` the root field that the schema gets from
    this profile where no SDL declares them, ``adds`` the fields that its type gets.
    ``entities`` are the profile's own entity steps by the type they fill; they win
    over entity files.
    """

    operation: str
    kind: OperationKind
    field: FieldShape
    returns: str
    root: Root
    steps: Mapping[str, Step]
    entities: Mapping[str, Entity]
    deadline: float
    digest: str
    span: SourceSpan
    arguments: tuple[str, ...] = ()
    null_if: Computed | None = None
    declares: tuple[TypeShape, ...] = ()
    declares_field: bool = False
    adds: tuple[FieldShape, ...] = ()
    description: str | None = None
    deadline_span: SourceSpan | None = None

    def entity(self, coordinate: Coordinate) -> Step | None:
        """The profile's own step that fills the field, if there is one."""
        own = self.entities.get(coordinate.type)
        return own.step_filling(coordinate.field) if own else None


@dataclass(frozen=True, slots=True)
class Audience:
    """What one kind of caller is offered: effective profiles and entity files.

    ``unavailable`` are operations that exist but have no version that can serve.
    """

    profiles: Mapping[str, Profile]
    entities: Mapping[str, Entity]
    digest: str
    unavailable: Mapping[str, tuple[Problem, ...]] = field(default_factory=dict)
