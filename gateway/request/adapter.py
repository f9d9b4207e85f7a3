"""HTTP headers → `RequestContext`: who asks, under which name, with which wishes.

In charge of what of a request is believed. A header that the deployment did not allow
reaches no expression and no source; tenant and claims are read from headers only where
the deployment says that they can be trusted. Must never do I/O or see a document.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from enum import Enum
from random import Random
from typing import Protocol, TypeAlias

import orjson

from gateway.clock import Clock, SystemClock
from gateway.errors import Code, RequestError
from gateway.expression import EvaluationError, Expression
from gateway.record import Model
from gateway.request.model import (
    ANONYMOUS,
    Caller,
    PlanWish,
    Proof,
    RequestContext,
    Trace,
    caller_of,
)
from gateway.values import JsonValue, TracedId

_LONGEST_NAME = 128
_FORBIDDEN = 403
_IDS = Random()  # noqa: S311 - seeded by the system; an id is no secret


class Plans(Enum):
    """Who may see plans, and with them the step and source behind a failure.

    The same words say who may invalidate the cache.
    """

    EVERYONE = "everyone"
    NOBODY = "nobody"


FlagsOf: TypeAlias = Callable[
    [RequestContext, Mapping[str, JsonValue]], Mapping[str, JsonValue]
]
"""The flags of a request, given those of them that are known already."""
OriginOf: TypeAlias = Callable[[Mapping[str, str], Caller], str]
"""Whom a request counts for, by its headers and by who asks."""


class Tracing(Protocol):
    """Says of which trace a request is part, by its headers and its id."""

    def __call__(
        self, headers: Mapping[str, str], request_id: str, /
    ) -> Trace | None: ...

    def looks(self, headers: Mapping[str, str], /) -> bool:
        """Whether a request with these headers may be part of one."""


class Proving(Protocol):
    """Judges credentials. Times are seconds since 1970."""

    @property
    def brought(self) -> frozenset[str]:
        """Headers in which credentials come, in lower case."""

    @property
    def introducing(self) -> frozenset[str]:
        """Those of them that a caller may send himself, in whatever message."""

    @property
    def refused(self) -> Mapping[str, int]:
        """How many callers were refused since the process began, by reason."""

    def begin(self, now: float) -> None:
        """Get ready what proofs will need, aside."""

    def prove(self, headers: Mapping[str, str], now: float) -> Proof:
        """Who asks, by what is at hand.

        Raises:
            RequestError: UNAUTHENTICATED, or FORBIDDEN for a tenant.
        """

    def ready(self, headers: Mapping[str, str], now: float) -> Awaitable[None]:
        """Wait until `prove` can judge; raises as it does."""


class AdapterSettings(Model, frozen=True):
    """What a deployment believes of its callers.

    ``headers`` are the lower-case names that expressions and sources may see.
    ``plans`` says who may see plans: all, none, or those for whom it is true.
    ``trust_headers`` takes the tenant from ``x-tenant`` and claims from ``x-claims``:
    only for places where nobody else can reach the gateway. ``invalidation`` says who
    may take replies out of the cache, as ``plans`` does. ``flags`` says what is on for
    a request; None where nothing does. ``prover`` judges who asks; None where nobody
    has to prove anything. ``development``: nobody is here but authors, who are told
    what a bug says.
    """

    headers: frozenset[str] = frozenset()
    trust_headers: bool = False
    plans: Plans | Expression = Plans.NOBODY
    region: str | None = None
    invalidation: Plans | Expression = Plans.NOBODY
    flags: FlagsOf | None = None
    prover: Proving | None = None
    development: bool = False
    origins: OriginOf | None = None
    """Whom a request counts for; None where nobody is limited."""
    tracing: Tracing | None = None
    """Says of which trace a request is part; None where nobody asks."""
    inspection: Plans | Expression = Plans.NOBODY
    """Who of those who may see plans may look as somebody else does, and at files."""

    @property
    def inspected(self) -> bool:
        """Whether there is anybody who may."""
        return self.inspection is not Plans.NOBODY


def identify(headers: Mapping[str, str]) -> str:
    """The request's id: the caller's own where it is sane, else a new one."""
    given = headers.get("x-request-id", "")
    return given if given and _is_sane(given) else f"{_IDS.getrandbits(128):032x}"


def adapt(
    headers: Mapping[str, str],
    settings: AdapterSettings,
    *,
    request_id: str,
    clock: Clock,
) -> RequestContext:
    """The context of a request that starts now. ``headers`` are lower-case.

    Raises:
        RequestError: UNAUTHENTICATED for a caller who has to prove who he is, and
            does not. BAD_REQUEST for claims or wishes that cannot be read; with the
            status 403 for a dry run that the caller may not have, since running the
            operation for real is the one thing that was not asked for.
    """
    time = clock.wall()
    tenant, caller = None, ANONYMOUS
    if settings.prover is not None:
        caller, tenant = settings.prover.prove(headers, time.timestamp())
    elif settings.trust_headers:
        tenant = headers.get("x-tenant")
        caller = _caller(headers.get("x-claims"))
    client, asked = headers.get("apollographql-client-name"), settings.headers
    context = RequestContext(
        request_id=request_id,
        started=clock.now(),
        time=time,
        tenant=tenant,
        caller=caller,
        client=_name(client) if client is not None else None,
        region=settings.region,
        headers={n: headers[n] for n in asked if n in headers} if asked else {},
    )
    if settings.flags is not None:
        context = flagged(context, settings)
    if settings.tracing is not None and settings.tracing.looks(headers):
        context = traced(context, headers, settings.tracing)
    if settings.origins is not None:
        context = context._replace(origin=settings.origins(headers, context.caller))
    shown = permits(settings.plans, context)
    written = headers.get("headwater-plan")
    wish = PlanWish.NONE if written is None else _wish(written, shown=shown)
    if wish is PlanWish.NONE and not shown:
        return context
    return context._replace(plan=wish, explain=shown)


def recognised(
    headers: Mapping[str, str], settings: AdapterSettings
) -> RequestContext | None:
    """What is known of all requests with these headers; None where each is looked at.

    That is so where a credential, a flag, a limit or a condition has its say: those may
    judge the next request otherwise.
    """
    if (
        settings.prover is not None
        or settings.flags is not None
        or settings.origins is not None
        or not isinstance(settings.plans, Plans)
    ):
        return None
    return adapt(headers, settings, request_id="", clock=SystemClock())


def begun(known: RequestContext, request_id: str, clock: Clock) -> RequestContext:
    """A request that starts now, of whom everything else is known."""
    return RequestContext(
        request_id,
        clock.now(),
        clock.wall(),
        known.tenant,
        known.caller,
        known.client,
        known.region,
        known.headers,
        known.flags,
        known.plan,
        known.explain,
    )


def traced(
    context: RequestContext, headers: Mapping[str, str], tracing: Tracing
) -> RequestContext:
    """The context with the trace that the request is part of, which its id names."""
    id_ = context.request_id
    trace = tracing(headers, id_)
    if trace is None:
        return context
    return context._replace(request_id=TracedId.of(id_, trace.id), trace=trace)


def flagged(context: RequestContext, settings: AdapterSettings) -> RequestContext:
    """The context with the deployment's flags; those that it has already stay."""
    if settings.flags is None:
        return context
    return context._replace(flags=settings.flags(context, context.flags))


def permits(who: Plans | Expression, context: RequestContext) -> bool:
    """Whether the caller is one of those; a condition that fails says no."""
    if isinstance(who, Plans):
        return who is Plans.EVERYONE
    try:
        return who({"request": context.scope(), "flags": context.flags}) is True
    except EvaluationError:
        return False


def _is_sane(text: str) -> bool:
    return 0 < len(text) <= _LONGEST_NAME and text.isascii() and text.isprintable()


def _name(text: str) -> str | None:
    """A client's name as a label: one that is too odd for a label is no name."""
    return text if _is_sane(text) else None


def _caller(text: str | None) -> Caller:
    if text is None:
        return ANONYMOUS
    try:
        claims: JsonValue = orjson.loads(text.encode("latin-1", "replace"))
    except orjson.JSONDecodeError:
        claims = None
    if not isinstance(claims, dict):
        raise RequestError(
            "The header 'x-claims' is not a JSON object.", code=Code.BAD_REQUEST
        )
    return caller_of(claims)


def _wish(text: str, *, shown: bool) -> PlanWish:
    wish = _WISHES.get(text.strip().lower())
    if wish is None:
        raise RequestError(
            "The header 'headwater-plan' is neither 'include' nor 'dry-run'."
        )
    if shown:
        return wish
    if wish is PlanWish.DRY_RUN:
        raise RequestError(
            "Plans are not shown to this caller.",
            code=Code.FORBIDDEN,
            status=_FORBIDDEN,
        )
    return PlanWish.NONE


_WISHES = {wish.value: wish for wish in (PlanWish.INCLUDE, PlanWish.DRY_RUN)}
