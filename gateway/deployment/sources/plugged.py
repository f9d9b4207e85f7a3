"""The kinds of source there are: our own, and those of installed packages.

In charge of the look-up. A package adds a kind by the entry point group
``headwater.sources``: its name is the word for `type`, its object a model of the keys
(a subclass of `AnySource`) with a method ``open``, which gives the source and connects
to nothing. A word that is built in cannot be taken over.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from importlib.metadata import EntryPoint

from gateway.deployment.sources.every import AnySource
from gateway.deployment.sources.kinds import BUILT_IN, Kind, Kinds
from gateway.installed import PluginError, added, label, loaded, require

GROUP = "headwater.sources"


@cache
def source_types() -> Kinds:
    """Every kind of source by the word for its `type`.

    Raises:
        PluginError: an installed package takes a word that is taken, or brings no kind
            of source.
    """
    return with_kinds(added(GROUP))


def with_kinds(plugins: Iterable[EntryPoint]) -> Kinds:
    """The built-in kinds of source and those that the entry points name."""
    types: dict[str, Kind | type[AnySource]] = dict(BUILT_IN)
    for plugin in plugins:
        if plugin.name in types:
            raise PluginError(f"{label(plugin)} takes a name that is taken")
        types[plugin.name] = _kind(plugin)
    return Kinds(types)


def _kind(plugin: EntryPoint) -> type[AnySource]:
    found = loaded(plugin)
    if not isinstance(found, type) or not issubclass(found, AnySource):
        raise PluginError(f"{label(plugin)} is no subclass of SourceKeys")
    require(plugin, found, ("open",))
    return found
