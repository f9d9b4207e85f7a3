"""Real sources that leave what they answer on a tape.

In charge of passing calls on unchanged. Must never ask a billed source again for what
is on the tape already.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import orjson

from gateway.connectors.base import Call, Reply, Source, Wire
from gateway.connectors.mock import MockTarget, given
from gateway.connectors.settings import CannedAnswer
from gateway.deployment import Deployment
from gateway.errors import ErrorClass, UpstreamError
from gateway.generation import Generation
from gateway.mocking.dressing import Recorded
from gateway.mocking.source import key_of
from gateway.mocking.tape import Taken, Tape
from gateway.plan.answers import fields_of
from gateway.plan.places import snake
from gateway.profile.model import Audience, Entity, Step
from gateway.record import Model, field, replace
from gateway.values import JsonValue


class Recording(Model, frozen=True):
    """Puts every source of a generation on a tape.

    ``known`` are replies recorded before: calls of metered sources that are among
    them are answered from there.
    """

    tape: Tape
    known: Recorded = field(default_factory=dict)

    def __call__(self, generation: Generation, _deployment: Deployment) -> Generation:
        """The generation with sources that are listened to."""
        steps = list(_steps(generation.whole))
        _protect(self.tape, generation.whole, steps)
        names = {id(s.target): f"{s.origin}.{s.name}" for s in steps if s.source}
        upstreams = {
            name: replace(
                upstream,
                source=RecordingSource(
                    upstream.source,
                    name,
                    self.tape,
                    names,
                    self.known if upstream.metered else {},
                ),
            )
            for name, upstream in generation.upstreams.items()
        }
        return replace(generation, upstreams=upstreams)


class RecordingSource(Model, frozen=True):
    """One source. ``names`` are those of steps by the identity of their targets."""

    source: Source[Any]
    name: str
    tape: Tape
    names: Mapping[int, str]
    known: Recorded

    def render(self, call: Call[Any]) -> Wire:
        return self.source.render(call)

    async def call(self, call: Call[Any]) -> Reply:
        step = self.names.get(id(call.target))
        if step is None and getattr(call.target, "selects", False):
            self.tape.passed.add(call.step)
        if step is None or isinstance(call.target, MockTarget):
            return await self.source.call(call)
        key = key_of(call.inputs)
        before = self.known.get(step, {}).get(key)
        if before is not None:
            accepts = getattr(call.target, "accepts", ())
            return await given(before, call.deadline, frozenset(accepts))
        fill = self.tape.begin()
        shown = self.source.describe(call)
        try:
            reply = await self.source.call(call._replace(form=None))
        except UpstreamError as error:
            fill(Taken(step, self.name, key, shown, _failure(error)))
            raise
        answer = CannedAnswer(reply.body, reply.status, reply.headers)
        if reply.partial:  # what stands for its missing parts is no JSON
            answer = CannedAnswer(error=ErrorClass.INVALID)
        fill(Taken(step, self.name, key, shown, answer))
        return reply

    def describe(self, call: Call[Any]) -> Mapping[str, JsonValue]:
        return self.source.describe(call)

    async def close(self) -> None:
        await self.source.close()


def _failure(error: UpstreamError) -> CannedAnswer:
    """A failed call, by its status where it had one."""
    if error.status is None:
        kinds = (ErrorClass.TIMEOUT, ErrorClass.CONNECT, ErrorClass.RESET)
        return CannedAnswer(
            error=error.kind if error.kind in kinds else ErrorClass.INVALID
        )
    try:
        body = orjson.loads(error.content)
    except ValueError:
        body = None
    return CannedAnswer(body, error.status, error.headers)


def _steps(audience: Audience) -> Iterator[Step]:
    for profile in audience.profiles.values():
        yield from profile.steps.values()
        for own in profile.entities.values():
            yield from _of(own)
    for entity in audience.entities.values():
        yield from _of(entity)


def _of(entity: Entity) -> Iterator[Step]:
    yield from entity.steps.values()
    yield from entity.lookups.values()


def _protect(tape: Tape, audience: Audience, steps: Iterable[Step]) -> None:
    """Have fields under tags of ``policies`` and ``audit`` masked on the tape.

    They are known by their names, in the schema's spelling and in snake case.
    """
    protected = {*audience.protection.fields, *audience.protection.audited}
    names = {name for at in protected for name in (at.field, snake(at.field))}
    known = tape.redact.names | {name.lower() for name in names}
    tape.redact = replace(tape.redact, names=known)
    profiles = {profile.operation: profile for profile in audience.profiles.values()}
    tape.withheld = frozenset(
        f"{step.origin}.{step.name}"
        for step in steps
        for at, key in fields_of(step, profiles.get(step.origin))
        if key is None and at in protected
    )
