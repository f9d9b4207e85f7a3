"""Who asks for what: `RequestContext` and `Selection`.

The values that the first room hands on. Must never hold a profile or a result.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import Enum
from types import MappingProxyType
from typing import NamedTuple

from gateway.record import Model, Record, field
from gateway.shape import TypeRef
from gateway.values import JsonValue, Path, TracedId


class Caller(Model, frozen=True):
    """Who is behind a request, as far as it was verified."""

    subject: str | None = None
    claims: Mapping[str, JsonValue] = field(default_factory=dict)

    @property
    def known_as(self) -> tuple[str, str]:
        """Issuer and subject: two issuers may each have a subject of the same name."""
        issuer = self.claims.get("iss")
        return issuer if isinstance(issuer, str) else "", self.subject or ""


ANONYMOUS = Caller()


def caller_of(claims: Mapping[str, JsonValue]) -> Caller:
    """The caller that claims make.

    Tokens spell ``scope`` as one text of words (RFC 8693, 4.2); conditions read a list,
    ``'pii' in request.claims.scope``, however it came.
    """
    subject, scope = claims.get("sub"), claims.get("scope")
    if isinstance(scope, str):
        claims = {**claims, "scope": [*scope.split()]}
    return Caller(subject if isinstance(subject, str) else None, claims)


class Proof(NamedTuple):
    """Who asks, for which tenant, as it was proven."""

    caller: Caller
    tenant: str | None


class Arrived(dict[str, str]):
    """Headers by lower-case name, and what of their arrival they do not say.

    ``peer`` is the address at the other end of the connection, where it is known;
    ``repeated`` are headers that came more than once.
    """

    __slots__ = ("peer", "repeated")

    def __init__(
        self,
        headers: Mapping[str, str],
        peer: str | None = None,
        repeated: frozenset[str] = frozenset(),
    ) -> None:
        super().__init__(headers)
        self.peer = peer
        self.repeated = repeated

    def over(self, others: Mapping[str, str]) -> Arrived:
        """The same, with others where these say nothing."""
        return Arrived({**others, **self}, self.peer, self.repeated)


class Trace(Record, frozen=True):
    """The trace that a request is part of, by W3C Trace Context; ids in hex.

    ``span`` is its caller's, None where he named none: the trace begins here.
    ``state`` and ``baggage`` are what he sent besides and what travels on.
    """

    id: str
    span: str | None
    sampled: bool
    state: str | None = None
    baggage: str | None = None


def numbered(id_: str, number: int, of: RequestContext) -> str:
    """The id of one of several answers to a request, which knows its trace."""
    told = f"{id_}-{number}"
    return told if of.trace is None else TracedId.of(told, of.trace.id)


class PlanWish(Enum):
    """What the ``headwater-plan`` header asked for, and the caller may have."""

    NONE = "none"
    INCLUDE = "include"
    DRY_RUN = "dry-run"


# Made for every request: a tuple costs a third of a frozen class.
class RequestContext(Record, frozen=True):
    """Everything about a request but its document.

    ``headers`` are lower-case and hold only what the deployment allows expressions
    and sources to see. ``started`` is on the gateway's clock, ``time`` of the day.
    ``explain``: the caller may see step, source, status and detail of failures.
    """

    request_id: str
    started: float
    time: datetime
    tenant: str | None = None
    caller: Caller = ANONYMOUS
    client: str | None = None
    region: str | None = None
    headers: Mapping[str, str] = MappingProxyType({})
    flags: Mapping[str, JsonValue] = MappingProxyType({})
    plan: PlanWish = PlanWish.NONE
    explain: bool = False
    origin: str | None = None
    """Whom it counts for where those who ask are limited; None: it counts for nobody.
    """
    trace: Trace | None = None
    """What is traced; None: it is not, unless it ends badly."""
    caused: str | None = None
    """The `traceparent` of the message that it answers, as it came; None: no message's.
    """

    @property
    def surroundings(self) -> Mapping[str, object]:
        """What every expression may read, whatever it is about."""
        return {"request": self.scope(), "flags": self.flags}

    def scope(self) -> Mapping[str, JsonValue | datetime]:
        """What expressions read as ``request``."""
        return {
            "tenant": self.tenant,
            "headers": self.headers,
            "claims": self.caller.claims,
            "client": self.client,
            "region": self.region,
            "time": self.time,
        }


class Reference(NamedTuple):
    """What a request calls its document by; ``hashed``: by the SHA-256 of its text."""

    id: str
    hashed: bool = False


class Asking(Record, frozen=True):
    """One GraphQL request as it came in: the body of the POST or the URL's query.

    ``read_only`` requests (GET) may not run a mutation. Only a ``live`` one may be a
    subscription: there can be many answers to it. One with a ``reference`` has its
    document looked up, or kept, before anything else is done with it.
    """

    document: str
    operation: str | None = None
    variables: Mapping[str, JsonValue] = MappingProxyType({})
    read_only: bool = False
    live: bool = False
    reference: Reference | None = None


class OperationKind(Enum):
    QUERY = "query"
    MUTATION = "mutation"
    SUBSCRIPTION = "subscription"


Meta = Mapping[str, tuple[str, int]]
"""Meta fields of one type by response key: which, and before how many other fields."""


class SelectedField(Model, frozen=True):
    """A field as selected: aliases kept, fragments merged per concrete type.

    ``arguments`` is opaque to all but `request.arguments`; None where the field takes
    none. ``fields`` holds, for each concrete type the value may have, what is selected
    of it: ``{p { ... on A { v: x } ... on B { v: y } }}`` is valid GraphQL. ``meta``
    has the places of meta fields such as ``__typename`` among them.
    """

    key: str
    name: str
    type: TypeRef
    arguments: object | None = None
    fields: Mapping[str, tuple[SelectedField, ...]] = field(default_factory=dict)
    meta: Mapping[str, Meta] = field(default_factory=dict)

    def below(self, path: Path, concrete: str) -> Path:
        """The place of this field's children: an abstract field's types stay apart."""
        if len(self.fields) == 1:
            return path
        return (*path[:-1], f"{path[-1]}<{concrete}>")


class Selection(Model, frozen=True):
    """What the caller asked for, without the values of variables.

    ``digest`` stands for the document, the operation's name and the truth of the
    variables in ``@skip`` and ``@include``; ``meta`` has the meta fields of the root.
    """

    kind: OperationKind
    operation: str | None
    roots: tuple[SelectedField, ...]
    digest: str
    meta: Meta = field(default_factory=dict)


Arguments = Mapping[str, object]
Bindings = Mapping[Path, Arguments]
"""Argument values by the response path of their field, bound for one request."""


Chain = tuple[int, ...]
"""The parts of a document that something is in, by number, the innermost last."""


class Part(Model, frozen=True):
    """One ``@defer`` or ``@stream`` of a document, as far as it is in force.

    ``directive`` is its node, opaque here; ``initial`` how many items of a stream come
    at once.
    """

    number: int
    label: str | None
    streams: bool
    directive: object
    initial: int = 0


class Used(Model, frozen=True):
    """A selected field, and the parts of the document that select it.

    The chain of what comes at once is empty. ``nodes`` are opaque here; ``fields`` are
    by concrete type and response key.
    """

    chains: frozenset[Chain]
    nodes: tuple[object, ...]
    fields: Mapping[str, Mapping[str, Used]]


class Deferral(Model, frozen=True):
    """What of an operation may come later.

    The document with its directives (opaque here), its fields by response key, and its
    parts by number.
    """

    document: object
    fields: Mapping[str, Used]
    parts: tuple[Part, ...]
