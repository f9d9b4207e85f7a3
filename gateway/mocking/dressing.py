"""A generation → the same one, with nothing behind it.

In charge of which step is answered how: by its `mock`, else by what was recorded, else
by values of its type. Must never leave a step that could reach a system.
"""

from __future__ import annotations

from collections.abc import Mapping

from gateway.connectors.base import InputUse
from gateway.connectors.mock import MockTarget, canned
from gateway.connectors.rows import SqlTarget, checked_rows
from gateway.connectors.settings import CannedAnswer
from gateway.deployment import Deployment
from gateway.execution.guards.bulkhead import Bulkhead
from gateway.execution.upstream import Upstream
from gateway.generation import Generation
from gateway.mocking.source import MockedSource
from gateway.mocking.targets import MadeTarget, RecordedTarget, ScriptTarget
from gateway.mocking.wants import (
    Extras,
    Wanted,
    extras_of,
    wanted_of_entity,
    wanted_of_profile,
)
from gateway.profile.model import (
    Audience,
    ByKey,
    Entity,
    Input,
    Names,
    Profile,
    Root,
    Sharing,
    Step,
)
from gateway.record import Model, field, replace
from gateway.values import digest

Recorded = Mapping[str, Mapping[str, CannedAnswer]]
"""Replies by ``operation.step`` and by the values of the call."""
_AT_ONCE = 1_000


class Mocking(Model, frozen=True):
    """Takes every system out of generations. ``recorded`` answers before types do."""

    recorded: Recorded = field(default_factory=dict)

    def __call__(self, generation: Generation, deployment: Deployment) -> Generation:
        """The generation with every source replaced."""
        dressing = _Dressing(generation, deployment, self.recorded)
        source = MockedSource()
        names = {*deployment.sources, "mock"}
        resolver = generation.resolver
        if resolver is not None:
            dressed = dressing.audience(resolver.common)
            resolver = resolver.mapped(dressed, dressing.profile)
        audience = dressing.audience(generation.audience)
        return replace(
            generation,
            audience=resolver.unmatched if resolver else audience,
            resolver=resolver,
            digest=digest(generation.digest, "mocked"),
            upstreams={n: Upstream(n, source, Bulkhead(_AT_ONCE)) for n in names},
        )


class _Dressing:
    """One generation at work."""

    def __init__(
        self, generation: Generation, deployment: Deployment, recorded: Recorded
    ) -> None:
        self.shapes = generation.shapes
        self.sources = deployment.sources
        self.recorded = recorded
        self.extra: Extras = extras_of(generation.whole, generation.shapes)

    def audience(self, whole: Audience) -> Audience:
        return replace(
            whole,
            profiles={n: self.profile(p) for n, p in whole.profiles.items()},
            entities={n: self._entity(e) for n, e in whole.entities.items()},
            digest=digest(whole.digest, "mocked"),
        )

    def profile(self, profile: Profile) -> Profile:
        wanted = wanted_of_profile(profile, self.shapes)
        steps = profile.steps.items()
        return replace(
            profile,
            steps={name: self._step(step, wanted[name]) for name, step in steps},
            entities={n: self._entity(e) for n, e in profile.entities.items()},
            root=self._root(profile.root),
            digest=digest(profile.digest, "mocked"),
        )

    def _entity(self, entity: Entity) -> Entity:
        return replace(
            entity,
            steps={n: self._of_object(s) for n, s in entity.steps.items()},
            lookups={n: self._of_object(s) for n, s in entity.lookups.items()},
            digest=digest(entity.digest, "mocked"),
        )

    def _root(self, root: Root) -> Root:
        """What a router asks by keys has steps of its own."""
        if not isinstance(root, ByKey):
            return root
        return replace(
            root,
            lookups={n: self._entity(e) for n, e in root.lookups.items()},
            kinds={n: self._of_object(s) for n, s in root.kinds.items()},
        )

    def _of_object(self, step: Step) -> Step:
        return self._step(step, wanted_of_entity(step, self.shapes))

    def _step(self, step: Step, wanted: Wanted) -> Step:
        if step.source is None or isinstance(step.target, MockTarget):
            return step
        name = f"{step.origin}.{step.name}"
        accepts = frozenset(step.on_status)
        unwrap = getattr(self.sources.get(step.source), "unwrap", None)
        if step.mock:
            script = tuple(_as_rows(one, step) for one in canned(step.mock))
            return replace(step, target=ScriptTarget(name, script, accepts, unwrap))
        replies = self.recorded.get(name)
        if replies:
            return replace(step, target=RecordedTarget(name, replies, accepts))
        return self._made(step, MadeTarget(name, wanted, self.shapes, self.extra))

    @staticmethod
    def _made(step: Step, target: MadeTarget) -> Step:
        """The value is in the schema's words already: nothing is left to translate."""
        inputs = dict(step.inputs)
        if step.batch is not None:  # each object for itself, by its own key
            inputs = {"key": Input(step.batch.key, InputUse.VALUE)}
        return replace(
            step,
            target=target,
            inputs=inputs,
            select=None,
            success_if=None,
            on_status={},
            names=Names.VERBATIM,
            type_by=None,
            batch=None,
            retry=None,
            hedge=None,
            cache=None,
            share=Sharing.REQUEST,
            skips_late=False,
            pages=None,
            conversions={},
            sending=None,
            says=None,
        )


def _as_rows(answer: CannedAnswer, step: Step) -> CannedAnswer:
    """A query's reply is a row, or a list of rows, as its step wants it."""
    if not isinstance(step.target, SqlTarget) or answer.error is not None:
        return answer
    return replace(answer, body=checked_rows(answer.body, step.target.rows))
