"""How a gateway stands: which stage of its life it is in, and what it says of itself.

In charge of the report behind `/health`. Must never change anything.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from enum import Enum
from typing import TYPE_CHECKING

from gateway.record import asdict
from gateway.schema.health import describe
from gateway.values import JsonValue

if TYPE_CHECKING:
    from gateway.app import Gateway


class Stage(Enum):
    """Of a process that serves. Only a SERVING one is ready for new requests.

    STARTING ends with what has to run beside requests; DRAINING begins with the signal
    to end, while it still listens and answers.
    """

    STARTING = "starting"
    SERVING = "serving"
    DRAINING = "draining"


def standing(gateway: Gateway) -> Mapping[str, JsonValue]:
    """What `/health` says: readiness, the generation, what is stale and why."""
    now, deployment = gateway.current, gateway.loader.deployment
    strict = deployment is not None and deployment.profiles.on_invalid == "fail"
    fit = not (strict and (now.whole.unavailable or now.stale))
    releases = gateway.releases
    release = releases.standing() if releases else None
    told = {"release": release, "trial": gateway.trying.standing()}
    return {
        **describe(now),
        "ready": fit and gateway.stage is Stage.SERVING,
        "stage": gateway.stage.value,
        "rejected": list(gateway.rejected),
        "incidents": list(gateway.escalating.open()),
        "holds": gateway.holding.standing(),
        **{name: one for name, one in told.items() if one is not None},
        "worker": {**asdict(gateway.worker), "pid": os.getpid()},
    }
