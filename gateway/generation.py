"""One loaded configuration, complete and frozen: what a request holds to its end."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Protocol

from graphql import GraphQLSchema

from gateway.auditing.model import Auditing
from gateway.cache.base import NoCache, ReplyCache
from gateway.errors import Problem
from gateway.execution.streams.mailbox import DEFAULT_RULES, SubscriptionRules
from gateway.execution.upstream import Upstreams
from gateway.hold import Hold
from gateway.lateness import NEVER
from gateway.limiting.model import Limiting
from gateway.persisted.model import Persisted
from gateway.policy.limits import DEFAULT_LIMITS, Limits
from gateway.profile.explaining import Explanation, Trees, explain
from gateway.profile.model import Audience, Profile
from gateway.profile.resolve import Resolver
from gateway.record import Model, replace
from gateway.recording.base import Sampling
from gateway.request.adapter import AdapterSettings
from gateway.request.model import OperationKind, RequestContext
from gateway.response.model import Showing
from gateway.saved.model import SavedOperation
from gateway.shape import Shapes
from gateway.telemetry.releasing import Mark
from gateway.values import digest
from gateway.watching.objectives import Objectives
from gateway.watching.tracing import Tracing


@dataclass(slots=True)
class Lease:
    """Counts the requests that hold a generation; ends after the last one.

    ``end`` runs once: when the generation is retired and no request holds it.
    """

    end: Callable[[], None]
    holders: int = 0
    retired: bool = False

    def hold(self) -> None:
        """A request holds the generation."""
        self.holders += 1

    def release(self) -> None:
        """It does no more."""
        self.holders -= 1
        if self.retired:
            self._end_if_last()

    def __enter__(self) -> None:
        self.holders += 1

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.holders -= 1
        self._end_if_last()

    def retire(self) -> None:
        """No new request will hold the generation."""
        self.retired = True
        self._end_if_last()

    def _end_if_last(self) -> None:
        if self.retired and not self.holders:
            self.end()


class Released(Model, frozen=True):
    """The release that a generation was made of, and its place in the channel's log.

    ``since`` is when it was activated, in UTC, ``by`` who did it.
    """

    bundle: str
    number: int
    channel: str
    since: str
    by: str


def unleased() -> Lease:
    """The lease of a generation that has nothing to give back."""
    return Lease(lambda: None)


class SchemaViews(Protocol):
    """One schema, without what is hidden."""

    def without(self, hidden: frozenset[str]) -> GraphQLSchema:
        """The schema without these coordinates and all that only they lead to."""

    def kept(self, key: str, make: Callable[[], object], /) -> object:
        """What was made for an audience, by its digest, as long as it is in use."""


@dataclass(frozen=True, slots=True)
class Generation:
    """Schema, profiles and opened sources of one moment.

    It owns no sockets: its ``lease`` gives the sources back to whoever keeps them
    open. ``digest`` is the content's, ``number`` counts this process's generations;
    ``admission`` is what of a request is believed and shown. ``subgraph`` is the SDL
    that a router composes; None where it is not asked for. ``saved`` are the operations
    that people wrote down, by name; ``unsaved`` those that no version of their file
    serves, with why. ``deferral`` is how long, in seconds, an answer waits for its
    optional steps where its operation says nothing. ``release`` is what it was made
    of, None where it was files. ``audience`` is offered where nothing of a request
    decides; ``resolver`` chooses for each, None where all are offered the same, and
    ``views`` has the schema without what an audience does not see.
    """

    number: int
    digest: str
    schema: GraphQLSchema
    schema_digest: str
    shapes: Shapes
    audience: Audience
    upstreams: Upstreams
    cache: ReplyCache = field(default_factory=NoCache, repr=False)
    limits: Limits = DEFAULT_LIMITS
    subscriptions: SubscriptionRules = DEFAULT_RULES
    completeness: Showing = Showing.PARTIAL
    deferral: float = NEVER
    admission: AdapterSettings = field(default_factory=AdapterSettings)
    problems: tuple[Problem, ...] = ()
    stale: tuple[str, ...] = ()
    subgraph: str | None = None
    saved: Mapping[str, SavedOperation] = field(default_factory=dict)
    unsaved: Mapping[str, tuple[Problem, ...]] = field(default_factory=dict)
    release: Released | None = None
    resolver: Resolver | None = field(default=None, repr=False, compare=False)
    views: SchemaViews | None = field(default=None, repr=False, compare=False)
    auditing: Auditing | None = None
    """What is recorded of who reads; None where nothing is."""
    holds: tuple[Hold, ...] = ()
    """Which steps are not called for now; `loading.withheld` has made it so."""
    trees: Trees = field(default_factory=dict, repr=False, compare=False)
    texts: Mapping[str, str] = field(default_factory=dict, repr=False, compare=False)
    """The files of profiles that it was made of, by name: what places in them mean."""
    lease: Lease = field(default_factory=unleased, repr=False)
    doors: Mapping[str, AdapterSettings] = field(default_factory=dict)
    """What is believed at ways in that have a rule of their own, by their names."""
    sampling: Sampling | None = field(default=None, repr=False, compare=False)
    """Chooses requests that are recorded; None where none is."""
    persisted: Persisted = field(default_factory=Persisted, repr=False)
    """Documents that are known by their ids, and whether any others are answered."""
    guards: bool = field(init=False, repr=False, compare=False)
    """Whether it matters that an operation is listed: read for each request."""
    limiting: Limiting | None = field(default=None, repr=False, compare=False)
    """Holds those who ask to their rates; None where nobody is."""
    objectives: Objectives | None = None
    """What its operations and steps are held to; None where nothing is promised."""
    tracing: Tracing | None = field(default=None, repr=False, compare=False)
    """What is told of requests that were chosen, failed or were slow; None: nothing."""
    reading: str = field(init=False, repr=False, compare=False)
    """What a document's reading depends on besides the document, as one text."""
    mark: Mark = field(init=False, repr=False, compare=False)
    """What the events of its requests say that they were answered by."""
    defers: bool = field(init=False, repr=False, compare=False)
    """Whether a query may leave optional steps for later without being asked to."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "reading", f"{self.schema_digest} {self.limits}")
        bundle = self.release.bundle if self.release else None
        object.__setattr__(self, "mark", Mark(self.number, self.digest, bundle))
        if self.auditing is not None:
            marked = replace(self.auditing, mark=self.mark)
            object.__setattr__(self, "auditing", marked)
        found = self.whole.profiles.values()
        queries = (one for one in found if one.kind is OperationKind.QUERY)
        defers = any(self.waits_for(one) < NEVER for one in queries)
        object.__setattr__(self, "defers", defers)
        object.__setattr__(self, "guards", self.persisted.guards)

    def waits_for(self, profile: Profile | None) -> float:
        """Seconds that an operation waits for its optional steps, where it may not."""
        own = profile.deferral if profile is not None else NEVER
        return self.deferral if own is None else own

    def admission_at(self, door: str | None) -> AdapterSettings:
        """What of a request is believed at a way in; None: GraphQL's own."""
        return self.doors.get(door, self.admission) if door else self.admission

    def offered(self, request: RequestContext) -> Audience:
        """What the caller of a request is offered."""
        return self.audience if self.resolver is None else self.resolver(request)

    @property
    def whole(self) -> Audience:
        """Every profile of everybody: see `Resolver.whole`."""
        return self.audience if self.resolver is None else self.resolver.whole

    def explained(self, operation: str, request: RequestContext) -> Explanation | None:
        """Why a caller is served as he is; None: there is no such operation."""
        offered = self.offered(request)
        profile = offered.profiles.get(operation)
        if profile is not None:
            within = self.shapes.reachable((profile.returns,))
            there = {n: e for n, e in offered.entities.items() if n in within}
            offered = replace(offered, entities=there)
        return explain(operation, request, offered, self.resolver, self.trees)

    def visible(self, audience: Audience) -> GraphQLSchema:
        """The schema as the audience sees it."""
        if self.views is None or not audience.hidden:
            return self.schema
        return self.views.without(audience.hidden)

    def seen_by(self, audience: Audience) -> Generation:
        """The generation as if it had this one audience: for describing, not running.

        What runs is the generation itself, which decides for each request.
        """
        if self.resolver is None or self.views is None:
            return self
        made = self.views.kept(audience.digest, lambda: self._seen_by(audience))
        assert isinstance(made, Generation), "nothing else is kept there"  # noqa: S101
        return made

    def _seen_by(self, audience: Audience) -> Generation:
        saved = self.saved.items()
        hidden = audience.hidden
        return replace(
            self,
            digest=digest(self.digest, audience.digest),
            schema=self.visible(audience),
            schema_digest=digest(self.schema_digest, *sorted(audience.hidden)),
            audience=audience,
            saved={name: one for name, one in saved if hidden.isdisjoint(one.used)},
            resolver=None,
            views=None,
        )
