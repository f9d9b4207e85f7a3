"""`policies` and SDL's tags → which fields not everybody may read.

In charge of holding the one against the other: a policy of a tag that nothing has
protects nothing, so it does not load. Must never judge a request.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import NamedTuple, TypeAlias

from gateway.auditing.journal import journal_at
from gateway.auditing.model import Auditing
from gateway.deployment import Deployment
from gateway.deployment.oversight import AuditSettings
from gateway.errors import Problems, did_you_mean
from gateway.expression import parse
from gateway.plan.masking import can_be
from gateway.profile.model import UNPROTECTED, Deny, Guard, Hiding, Protection, TagRule
from gateway.record import replace
from gateway.schema.sdl import Sdl
from gateway.schema.tags import tagged_fields
from gateway.shape import Shapes
from gateway.values import NOWHERE, Coordinate, SourceSpan, digest


class Protected(NamedTuple):
    """What came of it, what is recorded of reading, and what is wrong."""

    rules: Protection
    auditing: Auditing | None
    refused: Problems

    def sound(self) -> Protected:
        """The same, or a `ProfileError` where something is wrong."""
        self.refused.raise_if_any()
        return self


def protection_of(
    deployment: Deployment, sdl: Sdl, shapes: Shapes, problems: Problems
) -> Protected:
    """The rules of every field under a tag that has a policy."""
    if not deployment.policies and deployment.audit is None:
        return Protected(UNPROTECTED, None, Problems())
    found, tagged = Problems(), tagged_fields(sdl.document, shapes)
    made = _rules(deployment, tagged, shapes, found)
    audited = frozenset(_audited(deployment, tagged, found))
    key = digest(made.digest, *sorted(map(str, audited)))
    problems.extend(found.found)
    rules = replace(made, audited=audited, digest=key)
    return Protected(rules, _auditing(deployment.audit), found)


_Tagged: TypeAlias = Mapping[str, frozenset[Coordinate]]


def _audited(
    deployment: Deployment, tagged: _Tagged, problems: Problems
) -> Iterator[Coordinate]:
    """The fields whose reading is recorded."""
    tags = deployment.audit.tags if deployment.audit else ()
    for number, tag in enumerate(tags):
        if tag not in tagged:
            place = deployment.places.get(("audit", "tags", number), NOWHERE)
            _unknown(tag, tagged, place, problems)
        yield from tagged.get(tag, ())


def _auditing(settings: AuditSettings | None) -> Auditing | None:
    if settings is None:
        return None
    subject = parse(settings.subject) if settings.subject else None
    refuses = settings.on_failure == "refuse"
    return Auditing(journal_at(settings.sink), subject, refuses)


def _unknown(tag: str, tagged: _Tagged, place: SourceSpan, problems: Problems) -> None:
    problems.add(
        place,
        f'no field and no type of the schema is under @tag(name: "{tag}")',
        hint=did_you_mean(tag, tagged)
        or f'write @tag(name: "{tag}") at what it should protect',
    )


def _rules(
    deployment: Deployment, tagged: _Tagged, shapes: Shapes, problems: Problems
) -> Protection:
    fields: dict[Coordinate, list[TagRule]] = defaultdict(list)
    hidings: list[Hiding] = []
    for tag, settings in deployment.policies.items():
        place = deployment.places.get(("policies", tag), NOWHERE)
        if tag not in tagged:
            _unknown(tag, tagged, place, problems)
        deny = Deny[(settings.deny or "null").upper()]
        guard = Guard(parse(settings.when), place)
        rule = TagRule(tag, guard, deny, settings.keep)
        for at in sorted(tagged.get(tag, ())):
            fields[at].append(rule)
            _check(at, rule, shapes, problems)
        if deny is Deny.HIDE:
            names = frozenset(map(str, tagged.get(tag, ())))
            hidings.append(Hiding(guard.condition, names, tag))
    made = {at: tuple(rules) for at, rules in fields.items()}
    return Protection(made, hidings=tuple(hidings), digest=_digest(made))


def _check(at: Coordinate, rule: TagRule, shapes: Shapes, problems: Problems) -> None:
    """What cannot be null is no null."""
    type_ = shapes.field_type(at.type, at.field)
    if not can_be(rule.deny, type_):
        problems.warn(
            rule.guard.span,
            f"{at} is {type_}, so whoever may not see it gets an error there, and null "
            "for what is above it",
            hint="make it nullable, or put it under a tag with 'deny: error'",
        )


def _digest(fields: Mapping[Coordinate, tuple[TagRule, ...]]) -> str:
    parts = (
        f"{at}|{rule.tag}|{rule.deny.name}|{rule.keep}|{rule.guard.condition.text}"
        f"|{rule.guard.span}"
        for at, rules in sorted(fields.items())
        for rule in rules
    )
    return digest(*parts)
