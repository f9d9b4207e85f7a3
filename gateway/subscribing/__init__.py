"""One subscription from its document to its end, whichever way it came in."""

from gateway.subscribing.footing import subscribes
from gateway.subscribing.model import (
    QUIET,
    End,
    Ending,
    Quiet,
    Update,
    seconds_left,
)
from gateway.subscribing.subscription import Subscription

__all__ = [
    "QUIET",
    "End",
    "Ending",
    "Quiet",
    "Subscription",
    "Update",
    "seconds_left",
    "subscribes",
]
