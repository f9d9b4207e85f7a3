"""Under which terms a candidate is tried: for whom, how long, when it is taken back.

As they are said by whoever begins a trial, and as the log keeps them. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping

from gateway.expression import Expression, ExpressionSyntaxError, parse
from gateway.record import Model, asdict
from gateway.release.model import ReleaseError
from gateway.values import JsonValue

_LONGEST = 500
_LONGEST_TRIAL = 30 * 86_400.0
_ROOTS = frozenset({"request", "flags"})


class Bounds(Model, frozen=True):
    """How much worse a candidate may be than what serves, and what says so.

    ``errors`` is a difference of shares (0.02: two in a hundred more), ``latency`` a
    factor of the time in which 95 of 100 are answered, ``least`` how many requests the
    candidate has to have answered before anything is decided.
    """

    errors: float = 0.02
    latency: float = 1.5
    least: int = 200


class Terms(Model, frozen=True):
    """Which requests a candidate gets, and when its trial is over.

    ``share`` is of all requests, or of those of ``tenant``; ``by`` is CEL over
    `request` by whose value requests stay together, None lets each decide for itself.
    A request with the ``header`` (its name and value) gets the candidate whatever the
    share is. ``lasts`` is in seconds; where ``promotes``, it serves everybody after
    that. Of a shadow ``share`` are the requests that are run aside as well, of
    ``operations`` alone where there are any.
    """

    share: float
    by: str | None = None
    tenant: str | None = None
    header: tuple[str, str] | None = None
    lasts: float | None = None
    promotes: bool = False
    bounds: Bounds = Bounds()
    operations: tuple[str, ...] = ()

    def as_json(self) -> Mapping[str, JsonValue]:
        """As it is stored and shown, without what is not said."""
        said = asdict(self)
        return {name: one for name, one in said.items() if one not in (None, ())}


def key_of(terms: Terms) -> Expression | None:
    """What of a request keeps it with others; None where nothing does.

    Raises:
        ReleaseError: it is no expression over a request.
    """
    if terms.by is None:
        return None
    try:
        found = parse(terms.by)
    except ExpressionSyntaxError as error:
        raise ReleaseError(
            f"{terms.by!r} cannot be read: {error}", hint="write 'request.claims.sub'"
        ) from None
    if not found.roots <= _ROOTS:
        raise ReleaseError(
            f"{terms.by!r} reads {', '.join(sorted(found.roots - _ROOTS))}, and before "
            "a document is read there is only the request",
            hint="write 'request.claims.sub', 'request.tenant' or 'request.client'",
        )
    return found


def checked(terms: Terms) -> Terms:
    """The terms, which can be kept.

    Raises:
        ReleaseError: they make no sense.
    """
    bounds = terms.bounds
    wrong = (
        (not 0 <= terms.share <= 1, "a share is between 0% and 100%"),
        (not terms.share and not terms.header, "no request would get the candidate"),
        (bounds.errors < 0 or bounds.latency < 1, "bounds allow less than now"),
        (bounds.least < 1, "nothing can be told of no request"),
        (terms.promotes and terms.lasts is None, "what promotes itself says when"),
        (
            terms.lasts is not None and not 0 < terms.lasts <= _LONGEST_TRIAL,
            "a trial lasts at most 30 days",
        ),
        (
            any(len(t) > _LONGEST for t in (terms.by or "", *(terms.header or ()))),
            f"a text is longer than {_LONGEST} characters",
        ),
    )
    for is_so, why in wrong:
        if is_so:
            raise ReleaseError(why, hint="headwater release canary --help")
    key_of(terms)
    return terms


def read_terms(said: object) -> Terms:
    """Terms as a log or a caller gives them.

    Raises:
        ReleaseError: they are none.
    """
    if not isinstance(said, Mapping):
        raise ReleaseError("a trial has no terms")
    known = frozenset(Terms.__struct_fields__)
    try:
        found = {name: said[name] for name in said if name in known}
        found["bounds"] = Bounds(**dict(found.get("bounds") or {}))
        for name in ("header", "operations"):
            if found.get(name):
                found[name] = tuple(map(str, found[name]))
        made = Terms(**found)
        if made.header is not None and len(made.header) != 2:  # noqa: PLR2004
            raise ReleaseError("a header is a name and a value")
        return checked(made)
    except (TypeError, ValueError, KeyError):
        raise ReleaseError("the terms of the trial are garbage") from None
