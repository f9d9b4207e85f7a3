"""What a call is in the words of OpenTelemetry: of HTTP, of rpcs, of SQL, of messages.

In charge of what a step's compiled call tells of itself, worked out at its first span
and kept. Must never tell a value of a request: what is written in a profile alone.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from gateway.connectors.grpc.target import GrpcTarget
from gateway.connectors.rows import SqlTarget
from gateway.connectors.sql_summary import summary_of
from gateway.connectors.streams.target import Named, StreamTarget
from gateway.record import Model, Struct, field
from gateway.watching.systems import UNKNOWN, System, Told

_OF_HTTP: Final = re.compile(r"(?P<method>[A-Z]+) (?P<path>/.*)")


class Called(Model, frozen=True):
    """A call: the span's name (None: its endpoint), and what stands in it.

    ``by_http``: its status is one of HTTP. ``heard``: it is listened to, not asked.
    """

    name: str | None
    told: Told
    by_http: bool = False
    heard: bool = False


class Conventions(Struct, eq=False):
    """The calls of one configuration, whose sources are these ``systems``."""

    systems: Mapping[str, System]
    _known: dict[tuple[str, str, int], tuple[object, Called]] = field(
        default_factory=dict
    )

    def of(self, source: str | None, endpoint: str, target: object) -> Called:
        """What a call is. There are as many as steps have, so all are kept."""
        key = (source or "", endpoint, id(target))
        found = self._known.get(key)
        if found is None:
            system = self.systems.get(source or "", UNKNOWN)
            found = self._known[key] = (target, _called(system, endpoint, target))
        return found[1]


def _called(system: System, endpoint: str, target: object) -> Called:
    told = dict(system.told)
    match target:
        case GrpcTarget():
            own = {"rpc.service": target.service, "rpc.method": target.rpc}
            return Called(target.path[1:], {**told, **own})
        case SqlTarget():
            kind, words = summary_of(target.query, system.dialect or "")
            own = {"db.operation.name": kind, "db.query.summary": words}
            return Called(words, {**told, **own})
        case StreamTarget() if "messaging.system" in told:
            told |= {"messaging.operation.type": "process"}
            told |= {"messaging.operation.name": "process"}
            what = target.what
            if isinstance(what, Named) and isinstance(what.name, str):
                told["messaging.destination.name"] = what.name
            return Called(None, told, heard=True)
    command = getattr(target, "command", None)
    if "db.system.name" in told and isinstance(command, str):
        return Called(None, {**told, "db.operation.name": command})
    found = _OF_HTTP.fullmatch(endpoint)
    if found is not None:
        told |= {"http.request.method": found["method"], "url.template": found["path"]}
    return Called(None, told, by_http=system.by_http)
