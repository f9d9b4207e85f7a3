"""`match` as written → `Matching`; and two profiles that could both win.

In charge of what only a profile's own `match`, and several together, can tell. Must
never look at a request.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations

from gateway.errors import Problems, did_you_mean
from gateway.expression import Expression, ExpressionSyntaxError, parse
from gateway.expression.spelling import literal
from gateway.profile.document import Match, ProfileDocument, VariantDocument
from gateway.profile.model import Candidate, Matching
from gateway.profile.scope import SURROUNDINGS, Written
from gateway.profile.source import Document
from gateway.values import JsonValue

_FIX = "write { tenant: [acme] }, or flags, client or when"


def matching_of(
    document: ProfileDocument | VariantDocument,
    file: Document,
    problems: Problems,
    flags: Mapping[str, JsonValue] | None = None,
) -> Matching | None:
    """Whom a profile serves; None for one that serves all whom no other does.

    ``flags`` are the defaults of those there are, None where nobody says.
    """
    written, place = document.match, Written(file, ("match",))
    variant = isinstance(document, VariantDocument)
    if written is None:
        if variant:
            problems.add(
                Written(file).span(("extends",), key=True),
                "a variant says in 'match' which requests it serves",
                hint=_FIX,
            )
        elif document.priority is not None:
            problems.add(
                Written(file).span(("priority",), key=True),
                "a profile without 'match' serves whom no other serves, whatever its "
                "priority",
                hint="remove 'priority', or add 'match'",
            )
        return None
    made = Matching(
        frozenset(written.tenant),
        frozenset(written.client),
        dict(written.flags),
        _when(written, place, problems),
    )
    if made == Matching() and written.when is None:
        problems.add(place.span(), "'match' says nothing", hint=_FIX)
    if flags is not None:
        _check_flags(made, flags, place, problems)
    return made


def _check_flags(
    made: Matching,
    flags: Mapping[str, JsonValue],
    place: Written,
    problems: Problems,
) -> None:
    asked = {name: ("flags", name) for name in made.flags}
    for read in made.when.references if made.when else ():
        if read.root == "flags" and read.path and not read.optional:
            asked.setdefault(read.path[0], ("when", ""))
    for name in made.flags:
        if name in flags and not isinstance(flags[name], bool):
            problems.add(
                place.span(("flags", name), key=True),
                f"flag {name!r} is never true or false: by default it is "
                f"{literal(flags[name])}",
                hint=f"compare it in 'when': flags.{name} == {literal(flags[name])}",
            )
    for name, (key, below) in asked.items():
        if name not in flags:
            problems.add(
                place.span((key, below) if below else (key,), key=bool(below)),
                f"there is no flag {name!r}",
                hint=did_you_mean(name, flags)
                or "add it to what 'flags' of the deployment file names",
            )


def _when(written: Match, place: Written, problems: Problems) -> Expression | None:
    if written.when is None:
        return None
    try:
        made = parse(written.when)
    except ExpressionSyntaxError as error:
        where = place.inside(("when",), written.when, error.offset)
        problems.add(where, error.message, hint=error.hint)
        return None
    for root in sorted(made.roots - SURROUNDINGS):
        problems.add(
            place.span(("when",)),
            f"'match.when' cannot read {root!r}: it is decided before a request's "
            "document is read",
            hint="read request or flags; a step's own 'when' may read arguments",
        )
    return made


def check_ties(candidates: Sequence[Candidate], problems: Problems) -> None:
    """Two profiles of one operation that could both serve a request, and neither wins.

    What extends another wins over it, where it says no lower priority.
    """
    for one, other in combinations(candidates, 2):
        if one.match is None or other.match is None or one.priority != other.priority:
            continue
        if one.name in other.ancestors or other.name in one.ancestors:
            continue
        if one.match.meets(other.match):
            later, first = sorted((one, other), key=lambda c: c.span, reverse=True)
            problems.add(
                later.span,
                f"{later.name!r} and {first.name!r} ({first.span}) can both match one "
                "request, and neither wins",
                hint="give one of them a higher 'priority', or make them apart",
            )
