"""The calls of a mutation: what changes something says which act it is.

In charge of the key by which a source knows a call again. Its repetitions carry the
same key, another step of the request, or another root, another one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import uuid4

from gateway.clock import Deadline
from gateway.execution.calls.sending import Asked, Sending
from gateway.execution.calls.way import Way
from gateway.execution.keys import key_of
from gateway.plan.model import PlannedRoot
from gateway.typed import Form
from gateway.values import digest


@dataclass(slots=True)
class Acting(Sending):
    """Sends the calls of one root of a mutation.

    ``act`` stands for the root: made of the caller's key where there is one, so that
    it is the same when the caller asks again; else of chance.
    """

    act: str = field(default_factory=lambda: uuid4().hex)
    writing: frozenset[str] = frozenset()
    """The names of the steps that change something."""
    each: frozenset[str] = frozenset()
    """Those of them that call more than once: for each object, or by pages."""

    def writes(self, root: PlannedRoot, scope: Mapping[str, object]) -> None:
        """Whose calls they are: what its steps change, and the caller's key."""
        writing = [planned for planned in root.steps if planned.step.writes]
        self.writing = frozenset(planned.step.name for planned in writing)
        self.each = frozenset(
            planned.step.name
            for planned in writing
            if planned.parents is not None or planned.step.pages is not None
        )
        rule = root.profile.idempotency if root.profile else None
        key = key_of(rule, scope) if rule is not None else None
        if isinstance(key, str):
            request = self.request
            who = (request.tenant or "", *request.caller.known_as)
            self.act = digest(*who, root.field.name, root.field.key, key)

    def way_of(
        self,
        step: str,
        asked: Asked,
        inputs: Mapping[str, object],
        deadline: Deadline,
        form: Form | None = None,
    ) -> Way:
        way = Sending.way_of(self, step, asked, inputs, deadline, form)
        name = way.upstream.idempotency_header
        if name is None or step not in self.writing:
            return way
        of = (repr(way.wire.key),) if step in self.each else ()
        headers = {**way.call.headers, name: digest(self.act, step, *of)[:32]}
        call = way.call._replace(headers=headers)
        return Way(way.upstream, way.endpoint, call, way.upstream.source.render(call))
