"""Testing with the gateway: virtual time, scripted and hostile sources, profile tests.

Public: what the project's own tests stand on is there for everybody who configures
a gateway. Must never be imported by code that serves requests.
"""

from gateway.testing import hostile
from gateway.testing.hostile.server import HostileUpstream
from gateway.testing.source import (
    Behaviour,
    ScriptedSource,
    answers,
    fails,
    failure,
    hangs,
    meets,
    waits,
)
from gateway.testing.streams import ScriptedStream
from gateway.testing.virtual import DeadlockError, VirtualTimeLoop, run_virtual

__all__ = [
    "Behaviour",
    "DeadlockError",
    "HostileUpstream",
    "ScriptedSource",
    "ScriptedStream",
    "VirtualTimeLoop",
    "answers",
    "fails",
    "failure",
    "hangs",
    "hostile",
    "meets",
    "run_virtual",
    "waits",
]
