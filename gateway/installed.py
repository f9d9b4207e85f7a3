"""What other packages add: the classes that their entry points name.

In charge of loading them, and of saying whose fault it is where one cannot be. Must
never decide what they are good for.
"""

from __future__ import annotations

from functools import cache
from importlib.metadata import EntryPoint, EntryPoints, entry_points
from typing import Protocol

from gateway.errors import InternalError


class PluginError(InternalError):
    """An installed package does not keep its side; the message names it."""


class Selectable(Protocol):
    """Entry points of all groups; what gives them has another class in Python 3.11."""

    def select(self, *, group: str) -> EntryPoints:
        """Those of one group."""


@cache
def everything() -> Selectable:
    """What all installed packages add to anything: a file of each is read, once."""
    return entry_points()


def added(group: str) -> EntryPoints:
    """What they add to one of our groups."""
    return everything().select(group=group)


def label(entry: EntryPoint) -> str:
    """An entry point as people find it: its name, its group, its package."""
    package = f" of {entry.dist.name} {entry.dist.version}" if entry.dist else ""
    return f"the plug-in {entry.name!r}{package} ({entry.group})"


def loaded(entry: EntryPoint) -> object:
    """The object that an entry point names.

    Raises:
        PluginError: it cannot be imported, for whatever reason.
    """
    try:
        found: object = entry.load()
    except Exception as error:
        why = f"{type(error).__name__}: {error}"
        raise PluginError(f"{label(entry)} cannot be loaded: {why}") from error
    return found


def require(entry: EntryPoint, found: object, names: tuple[str, ...]) -> None:
    """See to it that an object has attributes of these names.

    Raises:
        PluginError: it lacks one.
    """
    for name in names:
        if not hasattr(found, name):
            raise PluginError(f"{label(entry)} has no {name!r}")
