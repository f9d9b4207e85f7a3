"""One request and its answer → the line that says who read what of whom.

In charge of what stands in it: names of fields, never their values. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import orjson

from gateway.auditing.model import Auditing
from gateway.errors import GatewayError
from gateway.plan.model import Plan, PlannedRoot
from gateway.request.model import Bindings, RequestContext
from gateway.telemetry.releasing import Mark
from gateway.values import JsonValue


class Reading(NamedTuple):
    """One request that was planned: who reads what."""

    request: RequestContext
    operation: str | None
    plan: Plan
    bindings: Bindings

    def line(
        self, auditing: Auditing, data: Mapping[str, object] | None
    ) -> bytes | None:
        """What is to be written; None where nothing that is recorded was read.

        ``data`` is the answer's: of what is null nothing was read. None: it is not
        known yet, and everything that is planned counts.
        """
        request = self.request
        read = [
            _read(root, auditing, request, self.bindings)
            for root in self.plan.roots
            if (root.audited or root.declassified)
            and (data is None or data.get(root.field.key) is not None)
        ]
        if not read:
            return None
        line = {
            "time": request.time.isoformat(),
            "request_id": request.request_id,
            "caller": request.caller.subject,
            "issuer": request.caller.known_as[0] or None,
            "tenant": request.tenant,
            "client": request.client,
            "operation": self.operation,
            **_by(auditing.mark),
            "read": read,
        }
        return orjson.dumps(line, default=str)


def _by(mark: Mark | None) -> dict[str, JsonValue]:
    """By which configuration: what it was can be looked up in the store."""
    return {
        "release": mark.release if mark else None,
        "generation": mark.generation if mark else None,
    }


def _read(
    root: PlannedRoot, auditing: Auditing, request: RequestContext, bindings: Bindings
) -> dict[str, JsonValue]:
    found: dict[str, JsonValue] = {
        "root": root.field.name,
        "subject": _subject(auditing, request, bindings.get((root.field.key,), {})),
        "fields": list(root.audited),
        "profile": root.profile.digest if root.profile else None,
    }
    if root.declassified:
        found["declassified"] = [str(step) for step in root.declassified]
    return found


def _subject(
    auditing: Auditing, request: RequestContext, arguments: Mapping[str, object]
) -> Any:
    """Whose record it is; null where the expression finds none."""
    if auditing.subject is None:
        return None
    try:
        found = auditing.subject({**request.surroundings, "args": arguments})
    except GatewayError:
        return None
    return _sayable(found)


def _sayable(value: object) -> Any:
    """The value, or its text where JSON has no words for it: a caller may have sent it.

    So large numbers and deep lists are recorded, and leave no request without answer.
    """
    try:
        orjson.dumps(value, default=str)
    except TypeError:
        try:
            return ascii(value)
        except RecursionError:
            return None
    return value
