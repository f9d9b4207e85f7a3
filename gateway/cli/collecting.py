"""When Python looks for cyclic garbage in a process that serves.

In charge of three numbers, and of the time before they hold. What requests make is
freed as they end, since nothing in it refers to itself; looking for what does costs up
to a tenth of a second each time that all is looked through, and by default that is
every few hundred requests.
"""

from __future__ import annotations

import gc

_YOUNG = 50_000
"""Objects more than there were before the young ones are looked through. Requests in
flight stay below; by Python's own 700 each of them would be looked through twice."""
_MIDDLE = 20
_OLD = 10


def collect_nothing() -> None:
    """Look for no garbage from now on: nearly all that a start makes stays.

    Looking through it again and again took an eighth of a start.
    """
    gc.disable()


def keep_modules() -> None:
    """Never look again at what is there already.

    Called when modules are loaded and nothing else is: what a configuration made is
    given back when another one comes, and so has to be looked at. Instagram's idea. The
    little garbage that loading left stays: a megabyte, and to find it takes as long as
    a hundred modules.
    """
    gc.freeze()


def collect_seldom() -> None:
    """Look seldom from now on."""
    gc.set_threshold(_YOUNG, _MIDDLE, _OLD)
    gc.enable()
