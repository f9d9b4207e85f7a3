"""One subscription from its document to its end, whichever way it came in."""

from gateway.subscribing.model import End, Ending, Update
from gateway.subscribing.subscription import Subscription

__all__ = ["End", "Ending", "Subscription", "Update"]
