"""Two sides → what is otherwise, each with its places.

In charge of finding and ordering. Nothing here reads a file; equal sides give nothing.
Must never judge what people should do about a change.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import partial

from gateway.comparing.facts import GIVEN
from gateway.comparing.levels import level_of_added, level_of_key, level_of_removed
from gateway.comparing.model import (
    EVERYBODY,
    KINDS,
    LEVELS,
    Change,
    Comparison,
    Fact,
    Kind,
    Level,
    Operation,
    Part,
    Redrawn,
    Side,
)
from gateway.comparing.schemas import Felt, felt, place_in
from gateway.record import replace
from gateway.units import spelt
from gateway.values import NOWHERE, SourceSpan

_LONGEST = 120
"""Characters of a value in a sentence; the whole of it is in ``before``, ``after``."""


def compare(before: Side, after: Side) -> Comparison:
    """Everything that is otherwise after the change."""
    found = [*_of_schemas(before, after), *_together(_of_parts(before, after))]
    redrawn = tuple(_redrawn(before.operations, after.operations))
    found += [one for each in redrawn for one in _of_course(each)]
    ordered = tuple(sorted(found, key=_rank))
    return Comparison(before.name, after.name, ordered, redrawn)


def _rank(change: Change) -> tuple[int, int, str, str, str]:
    kind = KINDS.index(change.kind)
    level = LEVELS.index(change.level)
    return level, kind, change.subject, change.key, ",".join(change.audiences)


# -- the schema ------------------------------------------------------------------------


def _of_schemas(before: Side, after: Side) -> Iterator[Change]:
    """The differences for everybody, then those that only some tenants meet."""
    whole: set[Felt] = set()
    some: dict[Felt, list[str]] = {}
    for audience in sorted({*before.schemas, *after.schemas}):
        old = before.schemas.get(audience) or before.schemas.get(EVERYBODY)
        new = after.schemas.get(audience) or after.schemas.get(EVERYBODY)
        if old is None or new is None:
            continue
        for one in felt(old, new):
            if audience == EVERYBODY:
                whole.add(one)
            elif one not in whole:
                some.setdefault(one, []).append(audience)
    yield from (_schema(before, after, one) for one in whole)
    for one, audiences in some.items():
        made = _schema(before, after, one)
        names = tuple(audiences)
        told = f"{made.message} for {', '.join(names)}"
        yield replace(made, audiences=names, message=told)


def _schema(before: Side, after: Side, one: Felt) -> Change:
    was, now = _placed(before, one.coordinate), _placed(after, one.coordinate)
    if was is None and now is None:
        was, now = _near(before, one.coordinate), _near(after, one.coordinate)
    return Change(
        one.level,
        Kind.SCHEMA,
        one.coordinate,
        one.key,
        one.message,
        was,
        now,
        one.before,
        one.after,
        coordinate=one.coordinate,
    )


def _placed(side: Side, coordinate: str) -> SourceSpan | None:
    plain = coordinate.partition("(")[0]
    schema = side.schemas.get(EVERYBODY)
    found = place_in(schema, coordinate) if schema is not None else None
    return found or side.declared.get(plain)


def _near(side: Side, coordinate: str) -> SourceSpan:
    """The place of what has it; some place there always is."""
    near = coordinate.partition("(")[0]
    for name in (near, near.partition(".")[0]):
        found = _placed(side, name)
        if found is not None:
            return found
    return NOWHERE


# -- profiles, entity files, sources, policies -----------------------------------------


def _of_parts(before: Side, after: Side) -> Iterator[Change]:
    was = {part.key: part for part in before.parts}
    now = {part.key: part for part in after.parts}
    gone_files = {_file(p) for k, p in was.items() if k not in now and _is_file(p)}
    new_files = {_file(p) for k, p in now.items() if k not in was and _is_file(p)}
    served = {part.of for part in now.values() if part.kind is Kind.OPERATION}
    for key, part in was.items():
        if key in now:
            yield from _keys(part, now[key])
        elif _is_file(part) or _file(part) not in gone_files:
            level = level_of_removed(part, last=part.of not in served)
            yield _whole(part, level, "removed")
    for key, part in now.items():
        if key not in was and (_is_file(part) or _file(part) not in new_files):
            yield _whole(part, level_of_added(part), "added")


def _is_file(part: Part) -> bool:
    return part.kind is not Kind.STEP


def _file(part: Part) -> tuple[str, str]:
    """What it comes and goes with: a step with its profile."""
    return part.of, part.variant


def _whole(part: Part, level: Level, key: str) -> Change:
    message = f"{part.kind} {_called(part)} was {key}"
    calls = part.facts.get("endpoint") or part.facts.get("type")
    source = part.facts.get("source")
    if part.kind is Kind.STEP and calls is not None:
        where = f" of {source.text}" if source else ""
        message = f"{message}: {calls.text}{where}"
    if part.kind is Kind.LISTED:
        message = f"{message}: {part.of}"
    removed = key == "removed"
    return Change(
        level,
        part.kind,
        _called(part),
        key,
        message,
        part.span if removed else None,
        None if removed else part.span,
    )


def _called(part: Part) -> str:
    return f"{part.name} ({part.variant})" if part.variant else part.name


def _keys(before: Part, after: Part) -> Iterator[Change]:
    """The keys that are otherwise. What has no value on one side stands at its part."""
    for key in sorted({*before.facts, *after.facts}):
        was, now = before.facts.get(key), after.facts.get(key)
        if (was and was.text) == (now and now.text):
            continue
        if key.endswith(GIVEN) and (was is None or now is None):
            continue
        subject = _called(after)
        yield Change(
            level_of_key(after.kind, key),
            after.kind,
            subject,
            key,
            f"{subject}: {_otherwise(key, was, now)}",
            was.span if was else before.span,
            now.span if now else after.span,
            _told(was),
            _told(now),
        )


def _told(fact: Fact | None) -> str | None:
    return None if fact is None or fact.sealed else fact.text


def _otherwise(key: str, was: Fact | None, now: Fact | None) -> str:
    if was is None:
        return f"{key} {_short(now)} was added".replace("  ", " ")
    if now is None:
        return f"{key} {_short(was)} was removed".replace("  ", " ")
    if was.sealed or now.sealed:
        return f"{key} changed"
    return f"{key} {_short(was)} → {_short(now)}"


def _short(fact: Fact | None) -> str:
    text = " ".join(fact.text.split()) if fact and not fact.sealed else ""
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def _together(changes: Iterable[Change]) -> Iterator[Change]:
    """The same change in one place, that several profiles have, is told once."""
    found: dict[object, Change] = {}
    for one in changes:
        base = one.subject.partition(" (")[0]
        key = (one.kind, base, one.key, one.before, one.after, one.was, one.now)
        first = found.get(key)
        if first is None:
            found[key] = one
            continue
        # The one of the profile that is everybody's is the one that is told.
        told, other = sorted((first, one), key=lambda c: (len(c.subject), c.subject))
        more = tuple(sorted({*told.variants, *other.variants, other.subject}))
        found[key] = replace(told, variants=more)
    yield from found.values()


# -- courses and graphs ----------------------------------------------------------------


def _redrawn(
    before: Mapping[str, Operation], after: Mapping[str, Operation]
) -> Iterator[Redrawn]:
    for name in sorted({*before, *after}):
        was, now = before.get(name), after.get(name)
        drawn = was and (was.graph, _way(was)), now and (now.graph, _way(now))
        if drawn[0] != drawn[1]:
            yield Redrawn(name, was, now)


def _way(operation: Operation) -> tuple[str, str]:
    return course_of(operation), spelt(operation.course.deadline)


def course_of(operation: Operation) -> str:
    """The slowest chain in words: ``account > risk: 1.5s at most``."""
    course = operation.course
    way = " > ".join(link.step for link in course.links)
    return f"{way}: {spelt(course.seconds)} at most" if way else "no calls"


def _of_course(redrawn: Redrawn) -> Iterator[Change]:
    was, now = redrawn.before, redrawn.after
    if was is None or now is None or course_of(was) == course_of(now):
        return
    change = partial(Change, Level.SAFE, Kind.OPERATION, redrawn.operation)
    before, after = course_of(was), course_of(now)
    message = f"{redrawn.operation}: critical path {before} → {after}"
    yield change("critical path", message, was.span, now.span, before, after)
