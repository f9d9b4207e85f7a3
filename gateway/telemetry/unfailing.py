"""What happens is told, and never harmed by telling it.

In charge of keeping an observer's own failure (a full disk, a log that nobody reads
any more) away from whoever tells it something: requests that wait for each other
would hang. Must never be silent: the first failure in a row goes to stderr.
"""

from __future__ import annotations

import sys
import traceback
from collections.abc import Callable, Mapping
from contextlib import suppress

from gateway.telemetry.events import Event, Observer

NOBODY: Mapping[type, Observer] = {}


def unfailing(
    observe: Observer,
    aside: Callable[[Exception], None] | None = None,
    only: Mapping[type, Observer] = NOBODY,
) -> Observer:
    """The observer, as one that never raises.

    ``aside`` is told once each time that it begins to fail. ``only`` has those who hear
    of one kind of event, after it; it may still grow.
    """
    failing = False
    tell = aside or _on_stderr

    def told(event: Event) -> None:
        nonlocal failing
        try:
            observe(event)
            if (hears := only.get(event.__class__)) is not None:
                hears(event)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is no request's
            if not failing:
                failing = True
                tell(error)
        else:
            if failing:
                failing = False

    return told


def _on_stderr(error: Exception) -> None:
    with suppress(Exception):  # nobody is left to tell
        sys.stderr.write("headwater: what happens cannot be logged:\n")
        traceback.print_exception(error)
