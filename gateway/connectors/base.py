"""The contract of sources: what a connector is given, and what it gives back.

A connector has two halves. At load time a `StepType` turns a step's own keys into a
frozen target and a list of named inputs; at run time a `Source` answers a `Call` with
a `Reply` or raises `UpstreamError`, nothing else. A connector knows nothing of plans,
profiles or expressions: values reach it by the names of its inputs. The small contract
follows Haxl's DataSource.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from enum import Enum
from types import MappingProxyType
from typing import (
    Any,
    ClassVar,
    Generic,
    Literal,
    NamedTuple,
    Protocol,
    TypeVar,
)

from gateway.clock import Deadline
from gateway.record import Model, Record, field
from gateway.shape import FieldShape
from gateway.typed import Form
from gateway.values import JsonValue, SourceSpan

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


class Slot(NamedTuple):
    """A place in a target that a request fills: the name of one of its inputs."""

    name: str


PAGE = Slot("paginate.param")
"""Where a call says which page it wants."""
PAGE_SIZE = Slot("paginate.size_param")
"""Where a call says how many rows a page has."""
PAGE_LINK = Slot("paginate.next")
"""The address that a reply named for its next page; null where the call has its own."""
PICK = Slot("source.pick")
"""Which of its source's places a call goes to, where there are several."""


class InputUse(Enum):
    """How a value is used, which decides what an unusable one means.

    SEGMENT: one path segment or query value inside a URL's text; null, missing,
    empty, ``.`` and ``..`` make the step not runnable. VALUE: anything goes.
    """

    SEGMENT = "segment"
    VALUE = "value"


class PageRules(Model, frozen=True):
    """How a source hands out a list in pages, as written: expressions are CEL text.

    A target with pages has the slots `PAGE`, `PAGE_SIZE` and `PAGE_LINK` where its
    calls say which page they want; ``place`` is where. In a body a cursor may be a
    list.
    """

    style: Literal["cursor", "page", "offset", "link"]
    param: str | None = None
    size_param: str | None = None
    size: int | None = None
    start: int | None = None
    next: str | None = None
    total: str | None = None
    first: str | None = None
    max_pages: int = 10
    place: Literal["query", "body"] = "query"


class ReplyRules(Model, frozen=True):
    """Statuses that are answers themselves, and what tells success (CEL text).

    ``reads`` says that the call only reads, so that requests may share one. ``pages``
    is None where a reply is the whole answer.
    """

    on_status: Mapping[int, JsonValue] = field(default_factory=dict)
    success_if: str | None = None
    reads: bool = False
    pages: PageRules | None = None


class RuleText(NamedTuple):
    """A row of a decision's table as written: bare CEL, and what it gives."""

    when: str
    then: Mapping[str, JsonValue]


class Section(Protocol):
    """A step's own keys at load time, with the means to say what is wrong in them."""

    @property
    def operation(self) -> str:
        """The operation or entity type the step belongs to."""

    @property
    def name(self) -> str: ...

    @property
    def span(self) -> SourceSpan: ...

    @property
    def dialect(self) -> str | None:
        """The SQL that its source speaks, by sqlglot's word; None where it is none."""

    @property
    def kind(self) -> str | None:
        """The type of its source; None where it has none, or one that is not there."""

    def url(self, key: str, text: str) -> tuple[str | Slot, ...]:
        """Literal parts and slots of a URL text; every slot's use is SEGMENT."""

    def value(self, trail: Sequence[str | int], value: JsonValue) -> JsonValue | Slot:
        """A value that may hold ``${ cel }``: itself when constant, else a slot."""

    def expression(self, trail: Sequence[str | int], text: str) -> Slot:
        """A slot fed by one bare CEL expression."""

    def decision(
        self,
        rules: Sequence[RuleText],
        default: Mapping[str, JsonValue] | None,
        mode: Literal["first", "collect"],
    ) -> Slot:
        """A slot fed by a table, of which only the rows needed are evaluated."""

    def argument_names(self) -> tuple[str, ...]:
        """The operation's arguments in order; those of paper mode are inferred."""

    def argument(self, name: str, trail: Sequence[str | int]) -> Slot:
        """A slot fed by an argument (camelCase serves a snake_case name)."""

    def wants_many(self) -> bool | None:
        """Whether the filled field is a list; None where no SDL says so."""

    def wants_exact(self) -> bool:
        """Whether a Decimal can be read from the answer: numbers must stay text."""

    def below(self, key: str) -> Section:
        """The same step, its keys those of the map under one of its own."""

    def problem(
        self, trail: Sequence[str | int], message: str, *, hint: str | None = None
    ) -> None:
        """Report a problem at a place below the step."""


class StepType(Protocol[T_co]):
    """Load time: one value of the YAML key ``type``."""

    names: ClassVar[tuple[str, ...]]
    options: ClassVar[type[Any]]
    """The pydantic model of the keys this type adds to a step."""
    sources: ClassVar[frozenset[str]]
    """The source types that can serve it; empty = needs no source."""
    default_source: ClassVar[str | None]

    def compile(self, section: Section, options: object) -> T_co:
        """The target of a step from its options (the type's pydantic model).

        Reports what is wrong through the section and returns the best it can.
        """

    def shape(self, options: object) -> tuple[FieldShape, ...] | None:
        """The fields its answer is known to have, else None."""

    def rules(self, options: object) -> ReplyRules: ...

    def idempotent(self, options: object) -> bool: ...


class Wire(Record, frozen=True):
    """A call as it goes over the wire.

    ``key`` is equal exactly where two calls of one source ask for the same in the same
    way, and so may share a reply: texts, bytes, numbers and tuples of them.
    ``request`` is the connector's own. ``whose`` is one object for all calls of one
    request, where the source may send them together; otherwise None.
    """

    key: Hashable
    request: object = None
    whose: object = None


# Calls are made several times a request, and a tuple costs a third of a frozen class.
class Call(Record, Generic[T], frozen=True):
    """One invocation of a source.

    ``inputs`` holds a value for every slot of the target. ``deadline`` bounds the
    call in total, not per read. ``headers`` are lower-case and already allowed to
    travel. ``passing`` are headers that change with every attempt, such as the time
    that is left: they travel and are no part of what is asked. ``wire`` is what the
    source's `render` made of the call; None where nobody asked for it before. ``form``
    is how whoever asks reads the rows of its answer, for a source that decodes them so.
    """

    step: str
    target: T
    inputs: Mapping[str, object]
    deadline: Deadline
    headers: Mapping[str, str] = MappingProxyType({})
    passing: Mapping[str, str] = MappingProxyType({})
    wire: Wire | None = None
    form: Form | None = None


class Reply(Record, frozen=True):
    """What a source answered, before ``select``.

    ``body`` is decoded: JSON, or exact SQL values (dates, decimals) in its place, or
    `TypedRows` where the call has a form.
    ``headers`` are lower-case; ``size`` is in bytes as received. ``partial``: parts of
    it are missing, with a `PartError` in the place of each; it is not kept.
    """

    body: object
    status: int = 200
    headers: Mapping[str, str] = MappingProxyType({})
    size: int = 0
    partial: bool = False


class Source(Protocol[T]):
    """Run time: one configured system. Owns its connections.

    One that can may have ``begin(call, hearing) -> GiveUp | None`` besides: the call is
    under way when it returns, or (None) it would have had to wait, and nothing has
    happened. And ``lane(target, names) -> Lane | None``: names of values by slot.
    """

    def render(self, call: Call[T]) -> Wire:
        """The call as it will go over the wire, without what changes by the attempt.

        Raises:
            UpstreamError: rejected, where a value cannot stand where it should.
        """

    async def call(self, call: Call[T]) -> Reply:
        """Answer one call before its deadline.

        Raises:
            UpstreamError: the source failed; the only exception besides cancellation,
                which must free every resource of the call.
        """

    def describe(self, call: Call[T]) -> Mapping[str, JsonValue]:
        """The call as it would go over the wire, credentials masked. No I/O."""

    async def close(self) -> None:
        """Give back every connection. Calls still running are allowed to finish."""
