"""The key `record` → what chooses and records requests of each generation.

In charge of which names hide something, as far as the schema and the profiles tell:
fields under tags, and what sources call these. Opens one writer, and keeps it as long
as its settings are the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from gateway.clock import Clock
from gateway.deployment import Deployment
from gateway.deployment.record import RecordSettings
from gateway.expression import Expression, parse
from gateway.generation import Generation
from gateway.plan.guarded import said_of
from gateway.profile.model import (
    Audience,
    Composite,
    Computed,
    Entity,
    Provision,
    Step,
)
from gateway.record import Struct, replace
from gateway.recording.blurring import Hiding, folded
from gateway.recording.model import USUAL_CLAIMS, MadeBy, Taking
from gateway.recording.sampling import Sampler
from gateway.recording.writing import Keeping, Writer
from gateway.schema.described import described_fields, tagged_arguments
from gateway.shape import Shapes
from gateway.telemetry.events import Observer
from gateway.values import Coordinate

_LAST = re.compile(r"[.\"'](?P<name>[A-Za-z_]\w*)[\"']?(?![\w(.\"'])(?!\s*\.)")
"""The last name of a way such as ``self.contact.mail``, which is no function."""


class Recorders(Struct):
    """The writer of a process, whichever generation serves."""

    clock: Clock
    observe: Observer
    writer: Writer | None = None

    def __call__(self, generation: Generation, deployment: Deployment) -> Generation:
        """The generation as it is, with a sample of its requests recorded."""
        settings = deployment.record
        if settings is None:
            self._use(None)
            return generation
        release = generation.release
        by = MadeBy(generation.digest, release.bundle if release else None)
        when = parse(settings.when) if settings.when else None
        writer = self._use(Keeping(settings.to, settings.max, settings.keep))
        assert writer is not None, "one was just wanted"  # noqa: S101
        taking = taking_of(settings, generation)
        made = Sampler(settings.sample, when, taking, by, writer, self.clock)
        return replace(generation, sampling=made)

    def _use(self, keeping: Keeping | None) -> Writer | None:
        before = self.writer
        if before is not None and before.keeping == keeping:
            return before
        if before is not None:
            before.close()
        self.writer = Writer(keeping, self.observe) if keeping else None
        return self.writer

    def close(self) -> None:
        """Write what waits."""
        self._use(None)


def taking_of(settings: RecordSettings, generation: Generation) -> Taking:
    """What is kept of requests, and what of it is hidden."""
    hidden = frozenset(_hidden(settings, generation))
    words = [word.split(".") for word in settings.redact]
    names = {folded(word[0]) for word in words if len(word) == 1}
    names |= {folded(at.field) for at in hidden}
    tagged = tagged_arguments(generation.schema, frozenset(settings.tags))
    names |= {folded(name) for name in tagged}
    names |= {folded(name) for name in _spelled(hidden, generation.whole)}
    paths = frozenset(tuple(map(folded, word)) for word in words if len(word) > 1)
    return Taking(
        Hiding(frozenset(names), paths),
        hidden,
        (said_of(hidden), generation.shapes),
        _enums(hidden, generation.shapes),
        frozenset(name.lower() for name in settings.headers),
        USUAL_CLAIMS | frozenset(settings.claims),
    )


def _hidden(settings: RecordSettings, generation: Generation) -> Iterator[Coordinate]:
    """Fields that have a policy, and those under the tags that are named."""
    protection, tags = generation.whole.protection, frozenset(settings.tags)
    yield from protection.fields
    yield from protection.audited
    for hiding in protection.hidings:
        for name in hiding.coordinates:
            owner, _, field = name.partition(".")
            if field:
                yield Coordinate(owner, field)
    for found in described_fields(generation.schema):
        known = found.facts["tags"]
        if isinstance(known, list) and not tags.isdisjoint(known):
            owner, _, field = found.name.partition(".")
            yield from _everywhere(Coordinate(owner, field), generation.shapes)


def _everywhere(at: Coordinate, shapes: Shapes) -> Iterator[Coordinate]:
    yield at
    shape = shapes.get(at.type)
    for one in shape.possible if shape is not None else ():
        yield Coordinate(one, at.field)


def _enums(hidden: Iterable[Coordinate], shapes: Shapes) -> tuple[tuple[str, ...], ...]:
    """The words of hidden fields that are enums."""
    types = {shapes.field_type(at.type, at.field).name for at in hidden}
    shaped = (shapes.get(name) for name in sorted(types))
    return tuple(one.values for one in shaped if one is not None and one.values)


# -- what sources call them --


def _spelled(hidden: Iterable[Coordinate], whole: Audience) -> Iterator[str]:
    """The keys that hidden fields are read from, as the profiles' CEL names them."""
    names = frozenset(at.field for at in hidden)
    if not names:
        return
    for fields in _provisions(whole):
        for name in names & fields.keys():
            given = fields[name]
            if isinstance(given, Computed):
                yield from _last_names(given.expression.text)
            elif given.key is not None:
                yield given.key
    any_of = "|".join(map(re.escape, sorted(names)))
    pair = re.compile(rf"\b(?:{any_of})[\"']?\s*:\s*(?P<value>[^,}}]*)")
    for step in _steps(whole):
        text = step.select.text if isinstance(step.select, Expression) else ""
        for found in pair.finditer(text):
            yield from _last_names(found["value"])
        if not names.isdisjoint((step.name, *step.fields)):
            yield from _last_names(text)


def _provisions(whole: Audience) -> Iterator[Mapping[str, Provision]]:
    """What gives the fields of objects, where it is not their own key."""
    for entity in _entities(whole):
        yield entity.computed
    for profile in whole.profiles.values():
        if isinstance(profile.root, Composite):
            yield profile.root.fields


def _last_names(text: str) -> Iterator[str]:
    return (found["name"] for found in _LAST.finditer(text))


def _entities(whole: Audience) -> Iterator[Entity]:
    yield from whole.entities.values()
    for profile in whole.profiles.values():
        yield from profile.entities.values()


def _steps(whole: Audience) -> Iterator[Step]:
    for profile in whole.profiles.values():
        yield from profile.steps.values()
    for entity in _entities(whole):
        yield from entity.steps.values()
        yield from entity.lookups.values()
